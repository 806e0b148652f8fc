"""Where on the ground a carrying foot is held."""

from __future__ import annotations

from typing import Final

import numpy as np

from ..conventions import Bools, Floats, Ints
from ..ground.terrain import Terrain
from ..maths.rotations import normalise
from ..maths.segments import Segments, Spans, turns
from ..motion.common_skeleton import HEEL_BACK_M, HEEL_HEIGHT_M, TIP_AHEAD_M, TOE_HEIGHT_M

_MARGIN_M: Final = 0.015
_SOLE_M: Final = np.array(
    [-0.125 - HEEL_BACK_M - _MARGIN_M, -0.125, 0.0, TIP_AHEAD_M + _MARGIN_M], np.float32
)
"""Places under the sole along the foot, from the toe joint: heel, ankle, toe joint, tip."""
_JOINTS: Final = slice(1, 3)
_TREAD_SHIFTS_M: Final = np.linspace(-0.2, 0.2, 41, dtype=np.float32)
_LEVEL_M: Final = 0.04
_OVER_EDGE: Final = 0.3
"""Heel or tip over an edge counts by this share of what either counts inside a riser."""
_WANDER_M: Final = 0.12
"""A foot that wanders further while it is said to carry steps in between."""
_STEP_FRAMES: Final = 18
_STAY_FRAMES: Final = 10
_ALONE_FRAMES: Final = 2
_XZ: Final = [0, 2]


def choose_holds(
    heel: Floats,
    toe: Floats,
    heel_on: Bools,
    toe_on: Bools,
    length_m: float,
    terrain: Terrain,
    motions: Segments,
) -> tuple[Floats, Floats]:
    """Where heel and toe are held.

    Args:
        heel, toe: (N, 3) tracks of the animation, metres.
        heel_on, toe_on: (N,) when they carry.
        length_m: from heel to toe joint.
        terrain: the ground.
        motions: which frames belong together.

    Returns:
        Two of (N, 3); meaningful where their contact is on.
    """
    toes, heels = motions.spans(toe_on), motions.spans(heel_on)
    toe_at = _stand_toes(toes.means(toe), toes.means(heel), terrain)
    heel_at = _on_ground(terrain, heels.means(heel), HEEL_HEIGHT_M)
    # Toes [first, stop) are down during each heel's contact.
    first = np.searchsorted(toes.stops, heels.starts, side="right")
    stop = np.searchsorted(toes.starts, heels.stops, side="left")
    flat = np.flatnonzero(first < stop)
    heel_at[flat] = _join(
        heel, toe, heels[flat], toes, Spans(first[flat], stop[flat]), toe_at, length_m, terrain
    )
    heel_hold, toe_hold = heel.copy(), toe.copy()
    heel_hold[heels.frames] = heel_at[heels.owner]
    toe_hold[toes.frames] = toe_at[toes.owner]
    return heel_hold, toe_hold


def _stand_toes(toe: Floats, heel: Floats, terrain: Terrain) -> Floats:
    """Toes (K, 3) put down where they are on average, the whole sole on one tread."""
    toward_toe = normalise((toe - heel)[:, _XZ])
    places = toe.copy()
    places[:, _XZ] += toward_toe * _shift_to_tread(terrain, toe[:, _XZ], toward_toe)[:, None]
    return _on_ground(terrain, places, TOE_HEIGHT_M)


def _join(
    heel: Floats,
    toe: Floats,
    heels: Spans,
    toes: Spans,
    under: Spans,
    toe_at: Floats,
    length_m: float,
    terrain: Terrain,
) -> Floats:
    """Heels (K, 3) of flat feet: the foot's length behind the held toe, at their own height.

    Args:
        heel, toe: (N, 3) tracks.
        heels, toes: their contacts.
        under: K ranges of toe contacts, those during each heel's.
        toe_at: held toes; changed where a foot pivots on its heel.
        length_m, terrain: as above.
    """
    shared = np.concatenate(([False], under.starts[1:] == under.stops[:-1] - 1))[: len(heels)]
    # Of several places of the toe the longest counts, unless the heel before stands on one.
    anchor = np.where(shared, under.starts, _longest(toes, under))
    starts = np.maximum(heels.starts, toes.starts[anchor])
    both = Spans(starts, np.minimum(heels.stops, toes.stops[anchor]))
    toward_heel, toward_toe = both.means(heel - toe), toes.means(toe - heel)
    heel_at = np.zeros_like(toward_heel)
    for group in turns(shared):
        heel_at[group] = _foot_length_away(
            terrain, toe_at[anchor[group]], toward_heel[group], HEEL_HEIGHT_M, length_m
        )
        of_group = under[group]
        owner = group[of_group.owner]
        pivots = of_group.frames != anchor[owner]  # the foot pivots on its heel
        moved = of_group.frames[pivots]
        toe_at[moved] = _foot_length_away(
            terrain, heel_at[owner[pivots]], toward_toe[moved], TOE_HEIGHT_M, length_m
        )
    return heel_at


def _longest(spans: Spans, ranges: Spans) -> Ints:
    """(K,) the longest span of each range, of equal ones the first."""
    best = ranges.starts.copy()
    for step in range(1, int(ranges.lengths.max(initial=0))):
        other = np.minimum(ranges.starts + step, ranges.stops - 1)
        best = np.where(spans.lengths[other] > spans.lengths[best], other, best)
    return best


def _foot_length_away(
    terrain: Terrain, held: Floats, toward: Floats, height_m: float, length_m: float
) -> Floats:
    """Where the foot's other joint (K, 3) stands, in that direction from the held one (K, 3)."""
    along = normalise(toward[:, _XZ])
    places = held.copy()
    places[:, _XZ] += along * length_m * 0.9
    rise = _on_ground(terrain, places, height_m)[:, 1] - held[:, 1]
    rise = np.clip(rise, -0.95 * length_m, 0.95 * length_m)
    places[:, _XZ] = held[:, _XZ] + along * np.sqrt(length_m**2 - rise**2)[:, None]
    places[:, 1] = held[:, 1] + rise
    return places


def _shift_to_tread(terrain: Terrain, toe_xz: Floats, toward_toe: Floats) -> Floats:
    """How far along the foot to move it so that it does not stand half on an edge, (K,) metres.

    On a tread that is too short heel or tip hangs over its edge; neither goes into a riser.
    """
    shifts = np.zeros(len(toe_xz), np.float32)
    here = _heights_under(terrain, toe_xz, toward_toe, shifts[:, None])[..., 0]
    uneven = np.flatnonzero(np.ptp(here, axis=0) >= _LEVEL_M)
    tried = np.repeat(_TREAD_SHIFTS_M[None], len(uneven), axis=0)
    found = _misfit(_heights_under(terrain, toe_xz[uneven], toward_toe[uneven], tried))
    best = np.argmin(found + 0.2 * np.abs(_TREAD_SHIFTS_M), axis=1)
    shifts[uneven] = _TREAD_SHIFTS_M[best]
    return shifts


def _heights_under(terrain: Terrain, toe_xz: Floats, toward_toe: Floats, shifts: Floats) -> Floats:
    """(4, K, M) ground under the places of a sole moved along itself by shifts (K, M)."""
    along = _SOLE_M[:, None, None] + shifts  # (4, K, M)
    return terrain.heights(toe_xz[:, None] + along[..., None] * toward_toe[:, None])


def _misfit(under: Floats) -> Floats:
    """(K, M) how ill a sole stands on heights (4, K, M) under its places, metres."""
    stands = under[_JOINTS]
    rises = under.max(axis=0) - stands.max(axis=0)
    drops = stands.min(axis=0) - under.min(axis=0)
    return np.asarray(np.ptp(stands, axis=0) + rises + _OVER_EDGE * drops)


def _on_ground(terrain: Terrain, places: Floats, height_m: float) -> Floats:
    """Places (K, 3) with a joint's height over the ground."""
    standing = places.astype(np.float32)
    standing[:, 1] = terrain.heights(places[:, _XZ]) + height_m
    return standing


def steps_between(foot: Floats, carries: Bools, other_carries: Bools, motions: Segments) -> Bools:
    """Frames (N,) in which a foot that wanders while it is said to carry makes a step instead.

    A character that comes to rest drifts over feet that are long down; held at one place, they
    would be far from where they landed. The step is where the foot wanders most while the other
    foot carries.

    Args:
        foot: (N, 3) the foot as animated, metres.
        carries: (N,) when it is said to carry.
        other_carries: (N,) when the other foot does.
        motions: which frames belong together.
    """
    runs = motions.spans(carries)
    runs = runs[runs.lengths >= 2 * _STAY_FRAMES + _STEP_FRAMES]
    ranges = [runs.maxima(foot[:, column]) + runs.maxima(-foot[:, column]) for column in _XZ]
    runs = runs[np.hypot(*ranges) > _WANDER_M]
    gaps = np.zeros(len(carries), bool)
    if not len(runs):
        return gaps
    tries = Spans(runs.starts + _STAY_FRAMES, runs.stops - _STAY_FRAMES - _STEP_FRAMES + 1)
    begin, end = tries.frames, tries.frames + _STEP_FRAMES
    way = np.hypot(*(foot[end] - foot[begin])[:, _XZ].T)
    lone = np.cumsum(np.concatenate(([0], ~other_carries)))
    way = way * (lone[end + 1] - lone[begin] <= _ALONE_FRAMES)
    best = np.lexsort((-way, tries.owner))[np.cumsum(tries.lengths) - tries.lengths]
    best = best[way[best] > 0.0]
    gaps[Spans(begin[best], end[best]).frames] = True
    return gaps
