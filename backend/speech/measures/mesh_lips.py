"""Whether lips meet on a mesh: the published human body with its 52 face units.

The mesh is cut upright, along the middle of the mouth and beside it. In each cut the gap is how far
the lowest point of the upper lip lies over the highest of the lower one: what is seen between the
lips from the front. Shapes add up linearly, so do the heights of the points; no scene is needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np

from backend.rigs.body import read_base, read_target
from blender_addon.core.conventions import Bools, Floats, Ints
from blender_addon.core.errors import InputError
from blender_addon.core.face.arkit import ARKIT_52

from .metrics import Spoken, bilabials

SHUT: Final = 0.02
"""A gap up to this is shut, in that of jawOpen = 1."""
OPEN: Final = 0.06
"""A gap above this is seen to be open."""
_CUTS_M: Final = np.arange(-12, 13, 2) * 1e-3
"""Sideways from the middle: the half of the mouth that a fully opened jaw opens widest."""
_AROUND_M: Final = 0.03
_LIP_M: Final = 0.012
_OVERLAP_M: Final = 0.003
_LOWER, _UPPER = 0.75, 0.25
"""Shares of the largest drop under jawOpen that tell a lower lip from an upper one."""
_DROPS = ARKIT_52.index("jawOpen")
_UP = 2


@dataclass(frozen=True, eq=False)
class Cut:
    """Points of both lips in one upright cut, at rest and how each shape lifts them, metres.

    Args:
        upper, lower: (N,) and (M,) heights at rest.
        lifts_upper, lifts_lower: (52, N) and (52, M) in the order of ``ARKIT_52``.
    """

    upper: Floats
    lower: Floats
    lifts_upper: Floats
    lifts_lower: Floats

    def gap(self, curves: Floats) -> Floats:
        """(T,) metres, below 0 where lips pass each other, from (T, 52) weights."""
        lowest = (self.upper + curves @ self.lifts_upper).min(1)
        return np.asarray(lowest - (self.lower + curves @ self.lifts_lower).max(1))


@dataclass(frozen=True, eq=False)
class MouthMesh:
    """Cuts of one mouth, from its right to its left.

    Args:
        cuts: an odd number; the one in the middle cuts the middle of the mouth.
    """

    cuts: tuple[Cut, ...]

    def middle_gap(self, curves: Floats) -> Floats:
        """(T,) gap in the middle over that of jawOpen = 1."""
        cut = self.cuts[len(self.cuts) // 2]
        return np.asarray(cut.gap(curves) / cut.gap(_opened())[0])

    def mean_gap(self, curves: Floats) -> Floats:
        """(T,) mean over the cuts of what each opens beyond rest, over the same of jawOpen = 1."""
        return np.asarray(self._beyond_rest(curves) / self._beyond_rest(_opened())[0])

    def _beyond_rest(self, curves: Floats) -> Floats:
        rest = np.zeros((1, len(ARKIT_52)))
        parts = [np.maximum(cut.gap(curves) - max(cut.gap(rest)[0], 0.0), 0.0) for cut in self.cuts]
        return np.asarray(np.mean(parts, axis=0))

    def gap(self, curves: Floats) -> Floats:
        """(T,) the greater of both: lips that meet in the middle alone are not shut."""
        return np.maximum(self.middle_gap(curves), self.mean_gap(curves))


def _opened() -> Floats:
    return np.eye(len(ARKIT_52))[_DROPS][None]


@cache
def read_mouth(folder: Path) -> MouthMesh:
    """Cut the mouth of the base mesh.

    Args:
        folder: of the published body, with ``base.obj.gz`` and ``faceunits``.

    Raises:
        InputError: a file is missing.
    """
    if not (folder / "base.obj.gz").is_file():
        raise InputError(f"no base.obj.gz in {folder}; give --human the folder of the human body")
    base = read_base(folder)
    faces = np.array(base.faces["body"])
    offsets = read_offsets(folder, len(base.vertices))
    edges = np.concatenate([faces[:, [n, (n + 1) % 4]] for n in range(4)])
    edges = np.unique(np.sort(edges, axis=1), axis=0)
    body = np.unique(faces)
    closes = np.linalg.norm(offsets[ARKIT_52.index("mouthClose"), body], axis=1)
    centre = base.vertices[body[np.argmax(closes)]]
    near = np.linalg.norm(base.vertices - centre * (0, 1, 1), axis=1) < _AROUND_M
    edges = edges[near[edges].all(1)]
    return MouthMesh(tuple(_cut(base.vertices, offsets, edges, x) for x in _CUTS_M))


@cache
def read_offsets(folder: Path, count: int) -> Floats:
    """(52, V, 3) how each shape moves the vertices, in the order of ``ARKIT_52``.

    Args:
        folder: of the published body.
        count: V, of its base mesh.
    """
    offsets = np.zeros((len(ARKIT_52), count, 3), np.float32)
    for shape, name in zip(offsets, ARKIT_52, strict=True):
        vertices, moved = read_target(folder / "faceunits" / f"{name}.target.gz")
        shape[vertices] = moved
    return offsets


def _cut(vertices: Floats, offsets: Floats, edges: Ints, x_m: float) -> Cut:
    """Where edges cross the upright plane at ``x_m``: points of the lips and their lifts."""
    sides = vertices[edges, 0] - x_m
    crossing = (sides[:, 0] >= 0) != (sides[:, 1] >= 0)
    ends, sides = edges[crossing], sides[crossing]
    share = sides[:, 0] / (sides[:, 0] - sides[:, 1])

    def at_crossing(values: Floats) -> Floats:
        first, second = values[..., ends[:, 0], :], values[..., ends[:, 1], :]
        return np.asarray(first + share[:, None] * (second - first))

    places, moved = at_crossing(vertices), at_crossing(offsets)[..., _UP]
    upper, lower = _lips(places, -moved[_DROPS])
    heights = places[:, _UP]
    return Cut(heights[upper], heights[lower], moved[:, upper], moved[:, lower])


def _lips(places: Floats, drops: Floats) -> tuple[Bools, Bools]:
    """Which points of a cut are of the upper lip, and which of the lower."""
    lower = drops > _LOWER * drops.max()
    top = places[lower][np.argmax(places[lower, _UP])]
    around = np.linalg.norm(places - top, axis=1) < _LIP_M
    over = places[:, _UP] > top[_UP] - _OVERLAP_M
    return around & over & (drops < _UPPER * drops.max()), around & lower


def least_gaps(spoken: Spoken, mouth: MouthMesh) -> Floats:
    """Least gap within each /p b m/, half a frame on either side included: (B,)."""
    gap = mouth.gap(spoken.curves)
    half_s = 0.5 * float(np.median(np.diff(spoken.times_s)))
    found = [
        gap[(spoken.times_s >= start - half_s) & (spoken.times_s < end + half_s)].min()
        for start, end in bilabials(spoken.track)
    ]
    return np.array(found)


def count_shut(sentences: Sequence[Spoken], mouth: MouthMesh) -> dict[str, Any]:
    """bilabials_shut, bilabials_open, bilabials_all, and how wide they are in the mean."""
    gaps = np.concatenate([least_gaps(spoken, mouth) for spoken in sentences])
    return {
        "bilabials_shut": int((gaps <= SHUT).sum()),
        "bilabials_open": int((gaps > OPEN).sum()),
        "bilabials_all": len(gaps),
        "bilabials_gap": float(gaps.mean()) if len(gaps) else None,
    }
