"""Loops of recordings, by each means, and what their seams are like."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from backend.mocap.recordings import Recording
from blender_addon.core.editing.loop.cut import Cut, cut_between, cuts_between, find_cut
from blender_addon.core.editing.loop.cycle import Cycle
from blender_addon.core.editing.loop.settings import LoopSettings
from blender_addon.core.editing.placing import Placing, frames, joined
from blender_addon.core.editing.seam import Filler
from blender_addon.core.jobs import Progress
from blender_addon.core.motion.clip import MotionClip

from .baselines import FADE_FRAMES, Interpolation, cross_fade
from .seams import Nearest, SeamMeasures, Stretch, joints_of, measure_seam

LONGEST_S: Final = 4.0
CUTS: Final = 30
"""So many cuts of a recording are tried with SLERP to find the best of them."""
_HALF_FADE: Final = FADE_FRAMES // 2
_SETTINGS: Final = LoopSettings(longest_s=LONGEST_S)


@dataclass(frozen=True, eq=False)
class Looped:
    """A cycle with its seam.

    Args:
        cycle: before it was closed.
        clip: its frames, the first pose again as the last.
    """

    cycle: Cycle
    clip: MotionClip

    def thrice(self) -> MotionClip:
        """Three cycles on end."""
        one = frames(self.clip, np.arange(self.clip.frame_count - 1))
        two = self.cycle.onward.clip(one)
        return joined(one, two, self.cycle.onward.clip(two))

    def measure(self, nearest: Nearest, recording: Recording) -> SeamMeasures:
        """What betrays its seam."""
        cut, half, count = self.cycle.cut, self.cycle.half, self.cycle.cut.frame_count
        seam = Stretch(self.thrice(), count - half + 1, count + half)
        recorded = [
            Stretch(self.cycle.clip, at - half + 1, at + half) for at in (cut.first, cut.last)
        ]
        names = [recording.name, recording.same_take_as]
        return measure_seam(seam, recorded, nearest, [each for each in names if each])

    def jump(self) -> tuple[float, float]:
        """Of pose, cm, and of velocity, cm per frame, where one cycle follows the other.

        The velocity on one side over that on the other, less what velocities change by next to it.
        """
        joints = joints_of(self.thrice())
        at = self.cycle.cut.frame_count
        steps = np.linalg.norm(np.diff(joints, 2, axis=0), axis=-1).mean(axis=1) * 100
        there, around = steps[at - 1], np.delete(steps[at - 4 : at + 3], 3)
        closed = self.cycle.onward.clip(frames(self.clip, np.array([0])))
        apart = joints_of(frames(self.clip, np.array([self.clip.frame_count - 1])))
        pose = float(np.linalg.norm(joints_of(closed) - apart, axis=-1).mean() * 100)
        return pose, float(max(there - around.max(), 0.0))


def looped(clip: MotionClip, cut: Cut, filler: Filler, settings: LoopSettings) -> Looped:
    """The cycle at a cut with its seam filled."""
    cycle = Cycle.of(clip, cut, settings)
    made = cycle.seam().filled(filler, settings.lock_feet, Progress())
    return Looped(cycle, cycle.closed(made.clip))


def cross_faded(clip: MotionClip, cut: Cut) -> Looped:
    """The cycle at a cut with a cross-fade of ten frames; moved inwards where there are none."""
    last = clip.frame_count - 1
    first = int(np.clip(cut.first, _HALF_FADE, last - _HALF_FADE))
    final = int(np.clip(cut.last, _HALF_FADE, last - _HALF_FADE))
    if final - first < FADE_FRAMES:
        first, final = cut.first, cut.last
    cycle = Cycle.of(clip, cut_between(clip, first, final), _SETTINGS)
    hips = cycle.clip.root_positions[[first, final]]
    onward = Placing.onto(cycle.turn_rad, *hips)
    cycle = replace(cycle, half=_HALF_FADE, onward=onward)
    around = np.arange(1 - _HALF_FADE, _HALF_FADE)
    at = np.clip(np.add.outer([final, first], around), 0, last)
    out, into = frames(cycle.clip, at[0]), cycle.onward.clip(frames(cycle.clip, at[1]))
    return Looped(cycle, cycle.closed(cross_fade(out, into)))


@dataclass(frozen=True, eq=False)
class LoopResult:
    """One recording, looped by each means.

    Args:
        recording: which.
        ours: at the cut we found, filled and with feet held.
        cubic: the same, filled by the cubic.
        fade: a cross-fade at the same cut.
        naive: a cross-fade of the recording's end into its beginning.
        best_slerp: the least seam of all cuts that were tried, filled by SLERP.
        jump: of pose and velocity of ours, and of the naive cross-fade.
        cut_cm: how far the poses at our cut are apart.
    """

    recording: Recording
    ours: SeamMeasures
    cubic: SeamMeasures
    fade: SeamMeasures
    naive: SeamMeasures
    best_slerp: float
    jump: tuple[float, float]
    cut_cm: float


def loop_recording(recording: Recording, filler: Filler, nearest: Nearest) -> LoopResult:
    """Loop a recording by each means and measure the seams."""
    clip = recording.clip
    cut = find_cut(clip, _SETTINGS, Progress())
    ours = looped(clip, cut, filler, _SETTINGS)
    whole = cut_between(clip, 0, clip.frame_count - 1)
    return LoopResult(
        recording,
        ours.measure(nearest, recording),
        looped(clip, cut, Interpolation(cubic=True), _SETTINGS).measure(nearest, recording),
        cross_faded(clip, cut).measure(nearest, recording),
        cross_faded(clip, whole).measure(nearest, recording),
        best_of_slerp(recording, nearest),
        ours.jump(),
        100 * cut.distance_m,
    )


def best_of_slerp(recording: Recording, nearest: Nearest) -> float:
    """The least seam that SLERP reaches at any of the cuts that are tried."""
    clip, plain = recording.clip, replace(_SETTINGS, lock_feet=False)
    seams = [
        looped(clip, cut, Interpolation(cubic=False), plain).measure(nearest, recording).seam
        for cut in _all_cuts(clip)
    ]
    return min(seams)


def _all_cuts(clip: MotionClip) -> Sequence[Cut]:
    """Cuts of every start and length in the same range, evenly taken."""
    count, shortest = clip.frame_count, round(0.4 * clip.frame_rate_hz)
    longest = min(round(LONGEST_S * clip.frame_rate_hz), count - 1)
    pairs = [
        (first, first + length)
        for length in range(min(shortest, longest), longest + 1)
        for first in range(count - length)
    ]
    chosen = np.unique(np.linspace(0, len(pairs) - 1, CUTS).astype(int))
    return cuts_between(clip, [pairs[n] for n in chosen])
