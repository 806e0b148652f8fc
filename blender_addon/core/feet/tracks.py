"""The way of heel and toe of one foot: held where they carry, eased and lifted in between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np

from ..conventions import MODEL_FRAME_RATE_HZ, Bools, Floats
from ..ground.terrain import FlatTerrain, Terrain
from ..maths.rotations import length, normalise
from ..maths.segments import Segments, Spans
from ..maths.smoothing import smoothstep
from ..motion.common_skeleton import HEEL_BACK_M, HEEL_HEIGHT_M, TIP_AHEAD_M, TOE_HEIGHT_M
from .easing import (
    EASE_FRAMES,
    EDGE_FRAMES,
    EDGE_HEIGHT_M,
    close_gaps,
    ease_offsets,
    keep_middle,
    lifted,
)
from .holds import choose_holds, steps_between
from .reach import Stance, late_half, missing_reach, rise_on_toe
from .swing import LANDING_FRAMES, Arc, Swings, landing_pitches, plan_arc

_LUNGE_M: Final = 0.04
"""How far the hips may sink for a foot to stay where it is."""
_LEAVES_M_S: Final = 0.8
_LEAVES_SHARE: Final = 0.5
"""A foot as animated that is faster, or faster than this share of the body, does not carry."""
_STRAIN_M: Final = 0.002
_PUSH_OFF_FRAMES: Final = 20
_TIPTOE: Final = 0.8
"""Share of the foot's length that may add to the leg's at the end of a step."""
_CLEAR_M: Final = 0.028
_HIGHEST_EDGE_M: Final = 0.4
_FLIES_M_S: Final = (1.5, 2.0)
_FLIGHT_FRAMES: Final = 2
_LANDS_ON_HEEL: Final = 0.1
_STEPS_AT_MOST: Final = 2
_STEEP: Final = (0.5, 0.85)
"""Of the foot's length: how much its heel is over its toe when it stands on end, and begins to."""
_FLAT_RAD: Final = float(np.arctan2(HEEL_HEIGHT_M - TOE_HEIGHT_M, 0.125))
"""How far the line from heel to toe points down of a foot that lies flat."""
_BEFORE_EDGE_M: Final = 0.01
_LOWEST_END_M: Final = 0.04
_LEVEL: Final = np.array([1.0, 0.0, 1.0], np.float32)
_XZ: Final = [0, 2]


@dataclass(frozen=True, eq=False)
class Foot:
    """One foot as animated, and everything around it that holds do not change.

    Args:
        thigh, heel, toe: (N, 3) joints of the animation, metres.
        foot_m: from heel to toe joint.
        asked: (N,) how far the leg is stretched by the animation, or by standing upright.
        reach: (N,) how far it is stretched without need.
        in_flight: (N,) where neither foot carries.
        speeds_m_s: (N,) of the body over the ground.
        terrain: the ground.
        motions: which frames belong together.
    """

    thigh: Floats
    heel: Floats
    toe: Floats
    foot_m: float
    asked: Floats
    reach: Floats
    in_flight: Bools
    speeds_m_s: Floats
    terrain: Terrain
    motions: Segments

    def shifted(self, by_m: Floats) -> Foot:
        """With hips that are elsewhere by (N, 3) metres."""
        return replace(self, thigh=self.thigh + by_m)

    @cached_property
    def pointing(self) -> Floats:
        """(N, 3) unit vectors from heel to toe."""
        return normalise(self.toe - self.heel)

    @cached_property
    def speeds(self) -> tuple[Floats, Floats, Floats]:
        """Of heel, toe and pointing (N, 3), by the frame."""
        heel, toe, pointing = map(self.motions.gradient, (self.heel, self.toe, self.pointing))
        return heel, toe, pointing


@dataclass(frozen=True, eq=False)
class Holds:
    """Where a foot would be held if all its contacts were.

    Args:
        heel, toe: (N, 3) metres; meaningful where it carries.
        heel_on, toe_on: (N,) contacts, gaps closed.
    """

    heel: Floats
    toe: Floats
    heel_on: Bools
    toe_on: Bools

    @classmethod
    def of(cls, foot: Foot, heel_on: Bools, toe_on: Bools) -> Holds:
        """Of contacts (N,) of heel and toe."""
        heel, toe = choose_holds(
            foot.heel, foot.toe, heel_on, toe_on, foot.foot_m, foot.terrain, foot.motions
        )
        return cls(heel, toe, heel_on, toe_on)

    def stance(self, foot: Foot) -> Stance:
        """How the leg stands on these."""
        heel, toe = self.heel - foot.heel, self.toe - foot.toe
        offset = np.where(self.heel_on[:, None], heel, toe * self.toe_on[:, None])
        held = self.heel_on | self.toe_on
        return Stance(foot.thigh, foot.heel, offset, held, self.heel_on, foot.reach, foot.asked)


@dataclass(frozen=True, eq=False)
class FootTrack:
    """The way of one foot.

    Args:
        heel, toe: (N, 3) metres, the foot's true length apart.
        heel_on, toe_on: (N,) where each is held.
    """

    heel: Floats
    toe: Floats
    heel_on: Bools
    toe_on: Bools

    @property
    def held(self) -> Bools:
        """(N,) where the foot carries."""
        return self.heel_on | self.toe_on


def plan_holds(feet: Sequence[Foot], contacts: Bools) -> list[Holds]:
    """Where both feet would be held.

    Args:
        feet: left and right.
        contacts: (N, 4) left heel, left toe, right heel, right toe.
    """
    motions = feet[0].motions
    on = np.stack([close_gaps(column, motions) for column in contacts.T], axis=1)
    for _ in range(_STEPS_AT_MOST):
        carries = on.reshape(-1, 2, 2).any(axis=2)
        for n, foot in enumerate(feet):
            middle = 0.5 * (foot.heel + foot.toe)
            gaps = steps_between(middle, carries[:, n], carries[:, 1 - n], motions)
            on[gaps, 2 * n : 2 * n + 2] = False
            carries[gaps, n] = False
    return [Holds.of(foot, on[:, 2 * n], on[:, 2 * n + 1]) for n, foot in enumerate(feet)]


def track_foot(foot: Foot, holds: Holds) -> FootTrack:
    """The way of a foot that is held where its leg reaches."""
    heel_on, toe_on = _let_go(foot, holds)
    swings = Swings.of(foot.heel, foot.toe, ~(heel_on | toe_on), foot.terrain, foot.motions)
    heel_on, toe_on, landings = _land(foot, swings, heel_on, toe_on)
    heel, toe = _eased_tracks(foot, heel_on, toe_on)
    heel, toe = _swing(foot, heel, toe, heel_on, toe_on, landings)
    toe = _raise_above(foot, toe, TOE_HEIGHT_M, toe_on)
    heel = rise_on_toe(foot.thigh, heel, toe, foot.reach, toe_on & ~heel_on, foot.motions)
    along = normalise(toe - heel) * foot.foot_m
    return FootTrack(heel, (heel + along).astype(np.float32), heel_on, toe_on)


def _let_go(foot: Foot, holds: Holds) -> tuple[Bools, Bools]:
    """Contacts less those that a leg does not reach.

    A hold that would need a deep lunge is let go, and so are one on the very tip of the toes and
    one that the animation has long left; a heel that the body leaves behind rises.
    """
    heel, toe, heel_on, toe_on = holds.heel, holds.toe, holds.heel_on, holds.toe_on
    tipped = length(toe - foot.thigh) > foot.reach + _TIPTOE * foot.foot_m
    missing = heel_on & (missing_reach(foot.thigh, heel, foot.reach) > _LUNGE_M)
    late = late_half(toe_on, _PUSH_OFF_FRAMES, foot.motions)
    carries = heel_on | toe_on
    bad = (missing & ~late) | (tipped & toe_on) | _is_leaving(foot)
    kept = keep_middle(carries, bad, foot.motions)
    stretched = missing | (length(heel - foot.thigh) > foot.reach + _STRAIN_M)
    rises = stretched & toe_on & late_half(heel_on, _PUSH_OFF_FRAMES, foot.motions)
    heel_on = keep_middle(heel_on, rises, foot.motions) & kept
    return heel_on, toe_on & kept


def _is_leaving(foot: Foot) -> Bools:
    """(N,) where the animated foot travels too fast to carry."""
    heel, toe, _ = (length(speed[:, _XZ]) * MODEL_FRAME_RATE_HZ for speed in foot.speeds)
    return np.minimum(heel, toe) > np.maximum(_LEAVES_M_S, _LEAVES_SHARE * foot.speeds_m_s)


def _land(foot: Foot, swings: Swings, heel_on: Bools, toe_on: Bools) -> tuple[Bools, Bools, Floats]:
    """Let who walks ahead land on the heel: the toes come down a moment later.

    Returns:
        Contacts of heel and toe, and 0 … 1 how much a swing lands so, (N + 1,) by the frame after
        it: contacts that touch make one swing of two.
    """
    lands, last = swings.spans.stops, foot.motions.last[swings.ends]
    pitches = landing_pitches(swings, foot.heel, foot.toe, foot.speeds_m_s)
    heels = foot.motions.spans(heel_on)
    starts = np.append(heels.starts, len(heel_on) + LANDING_FRAMES)
    starts = starts[np.searchsorted(heels.stops, lands, side="right")]
    soon = (lands <= last) & (starts <= np.minimum(lands + LANDING_FRAMES, last))
    pitches = np.where(soon, pitches, 0.0)
    chosen = pitches > _LANDS_ON_HEEL
    heel_on, toe_on = heel_on.copy(), toe_on.copy()
    heel_on[Spans(lands, np.maximum(starts, lands))[chosen].frames] = True
    toe_on[swings.landings(foot.motions)[chosen].frames] = False
    landings = np.zeros(len(heel_on) + 1)
    landings[lands] = pitches
    return heel_on, toe_on, landings


def _eased_tracks(foot: Foot, heel_on: Bools, toe_on: Bools) -> tuple[Floats, Floats]:
    heel, toe, terrain, motions = foot.heel, foot.toe, foot.terrain, foot.motions
    heel_hold, toe_hold = choose_holds(heel, toe, heel_on, toe_on, foot.foot_m, terrain, motions)
    heel_speed, toe_speed, turn = foot.speeds
    heel_track = heel + ease_offsets(heel_hold - heel, heel_speed, heel_on, motions)
    toe_track = toe + ease_offsets(toe_hold - toe, toe_speed, toe_on, motions)
    flat = heel_on & toe_on
    off = normalise(toe_hold - heel_hold) - foot.pointing
    pointing = normalise(foot.pointing + ease_offsets(off, turn, flat, motions))
    heel_track = _raise_above(foot, heel_track, HEEL_HEIGHT_M, heel_on)
    toe_track = _raise_above(foot, toe_track, TOE_HEIGHT_M, toe_on)
    along = pointing * np.float32(foot.foot_m)
    return _keep_length(heel_track, toe_track, heel_on, toe_on, along, motions)


def _swing(
    foot: Foot, heel: Floats, toe: Floats, heel_on: Bools, toe_on: Bools, landings: Floats
) -> tuple[Floats, Floats]:
    """Lift a swinging foot onto its arc, each end by its own, and whole over the ground."""
    free, terrain, motions = ~(heel_on | toe_on), foot.terrain, foot.motions
    swings = Swings.of(heel, toe, free, terrain, motions)
    pitches = landings[swings.spans.stops]
    arc = plan_arc(swings, pitches, heel, toe, terrain, motions)
    heel, toe = _raise_to(foot, heel, toe, arc, free, ~toe_on)
    clear = _clearance(foot, free)
    lift = np.maximum(
        _missing_height(terrain, heel, HEEL_HEIGHT_M + clear, ~free),
        _missing_height(terrain, toe, TOE_HEIGHT_M + clear, ~free),
    )
    if not isinstance(terrain, FlatTerrain):
        lift = np.maximum(lift, _ends_under_edges(foot, heel, toe, ~free))
    raised = lifted((heel, toe), lift, free, motions)
    return raised[0], raised[1]


def _clearance(foot: Foot, free: Bools) -> Floats:
    """Height (N,) that a running foot keeps until just before it lands, metres.

    While nothing else carries, a foot that skims the ground at several metres a second reads as a
    slide.
    """
    if not foot.in_flight.any():
        return np.zeros(len(free), np.float32)
    since = smoothstep(foot.motions.frames_to(~free) / _FLIGHT_FRAMES)
    fast = smoothstep((foot.speeds_m_s - _FLIES_M_S[0]) / (_FLIES_M_S[1] - _FLIES_M_S[0]))
    return np.where(foot.in_flight, _CLEAR_M * since * fast, 0.0).astype(np.float32)


def _raise_above(foot: Foot, track: Floats, height_m: float, held: Bools) -> Floats:
    """Lift a swinging joint over the ground, beginning before the obstacle and ending after it."""
    deficit = _missing_height(foot.terrain, track, height_m, held)
    if not isinstance(foot.terrain, FlatTerrain):  # tip and heel's edge pass over edges as well
        reach_m = TIP_AHEAD_M if height_m == TOE_HEIGHT_M else -HEEL_BACK_M
        outer = track + np.float32(reach_m) * normalise(foot.pointing * _LEVEL)
        deficit = np.maximum(deficit, _missing_height(foot.terrain, outer, height_m, held))
    return lifted((track,), deficit, ~held, foot.motions)[0]


def _ends_under_edges(foot: Foot, heel: Floats, toe: Floats, held: Bools) -> Floats:
    """How far (N,) the tip of the toes of a foot that points down, or the edge of the heel of one
    that points up, are too low to pass over the edge of a step.
    """
    along = (toe - heel) / np.float32(foot.foot_m)
    down = np.arctan2(-along[:, 1], length(along * _LEVEL)) - _FLAT_RAD
    ahead = normalise(along * _LEVEL)
    missing = np.zeros(len(held), np.float32)
    for joint, height_m, reach_m in (
        (toe, TOE_HEIGHT_M, TIP_AHEAD_M),
        (heel, HEEL_HEIGHT_M, -HEEL_BACK_M),
    ):
        end = joint + np.float32(reach_m + np.copysign(_BEFORE_EDGE_M, reach_m)) * ahead
        drop = np.clip(reach_m * np.sin(down), 0.0, _LOWEST_END_M)
        edge = foot.terrain.heights(end[:, _XZ]) - foot.terrain.heights(joint[:, _XZ])
        too_low = _missing_height(foot.terrain, end, height_m + drop, held)
        missing = np.maximum(missing, too_low * (edge > EDGE_HEIGHT_M))
    # Right beside a hold an edge in front of the toes must not throw the foot up.
    inside = smoothstep(foot.motions.frames_to(held) / EDGE_FRAMES)
    return np.minimum(missing, _HIGHEST_EDGE_M * inside)


def _missing_height(
    terrain: Terrain, track: Floats, height_m: float | Floats, held: Bools
) -> Floats:
    """How far a joint (N,) is too low where it is not held."""
    lowest = terrain.heights(track[:, _XZ]) + height_m
    return np.where(held, 0.0, np.maximum(lowest - track[:, 1], 0.0))


def _keep_length(
    heel: Floats, toe: Floats, heel_on: Bools, toe_on: Bools, along: Floats, motions: Segments
) -> tuple[Floats, Floats]:
    """The joint that carries keeps its place, the other one lies ``along`` (N, 3) the foot."""
    distance = np.minimum(motions.frames_to(toe_on), EASE_FRAMES).astype(np.float32)
    weight = np.where(heel_on & ~toe_on, 0.0, 1.0 - distance / EASE_FRAMES)[:, None]
    heel_final = (1 - weight) * heel + weight * (toe - along)
    return heel_final.astype(np.float32), (heel_final + along).astype(np.float32)


def _raise_to(
    foot: Foot, heel: Floats, toe: Floats, least: Arc, free: Bools, toe_free: Bools
) -> tuple[Floats, Floats]:
    """Bring heel and toe (N, 3) to their least heights, the foot as long as it is."""
    heel_lift = np.where(free, np.maximum(least.heel - heel[:, 1], 0.0), 0.0)
    toe_lift = np.where(toe_free, np.maximum(least.toe - toe[:, 1], 0.0), 0.0)
    at = np.flatnonzero((heel_lift > 0.0) | (toe_lift > 0.0))
    if not len(at):
        return heel, toe
    along = toe[at] - heel[at]
    # A foot that stands on end is lifted whole; turning it would throw it about.
    more = toe_lift[at] - heel_lift[at]
    steep = np.abs(along[:, 1]) / foot.foot_m
    whole = more * smoothstep((steep - _STEEP[0]) / (_STEEP[1] - _STEEP[0]))
    rise = along[:, 1] + more - whole
    level = np.sqrt(np.maximum(foot.foot_m**2 - rise**2, 0.0))
    along = normalise(along * _LEVEL) * level[:, None]
    along[:, 1] = rise
    heel, toe = heel.copy(), toe.copy()
    heel[at, 1] += heel_lift[at] + np.maximum(whole, 0.0)
    toe[at] = heel[at] + along
    return heel, toe
