"""Teeth and gums along the dental arches of the human mesh: pure NumPy.

Made once in the base mesh; a person's are those, moved as their arches are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from ...core.conventions import Floats, Ints
from ..human import Human
from ..surface import Surface, cap_ring, merge_surfaces

# Vertices of the arches from the middle to the left's last molar: cutting edges, line of the gums.
_EDGES: Final = {
    "upper": (14077, 14094, 14079, 14078, 14093, 14086, 14085, 14084, 14088),
    "lower": (14018, 14009, 14010, 14011, 14012, 14013, 14014, 14015, 14016),
}
_GUMS: Final = {
    "upper": (14087, 14083, 14082, 14081, 14080, 14092, 14091, 14090, 14089),
    "lower": (14020, 14021, 14022, 14023, 14019, 14024, 14025, 14026, 14017),
}
# Widths and depths of the teeth from the middle out, millimetres.
# Source: Nelson, Wheeler's Dental Anatomy, average crowns.
_WIDTHS_MM: Final = {
    "upper": (8.5, 6.5, 7.5, 7.0, 7.0, 10.0, 9.0),
    "lower": (5.0, 5.5, 7.0, 7.0, 7.0, 11.0, 10.5),
}
_DEPTHS_MM: Final = {
    "upper": (6.0, 5.4, 6.8, 8.6, 8.6, 10.2, 10.0),
    "lower": (5.2, 5.4, 6.6, 7.4, 7.8, 10.0, 9.8),
}
# Lower teeth bite behind the upper ones, which reach over them.
_OVERJET_M: Final = {"upper": 0.0, "lower": 0.0026}
_OVERBITE_M: Final = {"upper": 0.0021, "lower": -0.0004}
_BEHIND_LIPS: Final = 0.955  # size of the arches, so that rolled lips have room
_LATERAL_SHORT_M: Final = 0.0007
_SHADED: Final = {"TeethSide": (3, 5), "TeethBack": (5, 7)}
_SEGMENTS: Final = 10
_POWER: Final = 2.6
# Sections of a crown from gum to edge: height, width, depth of incisors, depth of molars.
_SECTIONS: Final = (
    (-0.25, 0.70, 0.95, 0.86), (0.06, 0.80, 1.00, 0.94), (0.36, 0.93, 0.84, 1.00),
    (0.68, 0.985, 0.56, 0.98), (0.90, 0.97, 0.34, 0.86), (0.985, 0.90, 0.25, 0.66),
)  # fmt: skip
_TIP: Final = (1.0, 0.80, 0.16, 0.44)
_GUM_SECTION: Final = (
    # Out from the arch and up from the gum's line, mm; at the middle of a tooth, then between two.
    (0.15, -0.3), (0.75, 1.3), (0.85, 4.0), (-0.2, 8.0), (-8.0, 8.0), (-10.5, 4.5), (-9.0, 1.0),
    (-4.0, 0.6),
)  # fmt: skip
_PAPILLA_MM: Final = 2.3


@dataclass(frozen=True, eq=False)
class Jaw:
    """Teeth and gums of one jaw in the base mesh.

    Args:
        teeth, gums: closed surfaces; metres.
        shaded: numbers of the teeth's quads by material, where cheeks and lips keep light away.
    """

    teeth: Surface
    gums: Surface
    shaded: Mapping[str, Ints]


@cache
def jaw_of(human: Human, which: str) -> Jaw:
    """The teeth and gums of the "upper" or "lower" jaw."""
    arch = _Arch(human, which)
    widths = np.array(_WIDTHS_MM[which])
    stops = np.concatenate(([0.0], np.cumsum(widths))) * arch.length / widths.sum()
    crowns = [
        _crown(arch, side, stops[n : n + 2], n, which)
        for side in (1.0, -1.0)
        for n in range(len(widths))
    ]
    numbers = np.repeat(np.tile(np.arange(len(widths)), 2), [len(each.quads) for each in crowns])
    shaded = {
        name: np.flatnonzero((numbers >= first) & (numbers < end))
        for name, (first, end) in _SHADED.items()
    }
    return Jaw(merge_surfaces(crowns), _gums(arch, stops), shaded)


class _Arch:
    """The line of the gums and that of the cutting edges, by length from the middle."""

    def __init__(self, human: Human, which: str) -> None:
        gum, edge = (human.base[list(rows[which])].astype(float) for rows in (_GUMS, _EDGES))
        back = edge[-1, 2]
        for line in (gum, edge):
            line[:, 0] *= _BEHIND_LIPS
            line[:, 2] = back + _BEHIND_LIPS * (line[:, 2] - back)
        reach = np.array([0.0, _OVERBITE_M[which] * (-1.0 if which == "upper" else 1.0), 0.0])
        self._edge = edge + reach - [0.0, 0.0, _OVERJET_M[which]]
        self._gum = gum - [0.0, 0.0, _OVERJET_M[which]]
        steps = np.linalg.norm(np.diff(self._edge[:, [0, 2]], axis=0), axis=1)
        self._along = np.concatenate(([0.0], np.cumsum(steps)))
        self.length = float(self._along[-1])
        self.up = 1.0 if which == "upper" else -1.0

    def at(self, along: float, side: float) -> tuple[Floats, Floats, Floats]:
        """(3,) each: a point of the gums, one of the edges, the level direction outward."""
        found = []
        for line in (self._gum, self._edge):
            point = _smooth(self._along, line, along)
            found.append(point * [side, 1.0, 1.0])
        gap = 0.02 * self.length
        ahead = _smooth(self._along, self._edge, along + gap) - _smooth(
            self._along, self._edge, along - gap
        )
        out = np.array([-ahead[2] * side, 0.0, ahead[0]])
        return found[0], found[1], out / np.linalg.norm(out)


def _smooth(along: Floats, line: Floats, place: float) -> Floats:
    """A point of a polyline that is even about its beginning, rounded over its corners."""
    places = place + np.linspace(-0.05, 0.05, 7) * along[-1]
    mirrored = np.sign(places)[:, None] * np.array([1.0, 0.0, 0.0]) + [0.0, 1.0, 1.0]
    inside = np.minimum(np.abs(places), along[-1])
    points = np.stack([np.interp(inside, along, line[:, axis]) for axis in range(3)], axis=-1)
    return np.asarray((points * mirrored).mean(axis=0))


def _crown(arch: _Arch, side: float, ends: Floats, number: int, which: str) -> Surface:
    """One tooth: sections from below the gum to the edge, closed at both ends."""
    gum, edge, out = arch.at(float(ends.mean()), side)
    aside = np.cross([0.0, 1.0, 0.0], out)
    half, depth = 0.487 * float(np.ptp(ends)), _DEPTHS_MM[which][number] * 0.001
    molar = np.clip((number - 1.5) / 1.5, 0.0, 1.0)
    edge[1] += arch.up * _LATERAL_SHORT_M * (number == 1)
    turn = 2.0 * np.pi * (np.arange(_SEGMENTS) + 0.5) / _SEGMENTS
    oval = np.stack((np.cos(turn), np.sin(turn)), axis=-1)
    oval = np.sign(oval) * np.abs(oval) ** (2.0 / _POWER)
    rings = []
    for height, wide, thin, thick in (*_SECTIONS, _TIP):
        deep = 0.5 * depth * (thin + molar * (thick - thin))
        middle = gum + height * (edge - gum) - deep * out
        ring = middle + half * wide * oval[:, :1] * aside + deep * oval[:, 1:] * out
        if number == 2 and height > 0.6:  # a canine has a point
            ring[:, 1] += arch.up * 0.0016 * np.abs(oval[:, 0]) * (height - 0.6) / 0.4
        rings.append(ring)
    return _sleeve(np.array(rings), flip=(arch.up > 0))


def _gums(arch: _Arch, stops: Floats) -> Surface:
    """One body along the arch whose margin rises between the teeth."""
    middles = 0.5 * (stops[1:] + stops[:-1])
    places = np.sort(np.concatenate((stops, middles)))
    signed = np.concatenate((-places[:0:-1], places))
    rings = []
    for place in signed:
        gum, _, out = arch.at(abs(float(place)), 1.0 if place >= 0 else -1.0)
        between = bool(np.isclose(stops, abs(place)).any())
        section = np.array(_GUM_SECTION) * 0.001
        section[[0, -1], 1] -= 0.001 * _PAPILLA_MM * between
        section[0, 0] -= 0.0012 * between
        upright = np.array([0.0, arch.up, 0.0])
        shrink = min(1.0, 0.62 + abs(place) / arch.length)
        depth = np.where(section[:, :1] < -1e-3, section[:, :1] * shrink, section[:, :1])
        rings.append(gum + depth * out + section[:, 1:] * upright)
    return _sleeve(np.array(rings), flip=(arch.up > 0))


def _sleeve(rings: Floats, *, flip: bool) -> Surface:
    """Rings (K, S, 3) joined one to the next, closed at both ends; ``flip`` turns it inside out."""
    count, segments, _ = rings.shape
    numbers = np.arange(count * segments).reshape(count, segments)
    here, beyond = numbers[:-1], numbers[1:]
    corners = (here, np.roll(here, -1, 1), np.roll(beyond, -1, 1), beyond)
    quads: Sequence[Ints] = (
        np.stack(corners, axis=-1).reshape(-1, 4),
        cap_ring(numbers[0])[:, ::-1],
        cap_ring(numbers[-1]),
    )
    joined = np.concatenate(quads)
    return Surface(rings.reshape(-1, 3).astype(np.float32), joined[:, ::-1] if flip else joined)
