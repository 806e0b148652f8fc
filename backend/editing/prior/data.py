"""Windows of two seconds to learn the prior from, every kind of motion often enough.

Dance and playground are most of what was recorded. Labels are therefore drawn by the square root
of how much there is of each; every clip is learned mirrored too, and a sixth slower and faster.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from backend.mocap.recordings import Recording
from blender_addon.core.editing.prior_features import (
    LAYOUT,
    RATE_HZ,
    WINDOW_FRAMES,
    clip_features,
    cut_windows,
    window_starts,
)
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.mirror import mirror_clip
from blender_addon.core.motion.resample import resample_clip

SPEEDS = (0.87, 1.0, 1.15)
_HOP = 10
_PARTS = LAYOUT.slices


@dataclass(frozen=True, eq=False)
class Batch:
    """Windows and what is known of them.

    Args:
        windows: (B, 60, 136) features.
        labels: (B,) number of the label.
        speeds: (B,) mean horizontal speed of the root, m/s.
    """

    windows: Tensor
    labels: Tensor
    speeds: Tensor


def label_names(recordings: Sequence[Recording]) -> tuple[str, ...]:
    """Every label there is, in order."""
    return tuple(sorted({each.label for each in recordings}))


class PriorData:
    """Recordings as features, from which windows are drawn.

    Args:
        recordings: at 30 Hz.
        labels: names, whose order gives their numbers.
        augment: mirrored, slower and faster too.
    """

    def __init__(
        self, recordings: Sequence[Recording], labels: tuple[str, ...], augment: bool = True
    ) -> None:
        self.labels = labels
        self._parts: list[NDArray[np.float32]] = []
        owners: list[int] = []
        for each in recordings:
            for clip in _versions(each.clip, augment):
                features = clip_features(clip).astype(np.float32)
                missing = max(WINDOW_FRAMES - len(features), 0)
                self._parts.append(np.pad(features, ((0, missing), (0, 0)), "symmetric"))
                owners.append(labels.index(each.label))
        self._owners = np.array(owners)
        counts = np.array([len(part) - WINDOW_FRAMES + 1 for part in self._parts], float)
        self._weights = _balanced(self._owners, counts)

    @property
    def frames(self) -> NDArray[np.float32]:
        """All frames (N, 136)."""
        return np.concatenate(self._parts)

    @property
    def frame_count(self) -> int:
        """Frames in all versions together."""
        return sum(len(part) for part in self._parts)

    def draw(self, count: int, rng: np.random.Generator) -> Batch:
        """Windows drawn with the labels balanced."""
        which = rng.choice(len(self._parts), count, p=self._weights)
        windows = np.empty((count, WINDOW_FRAMES, LAYOUT.size), np.float32)
        for n, part in enumerate(which):
            start = rng.integers(len(self._parts[part]) - WINDOW_FRAMES + 1)
            windows[n] = self._parts[part][start : start + WINDOW_FRAMES]
        return as_batch(windows, self._owners[which])

    def every(self, hop: int = _HOP) -> Batch:
        """All windows, ``hop`` frames apart."""
        windows, labels = [], []
        for part, owner in zip(self._parts, self._owners, strict=True):
            cut = cut_windows(part, window_starts(len(part), hop))
            windows.append(cut)
            labels += [owner] * len(cut)
        return as_batch(np.concatenate(windows), np.array(labels))


def as_batch(windows: NDArray[np.float32], labels: NDArray[np.int64]) -> Batch:
    """Windows (B, 60, 136) with their labels and how fast they go."""
    velocity = windows[..., _PARTS["root_velocity_m_s"]]
    speeds = np.linalg.norm(velocity, axis=-1).mean(axis=1).astype(np.float32)
    return Batch(torch.from_numpy(windows), torch.from_numpy(labels), torch.from_numpy(speeds))


def _balanced(owners: NDArray[np.int64], counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """How often each part is drawn: labels by the square root of their length."""
    totals = np.bincount(owners, counts)
    weights = counts / np.sqrt(totals[owners])
    return np.asarray(weights / weights.sum())


def _versions(clip: MotionClip, augment: bool) -> list[MotionClip]:
    if not augment:
        return [clip]
    sided = (clip, mirror_clip(clip))
    return [at_speed(each, speed) for each in sided for speed in SPEEDS]


def at_speed(clip: MotionClip, speed: float) -> MotionClip:
    """The clip played faster or slower, at 30 Hz again."""
    if speed == 1.0:
        return clip
    return resample_clip(replace(clip, frame_rate_hz=RATE_HZ * speed), RATE_HZ)
