"""A stretch of one character's gaze."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..conventions import Floats
from ..errors import ClipError


@dataclass(frozen=True, eq=False)
class GazeClip:
    """Eyes, lids and the head's share over T frames.

    Angles are yaw, positive to the character's left, and pitch, positive up.

    Args:
        frame_rate_hz: frames per second, may be fractional (23.976).
        eyes_rad: (T, 2, 2) left and right eye, yaw and pitch relative to the head.
        head_offset_rad: (T, 2) yaw and pitch to add to the head's own motion, in the head's own
            frame: yaw first, pitch about the axis that the yaw has turned.
        blinks: (T,) 0 open … 1 shut.
        lids: (T,) how far the upper lids follow the pupil: 1 fully down, −1 fully up.

    Raises:
        ClipError: shapes disagree, there is no frame, a number is not finite, or the frame rate is
            not positive.
    """

    frame_rate_hz: float
    eyes_rad: Floats
    head_offset_rad: Floats
    blinks: Floats
    lids: Floats

    def __post_init__(self) -> None:
        for name in ("eyes_rad", "head_offset_rad", "blinks", "lids"):
            object.__setattr__(self, name, np.asarray(getattr(self, name), np.float32))
        _check(self)

    @property
    def frame_count(self) -> int:
        """T."""
        return len(self.eyes_rad)

    @property
    def duration_s(self) -> float:
        """Time from the first frame to the last."""
        return max(self.frame_count - 1, 0) / self.frame_rate_hz


def _check(clip: GazeClip) -> None:
    frames = len(clip.eyes_rad)
    if not (np.isfinite(clip.frame_rate_hz) and clip.frame_rate_hz > 0):
        raise ClipError(f"frame rate must be a positive number; found {clip.frame_rate_hz}")
    shapes = {
        "eyes_rad": (clip.eyes_rad, (frames, 2, 2)),
        "head_offset_rad": (clip.head_offset_rad, (frames, 2)),
        "blinks": (clip.blinks, (frames,)),
        "lids": (clip.lids, (frames,)),
    }
    for name, (values, shape) in shapes.items():
        if values.shape != shape:
            raise ClipError(f"expected {name} of shape {shape}; found {values.shape}")
        if not np.isfinite(values).all():
            raise ClipError(f"a number of {name} is not finite")
    if frames == 0:
        raise ClipError("a gaze clip needs at least one frame; found none")
