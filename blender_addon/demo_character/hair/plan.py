"""What a hair style is made of before it is on anybody's head: pure NumPy."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Final

import numpy as np

from ...core.conventions import Floats, Ints
from ..body import Body
from ..part import Attachment, Part
from .hanging import Hanging, Wearer, hang_on, settled
from .locks import SECTION, lock_quads, sweep_locks
from .patches import Patch, evenly_fine, face_sizes, fine_patch
from .scalp import directions, hairline_m, head_scale, hold, mean_body, skin_around

MESH: Final = "Hair"
TONES: Final = ("Hair", "HairDark", "HairLight", "HairTie")
TONE_SHARES: Final = (0.6, 0.22, 0.18)


@dataclass(frozen=True, eq=False)
class Locks:
    """L locks of R places each; lengths in metres on the mean person.

    Args:
        ways: (L, R, 3) directions of the places of the scalp that hold it.
        above: (L, R) height above the skin.
        wide, tall: (L, R) half its width, and its thickness.
        flips: (L,) −1 or 1: which edge is the thicker.
        tones: (L,) numbers of TONES.
        shift: (L, R, 3) how far it hangs away from there; None where nothing does.
        ears: (L, R) share of the ears' height that lifts it; None where nothing covers ears.
        facing: (L, R, 3) where its tops face; None for away from the scalp.
        most_trunk: how far what hangs goes with the trunk at most, 0 to 1.
    """

    ways: Floats
    above: Floats
    wide: Floats
    tall: Floats
    flips: Floats
    tones: Ints
    shift: Floats | None = None
    ears: Floats | None = None
    facing: Floats | None = None
    most_trunk: float = 1.0

    @cached_property
    def held(self) -> Attachment:
        return hold(self.ways.reshape(-1, 3))

    @cached_property
    def quads(self) -> Ints:
        return lock_quads(*self.above.shape)

    @cached_property
    def trunk(self) -> Hanging:
        """What of it hangs low enough to meet the trunk."""
        return hang_on(self._places(mean_body())[0].reshape(-1, 3), self.most_trunk)

    def _places(self, body: Body) -> tuple[Floats, Floats]:
        """(L, R, 3) middles and where tops face, as if there were no trunk."""
        scale = head_scale(body)
        up = self.held.points(body.normals)
        up = (up / np.linalg.norm(up, axis=1, keepdims=True)).reshape(*self.above.shape, 3)
        above = self.above if self.ears is None else self.above + self.ears * ears_m(body) / scale
        places = self.held.points(body.vertices).reshape(up.shape) + up * scale * above[..., None]
        if self.shift is not None:
            places = places + scale * self.shift
        return places, up if self.facing is None else self.facing

    def settled(self) -> Locks:
        """These locks brought out of the mean person's trunk."""
        places = self._places(mean_body())[0]
        moved = settled(places.reshape(-1, 3)).reshape(places.shape) - places
        return replace(self, shift=moved if self.shift is None else self.shift + moved)

    def mirrored(self) -> Locks:
        """The same locks with left and right changed."""
        across = np.array([-1.0, 1.0, 1.0])
        ways = {name: getattr(self, name) for name in ("ways", "shift", "facing")}
        turned = {name: None if each is None else each * across for name, each in ways.items()}
        return replace(self, flips=-self.flips, **turned)

    def part(self, wearer: Wearer) -> Part:
        """These locks on somebody's head, over what they wear."""
        body = wearer.body
        places, up = self._places(body)
        skin = self.held.skin(body)
        if self.shift is not None and len(self.trunk.places):
            flat, tops = places.reshape(-1, 3), np.array(up).reshape(-1, 3)
            self.trunk.lay(wearer, flat, tops, skin, turn=self.facing is None)
            places, up = flat.reshape(places.shape), tops.reshape(up.shape)
        scale = head_scale(body)
        points = sweep_locks(places, up, scale * self.wide, scale * self.tall, self.flips)
        return locks_part(points, self.quads, np.repeat(skin, len(SECTION), axis=0), self.tones)


def locks_part(vertices: Floats, quads: Ints, skin: Floats, tones: Ints) -> Part:
    """A piece of hair whose locks, all alike, have tones of their own."""
    each = np.repeat(tones, len(quads) // len(tones))
    paint = {name: np.flatnonzero(each == n) for n, name in enumerate(TONES) if n in tones}
    return Part(MESH, TONES[0], vertices, quads, skin, {}, paint)


def ears_m(body: Body) -> float:
    """How far the ears stand out from the skull, metres."""
    mean = mean_body().vertices
    own = body.human.vertices_of("body")
    _, y, z = mean[own].T
    ear = own[(z > 0.02) & (z < 0.066) & (y > 1.54) & (y < 1.601)]
    skull = _beside_ears().points(body.vertices)
    return float(np.abs(body.vertices[ear, 0]).max() - np.abs(skull[:, 0]).mean())


@cache
def _beside_ears() -> Attachment:
    return hold(directions(np.array([90.0, -90.0]), np.array([0.0, 0.0])))


@cache
def scalp_patch(
    edge_m: float, fine_m: float, receding: float = 0.0, alike: int = 0
) -> tuple[Patch, Floats]:
    """Faces of the skin with hair, and how far each point is above the hairline, metres.

    Args:
        edge_m: how far from the hairline they are fine.
        fine_m: how fine.
        receding: as of the hairline.
        alike: cuts of each face where all are cut alike, which leaves no cracks when it is rough.
    """
    body = mean_body()
    faces = body.human.quads["body"]
    own = faces[np.isin(faces, skin_around()).all(axis=1)]
    line = hairline_m(body.vertices, receding)[own]
    own, line = own[line.max(axis=1) > -0.015], line[line.max(axis=1) > -0.015]
    if alike:
        patch = fine_patch(own, alike)
    else:
        sizes = face_sizes(body.vertices, own) * np.where(line.min(axis=1) < edge_m, 1.0, 0.33)
        patch = evenly_fine(own, sizes, fine_m)
    above = hairline_m(patch.held.points(body.vertices), receding)
    kept, points = patch.kept(np.flatnonzero(above[patch.quads].min(axis=1) > -0.006))
    return kept, above[points]


def layer(body: Body, patch: Patch, heights: Floats, material: str, paint: dict[str, Ints]) -> Part:
    """A patch lifted off the skin by heights (N,), metres on the mean person."""
    off = patch.normals(body) * (head_scale(body) * heights)[:, None]
    points = patch.held.points(body.vertices) + off
    shares = patch.held.skin(body)
    return Part(MESH, material, points.astype(np.float32), patch.quads, shares, {}, paint)
