"""The cut of a cycle: two moments at which a motion is most like itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ...conventions import Bools, Floats, Ints
from ...errors import SettingsError
from ...jobs import Progress
from ...motion.clip import MotionClip
from ..clip_rates import frames_of
from ..clouds import Clouds, Posed
from .settings import LoopSettings

_SEARCH_HZ: Final = 30.0
_SHORTEST_S: Final = 0.4
"""No gait has a quicker cycle; below, every motion is like itself."""
_LONGEST_S: Final = 30.0
_MUCH_ALIKE: Final = 1.15
_ALIKE_M: Final = 0.003
"""Cuts that are hardly worse than the best one: the longest of them repeats least."""
_TURN_M: Final = 0.03
"""What a turn of one radian counts: a cycle that goes on as it looks is preferred."""
_LIVELY: Final = 0.6
"""A cycle goes as far from its first pose as this share of how far the motion's poses lie apart,
so that of a dance not the moment is looped at which the dancer stands."""
_BLOCK: Final = 1024
_SAMPLED: Final = 512


@dataclass(frozen=True)
class Cut:
    """A cycle within a clip.

    Args:
        first, last: frames that are the same pose one cycle apart.
        distance_m: how far they are apart in truth.
        turn_rad: by which heading the last one is turned against the first.
    """

    first: int
    last: int
    distance_m: float
    turn_rad: float

    @property
    def frame_count(self) -> int:
        """Of the cycle, without the repeated pose."""
        return self.last - self.first


def find_cut(clip: MotionClip, settings: LoopSettings, progress: Progress) -> Cut:
    """The cut with the least distance, or the longest of those that are nearly as good.

    Args:
        clip: at least four frames.
        settings: whether it is looked for, and how long the cycle may be.
        progress: told how much is done.

    Raises:
        SettingsError: no cycle of that length is in the clip.
    """
    clouds = Clouds.of(Posed.of(clip), clip.frame_rate_hz, settings.whole_steps)
    if not settings.find_cut:
        return _cut(clouds, 0, clip.frame_count - 1)
    step = max(round(clip.frame_rate_hz / _SEARCH_HZ), 1)
    least, most = _lengths(clip, settings)
    coarse = clouds[np.arange(0, clip.frame_count, step)]
    shortest = min(-(-least // step), len(coarse.level) - 1)
    longest = max(most // step, shortest)
    cuts = _candidates(coarse, shortest, longest, progress)
    start, length = _choose(cuts, _usual_distance(coarse))
    return _refine(clouds, start * step, (start + length) * step, step, (least, most))


def cut_between(clip: MotionClip, first: int, last: int) -> Cut:
    """The cut at two frames of a clip, however far their poses are apart."""
    return cuts_between(clip, [(first, last)])[0]


def cuts_between(clip: MotionClip, pairs: Sequence[tuple[int, int]]) -> list[Cut]:
    """The cut at each of several pairs of frames of a clip."""
    clouds = Clouds.of(Posed.of(clip), clip.frame_rate_hz)
    return [_cut(clouds, first, last) for first, last in pairs]


def _lengths(clip: MotionClip, settings: LoopSettings) -> tuple[int, int]:
    """Least and most frames of a cycle."""
    rate, there = clip.frame_rate_hz, clip.frame_count - 1
    least = frames_of(settings.shortest_s or _SHORTEST_S, rate, least=3)
    most = min(frames_of(settings.longest_s or max(_LONGEST_S, settings.shortest_s), rate), there)
    if settings.shortest_s == 0.0:
        least = min(least, max(most, 3))
    if least > there or least > most:
        raise SettingsError(
            f"there is no cycle of {least / rate:.2f} to {most / rate:.2f} s in a motion of "
            f"{clip.duration_s:.2f} s; set other lengths, or give more of the motion"
        )
    return least, most


@dataclass(frozen=True, eq=False)
class _Candidates:
    """Cuts to choose from.

    Args:
        starts, lengths: (N,) frames.
        costs: (N,) metres.
        reaches: (N,) how far the cycle goes from its first pose, metres.
    """

    starts: Ints
    lengths: Ints
    costs: Floats
    reaches: Floats

    def where(self, chosen: Bools) -> _Candidates:
        """Some of them."""
        return _Candidates(
            self.starts[chosen], self.lengths[chosen], self.costs[chosen], self.reaches[chosen]
        )

    @classmethod
    def joined(cls, parts: Sequence[_Candidates]) -> _Candidates:
        """Those of several searches."""
        return cls(
            np.concatenate([each.starts for each in parts]),
            np.concatenate([each.lengths for each in parts]),
            np.concatenate([each.costs for each in parts]),
            np.concatenate([each.reaches for each in parts]),
        )


def _candidates(clouds: Clouds, shortest: int, longest: int, progress: Progress) -> _Candidates:
    """Cuts at which a motion has come back: nearer than a little before and a little after.

    Next to a frame lie frames that are like it because no time has passed. Of those none is meant,
    so a distance counts that is the least of its neighbourhood along the length.
    """
    count = len(clouds.level)
    found = []
    for begin in range(0, count - shortest, _BLOCK):
        progress(begin / count)
        here = np.arange(begin, min(begin + _BLOCK, count - shortest))
        stop = min(int(here[-1]) + longest + 1, count)
        distances, turns = clouds[here].compare(clouds[begin:stop])
        starts, lengths = _valleys(distances, shortest, longest)
        at = (starts, starts + lengths)
        costs = distances[at] + _TURN_M * np.abs(turns[at])
        reaches = np.maximum.accumulate(np.triu(distances), axis=1)[at]
        found.append(_Candidates(starts + begin, lengths, costs, reaches))
    return _Candidates.joined(found)


def _valleys(distances: Floats, shortest: int, longest: int) -> tuple[Ints, Ints]:
    """Rows and lengths of valleys along rows (N, M) whose frame 0 is that of the columns.

    Each row's least distance is one as well, so that there is always something to choose.
    """
    rows, columns = np.indices(distances.shape, sparse=True)
    lengths = columns - rows
    allowed: Bools = (lengths >= shortest) & (lengths <= longest)
    padded = np.pad(distances, ((0, 0), (1, 1)), mode="constant", constant_values=np.inf)
    inside = (lengths > shortest) & (columns < distances.shape[1] - 1)
    valley = allowed & inside & (distances <= padded[:, :-2]) & (distances <= padded[:, 2:])
    barred = np.where(allowed, distances, np.inf)
    valley[np.arange(len(distances)), np.argmin(barred, axis=1)] = True
    starts, ends = np.nonzero(valley & allowed)
    return starts, ends - starts


def _choose(cuts: _Candidates, apart_m: float) -> tuple[int, int]:
    """Start and length of the longest of the cuts that are nearly as good as the best.

    Args:
        cuts: all there are.
        apart_m: how far the motion's poses usually lie apart.
    """
    lively = cuts.reaches >= _LIVELY * apart_m
    cuts = cuts.where(lively) if lively.any() else cuts
    good = cuts.where(cuts.costs <= _MUCH_ALIKE * cuts.costs.min() + _ALIKE_M)
    longest = good.where(good.lengths == good.lengths.max())
    chosen = int(np.argmin(longest.costs))
    return int(longest.starts[chosen]), int(longest.lengths[chosen])


def _usual_distance(clouds: Clouds) -> float:
    """How far two poses of a motion usually lie apart, metres."""
    at = np.linspace(0, len(clouds.level) - 1, min(len(clouds.level), _SAMPLED)).astype(np.int64)
    return float(np.median(clouds[at].distances(clouds[at])))


def _refine(clouds: Clouds, first: int, last: int, step: int, lengths: tuple[int, int]) -> Cut:
    """The best cut within a search step of a coarse one."""
    end = len(clouds.level) - 1
    firsts = np.arange(max(first - step + 1, 0), min(first + step, end))
    lasts = np.arange(max(last - step + 1, 1), min(last + step, end + 1))
    distances = clouds[firsts].distances(clouds[lasts])
    between = lasts - firsts[:, None]
    distances[(between < lengths[0]) | (between > lengths[1])] = np.inf
    row, column = np.unravel_index(int(np.argmin(distances)), distances.shape)
    return _cut(clouds, int(firsts[row]), int(lasts[column]))


def _cut(clouds: Clouds, first: int, last: int) -> Cut:
    distances, turns = clouds[np.array([first])].compare(clouds[np.array([last])])
    return Cut(first, last, float(distances[0, 0]), float(turns[0, 0]))
