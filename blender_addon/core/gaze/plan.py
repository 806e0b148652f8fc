"""Where each character looks and for how long: the behaviour network, event by event.

All characters of a batch take their next event together, each at its own time. Everything random of
a character comes from its own generator, so that its gaze does not depend on who else is there.

A *visit* is a stretch of fixations on a target other than the partner. The network, which knows of
nothing but the partner, is given it as a break, in which it does not know what the eyes did.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

import numpy as np

from ..conventions import MODEL_FRAME_RATE_HZ, Bools, Floats, Ints
from ..face.saccades import saccade_durations
from ..jobs import Progress
from .attraction import attraction_terms, keep_on_face
from .balance import PartnerBalance
from .events import EventHistory, Mixture, clip_events, decode_events, read_mixture, sample_mixture
from .request import GazeRequest
from .stack import NOTHING, StackedSurroundings
from .surroundings import Surroundings
from .turns import TurnTaking, pull_mixture, turns_of_roles

_WARM_UP_S: Final = 5.0
_PROGRESS_EVERY: Final = 16
_BREAK_S: Final = (0.12, 0.06)
"""Shortest break and mean of what exceeds it. The recordings' are longer, but people went on
looking in them unseen; what is longer here would lengthen fixations by time in which nothing
happens."""
_LONGEST_GIVEN_S: Final = 5.0
_PAUSE_S: Final = 0.03
"""After a break, where pauses were never recorded; the saccade itself takes what it needs."""
_REACTION_S: Final = 0.18
_LEAST_REST_S: Final = 0.06
_EARLY_S: Final = 0.03
"""A saccade begins at most so long before its fixation's end: recorded ends are not that exact."""
_VISIT_S: Final = (0.9, 0.4)
"""Median time for which an object is regarded, or a distraction glanced at."""
_VISIT_SPREAD: Final = 0.5
_SHUN_S: Final = 0.8
"""What was just left is not looked at again at once."""
_ON_OBJECT_RAD: Final = float(np.deg2rad(0.7))
_TURN_TO_OTHER_S: Final = 2.5
"""After so long with one partner of several, it is time to ask who is next."""


class BehaviourSteps(Protocol):
    """The behaviour network with the state of B characters."""

    def __call__(self, features: Floats) -> Floats:
        """Features (B, F) to mixture parameters (B, M)."""
        ...

    def take_back(self, which: Bools) -> None:
        """Undo the latest step of some characters (B,)."""
        ...


@dataclass(frozen=True, eq=False)
class GazePlan:
    """N events of one character. Points looked at: a target, or else the eyes, plus ``deltas_m``.

    Args:
        land_s: (N,) when gaze arrives, to stay until the next shift begins; the first one may be
            before 0.
        target: (N,) number in the surroundings, or −1 for a direction in the world.
        deltas_m: (N, 3) from the target's centre, or from between the eyes.
        until_frame: (N,) last frame in which a moving target is followed.
        after_break: (N,) the eyes were shut or away before it.
    """

    land_s: Floats
    target: Ints
    deltas_m: Floats
    until_frame: Ints
    after_break: Bools


def plan_gaze(
    requests: Sequence[GazeRequest],
    surroundings: Sequence[Surroundings],
    steps: BehaviourSteps,
    breaks: Floats,
    rngs: Sequence[np.random.Generator],
    progress: Progress,
    balance: PartnerBalance | None = None,
) -> list[GazePlan]:
    """Draw every character's events from the first frame to the last.

    Args:
        requests, surroundings: B of each.
        steps: the network, its state at the beginning.
        breaks: (roles, 2) median seconds and logarithmic deviation of breaks, as the network was
            given in its training.
        rngs: one for each character.
        progress: given 0 … 1 now and then.
        balance: holds the characters' shares of time on the partner.
    """
    crowd = _Crowd(requests, surroundings, breaks, rngs, balance)
    number = 0
    while crowd.active.any():
        if number % _PROGRESS_EVERY == 0:
            progress(crowd.share_done)
        mixture = read_mixture(steps(crowd.features()))
        steps.take_back(crowd.advance(mixture))
        number += 1
    return crowd.plans()


class _Crowd:
    """Where B characters are in time, and the events they have had."""

    def __init__(
        self,
        requests: Sequence[GazeRequest],
        surroundings: Sequence[Surroundings],
        breaks: Floats,
        rngs: Sequence[np.random.Generator],
        balance: PartnerBalance | None,
    ) -> None:
        self._around = StackedSurroundings(requests, surroundings)
        self._turns = TurnTaking([_turns(request) for request in requests])
        self._rngs, self._breaks, self._balance = rngs, breaks, balance
        count = len(requests)
        self._rows = np.arange(count)
        self._pace = 0.1 + 0.9 * np.array([r.settings.liveliness for r in requests])
        self._history = EventHistory(count, at_home=True)
        self._time = np.full(count, -_WARM_UP_S)  # end of the latest fixation
        self._landed = self._time - 1.0
        self._gaze = np.zeros((count, 3))  # latest direction from the trunk
        self._role = np.full(count, -1)
        self._anchor, self._visit = np.full(count, NOTHING), np.full(count, NOTHING)
        self._shunned, self._shunned_until = np.full(count, NOTHING), np.full(count, -np.inf)
        self._anchor_since, self._visit_end = np.full(count, -np.inf), np.full(count, -np.inf)
        self._away, self._lost = np.zeros(count, np.bool_), np.zeros(count, np.bool_)
        self._break_s = self._draw_breaks(np.ones(count, np.bool_))
        self._unseen_s = np.zeros(count)  # what the network is given of visits
        self._given_s = np.zeros(count)
        self._recorded: list[tuple[Any, ...]] = []

    @property
    def active(self) -> Bools:
        """(B,) who has time left."""
        return self._around.is_within(self._time)

    @property
    def share_done(self) -> float:
        """0 … 1, of the slowest."""
        lengths = self._around.frame_counts / MODEL_FRAME_RATE_HZ + _WARM_UP_S
        return float(np.clip(((self._time + _WARM_UP_S) / lengths).min(), 0.0, 1.0))

    def _draw_for(self, which: Bools) -> Floats:
        """(B,) uniform numbers for some; the others' generators stay untouched, and they get 0."""
        numbers = np.zeros(len(which))
        for row in np.flatnonzero(which):
            numbers[row] = self._rngs[row].random()
        return numbers

    def _draw_breaks(self, which: Bools) -> Floats:
        """(B,) lengths of breaks for some, 0 for the others."""
        shortest, more = _BREAK_S
        lengths = shortest - more * np.log1p(-self._draw_for(which))
        return np.where(which, lengths, 0.0)

    def features(self) -> Floats:
        """What the network is given (B, F) about the event that comes next."""
        roles = self._around.roles(self._around.frame(self._time))
        # In all the data a new role begins after a break.
        changed = (roles != self._role) & (self._break_s == 0)
        self._break_s = self._break_s + self._draw_breaks(changed)
        self._role = roles
        # The recordings' breaks are longer than a blink: people went on looking, unseen.
        given_s = self._unseen_s.copy()
        for row in np.flatnonzero(self._break_s > 0):
            median, spread = self._breaks[roles[row]]
            given_s[row] += median * np.exp(spread * self._rngs[row].standard_normal())
        self._given_s = np.minimum(given_s, _LONGEST_GIVEN_S)
        return self._history.features(roles, self._given_s)

    def advance(self, mixture: Mixture) -> Bools:
        """One event for everybody who has time left; (B,) of whom the network learns nothing."""
        active = self.active
        frame = self._around.frame(self._time)
        # Who ends a turn leaves what is regarded besides, and looks at the partner.
        pull = self._turns.at(self._time)
        ending = pull > 0
        attractions = (
            self._around.attractions(frame) * np.where(ending, np.exp(-pull), 1.0)[:, None]
        )
        self._visit_end = np.where(ending, self._time, self._visit_end)
        if self._balance is not None:
            pull = pull + self._balance.pulls(self._role)
        mixture = pull_mixture(mixture, pull)
        mixture = keep_on_face(mixture, self._choose_anchor(frame))
        chosen = np.full(len(active), NOTHING)
        if attractions.any() or (self._visit != NOTHING).any():
            mixture, chosen = self._choose_target(mixture, frame, attractions)
        drawn, breaks = sample_mixture(mixture, self._rngs)
        events = clip_events(drawn)
        visiting: Bools = np.asarray(chosen != NOTHING)
        self._history.append(events, active & ~visiting)
        if self._balance is not None:
            self._balance.append(events, self._role, active & ~visiting)
        before = self._time
        self._place(events, chosen, active)
        spent = self._time - before
        self._unseen_s = np.where(visiting, self._unseen_s + spent, 0.0)
        self._break_s = self._draw_breaks(breaks)
        return visiting

    def _choose_anchor(self, frame: Ints) -> Bools:
        """Whom to face; (B,) whether that has just changed or has to be found again."""
        shares = self._around.anchors(frame)
        here = shares[self._rows, np.maximum(self._anchor, 0)]
        restless = self._away | (self._time - self._anchor_since > _TURN_TO_OTHER_S)
        asked = (self._anchor == NOTHING) | (here <= 0) | ((here < 0.999) & restless)
        chance = self._draw_for(asked)[:, None] * shares.sum(axis=1, keepdims=True)
        drawn = (np.cumsum(shares, axis=1) <= chance).sum(axis=1)
        drawn = np.where(asked, np.minimum(drawn, shares.shape[1] - 1), self._anchor)
        new = (drawn != self._anchor) & (self._anchor != NOTHING)
        self._anchor = drawn
        self._anchor_since = np.where(asked, self._time, self._anchor_since)
        return np.asarray(new | (self._lost & (self._visit == NOTHING) & ~self._away))

    def _choose_target(
        self, mixture: Mixture, frame: Ints, attractions: Floats
    ) -> tuple[Mixture, Ints]:
        """Which of the targets is looked at, or none; and the components that remain for it."""
        rows, visit = self._rows, np.maximum(self._visit, 0)
        staying = (self._visit != NOTHING) & (self._time < self._visit_end)
        staying &= attractions[rows, visit] > 0
        left = (self._visit != NOTHING) & ~staying
        self._shunned = np.where(left, self._visit, self._shunned)
        self._shunned_until = np.where(left, self._time + _SHUN_S / self._pace, self._shunned_until)
        shun = (self._shunned != NOTHING) & (self._time < self._shunned_until)
        attractions[rows[shun], self._shunned[shun]] = 0.0
        offsets = self._around.offsets(self._anchor, frame)
        terms = attraction_terms(mixture, offsets, attractions, self._around.brief)
        mass = terms.sum(axis=1)
        chance = self._draw_for(attractions.any(axis=1)) * (1.0 + mass.sum(axis=1))
        drawn = (1.0 + np.cumsum(mass, axis=1) <= chance[:, None]).sum(axis=1)
        drawn = np.where(chance < 1.0, NOTHING, np.minimum(drawn, mass.shape[1] - 1))
        chosen = np.where(staying, self._visit, drawn)
        self._start_visits((chosen != NOTHING) & ~staying, chosen)
        self._visit = np.where(chosen == NOTHING, NOTHING, self._visit)
        picked = terms[rows, :, np.maximum(chosen, 0)]
        usable = (chosen != NOTHING) & (picked.sum(axis=1) > 0)
        weights = np.where(usable[:, None], np.log(picked + 1e-300), mixture.log_weights)
        return replace(mixture, log_weights=weights), chosen

    def _start_visits(self, begins: Bools, chosen: Ints) -> None:
        for row in np.flatnonzero(begins):
            median = _VISIT_S[int(self._around.brief[row, chosen[row]])]
            length = median * np.exp(_VISIT_SPREAD * self._rngs[row].standard_normal())
            self._visit[row] = chosen[row]
            self._visit_end[row] = self._time[row] + length / self._pace[row]

    def _place(self, events: Floats, chosen: Ints, active: Bools) -> None:
        """Put the event into time and space."""
        offsets, duration, pause = decode_events(events.astype(np.float64))
        for row in np.flatnonzero(chosen != NOTHING):
            offsets[row] = _ON_OBJECT_RAD * self._rngs[row].standard_normal(2)
        gap, early = self._gaps(np.where(self._given_s > 0, _PAUSE_S, pause))
        frame = self._around.frame(self._time + early)
        target, deltas, gaze = self._around.look(self._anchor, chosen, offsets, frame)
        chord = np.linalg.norm(gaze - self._gaze, axis=-1)
        moving = saccade_durations(2.0 * np.arcsin(np.minimum(0.5 * chord, 1.0)))
        early = np.maximum(early, moving - _EARLY_S)
        land = np.maximum(self._time + early, self._landed + moving + _LEAST_REST_S)
        end = np.maximum(self._time + gap, land) + duration / self._pace
        cut = self._around.cuts(target, self._around.frame(land))
        lost = (target != NOTHING) & (cut < end * MODEL_FRAME_RATE_HZ)
        lost &= cut < self._around.frame_counts
        end = np.where(lost, np.maximum(cut / MODEL_FRAME_RATE_HZ, land + 0.02), end)
        until = np.where(target != NOTHING, cut - 1, 0)
        broken = self._break_s > 0
        self._recorded.append((land, target, deltas, until, broken, active))
        self._time = np.where(active, end, self._time)
        self._landed, self._gaze, self._lost = land, gaze, lost
        self._away = target != self._anchor

    def _gaps(self, pause_s: Floats) -> tuple[Floats, Floats]:
        """(B,) from the latest fixation's end to the next one's time, and to when gaze lands.

        Within a break the shift lies somewhere; the eyes rest before and after it. What has jumped
        or gone is noticed only after a while.
        """
        broken = self._break_s > 0
        gap = np.where(broken, self._break_s, pause_s / self._pace)
        early = np.where(broken, 0.4 + 0.5 * self._draw_for(broken), 1.0) * gap
        return gap, np.where(self._lost, np.maximum(early, _REACTION_S), early)

    def plans(self) -> list[GazePlan]:
        """Every character's events from the one at the first frame to the last that still lands."""
        columns = [np.stack(column, axis=1) for column in zip(*self._recorded, strict=True)]
        plans = []
        for row, frames in enumerate(self._around.frame_counts):
            *values, active = (column[row] for column in columns)
            land = values[0][active]
            last_frame_s = (frames - 1) / MODEL_FRAME_RATE_HZ
            first = max(int(np.searchsorted(land, 0.0, side="right")) - 1, 0)
            stop = max(int(np.searchsorted(land, last_frame_s, side="right")), first + 1)
            plans.append(GazePlan(*(value[active][first:stop] for value in values)))
        return plans


def _turns(request: GazeRequest) -> Ints:
    """(T,) of one character, as told or as its roles have it."""
    return turns_of_roles(request.roles) if request.turns is None else request.turns
