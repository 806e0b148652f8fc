"""A stretch of one face's motion as blendshape weights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..conventions import Floats
from ..errors import FaceError


@dataclass(frozen=True, eq=False)
class FaceClip:
    """Blendshape weights over T frames.

    Args:
        channels: C names, each once; ARKit's where nothing else is said.
        frame_rate_hz: frames per second, may be fractional (23.976).
        weights: (T, C) 0 rest … 1 full shape; may leave that range.

    Raises:
        FaceError: shapes disagree, a name is given twice, there is no frame, a number is not
            finite, or the frame rate is not positive.
    """

    channels: tuple[str, ...]
    frame_rate_hz: float
    weights: Floats

    def __post_init__(self) -> None:
        object.__setattr__(self, "weights", np.asarray(self.weights, np.float32))
        _check(self)

    @property
    def frame_count(self) -> int:
        """T."""
        return len(self.weights)

    @property
    def duration_s(self) -> float:
        """Time from the first frame to the last."""
        return max(self.frame_count - 1, 0) / self.frame_rate_hz

    def channel(self, name: str) -> Floats:
        """Weights (T,) of a channel; all 0 where the clip has none of that name."""
        if name not in self.channels:
            return np.zeros(self.frame_count, np.float32)
        return self.weights[:, self.channels.index(name)]


def _check(clip: FaceClip) -> None:
    if not (np.isfinite(clip.frame_rate_hz) and clip.frame_rate_hz > 0):
        raise FaceError(f"frame rate must be a positive number; found {clip.frame_rate_hz}")
    if len(set(clip.channels)) != len(clip.channels):
        twice = sorted({name for name in clip.channels if clip.channels.count(name) > 1})
        raise FaceError(f"each channel is expected once; found {', '.join(twice)} several times")
    if clip.weights.ndim != 2 or clip.weights.shape[1] != len(clip.channels):
        raise FaceError(
            f"expected weights (T, {len(clip.channels)}), one column for each channel; "
            f"found {clip.weights.shape}"
        )
    if not len(clip.weights):
        raise FaceError("a face clip needs at least one frame; found none")
    if not np.isfinite(clip.weights).all():
        raise FaceError("a weight is not a finite number")
