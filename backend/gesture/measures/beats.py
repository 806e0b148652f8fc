"""Whether feet come down on the beat.

Source: Li et al. 2021, AI Choreographer (AIST++), §4, beat alignment score: the mean over the
motion's beats of exp(−d² / 2σ²), d the distance to the nearest beat of the music, σ three frames of
60. Their beats of a motion are minima of the joints' mean speed; ours are the moments at which a
foot comes to rest, since these are what a dancer sets on the beat.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from blender_addon.core.motion.clip import MotionClip

from .poses import Reals, world_positions

SIGMA_S: Final = 3.0 / 60.0
_MOVES_M_S, _RESTS_M_S = 0.6, 0.35
_SMOOTHING_S: Final = 0.08
FEET: Final = (("LeftFoot", "LeftToe"), ("RightFoot", "RightToe"))


def foot_speeds(clip: MotionClip) -> Reals:
    """(T, 2) horizontal speed of the left and the right foot, m/s, smoothed over 0.08 s."""
    joints = world_positions(clip)
    feet = np.stack(
        [joints[:, clip.skeleton.indices(names)].mean(axis=1) for names in FEET], axis=1
    )
    velocity = np.gradient(feet[..., [0, 2]], axis=0) * clip.frame_rate_hz
    width = max(round(_SMOOTHING_S * clip.frame_rate_hz) // 2 * 2 + 1, 1)
    padded = np.pad(velocity, ((width // 2, width // 2), (0, 0), (0, 0)), mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, width, axis=0)
    return np.asarray(np.linalg.norm(windows.mean(axis=-1), axis=-1))


def foot_plants_s(clip: MotionClip) -> Reals:
    """(N,) times at which a foot that moved comes to rest, rising.

    A foot has moved once it was faster than 0.6 m/s, and rests once it is slower than 0.35 m/s.
    """
    found: list[int] = []
    for speeds in foot_speeds(clip).T:
        moving = False
        for frame, speed in enumerate(speeds):
            if speed > _MOVES_M_S:
                moving = True
            elif moving and speed < _RESTS_M_S:
                moving = False
                found.append(frame)
    return np.sort(np.array(found, np.float64)) / clip.frame_rate_hz


def beat_alignment(plants_s: Reals, beats_s: Reals, sigma_s: float = SIGMA_S) -> float:
    """How near the beats the plants are, 0 … 1; 0 where there are none of either.

    Args:
        plants_s: (N,) times of the motion's beats.
        beats_s: (M,) times of the music's quarters, rising. Plants beyond the first and last of
            them by more than half a quarter do not count.
    """
    if len(beats_s) < 2:
        return 0.0
    beats = np.asarray(beats_s, np.float64)
    reach = 0.5 * float(np.median(np.diff(beats)))
    plants = plants_s[(plants_s > beats[0] - reach) & (plants_s < beats[-1] + reach)]
    if not len(plants):
        return 0.0
    gaps = np.abs(plants[:, None] - beats).min(axis=1)
    return float(np.exp(-0.5 * (gaps / sigma_s) ** 2).mean())
