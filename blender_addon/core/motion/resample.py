"""Changes the frame rate of a motion."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..errors import SettingsError
from ..maths.rotations import quaternion_nlerp
from .clip import MotionClip

_HIGHEST_RATE_HZ: Final = 10_000.0
_SAME_FRAME: Final = 1e-6  # of a frame: closer times are the same time


def resample_clip(clip: MotionClip, frame_rate_hz: float) -> MotionClip:
    """Sample a clip at another frame rate.

    The first frame stays at time 0; the last one is the last that lies within the clip. Positions
    are interpolated linearly, rotations along the shorter arc, contacts are those of the nearest
    frame.

    Args:
        clip: T frames.
        frame_rate_hz: desired, may be fractional (23.976).

    Raises:
        SettingsError: the rate is not a positive number, or above 10 000 Hz.
    """
    if not 0.0 < frame_rate_hz <= _HIGHEST_RATE_HZ:
        raise SettingsError(
            f"expected a frame rate above 0 and up to {_HIGHEST_RATE_HZ:g} Hz; "
            f"found {frame_rate_hz:g}"
        )
    if frame_rate_hz == clip.frame_rate_hz:
        return clip
    count = int(np.floor(clip.duration_s * frame_rate_hz + _SAME_FRAME)) + 1
    return sample_clip(clip, np.arange(count) * (clip.frame_rate_hz / frame_rate_hz), frame_rate_hz)


def sample_clip(clip: MotionClip, at: NDArray[np.float64], frame_rate_hz: float) -> MotionClip:
    """A clip at chosen places, as ``resample_clip`` interpolates.

    Args:
        clip: T frames.
        at: (K,) frames of the clip, fractions allowed; beyond its ends it stays as it is there.
        frame_rate_hz: at which the K frames are played.
    """
    at = np.clip(at, 0.0, clip.frame_count - 1)
    before = np.floor(at + _SAME_FRAME).astype(np.int64)
    after = np.minimum(before + 1, clip.frame_count - 1)
    weight = np.clip(at - before, 0.0, 1.0).astype(np.float32)
    weight[weight < _SAME_FRAME] = 0.0
    start, end = clip.root_positions[before], clip.root_positions[after]
    nearest = np.minimum(np.floor(at + 0.5).astype(np.int64), clip.frame_count - 1)
    return MotionClip(
        clip.skeleton,
        frame_rate_hz,
        start + weight[:, None] * (end - start),
        quaternion_nlerp(clip.rotations_wxyz[before], clip.rotations_wxyz[after], weight[:, None]),
        None if clip.contacts is None else clip.contacts[nearest],
    )
