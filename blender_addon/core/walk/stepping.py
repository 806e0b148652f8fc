"""In step with the way: the last step ends where one stops, and each tread gets one foot.

People see a stop or a stair coming and let their steps come out even. The phase of walking is
therefore led, gently and some steps ahead, so that it has the value it needs at those moments.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from ..conventions import MODEL_FRAME_RATE_HZ, Floats, Ints
from ..feet.contacts import STANDING_CYCLES_PER_S

if TYPE_CHECKING:
    from .timetable import Timetable

HALT_RAD: Final = 0.5 * np.pi
"""Phase at which to come to rest: the last foot swings beside the one that carries."""

START_RAD: Final = 0.6
"""Phase at which to set out: there is time to lift the foot that steps first."""

_LANDING_SHARE: Final = 0.45
_LANDING_M: Final = 0.15
"""A foot lands about half a step ahead of the root, and its middle a little further."""
_AHEAD_S: Final = 2.5
"""Before a moment that matters, steps begin to come out even."""
_MOST: Final = 0.22
"""Of the cadence, by which they are faster or slower for it."""
_MOST_STANDING: Final = 0.9
"""The same while standing, when no step shows it."""
_LOCK_S: Final = 0.25
_HALTING_M_S: Final = 0.15
_SLOWEST_M_S: Final = 0.1


@dataclass(frozen=True, eq=False)
class Steps:
    """When feet are to be set down.

    Args:
        frames: (M,) moments that matter, in order.
        phases_rad: (M,) of walking at them, of either foot.
        on_treads: (T,) steps made on stairs, whole numbers landings; NaN elsewhere. Empty for
            a way without any.
    """

    frames: Ints
    phases_rad: Floats
    on_treads: Floats


NO_STEPS: Final = Steps(np.empty(0, np.int64), np.empty(0), np.empty(0))


def steps_of(table: Timetable, along: Floats, speeds_m_s: Floats) -> Steps:
    """Moments at which feet have to be somewhere.

    Args:
        table: of the walk.
        along: (T,) distances at its frames.
        speeds_m_s: (T,).
    """
    moments = _starts_and_halts(speeds_m_s)
    on_treads = np.empty(0)
    if table.way.flights:
        on_treads = np.full(len(along), np.nan)
    for flight in table.way.flights:
        places = flight.middles_m - (_LANDING_SHARE * flight.depth_m + _LANDING_M)
        inside = (along >= places[0]) & (along <= places[-1])
        if not inside.any():
            continue
        on_treads[inside] = np.interp(along[inside], places, np.arange(len(places)))
        first = int(np.argmax(inside))
        moments.append((first, float(np.pi * on_treads[first])))
    moments.sort()
    frames = np.array([frame for frame, _ in moments], np.int64)
    return Steps(frames, np.array([phase for _, phase in moments]), on_treads)


def _starts_and_halts(speeds_m_s: Floats) -> list[tuple[int, float]]:
    """Frames at which someone sets out and comes to rest, with the phase for it."""
    going = (speeds_m_s >= _HALTING_M_S).astype(int)
    changes = np.flatnonzero(np.diff(going))
    return [(int(n) + 1, START_RAD if going[n + 1] else HALT_RAD) for n in changes]


def first_phase(steps: Steps, seed: int) -> float:
    """Where in a step someone begins: so that the first one comes out even, with either foot.

    Args:
        steps: what the plan needs.
        seed: picks the foot, and the phase of those who go nowhere.
    """
    drawn = float(np.random.default_rng(seed).uniform(0, 2 * np.pi))
    if not len(steps.frames):
        return drawn
    passed = 2 * np.pi * STANDING_CYCLES_PER_S * float(steps.frames[0]) / MODEL_FRAME_RATE_HZ
    foot = np.pi * (drawn > np.pi)
    return float((steps.phases_rad[0] - passed + foot) % (2 * np.pi))


class PhaseLead:
    """Leads the phases of B characters.

    How many steps there will be until a moment follows from the present cadence and from the
    speeds still to come: cadence goes with the square root of speed.

    Args:
        steps: (B,) what each of them needs.
        speeds_m_s: (B, T) of their feet.
    """

    def __init__(self, steps: Sequence[Steps], speeds_m_s: Floats) -> None:
        count, length = speeds_m_s.shape
        self._idle = all(not len(each.frames) for each in steps)
        if self._idle:
            return
        pace = np.sqrt(np.maximum(speeds_m_s, _SLOWEST_M_S))
        self._most = np.where(speeds_m_s < _SLOWEST_M_S, _MOST_STANDING, _MOST)
        # (B, T) seconds to the next moment as long as they are at the present pace; 0 for none.
        self._left_s = np.zeros((count, length), np.float32)
        self._aim = np.zeros((count, length), np.float32)
        self._treads = np.full((count, length), np.nan, np.float32)
        for number, each in enumerate(steps):
            self._fill(number, each, pace[number])
        self._rates = np.gradient(self._treads, axis=1) * (np.pi * MODEL_FRAME_RATE_HZ)

    def _fill(self, number: int, steps: Steps, pace: Floats) -> None:
        passed = np.concatenate(([0.0], np.cumsum(pace))) / MODEL_FRAME_RATE_HZ
        reach = round(_AHEAD_S * MODEL_FRAME_RATE_HZ)
        before = 0
        for frame, phase in zip(steps.frames.tolist(), steps.phases_rad.tolist(), strict=True):
            begin = max(before, frame - reach)
            left = passed[frame] - passed[begin:frame]
            self._left_s[number, begin:frame] = left / pace[begin:frame]
            self._aim[number, begin:frame] = phase
            before = frame
        if len(steps.on_treads):
            self._treads[number, : len(steps.on_treads)] = steps.on_treads

    def at(self, frame: int, phases_rad: Floats, rates_rad_s: Floats) -> Floats:
        """(B,) what is added to the rates of phase in this frame.

        Args:
            frame: of the walk.
            phases_rad, rates_rad_s: (B,) as the network has them.
        """
        if self._idle:
            return np.zeros(len(phases_rad))
        ahead = rates_rad_s * self._left_s[:, frame]
        off = _nearest_step(self._aim[:, frame] - phases_rad - ahead)
        share = off / np.maximum(ahead, 1e-3)
        most = self._most[:, frame]
        lead = rates_rad_s * np.minimum(np.maximum(share, -most), most) * (ahead > 0)
        treads, rates = self._treads[:, frame], self._rates[:, frame]
        locked = np.isfinite(rates)
        if not locked.any():
            return lead
        off = _nearest_step(np.pi * np.nan_to_num(treads) - phases_rad)
        follow = np.nan_to_num(rates) * (1 + np.clip(off / np.pi, -0.5, 0.5)) + off / _LOCK_S * 0.5
        return np.where(locked, np.maximum(follow, 0.0) - rates_rad_s, lead)


def _nearest_step(angles_rad: Floats) -> Floats:
    """(B,) within half a step: either foot will do."""
    return np.asarray(angles_rad - np.pi * np.round(angles_rad / np.pi))
