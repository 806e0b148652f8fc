"""Where the windows of many motions lie: the points that a map is drawn of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ...conventions import Floats, Ints
from ...errors import InputError, SkeletonError
from ...jobs import OnProgress, Progress, Runner
from ...motion.clip import MotionClip
from ...motion.common_skeleton import COMMON_SKELETON
from ..prior_features import (
    LAYOUT,
    RATE_HZ,
    WINDOW_FRAMES,
    at_rate,
    clip_features,
    cut_windows,
    window_starts,
)

TASK: Final = "motion_prior"
MOST_WINDOWS: Final = 1100
"""More would be slow to lay out; those that there are lie evenly over the clips."""
_HOP: Final = 30
_AT_ONCE: Final = 64


@dataclass(frozen=True, eq=False)
class MapWindows:
    """Windows of two seconds of several clips.

    Args:
        latents: (W, D) what is alike has latents that are near.
        clip_index: (W,) which clip each is of.
        start_frame: (W,) where it begins, in frames of its clip.
    """

    latents: Floats
    clip_index: Ints
    start_frame: Ints


def windows_of(clip: MotionClip, hop: int = _HOP) -> tuple[Floats, Ints]:
    """Windows of a clip of any rate.

    Args:
        clip: on the common skeleton.
        hop: frames at 30 Hz from one window to the next; 0 for the one in the middle alone.

    Returns:
        Features (W, 60, F), and where each begins (W,), in frames of the clip.

    Raises:
        SkeletonError: it is of another skeleton.
    """
    if clip.skeleton.names != COMMON_SKELETON.names:
        raise SkeletonError(
            f"expected the {COMMON_SKELETON.joint_count} common joints; found "
            f"{clip.skeleton.joint_count} others; retarget the clip first"
        )
    features = clip_features(at_rate(clip))
    middle = np.array([max(len(features) - WINDOW_FRAMES, 0) // 2])
    starts = window_starts(len(features), hop) if hop else middle
    first = np.round(starts * (clip.frame_rate_hz / RATE_HZ)).astype(np.int64)
    return cut_windows(features, starts), np.minimum(first, clip.frame_count - 1)


class MapPipeline:
    """Finds the latents of motions.

    Args:
        encoder: a session of a model for ``motion_prior``.

    Raises:
        ContractError: it is made for something else.
    """

    def __init__(self, encoder: Runner) -> None:
        encoder.contract.require_task(TASK)
        encoder.contract.require_frame_rate(RATE_HZ)
        encoder.contract.require_layout(encoder.contract.input("windows"), LAYOUT)
        self._encoder = encoder

    def latents(
        self,
        clips: Sequence[MotionClip],
        on_progress: Progress | OnProgress | None = None,
        *,
        most: int = MOST_WINDOWS,
    ) -> MapWindows:
        """Windows of all clips, at least one of each.

        Args:
            clips: on the common skeleton.
            on_progress: given how much is done; may cancel.
            most: windows, as long as there are not more clips.

        Raises:
            InputError: there is no clip.
            Cancelled: somebody wants it to stop.
        """
        if not clips:
            raise InputError("a map needs at least one motion; found none; choose other actions")
        progress = Progress.of(on_progress)
        hop = choose_hop([each.duration_s for each in clips], most)
        windows, owners, starts = [], [], []
        for number, clip in enumerate(clips):
            cut, first = windows_of(clip, hop)
            windows.append(cut)
            owners.append(np.full(len(cut), number, np.int64))
            starts.append(first)
            progress(0.7 * (number + 1) / len(clips))
        latents = self._encode(np.concatenate(windows), progress.part(0.7, 1.0))
        return MapWindows(latents, np.concatenate(owners), np.concatenate(starts))

    def _encode(self, windows: Floats, progress: Progress) -> Floats:
        parts = []
        for start in range(0, len(windows), _AT_ONCE):
            part = np.ascontiguousarray(windows[start : start + _AT_ONCE], np.float32)
            parts.append(self._encoder.run({"windows": part})["map"])
            progress(min(start + _AT_ONCE, len(windows)) / len(windows))
        return np.concatenate(parts)


def choose_hop(durations_s: Sequence[float], most: int) -> int:
    """Frames from one window to the next with which there are at most so many, if that can be.

    Args:
        durations_s: of the clips.
        most: windows of all clips together.

    Returns:
        0 where only one window of each clip can be had.
    """
    frames = np.array(durations_s) * RATE_HZ + 1
    hop = _HOP
    while _count(frames, hop) > max(most, len(frames)):
        if hop > frames.max():  # first and last window of each are still too many
            return 0
        hop = int(np.ceil(1.1 * hop))
    return hop


def _count(frames: Floats, hop: int) -> int:
    beyond = np.maximum(frames - WINDOW_FRAMES, 0.0)
    return int(np.sum(np.ceil(beyond / hop) + 1))
