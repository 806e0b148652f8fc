"""Where each character looks and for how long: the behaviour network, event by event.

All characters of a batch take their next event together, each at its own time. Everything random of
a character comes from its own generator, so that its gaze does not depend on who else is there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from ..conventions import MODEL_FRAME_RATE_HZ, Bools, Floats, Ints
from ..features.eye_head_features import angles_to_directions, angles_to_rotations
from ..features.gaze_events import (
    EventHistory,
    Mixture,
    clip_events,
    decode_events,
    read_mixture,
    sample_mixture,
)
from ..maths.rotations import quaternion_rotate, wrap_angle
from ..postprocess.saccades import saccade_durations
from .gaze_attraction import FACE_RAD, attraction_terms, keep_on_face, pull_in
from .gaze_request import GazeRequest
from .gaze_surroundings import HUMAN_EYE_DISTANCE_M, Surroundings

BehaviourStep = Callable[[Floats], Floats]
"""Features (B, F) to mixture parameters (B, M); keeps the network's state, if it has one."""

_WARM_UP_S: Final = 3.0
_PROGRESS_EVERY: Final = 16
_FACE_DISTANCE_M: Final = 1.3
"""At this distance a real face is as large as the face on the screen of the recordings was."""
_FACE_SCALES: Final = (0.3, 1.5)
_NEAREST_PLACE_M: Final = 1.5
_BREAK_S: Final = (0.28, 0.12)
"""Shortest break and mean of what exceeds it: blinks, of all that was a break in the recordings."""
_REACTION_S: Final = 0.18
_LEAST_REST_S: Final = 0.06
_VISIT_S: Final = (0.9, 0.4)
"""Median time for which an object is regarded, or a distraction glanced at."""
_VISIT_SPREAD: Final = 0.5
_ON_OBJECT_RAD: Final = float(np.deg2rad(0.7))
_TURN_TO_OTHER_S: Final = 2.5
"""After so long with one partner of several, it is time to ask who is next."""
_NOTHING: Final = -1


@dataclass(frozen=True, eq=False)
class GazePlan:
    """N events of one character. Points looked at: the target, if any, plus ``delta``.

    Args:
        land_s: (N,) when gaze arrives; the first may be before 0.
        end_s: (N,) when the fixation is over; gaze stays until the next shift begins.
        target: (N,) number in the surroundings, or −1 for a place in the world.
        deltas_m: (N, 3) from the target's centre, or from the origin for a place.
        until_frame: (N,) last frame in which a moving target is followed.
        after_break: (N,) the eyes were shut or away before it.
    """

    land_s: Floats
    end_s: Floats
    target: Ints
    deltas_m: Floats
    until_frame: Ints
    after_break: Bools


def plan_gaze(
    requests: Sequence[GazeRequest],
    surroundings: Sequence[Surroundings],
    step: BehaviourStep,
    rngs: Sequence[np.random.Generator],
    report: Callable[[float], None],
) -> list[GazePlan]:
    """Draw every character's events from the first frame to the last.

    Args:
        requests, surroundings: B of each.
        step: the network, its state at the beginning.
        rngs: one for each character.
        report: is given 0 … 1 now and then.
    """
    crowd = _Crowd(requests, surroundings, rngs)
    number = 0
    while crowd.active.any():
        if number % _PROGRESS_EVERY == 0:
            report(crowd.share_done)
        crowd.advance(read_mixture(step(crowd.features())))
        number += 1
    return crowd.plans()


class _Crowd:
    """Where B characters are in time, and the events they have had."""

    def __init__(
        self,
        requests: Sequence[GazeRequest],
        surroundings: Sequence[Surroundings],
        rngs: Sequence[np.random.Generator],
    ) -> None:
        self._rngs = rngs
        self._stack(requests, surroundings)
        count = len(requests)
        self._rows = np.arange(count)
        lively = np.array([r.settings.liveliness for r in requests])
        self._pace = 0.1 + 0.9 * lively
        self._spread = np.sqrt(lively)
        self._scale = np.array([r.eye_distance_m for r in requests]) / HUMAN_EYE_DISTANCE_M
        self._history = EventHistory(count)
        self._time = np.full(count, -_WARM_UP_S)  # end of the latest fixation
        self._landed = self._time - 1.0
        self._gaze = np.zeros((count, 3))  # latest direction from the trunk
        self._role = np.full(count, -1)
        self._anchor = np.full(count, _NOTHING)
        self._anchor_since = np.full(count, -np.inf)
        self._visit = np.full(count, _NOTHING)
        self._visit_end = np.full(count, -np.inf)
        self._away = np.zeros(count, np.bool_)
        self._lost = np.zeros(count, np.bool_)  # what was looked at has jumped or gone
        self._break_s = self._draw_breaks()
        self._recorded: list[tuple[Any, ...]] = []

    def _stack(self, requests: Sequence[GazeRequest], around: Sequence[Surroundings]) -> None:
        """Arrays (B, …) of all surroundings, padded with targets and frames that never count."""
        targets = max(len(a.positions) for a in around)
        frames = max(r.frame_count for r in requests)
        shape = (len(requests), targets, frames)
        self._frames = np.array([r.frame_count for r in requests])
        self._angles = np.zeros((*shape, 2), np.float32)
        self._anchors, self._attractions = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
        self._positions = np.zeros((*shape, 3))
        self._cuts = np.zeros(shape, np.int64)
        self._brief = np.zeros(shape[:2], np.bool_)
        self._heads = np.zeros((len(requests), frames, 3))
        self._trunks = np.zeros((len(requests), frames, 4))
        self._roles = np.zeros((len(requests), frames), np.int64)
        self._ahead = np.array([len(a.positions) - 1 for a in around])
        for row, (request, one) in enumerate(zip(requests, around, strict=True)):
            part = (row, slice(len(one.positions)), slice(request.frame_count))
            self._angles[part], self._positions[part] = one.angles_rad, one.positions
            self._anchors[part], self._attractions[part] = one.anchors, one.attractions
            self._cuts[part], self._brief[part[:2]] = one.cuts, one.brief
            self._heads[row, part[2]] = request.head_positions
            self._trunks[row, part[2]] = one.trunk_wxyz
            self._roles[row, part[2]] = request.roles

    @property
    def active(self) -> Bools:
        """(B,) who has time left."""
        return np.asarray(self._time * MODEL_FRAME_RATE_HZ < self._frames)

    @property
    def share_done(self) -> float:
        """0 … 1, of the slowest."""
        done = (self._time + _WARM_UP_S) / (self._frames / MODEL_FRAME_RATE_HZ + _WARM_UP_S)
        return float(np.clip(done.min(), 0.0, 1.0))

    def _frame(self, time_s: Floats) -> Ints:
        frame = np.floor(time_s * MODEL_FRAME_RATE_HZ).astype(np.int64)
        return np.asarray(np.clip(frame, 0, self._frames - 1))

    def _draw_breaks(self) -> Floats:
        shortest, more = _BREAK_S
        return shortest + more * np.array([rng.standard_exponential() for rng in self._rngs])

    def features(self) -> Floats:
        """What the network is told (B, F) about the event that comes next."""
        roles = self._roles[self._rows, self._frame(self._time)]
        # In all the data a new role begins after a break.
        changed = (roles != self._role) & (self._break_s == 0)
        if changed.any():
            self._break_s = np.where(changed, self._draw_breaks(), self._break_s)
        self._role = roles
        return self._history.features(roles, self._break_s)

    def advance(self, mixture: Mixture) -> None:
        """One event for everybody who has time left."""
        active = self.active
        frame = self._frame(self._time)
        attractions = self._attractions[self._rows, :, frame]
        mixture = keep_on_face(mixture, self._choose_anchor(frame))
        chosen = np.full(len(active), _NOTHING)
        if attractions.any() or (self._visit != _NOTHING).any():
            mixture, chosen = self._choose_target(mixture, frame, attractions)
        drawn, breaks = sample_mixture(mixture, self._rngs)
        events = clip_events(drawn)
        offsets = self._aim(events, chosen, frame)
        told = events.copy()
        told[:, :2] = np.where((chosen != _NOTHING)[:, None], pull_in(offsets), events[:, :2])
        self._history.append(told, active)
        self._place(events, offsets, chosen, active)
        self._break_s = np.where(breaks, self._draw_breaks(), 0.0)

    def _choose_anchor(self, frame: Ints) -> Bools:
        """Whom to face; (B,) whether that has just changed or has to be found again."""
        shares = self._anchors[self._rows, :, frame]
        here = shares[self._rows, np.maximum(self._anchor, 0)]
        gone = (self._anchor == _NOTHING) | (here <= 0)
        restless = self._away | (self._time - self._anchor_since > _TURN_TO_OTHER_S)
        several = here < 0.999
        asked = gone | (several & restless)
        if not asked.any():
            return np.asarray(self._lost & (self._visit == _NOTHING) & ~self._away)
        chance = np.zeros(len(asked))
        for row in np.flatnonzero(asked):
            chance[row] = self._rngs[row].random()
        drawn = (np.cumsum(shares, axis=1) <= chance[:, None] * shares.sum(axis=1)[:, None]).sum(1)
        drawn = np.minimum(drawn, shares.shape[1] - 1)
        new = asked & (drawn != self._anchor)
        self._anchor = np.where(asked, drawn, self._anchor)
        self._anchor_since = np.where(asked, self._time, self._anchor_since)
        return np.asarray(new | (self._lost & (self._visit == _NOTHING) & ~self._away))

    def _offsets(self, frame: Ints) -> Floats:
        """(B, N, 2) directions of all targets from the anchor."""
        angles = self._angles[self._rows, :, frame].astype(np.float64)
        apart = angles - angles[self._rows, self._anchor][:, None]
        return np.stack((wrap_angle(apart[..., 0]), apart[..., 1]), axis=-1)

    def _choose_target(
        self, mixture: Mixture, frame: Ints, attractions: Floats
    ) -> tuple[Mixture, Ints]:
        """Which of the targets is looked at, or none; and the components that remain for it."""
        brief = self._brief
        rows = self._rows
        staying = (self._visit != _NOTHING) & (self._time < self._visit_end)
        staying &= attractions[rows, np.maximum(self._visit, 0)] > 0
        attractions = attractions.copy()
        left = (self._visit != _NOTHING) & ~staying  # not at once back to what was just left
        attractions[rows[left], self._visit[left]] = 0.0
        terms = attraction_terms(mixture, self._offsets(frame), attractions, brief)
        mass = terms.sum(axis=1)
        chance = np.array([rng.random() for rng in self._rngs]) * (1.0 + mass.sum(axis=1))
        drawn = (1.0 + np.cumsum(mass, axis=1) <= chance[:, None]).sum(axis=1)
        drawn = np.where(chance < 1.0, _NOTHING, np.minimum(drawn, mass.shape[1] - 1))
        chosen = np.where(staying, self._visit, drawn)
        self._start_visits((chosen != _NOTHING) & ~staying, chosen)
        self._visit = np.where(chosen == _NOTHING, _NOTHING, self._visit)
        picked = terms[rows, :, np.maximum(chosen, 0)]
        usable = (chosen != _NOTHING) & (picked.sum(axis=1) > 0)
        log_picked = np.log(picked + 1e-300)
        weights = np.where(usable[:, None], log_picked, mixture.log_weights)
        return replace(mixture, log_weights=weights), chosen

    def _start_visits(self, begins: Bools, chosen: Ints) -> None:
        for row in np.flatnonzero(begins):
            median = _VISIT_S[int(self._brief[row, chosen[row]])]
            length = median * np.exp(_VISIT_SPREAD * self._rngs[row].standard_normal())
            self._visit[row] = chosen[row]
            self._visit_end[row] = self._time[row] + length / self._pace[row]

    def _aim(self, events: Floats, chosen: Ints, frame: Ints) -> Floats:
        """(B, 2) direction from the anchor: as drawn, or that of the target that was chosen."""
        offsets = events[:, :2].astype(np.float64)
        picked = np.flatnonzero(chosen != _NOTHING)
        if len(picked):
            jitter = np.stack([self._rngs[row].standard_normal(2) for row in picked])
            towards = self._offsets(frame)[picked, chosen[picked]]
            offsets[picked] = towards + _ON_OBJECT_RAD * jitter
        return offsets

    def _place(self, events: Floats, offsets: Floats, chosen: Ints, active: Bools) -> None:
        """Put the event into time and space."""
        _, duration, pause = decode_events(events.astype(np.float64))
        broken = self._break_s > 0
        # The shift lies somewhere within the break; the eyes rest before and after it.
        gap = np.where(broken, self._break_s, pause / self._pace)
        share = np.array([rng.uniform(0.4, 0.9) for rng in self._rngs])
        early = np.where(broken, share, 1.0) * np.where(self._lost & ~broken, 0.0, gap)
        early = np.where(self._lost, np.maximum(early, _REACTION_S), early)
        target, deltas, gaze = self._points(offsets, chosen, self._frame(self._time + early))
        chord = np.linalg.norm(gaze - self._gaze, axis=-1)
        moving = saccade_durations(2.0 * np.arcsin(np.minimum(0.5 * chord, 1.0)))
        land = np.maximum(self._time + early, self._landed + moving + _LEAST_REST_S)
        end = np.maximum(self._time + gap, land) + duration / self._pace
        cut = self._cuts[self._rows, np.maximum(target, 0), self._frame(land)]
        lost = (target != _NOTHING) & (cut < end * MODEL_FRAME_RATE_HZ)
        lost &= cut < self._frames
        end = np.where(lost, np.maximum(cut / MODEL_FRAME_RATE_HZ, land + 0.02), end)
        until = np.where(target != _NOTHING, cut - 1, 0)
        self._recorded.append((land, end, target, deltas, until, broken, active))
        self._time = np.where(active, end, self._time)
        self._landed, self._gaze, self._lost = land, gaze, lost
        self._away = target != self._anchor

    def _points(self, offsets: Floats, chosen: Ints, frame: Ints) -> tuple[Ints, Floats, Floats]:
        """Targets (B,) or −1, points relative to them (B, 3), directions from the trunk (B, 3)."""
        rows, anchor = self._rows, self._anchor
        looked = np.where(chosen == _NOTHING, anchor, chosen)
        centre = self._positions[rows, looked, frame]
        head, trunk = self._heads[rows, frame], self._trunks[rows, frame]
        distance = np.linalg.norm(centre - head, axis=-1)
        size = np.linalg.norm(offsets, axis=-1)
        on_face = (size < FACE_RAD) & (anchor != self._ahead)
        target = np.where(chosen == _NOTHING, np.where(on_face, anchor, _NOTHING), chosen)
        scaled = offsets * self._offset_scale(size, distance)[:, None]
        base = np.where((chosen == _NOTHING)[:, None], self._angles[rows, anchor, frame], 0.0)
        own = quaternion_rotate(angles_to_rotations(base), angles_to_directions(scaled))
        at_target = self._angles[rows, looked, frame] + (
            offsets - self._offsets(frame)[rows, looked]
        )
        gaze = np.where((chosen == _NOTHING)[:, None], own, angles_to_directions(at_target))
        nearest = _NEAREST_PLACE_M * self._scale
        far = np.where(target == _NOTHING, np.maximum(distance, nearest), distance)
        point = head + far[:, None] * quaternion_rotate(trunk, gaze)
        deltas = point - np.where((target == _NOTHING)[:, None], 0.0, centre)
        return target, deltas, gaze

    def _offset_scale(self, size: Floats, distance: Floats) -> Floats:
        """(B,) a face farther away is smaller; looks beyond it are as wide as one is lively."""
        face = np.clip(_FACE_DISTANCE_M * self._scale / np.maximum(distance, 1e-6), *_FACE_SCALES)
        beyond = np.clip(size / FACE_RAD - 1.0, 0.0, 1.0)
        calm = np.where(size < FACE_RAD, np.minimum(self._spread, 1.0), 1.0)
        return np.asarray(calm * (face + beyond * (self._spread - face)))

    def plans(self) -> list[GazePlan]:
        """Every character's events from the one at the first frame to the last that still lands."""
        columns = [np.stack(column, axis=1) for column in zip(*self._recorded, strict=True)]
        plans = []
        for row in range(len(self._rows)):
            *values, active = (column[row] for column in columns)
            land = values[0][active]
            last_frame_s = (self._frames[row] - 1) / MODEL_FRAME_RATE_HZ
            first = max(int(np.searchsorted(land, 0.0, side="right")) - 1, 0)
            stop = max(int(np.searchsorted(land, last_frame_s, side="right")), first + 1)
            plans.append(GazePlan(*(value[active][first:stop] for value in values)))
        return plans
