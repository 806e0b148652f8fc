"""A stretch of motion of one skeleton."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..conventions import Bools, Floats
from ..errors import ClipError
from .skeleton import Skeleton


@dataclass(frozen=True, eq=False)
class MotionClip:
    """Joint rotations and the root's travel over T frames.

    Args:
        skeleton: whose motion this is (J joints).
        frame_rate_hz: frames per second, may be fractional (23.976).
        root_positions: (T, 3) position of the first joint in the world, metres.
        rotations_wxyz: (T, J, 4) rotation of each joint relative to its parent.
        contacts: (T, 4) whether left heel, left toe, right heel, right toe carry; of an animal left
            hind, left fore, right hind, right fore; None if unknown.

    Raises:
        ClipError: shapes disagree, there is no frame, a number is not finite, or the frame rate is
            not positive.
    """

    skeleton: Skeleton
    frame_rate_hz: float
    root_positions: Floats
    rotations_wxyz: Floats
    contacts: Bools | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "root_positions", np.asarray(self.root_positions, np.float32))
        object.__setattr__(self, "rotations_wxyz", np.asarray(self.rotations_wxyz, np.float32))
        _check(self)

    @property
    def frame_count(self) -> int:
        """T."""
        return len(self.root_positions)

    @property
    def duration_s(self) -> float:
        """Time from the first frame to the last."""
        return max(self.frame_count - 1, 0) / self.frame_rate_hz


def _check(clip: MotionClip) -> None:
    frames, joints = len(clip.root_positions), clip.skeleton.joint_count
    if not (np.isfinite(clip.frame_rate_hz) and clip.frame_rate_hz > 0):
        raise ClipError(f"frame rate must be a positive number; found {clip.frame_rate_hz}")
    if clip.root_positions.shape != (frames, 3) or clip.rotations_wxyz.shape != (frames, joints, 4):
        raise ClipError(
            f"expected root positions (T, 3) and rotations (T, {joints}, 4); "
            f"found {clip.root_positions.shape} and {clip.rotations_wxyz.shape}"
        )
    if frames == 0:
        raise ClipError("a clip needs at least one frame; found none")
    if clip.contacts is not None and clip.contacts.shape != (frames, 4):
        raise ClipError(f"expected contacts ({frames}, 4); found {clip.contacts.shape}")
    if not (np.isfinite(clip.root_positions).all() and np.isfinite(clip.rotations_wxyz).all()):
        raise ClipError("a position or rotation is not a finite number")
