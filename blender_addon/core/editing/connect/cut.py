"""Where one motion is best left for another, and how long going over takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ...conventions import Floats, Ints
from ...errors import SettingsError
from ...motion.clip import MotionClip
from ..clip_rates import frames_of
from ..clouds import Clouds, Posed
from ..seam import proposed_seconds
from .settings import ConnectSettings

_LEFT_OUT_M_PER_S: Final = 0.02
"""What it counts that a second of either motion is left out."""
_SPEED_OVER_S: Final = 0.2
_SHORTEST_SHARE: Final = 0.5


@dataclass(frozen=True)
class Crossing:
    """How one motion goes over into another.

    Args:
        leave: last frame of the first that stays.
        meet: frame of the first that is held to be the same moment as ``met`` of the second.
        met: see there.
        enter: first frame of the second that stays.
        gap: frames between the two that are made.
        distance_m: how far the two poses differ where they meet.
        turn_rad: by which heading the first is turned there to look as the second.
        speeds_m_s: of the hips there, in the first and in the second.
    """

    leave: int
    meet: int
    met: int
    enter: int
    gap: int
    distance_m: float
    turn_rad: float
    speeds_m_s: tuple[float, float]

    @property
    def empty(self) -> int:
        """Frames of the gap, and the step to its end, that neither motion has."""
        return self.gap + 1 - (self.meet - self.leave) - (self.enter - self.met)


@dataclass(frozen=True, eq=False)
class Pair:
    """Two motions of one rate, looked at.

    Args:
        first, second: the motions.
        posed: where their joints are.
        clouds: their poses to be compared.
    """

    first: MotionClip
    second: MotionClip
    posed: tuple[Posed, Posed]
    clouds: tuple[Clouds, Clouds]

    @classmethod
    def of(cls, first: MotionClip, second: MotionClip) -> Pair:
        """Look at two motions."""
        posed = Posed.of(first), Posed.of(second)
        clouds = tuple(Clouds.of(each, first.frame_rate_hz) for each in posed)
        return cls(first, second, posed, (clouds[0], clouds[1]))

    def speed(self, which: int, frame: int) -> float:
        """Of the hips over the ground about a frame, m/s."""
        root = self.posed[which].joints[:, 0, [0, 2]]
        reach = frames_of(_SPEED_OVER_S / 2, self.first.frame_rate_hz, least=1)
        low, high = max(frame - reach, 0), min(frame + reach, len(root) - 1)
        way = float(np.linalg.norm(root[high] - root[low]))
        return way * self.first.frame_rate_hz / max(high - low, 1)


def find_crossing(pair: Pair, settings: ConnectSettings) -> Crossing:
    """The exit, the entry and the length with the least cost, as far as they are not fixed.

    Half of the transition is taken from either motion: where the two meet, their poses are the same
    moment. So a walk goes on in step.

    Raises:
        SettingsError: a fixed exit or entry is not in its motion.
    """
    rate = pair.first.frame_rate_hz
    fixed = _fixed(settings.exit_s, pair.first), _fixed(settings.entry_s, pair.second)
    half = frames_of((settings.length_s or 2 * _SPEED_OVER_S) / 2, rate, least=1)
    crossing = _crossing(pair, settings, fixed, half)
    if settings.length_s == 0.0:
        seconds = proposed_seconds(crossing.distance_m, crossing.speeds_m_s)
        crossing = _crossing(pair, settings, fixed, frames_of(seconds / 2, rate, least=2))
    return crossing


def _fixed(at_s: float, clip: MotionClip) -> int | None:
    if at_s < 0.0:
        return None
    frame = round(at_s * clip.frame_rate_hz)
    if frame >= clip.frame_count:
        raise SettingsError(
            f"there is no moment {at_s:g} s in a motion of {clip.duration_s:.2f} s; choose an "
            "earlier one, or -1 to look for the best"
        )
    return frame


def _crossing(
    pair: Pair, settings: ConnectSettings, fixed: tuple[int | None, int | None], half: int
) -> Crossing:
    """The best meeting for a transition of twice ``half`` frames."""
    last = pair.first.frame_count - 1, pair.second.frame_count - 1
    search = frames_of(settings.search_s, pair.first.frame_rate_hz)
    halves = [max(min(half, int(end * _SHORTEST_SHARE)), 1) for end in last]
    if fixed[0] is None:
        meets = np.arange(max(last[0] - search, min(halves[0] + 1, last[0])), last[0] + 1)
    else:
        meets = np.array([min(fixed[0] + half, last[0])])
    if fixed[1] is None:
        mets = np.arange(min(search, max(last[1] - halves[1] - 1, 0)) + 1)
    else:
        mets = np.array([max(fixed[1] - half, 0)])
    meet, met, distance, turn = _meeting(pair, meets, mets)
    leave = max(meet - halves[0], 0) if fixed[0] is None else fixed[0]
    enter = min(met + halves[1], last[1]) if fixed[1] is None else fixed[1]
    speeds = pair.speed(0, meet), pair.speed(1, met)
    gap = max(2 * half - 1, 1)
    return Crossing(leave, meet, met, enter, gap, distance, turn, speeds)


def _meeting(pair: Pair, meets: Ints, mets: Ints) -> tuple[int, int, float, float]:
    """Frames at which the two differ least, by how much, and by which heading."""
    distances, turns = pair.clouds[0][meets].compare(pair.clouds[1][mets])
    left_out: Floats = np.add.outer(pair.first.frame_count - 1 - meets, mets)
    costs = distances + _LEFT_OUT_M_PER_S * left_out / pair.first.frame_rate_hz
    row, column = np.unravel_index(int(np.argmin(costs)), costs.shape)
    distance, turn = float(distances[row, column]), float(turns[row, column])
    return int(meets[row]), int(mets[column]), distance, turn
