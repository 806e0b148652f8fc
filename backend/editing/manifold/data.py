"""Windows of features that the manifold learns from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor

from backend.mocap.common_clips import INDEX
from backend.mocap.recordings import Recording, load_recordings, prepare_recordings
from blender_addon.core.conventions import Floats, Ints
from blender_addon.core.editing.manifold.features import (
    LAYOUT,
    RATE_HZ,
    WINDOW_FRAMES,
    places_of,
    to_features,
)
from blender_addon.core.motion.mirror import mirror_clip

RECORDINGS: Final = Path(".build/editing/recordings60.npz")
GAITS: Final = ("walk", "run", "uneven", "turn", "strafe")
"""Labels of motion that a way and its contacts decide: what the control learns from."""
_LEAST_SCALE: Final = 1e-4


def recordings_60(data: Path) -> Path:
    """The file of recordings at 60 Hz; of a folder of them, it is made first.

    Args:
        data: what ``prepare_recordings`` wrote at 60 Hz, or a folder such as ``mocap``.
    """
    if not any(data.glob(f"*/{INDEX}")):
        return data
    if not RECORDINGS.is_file():
        prepare_recordings(data, RECORDINGS, rate_hz=RATE_HZ)
    return RECORDINGS


@dataclass(frozen=True, eq=False)
class Takes:
    """Features of many clips, end to end.

    Args:
        features: (N, 73).
        starts, lengths: (K,) frames of each clip.
        weights: (K,) how often a clip is drawn, of sum one.
        labels: of each clip.
    """

    features: Floats
    starts: Ints
    lengths: Ints
    weights: Floats
    labels: tuple[str, ...]

    def window(self, clip: int, start: int) -> Floats:
        """(240, 73) from a frame of a clip on; a clip that is too short stands still at its end."""
        first = int(self.starts[clip])
        length = int(self.lengths[clip])
        at = np.minimum(start + np.arange(WINDOW_FRAMES), length - 1)
        window = self.features[first + at].copy()
        window[start + np.arange(WINDOW_FRAMES) >= length, LAYOUT.slices["root_velocity"]] = 0.0
        return window

    def draw(self, count: int, rng: np.random.Generator) -> Tensor:
        """(count, 240, 73) windows at random places."""
        clips = rng.choice(len(self.weights), count, p=self.weights)
        spare = np.maximum(self.lengths[clips] - WINDOW_FRAMES, 0)
        starts = (rng.random(count) * (spare + 1)).astype(np.int64)
        drawn = [self.window(clip, start) for clip, start in zip(clips, starts, strict=True)]
        return torch.from_numpy(np.stack(drawn))

    def every(self, hop: int = WINDOW_FRAMES) -> Tensor:
        """(count, 240, 73) windows one after the other over all clips."""
        drawn = [
            self.window(clip, start)
            for clip in range(len(self.weights))
            for start in range(0, max(int(self.lengths[clip]) - WINDOW_FRAMES, 0) + 1, hop)
        ]
        return torch.from_numpy(np.stack(drawn))


def load_takes(
    path: Path, split: str, mirrored: bool = True, labels: Collection[str] = ()
) -> Takes:
    """Takes of a split and of labels (empty for all), each also with left and right swapped."""
    return takes_of(load_recordings(path, split, labels), mirrored)


def takes_of(recordings: Sequence[Recording], mirrored: bool = True) -> Takes:
    """Takes of recordings at 60 Hz.

    A clip is drawn by its length, one of a rare label more often: by the root of the label's share.
    """
    clips = [(each.clip, each.label) for each in recordings if each.clip.frame_count > 1]
    if mirrored:
        clips += [(mirror_clip(clip), label) for clip, label in clips]
    features = [to_features(places_of(clip)) for clip, _ in clips]
    lengths = np.array([len(each) for each in features])
    labels = tuple(label for _, label in clips)
    total: Counter[str] = Counter()
    for label, length in zip(labels, lengths, strict=True):
        total[label] += int(length)
    weights = lengths / np.sqrt([total[label] for label in labels])
    starts = np.cumsum(lengths) - lengths
    return Takes(np.concatenate(features), starts, lengths, weights / weights.sum(), labels)


def normalisation(takes: Takes) -> tuple[Tensor, Tensor]:
    """Mean and scale (73,): one scale for all positions, one each for travel, turn and contacts."""
    clips = np.repeat(takes.weights / takes.lengths, takes.lengths)
    mean = clips @ takes.features
    variance = clips @ np.square(takes.features - mean)
    parts = LAYOUT.slices
    velocity = parts["root_velocity"].start
    travel, turn = slice(velocity, velocity + 2), slice(velocity + 2, velocity + 3)
    for part in (parts["positions_m"], travel, turn, parts["contacts"]):
        variance[part] = variance[part].mean()
    scale = np.maximum(np.sqrt(variance), _LEAST_SCALE)
    return torch.from_numpy(mean).float(), torch.from_numpy(scale).float()
