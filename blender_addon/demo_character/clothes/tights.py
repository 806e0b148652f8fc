"""The closed second skin that clothes are cut from, made finer: pure NumPy.

All of it follows from the base mesh alone and is worked out once.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from typing import Final

import numpy as np

from ...core.conventions import Bools, Floats, Ints
from ..human import Human, load_human
from .refine import Mesh, Refinement

LIMBS: Final = {
    "arm": ("shoulder", "elbow", "hand"),
    "leg": ("upper-leg", "knee", "ankle"),
}
SIDES: Final = (("l", 1.0), ("r", -1.0))
_ROUND: Final = (24, 36, 52, 72)  # vertices of a clean ring of the fine mesh: arm, leg, neck, trunk
_COARSE_ROUND: Final = 36  # vertices of a ring of the trunk before it is made finer
_LIMB_BONES: Final = {
    "arm": ("upper_arm", "forearm", "hand", "thumb", "index", "middle", "ring", "pinky"),
    "leg": ("thigh", "shin", "foot", "toe"),
}


@dataclass(frozen=True, eq=False)
class Tube:
    """Where vertices lie along and around a limb or the trunk.

    Args:
        vertices: (N,) which vertices.
        bone: (N,) 0 before the limb's middle joint, 1 after it.
        share: (N,) place between that bone's joints; below 0 and above 1 outside.
        length_m: (N,) way from the limb's first joint along the axis.
        angle_rad: (N,) around the axis: 0 in front, rising outwards.
        within: (N,) 0 at the border to the next tube to 1 well inside.
    """

    vertices: Ints
    bone: Ints
    share: Floats
    length_m: Floats
    angle_rad: Floats
    within: Floats


@dataclass(frozen=True, eq=False)
class Tights:
    """The mesh to cut clothes from.

    Args:
        human: whose base it belongs to.
        vertices: (C,) its vertices within the human's mesh.
        refinement: from these to the fine mesh.
    """

    human: Human
    vertices: Ints
    refinement: Refinement

    @property
    def fine(self) -> Mesh:
        """The fine mesh."""
        return self.refinement.fine

    @cached_property
    def base(self) -> Floats:
        """(N, 3) places of the fine vertices in the base."""
        return self.refinement(self.human.base[self.vertices])

    @cached_property
    def skin(self) -> Floats:
        """(N, B) share of each bone at the fine vertices."""
        return self.refinement(self.human.skin[self.vertices])

    def share_of(self, skin: Floats, limb: str, side: str) -> Floats:
        """(N,) share of all bones of a limb."""
        end = {"l": ".L", "r": ".R"}[side]
        names = self.human.bones
        columns = [
            n for n, name in enumerate(names)
            if name.endswith(end) and name.startswith(_LIMB_BONES[limb])
        ]  # fmt: skip
        return np.asarray(skin[:, columns].sum(axis=1))

    @cached_property
    def coarse_tubes(self) -> dict[str, Tube]:
        """Tubes of the coarse mesh by name: "trunk", "l-arm", "r-leg" …"""
        return self._tubes(self.human.base[self.vertices], self.human.skin[self.vertices])

    @cached_property
    def fine_tubes(self) -> dict[str, Tube]:
        """Tubes of the fine mesh by name."""
        return self._tubes(self.base, self.skin)

    @cached_property
    def above(self) -> Ints:
        """(C,) the coarse vertex from which the cloth at each hangs; itself at a tube's top."""
        mesh = self.refinement.coarse
        found = np.arange(mesh.count)
        for name, tube in self.coarse_tubes.items():
            way = np.full(mesh.count, np.inf)
            way[tube.vertices] = -tube.length_m if name == "trunk" else tube.length_m
            around = mesh.neighbours[tube.vertices]
            best = np.argmin(way[around], axis=1)
            nearer = np.take_along_axis(around, best[:, None], axis=1)[:, 0]
            found[tube.vertices] = np.where(way[nearer] < way[tube.vertices], nearer, tube.vertices)
        return found

    @cached_property
    def lower(self) -> Ints:
        """Fine vertices from the waist to the knees."""
        high, low = self.human.joints["spine-2"][1], self.human.joints["l-knee"][1]
        height, limbs = self.base[:, 1], [self.fine_tubes[f"{side}-arm"].vertices for side in "lr"]
        inside = (height < high) & (height > low - 0.05)
        return np.setdiff1d(np.flatnonzero(inside), np.concatenate(limbs))

    @cached_property
    def trunk_rings(self) -> Ints:
        """(R, 36) coarse vertices of the level rings of the trunk below the armpits."""
        mesh, base = self.refinement.coarse, self.human.base[self.vertices]
        trunk = self.coarse_tubes["trunk"]
        middle = np.abs(base[trunk.vertices, 0]) < 1e-4
        found = {}
        for start in trunk.vertices[middle & (np.abs(trunk.angle_rad) < 0.5)]:
            other = mesh.neighbours[start][np.argmax(base[mesh.neighbours[start], 0])]
            loop = mesh.loop(int(start), int(other), _COARSE_ROUND)
            if loop is not None and len(loop) == _COARSE_ROUND:
                found.setdefault(frozenset(loop.tolist()), loop)
        rings = np.array(list(found.values()))
        level = np.ptp(base[rings, 1], axis=1) < 0.1
        return rings[level]

    def _tubes(self, points: Floats, skin: Floats) -> dict[str, Tube]:
        tubes = {}
        rest = np.ones(len(points))
        for limb in LIMBS:
            for side, _ in SIDES:
                share = self.share_of(skin, limb, side)
                rest -= share
                vertices = np.flatnonzero(share > 0.5)
                inside = ramp(share[vertices], 0.5, 0.9)
                tubes[f"{side}-{limb}"] = self._limb_tube(points, vertices, limb, side, inside)
        vertices = np.setdiff1d(
            np.arange(len(points)), np.concatenate([tube.vertices for tube in tubes.values()])
        )
        tubes["trunk"] = self._trunk_tube(points, vertices, ramp(rest[vertices], 0.5, 0.9))
        return tubes

    def _limb_tube(
        self, points: Floats, vertices: Ints, limb: str, side: str, within: Floats
    ) -> Tube:
        joints = np.array([self.human.joints[f"{side}-{name}"] for name in LIMBS[limb]])
        way = np.diff(joints, axis=0)
        long = np.linalg.norm(way, axis=1)
        here = points[vertices]
        along = np.einsum("nc,bc->nb", here, way / long[:, None])
        along = (along - np.einsum("bc,bc->b", joints[:-1], way / long[:, None])) / long
        bone = (along[:, 0] + along[:, 1] * long[1] / long[0] > 1.0).astype(np.int64)
        share = np.take_along_axis(along, bone[:, None], axis=1)[:, 0]
        out = here - (joints[bone] + share[:, None] * way[bone])
        outward = np.array([1.0 if side == "l" else -1.0, 0.0, 0.0])
        front = np.array([0.0, 0.0, 1.0])
        angle = np.arctan2(out @ outward - (out @ [0, -1, 0]) * (limb == "arm"), out @ front)
        return Tube(vertices, bone, share, share * long[bone] + bone * long[0], angle, within)

    def _trunk_tube(self, points: Floats, vertices: Ints, within: Floats) -> Tube:
        here = points[vertices]
        low, high = self.human.joints["pelvis"][1], self.human.joints["neck"][1]
        share = (here[:, 1] - low) / (high - low)
        middle = here[:, 2].mean()
        angle = np.arctan2(here[:, 0], here[:, 2] - middle)
        return Tube(vertices, np.zeros(len(here), np.int64), share, here[:, 1] - low, angle, within)

    # -- loops to cut along -------------------------------------------------

    def trunk_loop(self, share: float) -> Ints:
        """The ring of the trunk at a share of the way from pelvis to neck."""
        return self._loop("trunk", share)

    def limb_loop(self, limb: str, side: str, place: float) -> Ints:
        """The ring of a limb: place 0 to 1 on its first bone, 1 to 2 on its second."""
        return self._loop(f"{side}-{limb}", place)

    @cache  # noqa: B019 - there is one of these
    def _loop(self, name: str, place: float) -> Ints:
        tube = self.fine_tubes[name]
        off = np.abs(tube.bone + tube.share - place)
        for number in np.argsort(off)[:100]:
            start = int(tube.vertices[number])
            for other in self.fine.neighbours[start]:
                loop = self.fine.loop(start, int(other), max(_ROUND))
                if loop is not None and self._is_ring(loop, name):
                    return loop
        raise ValueError(f"no ring of {name} lies near {place}")

    def _is_ring(self, loop: Ints, name: str) -> bool:
        """Whether a loop goes around the tube's axis rather than along it."""
        if len(loop) not in _ROUND:
            return False
        flat = self.base[loop] - self.base[loop].mean(axis=0)
        if name == "trunk":
            return float(np.ptp(flat[:, 1])) < 0.1
        return float(np.linalg.norm(flat, axis=1).max()) < 0.12

    def faces_between(self, start: int, *loops: Ints) -> Ints:
        """Numbers of the fine faces reached from a vertex without crossing the loops."""
        return self.fine.fill(start, loops)

    def nearest(self, point: Floats) -> int:
        """The fine vertex nearest to a place in the base."""
        return int(np.argmin(np.linalg.norm(self.base - point, axis=1)))

    def near_faces(self, faces: Ints, steps: int) -> Bools:
        """(M,) fine faces within so many steps of some, those included."""
        reached = np.zeros(len(self.fine.quads), bool)
        reached[faces] = True
        for _ in range(steps):
            touched = np.zeros(self.fine.count, bool)
            touched[self.fine.quads[reached].ravel()] = True
            reached = np.any(touched[self.fine.quads], axis=1)
        return reached


@cache
def load_tights() -> Tights:
    """The second skin of the human that ships."""
    human = load_human()
    vertices = human.vertices_of("tights")
    quads = np.searchsorted(vertices, human.quads["tights"])
    return Tights(human, vertices, Refinement(Mesh(len(vertices), quads)))


def ramp(values: Floats, start: float, end: float) -> Floats:
    """0 before the start, 1 from the end on, smooth between."""
    part = np.clip((values - start) / (end - start), 0.0, 1.0)
    return np.asarray(part * part * (3.0 - 2.0 * part))
