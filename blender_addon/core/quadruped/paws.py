"""The way of every paw: held at its print while it stands, on an arc over the ground in between.

The network says when a paw stands and about where. A paw that stands is held at one place on the
ground; between two prints its track is the network's plus an offset that eases from one to the
next, at least as high as an arc, so that nothing pops and no paw glides over the ground.

Lengths are the model's (hips half a metre high), frames 60 a second of its time. The four feet are
laid end to end along time, LH, LF, RH, RF, as if they were motions of their own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from ..conventions import MODEL_FRAME_RATE_HZ, Bools, Floats
from ..feet.easing import close_gaps, ease_offsets, keep_middle, lifted
from ..ground.terrain import FlatTerrain, Terrain
from ..maths.rotations import length
from ..maths.segments import Segments, Spans
from ..maths.smoothing import smoothstep

_ON: Final = 0.55
_OFF: Final = 0.4
"""Probabilities from which on a paw begins to stand, and no longer does."""
_SLIPS_M_S: Final = 0.3
_SLIPS_SHARE: Final = 0.3
"""A paw that stands may as yet move with the first speed plus this share of the body's."""
_LOW_M: Final = 0.09
"""A paw higher over its standing height does not stand."""
_SHORTEST_FRAMES: Final = 3
_ARC_M: Final = 0.035
_ARC_WAY_M: Final = 0.2
"""A swing's least height in its middle: the first for a walk's, less for ways not much longer than
the second."""
_FAST_ARC_M: Final = 0.035
_FAST_WAY_M: Final = (0.6, 1.6)
"""What is added to it for ways from a trot's to a gallop's: a fast paw is folded up at once."""
_FLIES_M: Final = 0.032
_FLIES_FRAMES: Final = 2.2
"""So high, and so soon, a gallop's paw is while no other carries: else it skims the ground."""
_EASE_FRAMES: Final = 9
_MEETS: Final = 0.35
"""Of the arc's height: how softly a track goes over into its arc."""
_CLEAR_FRAMES: Final = 6
_SHIFT_FRAMES: Final = (1.5, 5.0)
"""How smoothly, and from which distance to a hold on, a paw is shifted."""
_FLAT: Final = [0, 2]

_Array = TypeVar("_Array", bound=NDArray[Any])


@dataclass(frozen=True, eq=False)
class PawTracks:
    """The way of four paws, N frames.

    Args:
        paws_m: (N, 4, 3) in the world.
        held: (N, 4) where each is held at its print.
        rise_m: (N, 4) how much higher than said each print is, eased in between.
    """

    paws_m: Floats
    held: Bools
    rise_m: Floats


@dataclass(frozen=True, eq=False)
class Paws:
    """Four paws as the network says, and everything around them that holds do not change.

    Args:
        paws_m: (N, 4, 3) in the world.
        scores: (N, 4) probability that each stands.
        standing_m: (N, 4) height of each over the ground while it stands.
        speeds_m_s: (N,) of the body over the ground.
        terrain: the ground.
        motions: which frames belong together.
    """

    paws_m: Floats
    scores: Floats
    standing_m: Floats
    speeds_m_s: Floats
    terrain: Terrain
    motions: Segments


def contacts_of(paws: Paws) -> Bools:
    """(N, 4) where each paw stands: where the network says so and does so."""
    feet = _feet(paws.motions)
    track = _by_foot(paws.paws_m)
    likely = _hysteresis(_by_foot(paws.scores), feet)
    pace = length(feet.gradient(track[:, _FLAT])) * MODEL_FRAME_RATE_HZ
    slow = pace < _SLIPS_M_S + _SLIPS_SHARE * np.tile(paws.speeds_m_s, 4)
    over = track[:, 1] - paws.terrain.heights(track[:, _FLAT]) - _by_foot(paws.standing_m)
    on = close_gaps(likely & slow & (over < _LOW_M), feet)
    runs = feet.spans(on)
    long = runs[(runs.lengths >= _SHORTEST_FRAMES) | _at_an_end(runs, feet)]
    return _by_frame(long.mask(len(on)))


def let_go(held: Bools, bad: Bools, motions: Segments) -> Bools:
    """Holds (N, 4) less what comes before a bad frame in their first half, or after in the second.

    Args:
        held: (N, 4).
        bad: (N, 4) where a paw cannot be held.
        motions: which frames belong together.
    """
    return _by_frame(keep_middle(_by_foot(held), _by_foot(bad), _feet(motions)))


def track_paws(paws: Paws, held: Bools) -> PawTracks:
    """The way of paws that are held (N, 4)."""
    feet = _feet(paws.motions)
    track, on, standing = _by_foot(paws.paws_m), _by_foot(held), _by_foot(paws.standing_m)
    offsets = _prints(track, on, standing, paws.terrain, feet) - track
    eased = track + ease_offsets(offsets, feet.gradient(track), on, feet, _EASE_FRAMES)
    eased = _raise_to_arc(eased, on, standing, paws.terrain, feet)
    if not isinstance(paws.terrain, FlatTerrain):
        inside = smoothstep(feet.frames_to(on) / _CLEAR_FRAMES)
        least = paws.terrain.heights(eased[:, _FLAT]) + standing + 0.5 * _ARC_M * inside
        deficit = np.where(on, 0.0, np.maximum(least - eased[:, 1], 0.0))
        eased = lifted((eased,), deficit, ~on, feet)[0]
    rise = _between_holds(offsets[:, 1], on, feet)
    return PawTracks(_by_frame(eased.astype(np.float32)), held, _by_frame(rise))


def shifted(tracks: PawTracks, shift_m: Floats, motions: Segments) -> PawTracks:
    """Swinging paws shifted by (N, 4, 3), without a jerk; those that stand stay.

    Args:
        tracks: of the paws.
        shift_m: 0 where nothing is to be shifted.
        motions: which frames belong together.
    """
    apart = _feet(motions).frames_to(_by_foot(tracks.held)) / _SHIFT_FRAMES[1]
    inside = _by_frame(smoothstep(np.minimum(apart, 1.0)))
    smooth = motions.smooth(shift_m.reshape(len(shift_m), -1), _SHIFT_FRAMES[0])
    moved = inside[..., None] * smooth.reshape(shift_m.shape)
    return replace(tracks, paws_m=(tracks.paws_m + moved).astype(np.float32))


def held_values(values: Floats, held: Bools, motions: Segments) -> Floats:
    """Values (N, 4) that stay at their mean while a paw is held (N, 4), and go over in between."""
    feet, on = _feet(motions), _by_foot(held)
    steady = _by_foot(values).copy()
    runs = feet.spans(on)
    steady[runs.frames] = runs.means(steady)[runs.owner]
    known = _between_holds(steady, on, feet)
    return _by_frame(np.where(feet.frames_to(on) < len(on), known, steady))


def _feet(motions: Segments) -> Segments:
    return Segments(np.tile(motions.lengths, 4))


def _by_foot(values: _Array) -> _Array:
    """(N, 4, …) as (4 N, …)."""
    laid = np.ascontiguousarray(np.swapaxes(values, 0, 1)).reshape(-1, *values.shape[2:])
    return cast(_Array, laid)


def _by_frame(values: _Array) -> _Array:
    """(4 N, …) as (N, 4, …)."""
    whole = np.swapaxes(values.reshape(4, -1, *values.shape[1:]), 0, 1)
    return cast(_Array, np.ascontiguousarray(whole))


def _hysteresis(scores: Floats, feet: Segments) -> Bools:
    """Likely contacts (M,): from one threshold on, until below the other."""
    sure = (scores >= _ON) | (scores <= _OFF)
    sure[feet.starts] = True
    last = np.maximum.accumulate(np.where(sure, feet.frames, 0))
    return np.asarray(scores[last] > 0.5 * (_ON + _OFF))


def _at_an_end(runs: Spans, feet: Segments) -> Bools:
    """(K,) whether runs begin or end with their motion: the rest of them is not there."""
    opens = runs.starts == feet.first[runs.starts]
    return np.asarray(opens | (runs.stops > feet.last[runs.starts]))


def _prints(track: Floats, on: Bools, standing: Floats, terrain: Terrain, feet: Segments) -> Floats:
    """(M, 3) where each paw is held, on the ground; elsewhere the track."""
    runs = feet.spans(on)
    # Whoever lands or leaves is on the move: the middle of a contact tells its place.
    quarter = runs.lengths // 4
    places = Spans(runs.starts + quarter, runs.stops - quarter).means(track).astype(np.float32)
    places[:, 1] = terrain.heights(places[:, _FLAT]) + standing[runs.starts]
    prints = track.copy()
    prints[runs.frames] = places[runs.owner]
    return prints


def _raise_to_arc(
    track: Floats, on: Bools, standing: Floats, terrain: Terrain, feet: Segments
) -> Floats:
    """Tracks (M, 3) whose swings are at least as high as half an ellipse over the way."""
    swings = feet.spans(~on)
    if not len(swings):
        return track
    steps = np.zeros(len(track))
    steps[1:] = length(np.diff(track[:, _FLAT], axis=0))
    total = np.cumsum(steps)
    begin = np.maximum(swings.starts - 1, feet.first[swings.starts])
    end = np.minimum(swings.stops, feet.last[swings.starts])
    whole = (begin < swings.starts) & (end == swings.stops)
    way = (total[end] - total[begin]) * whole
    frames, owner = swings.frames, swings.owner
    share = (total[frames] - total[begin][owner]) / np.maximum(way, 1e-6)[owner]
    share = np.clip(share, 0.0, 1.0)
    fast = smoothstep((way - _FAST_WAY_M[0]) / (_FAST_WAY_M[1] - _FAST_WAY_M[0]))
    size = _FAST_ARC_M * fast - _ARC_M * np.expm1(-way / _ARC_WAY_M)
    arc = 2.0 * np.sqrt(share * (1.0 - share)) * size[owner]
    ground = terrain.heights(track[np.stack((begin, end))][..., _FLAT])
    line = ground[0][owner] + share * (ground[1] - ground[0])[owner]
    soon = smoothstep(feet.frames_to(on)[frames] / _FLIES_FRAMES)
    arc = np.maximum(arc, _FLIES_M * soon * fast[owner])
    least = line + standing[frames] + arc
    raised = track.copy()
    raised[frames, 1] = np.where(
        whole[owner], _softer_maximum(track[frames, 1], least, _MEETS * arc), track[frames, 1]
    )
    return raised


def _softer_maximum(a: Floats, b: Floats, width: Floats) -> Floats:
    return np.asarray(0.5 * (a + b + np.sqrt((a - b) ** 2 + width**2)))


def _between_holds(values: Floats, on: Bools, feet: Segments) -> Floats:
    """Values (M,) known while held, straight from one hold to the next in between."""
    known = np.flatnonzero(on)
    if not len(known):
        return np.zeros_like(values)
    found = np.interp(feet.frames, known, values[known])
    # No hold of another foot or motion stands in for one of this.
    first = np.minimum(np.searchsorted(known, feet.first), len(known) - 1)
    last = np.maximum(np.searchsorted(known, feet.last, side="right") - 1, 0)
    there = (known[first] >= feet.first) & (known[first] <= feet.last)
    found = np.where(feet.frames < known[first], values[known[first]], found)
    found = np.where(feet.frames > known[last], values[known[last]], found)
    return np.asarray(np.where(there, found, 0.0), values.dtype)
