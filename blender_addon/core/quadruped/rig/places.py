"""Where the common joints of a rig are; those that it lacks are made up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from ...conventions import Floats
from ..body import Family
from .rig_map import LegMap

_BLADE: Final[Mapping[Family, Floats]] = {
    Family.HOOFED: np.array([0.0, 0.40, -0.12]),
    Family.CANINE: np.array([0.0, 0.25, -0.30]),
}
"""From the top of the free leg to the top of a virtual shoulder blade, in hip heights."""

_NOSE: Final = np.array([0.0, -0.15, 0.19])
"""From head to nose in hip heights, where a rig shows no nose."""

_TAIL: Final = np.array([0.0, -0.05, -0.15])
"""From hips to the tail's base, and on, in hip heights, where a rig has no tail."""

_NECK: Final = np.array([0.0, 0.15, 0.2])
"""From the last bone of the column to a neck, in hip heights, where a rig has none."""

_LONG_CHEST: Final = 0.32
_CHEST_BEHIND: Final = 0.12
"""In hip heights: how far behind the front legs' tops a chest begins at most, and usually."""

_HIPS: Final = (0.04, 0.30)
"""In hip heights: how far over the hind legs' tops the hips lie, as of the bodies that the network
knows."""

Named = Sequence[tuple[str, Floats]]


def common_places(
    legs: Sequence[LegMap],
    column: Named,
    neck: Named,
    tail: Named,
    ends: tuple[Floats | None, Floats | None],
    family: Family,
) -> tuple[dict[str, str], dict[str, Floats]]:
    """Bone and place (3,) by common joint.

    Args:
        legs: four.
        column, neck, tail: bones and where they begin: left, up, forward.
        ends: where the last bone of the tail ends, and the muzzle; None where nothing shows it.
        family: whose virtual blade it gets.
    """
    bones: dict[str, str] = {}
    places: dict[str, Floats] = {}
    for leg in legs:
        _leg_places(leg, bones, places)
    hip = float(np.mean([places[f"{side}_hind_hip"][1] for side in ("left", "right")]))
    for leg in legs:
        if leg.fore and leg.joints[0] < 0:
            places[f"{leg.name}_scapula"] = places[f"{leg.name}_upper"] + hip * _BLADE[family]
    places["hips"] = _hips(column[0][1], hip)
    bones["hips"] = column[0][0]
    _column_places(column, neck, places, bones, hip)
    _neck_places(column, neck, places, bones, hip)
    _tail_places(tail, ends[0], places, bones, hip)
    places["nose"] = places["head"] + hip * _NOSE if ends[1] is None else ends[1]
    return bones, {name: np.asarray(place, np.float64) for name, place in places.items()}


def _leg_places(leg: LegMap, bones: dict[str, str], places: dict[str, Floats]) -> None:
    parts = ("scapula", "upper", "lower", "paw") if leg.fore else ("hip", "stifle", "hock", "paw")
    for part, place in zip(parts, leg.joints, strict=True):
        if place >= 0:
            places[f"{leg.name}_{part}"] = leg.points[place]
            bones[f"{leg.name}_{part}"] = leg.bones[min(place, len(leg.bones) - 1)]


def _hips(begin: Floats, hip: float) -> Floats:
    """A point that goes with the bone of the hips: where that begins, or as high as others' are.

    Where it hangs below the legs' tops, a network that knows no such body holds the trunk too high.
    """
    low, high = hip * (1.0 + np.array(_HIPS))
    return np.array([begin[0], np.clip(begin[1], low, high), begin[2]])


def _column_places(
    column: Named, neck: Named, places: dict[str, Floats], bones: dict[str, str], hip: float
) -> None:
    """Chest at the last bone, and two between, at thirds of the way."""
    if len(column) > 1:
        places["chest"], bones["chest"] = _chest(column[-1][1], neck, places, hip), column[-1][0]
    else:
        fore = np.mean([places[f"{s}_fore_upper"] for s in ("left", "right")], axis=0)
        places["chest"] = np.array([0.0, places["hips"][1], fore[2] - 0.1 * hip])
    moved = len(column) > 1 and not np.array_equal(places["chest"], column[-1][1])
    between = column[1:] if moved else column[1:-1]
    _spread(between, ("spine", "spine_1"), (places["hips"], places["chest"]), places, bones)


def _chest(last: Floats, neck: Named, places: Mapping[str, Floats], hip: float) -> Floats:
    """Where the last bone of the column begins; of a long one a point near the front legs."""
    fore = np.mean([places[f"{s}_fore_upper"] for s in ("left", "right")], axis=0)
    if fore[2] - last[2] < _LONG_CHEST * hip or not neck:
        return last
    way = neck[0][1] - last
    share = (fore[2] - _CHEST_BEHIND * hip - last[2]) / max(float(way[2]), 1e-9)
    return np.asarray(last + float(np.clip(share, 0.0, 0.8)) * way)


def _neck_places(
    column: Named, neck: Named, places: dict[str, Floats], bones: dict[str, str], hip: float
) -> None:
    if len(neck) > 1:
        places["neck"], bones["neck"] = neck[0][1], neck[0][0]
    elif len(neck) == 1:
        places["neck"] = (places["chest"] + neck[0][1]) / 2
    else:
        places["neck"] = column[-1][1] + hip * _NECK
    if neck:
        places["head"], bones["head"] = neck[-1][1], neck[-1][0]
    else:
        places["head"] = places["neck"] + hip * _NECK
    _spread(neck[1:-1], ("neck_1",), (places["neck"], places["head"]), places, bones)


def _tail_places(
    tail: Named,
    end: Floats | None,
    places: dict[str, Floats],
    bones: dict[str, str],
    hip: float,
) -> None:
    if not tail:
        places["tail"] = places["hips"] + hip * _TAIL
        places["tail_1"], places["tail_2"] = (
            places["tail"] + hip * _TAIL,
            places["tail"] + 2 * hip * _TAIL,
        )
        return
    places["tail"], bones["tail"] = tail[0][1], tail[0][0]
    last = tail[-1][1] if len(tail) > 2 or end is None else end
    if len(tail) > 2:
        bones["tail_2"] = tail[-1][0]
    elif np.linalg.norm(last - tail[0][1]) < 0.03 * hip:
        last = tail[-1][1] + hip * _TAIL
    places["tail_2"] = last
    _spread(tail[1:-1] or tail[1:], ("tail_1",), (places["tail"], last), places, bones)


def _spread(
    between: Named,
    wanted: Sequence[str],
    ends: tuple[Floats, Floats],
    places: dict[str, Floats],
    bones: dict[str, str],
) -> None:
    """Give joints, evenly spread between two ends, the nearest bones; the rest is made up."""
    start, end = ends
    way = end - start
    along = float(way @ way) or 1.0
    shares = [float((place - start) @ way) / along for _, place in between]
    taken = -1
    for number, name in enumerate(wanted):
        share = (number + 1) / (len(wanted) + 1)
        left = len(wanted) - number - 1
        free = range(taken + 1, len(between) - min(left, max(len(between) - taken - 2, 0)))
        best = min(free, key=lambda n: abs(shares[n] - share), default=-1)
        if best >= 0 and abs(shares[best] - share) < 0.3:
            bones[name], places[name] = between[best]
            taken = best
        else:
            low = places[bones_before(wanted, number, places)] if number else start
            places[name] = low + (end - low) / (left + 2)


def bones_before(wanted: Sequence[str], number: int, places: Mapping[str, Floats]) -> str:
    """The joint before one of several."""
    return next(name for name in reversed(wanted[:number]) if name in places)
