"""Clothes put on one body, one over the other: pure NumPy."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np

from ...core.conventions import Floats
from ..body import Body, vertex_normals
from .drape import bridge, hang, span
from .sewing import Cut, Layer
from .tights import LIMBS, Tights, load_tights

_USUAL_HEIGHT_M: Final = 1.75
# Where on a tube cloth begins to hang, and where it hangs altogether.
_GROWS: Final = {"trunk": (0.78, 0.6), "arm": (0.1, 0.5), "leg": (0.15, 0.7)}
_GATHER: Final = 0.22
_NARROW: Final = 8  # edges
_EDGE_OFF_M: Final = 0.001
_BESIDE: Final = 3  # rings from an edge on that it may lie over
_HEM_OFF_M: Final = 0.005  # how far off what is below a hanging hem lies


@dataclass(frozen=True)
class Ease:
    """How loosely a garment lies.

    Args:
        off_m: how far off the second skin.
        least_m: how near it may come to what is below.
        bridge: how wide hollows may be that it bridges, in edges of the coarse mesh.
        trunk, arm, leg: how fast it narrows below what stands out, metres a metre; None clings.
        span: how much it leaves out hollows of the trunk that are level, 0 to 1.
        ends: where each of these is gathered close to the skin again; None not at all.
    """

    off_m: float
    least_m: float
    bridge: int = 0
    trunk: float | None = None
    arm: float | None = None
    leg: float | None = None
    span: float = 0.0
    ends: tuple[float | None, float | None, float | None] = (None, None, None)


@dataclass(eq=False)
class Fitting:
    """A body that is being dressed, from the skin outwards.

    Args:
        body: whose.
        tights: what clothes are cut from.
        floor_m: (N,) how far off the second skin's fine vertices the next layer must lie.
    """

    body: Body
    tights: Tights = field(default_factory=load_tights)
    floor_m: Floats = field(init=False)

    def __post_init__(self) -> None:
        """Start with nothing on."""
        self.floor_m = np.zeros(self.tights.fine.count, np.float32)

    @cached_property
    def scale(self) -> float:
        """Size of cloth's features: those of a person 1.75 m tall are 1."""
        return float(np.clip(self.body.height_m / _USUAL_HEIGHT_M, 0.6, 1.25))

    @cached_property
    def coarse(self) -> Floats:
        """(C, 3) the second skin, straight over its narrowest hollows: what is lifted off it
        along its normals does not cross itself there."""
        skin, mesh = self.body.vertices[self.tights.vertices], self.tights.refinement.coarse
        normals = vertex_normals(skin, mesh.quads)
        return bridge(skin, normals, mesh, np.ones(len(skin)), _NARROW)

    @cached_property
    def fine(self) -> Floats:
        """(N, 3) the second skin made finer."""
        return self.tights.refinement(self.coarse)

    @cached_property
    def normals(self) -> Floats:
        """(N, 3) its outward directions."""
        return vertex_normals(self.fine, self.tights.fine.quads)

    @cached_property
    def coarse_normals(self) -> Floats:
        """(C, 3) outward directions of the coarse mesh."""
        return vertex_normals(self.coarse, self.tights.refinement.coarse.quads)

    @cached_property
    def axis(self) -> Floats:
        """(C, 3) the middle of the trunk or limb at each coarse vertex."""
        tubes = self.tights.coarse_tubes
        middle = np.array(self.coarse)
        trunk = tubes["trunk"].vertices
        middle[trunk, 0] = 0.0
        middle[trunk, 2] = self.coarse[trunk, 2].mean()
        for limb, names in LIMBS.items():
            for side in "lr":
                tube = tubes[f"{side}-{limb}"]
                joints = np.array([self.body.joints[f"{side}-{name}"] for name in names])
                start, end = joints[tube.bone], joints[tube.bone + 1]
                middle[tube.vertices] = start + tube.share[:, None] * (end - start)
        return middle

    def lay(self, ease: Ease) -> Floats:
        """(N, 3) cloth over the whole second skin, before it is cut.

        Args:
            ease: how loosely.
        """
        mesh = self.tights.refinement.coarse
        points = self.coarse + ease.off_m * self.scale * self.coarse_normals
        share = np.ones(len(points))
        points = bridge(points, self.coarse_normals, mesh, share, ease.bridge)
        points = span(points, self.tights.trunk_rings, ease.span)
        slope, share = self._looseness(ease)
        if share.any():
            points = hang(points, self.axis, self.tights.above, slope, share)
            for _ in range(2):
                points = points + 0.5 * share[:, None] * (mesh.smooth(points) - points)
        return self._raised(self.tights.refinement(self._parted(points)), ease.least_m)

    def _looseness(self, ease: Ease) -> tuple[Floats, Floats]:
        """Slope and share of hanging at each coarse vertex."""
        slope, share = np.zeros(len(self.coarse)), np.zeros(len(self.coarse))
        for name, tube in self.tights.coarse_tubes.items():
            kind = name.rsplit("-", 1)[-1]
            way = {"trunk": ease.trunk, "arm": ease.arm, "leg": ease.leg}[kind]
            if way is not None:
                start, full = _GROWS[kind]
                place = tube.bone + tube.share
                part = np.clip((place - start) / (full - start), 0.0, 1.0)
                end = ease.ends[list(_GROWS).index(kind)]
                if end is not None:
                    part *= np.clip((place - end) / np.copysign(_GATHER, start - full), 0.0, 1.0)
                slope[tube.vertices], share[tube.vertices] = way, part
        return slope, share

    def _parted(self, points: Floats) -> Floats:
        """Keep the legs' cloth from crossing between them."""
        gap = 0.004 * self.scale
        points = np.array(points)
        for side, sign in (("l", 1.0), ("r", -1.0)):
            leg = self.tights.coarse_tubes[f"{side}-leg"].vertices
            points[leg, 0] = sign * np.maximum(sign * points[leg, 0], gap)
        return points

    def _raised(self, points: Floats, least_m: float) -> Floats:
        """Lift what lies too near to the layer below."""
        low = np.maximum(self.floor_m, 0.0) + least_m * self.scale
        lack = np.maximum(low - self._off(points), 0.0)
        return np.asarray(points + lack[:, None] * self.normals, np.float32)

    def _off(self, points: Floats) -> Floats:
        return np.asarray(np.einsum("nc,nc->n", points - self.fine, self.normals))

    def wear(self, cut: Cut, points: Floats, folds_m: Floats, least_m: float) -> Floats:
        """(N', 3) a garment's vertices, folded and hemmed; what comes next lies over it.

        Args:
            cut: the piece.
            points: (N, 3) the laid cloth.
            folds_m: (n,) how far folds lift each vertex of the piece on a usual body.
            least_m: how near it may come to what is below.
        """
        mine = cut.vertices
        normals = vertex_normals(points[mine], cut.quads)
        folded = np.array(points)
        folded[mine] += (folds_m * self.scale)[:, None] * normals
        folded[mine] = cut.evened(folded[mine])
        folded = self._raised(folded, least_m)
        lift = (self.floor_m + _HEM_OFF_M * self.scale)[:, None]
        below = Layer(self.fine + lift * self.normals, self.normals)
        self.floor_m[mine] = np.maximum(self.floor_m[mine], self._off(folded)[mine])
        self._raise_beside(cut)
        normals = vertex_normals(folded[mine], cut.quads)
        return cut.sewn(folded[mine], normals, self.scale, below)

    def _raise_beside(self, cut: Cut) -> None:
        """What comes next lies over the edges too, which stand out and reach beyond the piece."""
        for hem in cut.hems:
            rise = max(0.0, *(each for _, each in hem.edge.rows_m)) + _EDGE_OFF_M
            high = self.floor_m[cut.vertices[hem.loop]] + rise * self.scale
            for ring in hem.beyond[:, :_BESIDE].T:
                np.maximum.at(self.floor_m, ring, high)
