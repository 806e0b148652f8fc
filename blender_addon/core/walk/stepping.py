"""In step with the way: the last step ends where one stops, and each tread gets one foot.

People see a stop or a stair coming and let their steps come out even. The phase of walking is
therefore led, gently and some steps ahead, so that it has the value it needs at those moments.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from ..conventions import MODEL_FRAME_RATE_HZ, Floats
from ..feet.contacts import STANDING_CYCLES_PER_S
from .treads import Flight

if TYPE_CHECKING:
    from .plan import WalkPlan

HALT_RAD: Final = 0.5 * np.pi
"""Phase at which to come to rest: the last foot swings beside the one that carries."""

START_RAD: Final = 1.0
"""Phase at which to set out: there is time to lift the foot that steps first."""

_LANDING_SHARE: Final = 0.6
_LANDING_M: Final = 0.04
"""A foot lands somewhat more than half a step ahead of the root."""
_AHEAD_S: Final = 2.5
"""Before a moment that matters, steps begin to come out even."""
_MOST: Final = 0.22
"""Of the cadence, by which they are faster or slower for it."""
_MOST_STANDING: Final = 0.9
"""The same while standing, when no step shows it."""
_LOCK_S: Final = 0.4
_HALTING_M_S: Final = 0.15
_SLOWEST_M_S: Final = 0.1


def steps_on_treads(flights: Sequence[Flight], along: Floats) -> Floats:
    """(T,) steps made on stairs, whole numbers when a foot is set down; NaN elsewhere.

    Args:
        flights: the stairs on the way.
        along: (T,) distances at the frames.
    """
    steps = np.full(len(along), np.nan)
    for flight in flights:
        places = flight.middles_m - (_LANDING_SHARE * flight.depth_m + _LANDING_M)
        inside = (along >= places[0]) & (along <= places[-1])
        steps[inside] = np.interp(along[inside], places, np.arange(len(places)))
    return steps


def first_phase(speeds_m_s: Floats, seed: int) -> float:
    """Where in a step someone begins: so that the first one comes out even, with either foot.

    Args:
        speeds_m_s: (T,) desired ones.
        seed: picks the foot, and the phase of those who go nowhere.
    """
    drawn = float(np.random.default_rng(seed).uniform(0, 2 * np.pi))
    moments = _starts_and_halts(speeds_m_s)
    if not moments:
        return drawn
    frame, phase = moments[0]
    passed = 2 * np.pi * STANDING_CYCLES_PER_S * frame / MODEL_FRAME_RATE_HZ
    return float((phase - passed + np.pi * (drawn > np.pi)) % (2 * np.pi))


def _starts_and_halts(speeds_m_s: Floats) -> list[tuple[int, float]]:
    """Frames at which someone sets out and comes to rest, with the phase for it."""
    going = (speeds_m_s >= _HALTING_M_S).astype(int)
    changes = np.flatnonzero(np.diff(going))
    return [(int(n) + 1, START_RAD if going[n + 1] else HALT_RAD) for n in changes]


def _first_treads(steps: Floats) -> list[tuple[int, float]]:
    """Frames at which the first foot is set on stairs, with the phase for it."""
    known = np.isfinite(steps)
    begins = np.flatnonzero(known & ~np.concatenate(([False], known[:-1])))
    return [(int(n), float(np.pi * steps[n])) for n in begins]


class PhaseLead:
    """Leads the phases of B characters.

    How many steps there will be until a moment follows from the present cadence and from the
    speeds still to come: cadence goes with the square root of speed.

    Args:
        plans: (B,) what each of them does.
        speeds_m_s: (B, T) of their feet.
        as_they_are: (B,) whether they set out on the phase they have; None for nobody.
    """

    def __init__(
        self,
        plans: Sequence[WalkPlan],
        speeds_m_s: Floats,
        as_they_are: Sequence[bool] | None = None,
    ) -> None:
        pace = np.sqrt(np.maximum(speeds_m_s, _SLOWEST_M_S))
        self._most = np.where(speeds_m_s < _SLOWEST_M_S, _MOST_STANDING, _MOST)
        # (B, T) seconds to the next moment as long as they are at the present pace; 0 for none.
        self._left_s = np.zeros(speeds_m_s.shape, np.float32)
        self._aim = np.zeros(speeds_m_s.shape, np.float32)
        self._treads = np.full(speeds_m_s.shape, np.nan, np.float32)
        for number, plan in enumerate(plans):
            moments = _starts_and_halts(plan.speeds_m_s)
            if as_they_are is not None and as_they_are[number]:
                moments = moments[1:]
            self._look_ahead(number, moments + _first_treads(plan.treads), pace[number])
            self._treads[number, : plan.frame_count] = plan.treads
        self._rates = np.gradient(self._treads, axis=1) * (np.pi * MODEL_FRAME_RATE_HZ)
        self._on_treads = np.isfinite(self._rates)
        self._any_on_treads = self._on_treads.any(axis=0)
        self._any_ahead = (self._left_s > 0).any(axis=0) | self._any_on_treads

    def _look_ahead(self, number: int, moments: list[tuple[int, float]], pace: Floats) -> None:
        passed = np.concatenate(([0.0], np.cumsum(pace))) / MODEL_FRAME_RATE_HZ
        reach = round(_AHEAD_S * MODEL_FRAME_RATE_HZ)
        before = 0
        for frame, phase in sorted(moments):
            begin = max(before, frame - reach)
            left = passed[frame] - passed[begin:frame]
            self._left_s[number, begin:frame] = left / pace[begin:frame]
            self._aim[number, begin:frame] = phase
            before = frame

    def at(self, frame: int, phases_rad: Floats, rates_rad_s: Floats) -> Floats:
        """(B,) what is added to the rates of phase in this frame.

        Args:
            frame: of the walk.
            phases_rad, rates_rad_s: (B,) as the network has them.
        """
        if not self._any_ahead[frame]:
            return np.zeros(len(phases_rad))
        ahead = rates_rad_s * self._left_s[:, frame]
        off = _nearest_step(self._aim[:, frame] - phases_rad - ahead)
        most = self._most[:, frame]
        share = np.minimum(np.maximum(off / np.maximum(ahead, 1e-3), -most), most)
        lead = rates_rad_s * share * (ahead > 0)
        if not self._any_on_treads[frame]:
            return np.asarray(lead)
        there = self._on_treads[:, frame]
        treads, rates = self._treads[there, frame], self._rates[there, frame]
        off = _nearest_step(np.pi * treads - phases_rad[there])
        lead[there] = np.maximum(rates + off / _LOCK_S, 0.0) - rates_rad_s[there]
        return np.asarray(lead)


def _nearest_step(angles_rad: Floats) -> Floats:
    """(B,) within half a step: either foot will do."""
    return np.asarray(angles_rad - np.pi * np.round(angles_rad / np.pi))
