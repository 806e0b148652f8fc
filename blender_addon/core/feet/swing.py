"""The arc of a swinging foot: a foot that travels is off the ground.

A person's foot lifts heel first, passes the other leg with the toes some centimetres over the
ground and lands on the heel, toes up. The network's average of many people skims the ground, and a
foot that skims it reads as a slide. The arc here is the least height of heel and toe while a foot
travels from one hold to the next; it grows with the way, so that a shuffle on the spot lifts a foot
by a centimetre or two and a whole step like a person's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ..conventions import Bools, Floats, Ints
from ..ground.terrain import FlatTerrain, Terrain
from ..maths.rotations import dot, length, normalise
from ..maths.segments import Segments, Spans
from ..maths.smoothing import gaussian_smooth, smoothstep
from ..motion.common_skeleton import HEEL_HEIGHT_M, TOE_HEIGHT_M

LANDING_FRAMES: Final = 6
"""So long the toes come down after the heel has landed."""
_SHARES: Final = np.array([0, 5, 10, 15, 20, 25, 30, 40, 50, 60, 70, 80, 90, 95, 100]) / 100
_HEEL_M: Final = np.array([0, 4, 8, 11.6, 14, 15, 14.8, 12, 8.6, 5, 2.5, 1.3, 1, 0.9, 0]) / 100
_TOE_M: Final = np.array([0, 1.6, 3, 4.2, 4.9, 5.1, 5, 4.6, 4.3, 3.4, 2.6, 1.9, 1.6, 1.7, 0]) / 100
_TIPPED_M: Final = np.array([0, 0, 0, 0, 0, 0, 0, 0, 0, 0.5, 1.2, 2.2, 2.9, 3.2, 4.1]) / 100
"""Heights of heel and toe over those when planted at shares of the way, and what the toes are
higher where a heel lands first. Source: medians and lower quartiles of 274 swings of recorded
people walking 0.9 to 1.6 m/s; the landing as of a foot 17 degrees up."""
_FINE: Final = np.linspace(0.0, 1.0, 101)
_HEEL_WAY_M: Final = 1.25
_HEEL_POWER: Final = 0.7
_TOE_WAY_M: Final = 0.15
_PITCH_WAY_M: Final = 0.45
_COMING_FRAMES: Final = 10
_TIPPED_UP_M: Final = (0.02, 0.035)
_UNEVEN_M: Final = 0.12
_SLOPE_M: Final = 0.1
_RUNS_M_S: Final = (1.8, 2.6)
_LOW_M: Final = 0.015
_ON_STEPS: Final = (0.15, 0.4)
"""Share of the heel's and of the toe's arc from step to step, where edges lift a foot anyway."""
_NO_ARC_M: Final = -1e6
_XZ: Final = [0, 2]


def _fine(heights_m: Floats) -> Floats:
    curve = gaussian_smooth(np.interp(_FINE, _SHARES, heights_m), 2.0, keep_ends=True)
    return np.asarray(curve, np.float32)


_HEEL_ARC, _TOE_ARC, _TIPPED_ARC = _fine(_HEEL_M), _fine(_TOE_M), _fine(_TIPPED_M)


@dataclass(frozen=True, eq=False)
class Swings:
    """K swings of one foot, each from hold to hold or from or to an end of the motion.

    Args:
        spans: their free frames.
        begins, ends: (K,) the frames just before and after, at an end of the motion its own.
        way_m: (K,) how far the foot travels; 0 where not all of the swing is there.
        shares: (M,) of the way behind it, frame by frame of the spans.
        level: (K,) 1 where it lands as high as it left, or as a slope goes on; 0 from step to step.
        ahead: (K,) −1 … 1 how much it travels the way it points.
    """

    spans: Spans
    begins: Ints
    ends: Ints
    way_m: Floats
    shares: Floats
    level: Floats
    ahead: Floats

    @classmethod
    def of(
        cls, heel: Floats, toe: Floats, free: Bools, terrain: Terrain, motions: Segments
    ) -> Swings:
        """Swings of tracks (N, 3) where neither end of the foot is held (N,)."""
        spans = motions.spans(free)
        middle = 0.5 * (heel + toe)
        steps = np.zeros(len(free))
        steps[1:] = length(np.diff(middle[:, _XZ], axis=0))
        total = np.cumsum(steps)
        begin = np.maximum(spans.starts - 1, motions.first[spans.starts])
        end = np.minimum(spans.stops, motions.last[spans.starts])
        way = total[end] - total[begin]
        done = total[spans.frames] - total[begin][spans.owner]
        shares = done / np.maximum(way, 1e-6)[spans.owner]
        went, points = (middle[end] - middle[begin])[:, _XZ], (toe - heel)[:, _XZ]
        pointing = normalise(points[begin] + points[end])
        ahead = dot(normalise(went), pointing)
        uneven = _unevenness(heel[begin], heel[end], pointing, dot(went, pointing), terrain)
        level = 1.0 - smoothstep(uneven / _UNEVEN_M)
        # Of a swing that the motion begins or ends in the midst of, the rest says nothing.
        starts_known = (begin < spans.starts) | _is_low(heel[begin], toe[begin], terrain)
        ends_known = (end == spans.stops) | _is_low(heel[end], toe[end], terrain)
        way = np.where(starts_known & ends_known, way, 0.0)
        return cls(spans, begin, end, way, shares, level, ahead)

    def landings(self, motions: Segments) -> Spans:
        """The moments after each swing in which toes come down."""
        stops = np.minimum(self.spans.stops + LANDING_FRAMES, motions.last[self.ends] + 1)
        return Spans(self.spans.stops, stops)


def _is_low(heel: Floats, toe: Floats, terrain: Terrain) -> Bools:
    """(K,) whether a foot is about as low as when it carries."""
    heel_over = heel[:, 1] - terrain.heights(heel[:, _XZ]) - HEEL_HEIGHT_M
    toe_over = toe[:, 1] - terrain.heights(toe[:, _XZ]) - TOE_HEIGHT_M
    return np.maximum(heel_over, toe_over) < _LOW_M


def _unevenness(
    left: Floats, landed: Floats, pointing: Floats, way: Floats, terrain: Terrain
) -> Floats:
    """(K,) how much higher or lower a foot lands than the slope under it goes on, metres."""
    if isinstance(terrain, FlatTerrain):
        return np.zeros(len(way), np.float32)
    ahead = np.float32(_SLOPE_M) * pointing
    places = np.stack((left[:, _XZ], left[:, _XZ] + ahead, landed[:, _XZ], landed[:, _XZ] + ahead))
    before, before_ahead, after, after_ahead = terrain.heights(places)
    rises = (before_ahead - before + after_ahead - after) / (2.0 * _SLOPE_M)
    return np.asarray(np.abs(after - before - rises * way))


@dataclass(frozen=True, eq=False)
class Arc:
    """Least heights (N,) of heel and toe in the world, metres; where nothing swings, very low."""

    heel: Floats
    toe: Floats


def plan_arc(
    swings: Swings,
    pitches: Floats,
    heel: Floats,
    toe: Floats,
    terrain: Terrain,
    motions: Segments,
) -> Arc:
    """The arc of one foot's swings, over the line between the places where they begin and end.

    Args:
        swings: of the foot.
        pitches: (K,) 0 … 1 how much each lands on its heel, toes up.
        heel, toe: (N, 3) tracks of the foot.
        terrain: the ground.
        motions: which frames belong together.
    """
    frames, owner, way = swings.spans.frames, swings.spans.owner, swings.way_m
    heel_size = np.minimum(way / _HEEL_WAY_M, 1.0) ** _HEEL_POWER * (
        0.4 + 0.6 * np.maximum(swings.ahead, 0.0)
    )
    toe_size = 1.0 - np.exp(-way / _TOE_WAY_M)
    heel_size *= _ON_STEPS[0] + (1.0 - _ON_STEPS[0]) * swings.level
    toe_size *= _ON_STEPS[1] + (1.0 - _ON_STEPS[1]) * swings.level
    heel_arc, toe_arc = np.full((2, len(heel)), _NO_ARC_M, np.float32)
    heel_arc[frames] = (
        HEEL_HEIGHT_M
        + _between(swings, heel, terrain)
        + _at(_HEEL_ARC, swings.shares) * heel_size[owner]
    )
    toe_arc[frames] = (
        TOE_HEIGHT_M
        + _between(swings, toe, terrain)
        + _at(_TOE_ARC, swings.shares) * toe_size[owner]
        + _at(_TIPPED_ARC, swings.shares) * pitches[owner]
    )
    after = swings.landings(motions)
    since = (after.frames - after.starts[after.owner]) / LANDING_FRAMES
    tipped = _TIPPED_ARC[-1] * pitches[after.owner] * (1.0 - smoothstep(since))
    under = terrain.heights(toe[after.frames][:, _XZ])
    toe_arc[after.frames] = np.where(tipped > 0.0, TOE_HEIGHT_M + under + tipped, _NO_ARC_M)
    return Arc(heel_arc, toe_arc)


def _between(swings: Swings, track: Floats, terrain: Terrain) -> Floats:
    """(M,) height of the line from where each swing begins to where it ends."""
    begin, end = terrain.heights(track[np.stack((swings.begins, swings.ends))][..., _XZ])
    return np.asarray(begin[swings.spans.owner] + swings.shares * (end - begin)[swings.spans.owner])


def landing_pitches(swings: Swings, heel: Floats, toe: Floats, speeds_m_s: Floats) -> Floats:
    """(K,) 0 … 1 how much each swing lands on its heel: walking ahead on level ground.

    Who is animated to land on a flat foot or on its toes does so.

    Args:
        swings: of one foot.
        heel, toe: (N, 3) joints as animated.
        speeds_m_s: (N,) of the body.
    """
    spans, lands = swings.spans, swings.spans.stops
    begins = np.maximum(lands - _COMING_FRAMES, spans.starts)
    last = Spans(begins, lands)
    up = (toe - heel)[:, 1] + np.float32(HEEL_HEIGHT_M - TOE_HEIGHT_M)
    tipped = smoothstep((last.maxima(up) - _TIPPED_UP_M[0]) / (_TIPPED_UP_M[1] - _TIPPED_UP_M[0]))
    slowest, fastest = _RUNS_M_S
    walks = 1.0 - smoothstep((speeds_m_s[swings.ends] - slowest) / (fastest - slowest))
    ahead = np.maximum(swings.ahead, 0.0) ** 2
    far = smoothstep(swings.way_m / _PITCH_WAY_M)
    return np.asarray(walks * ahead * far * swings.level * tipped)


def _at(curve: Floats, shares: Floats) -> Floats:
    """A curve's values at shares 0 … 1 of the way."""
    place = np.clip(shares, 0.0, 1.0) * (len(curve) - 1)
    low = np.minimum(place.astype(np.int64), len(curve) - 2)
    return np.asarray(curve[low] + (place - low) * (curve[low + 1] - curve[low]))
