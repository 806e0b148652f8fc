"""Samples of the eye–head network in memory, and batches drawn from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from blender_addon.core.errors import InputError

from .eye_head_data import SAMPLE_FRAMES


@dataclass(frozen=True)
class Samples:
    """N samples of up to T frames.

    Args:
        features: (N, T, F).
        targets: (N, T, 4) eye and head offset.
        valid: (N, T, 2) 1 where the targets of gaze and of the head's offset count, else 0.
        person: of each sample.
    """

    features: Tensor
    targets: Tensor
    valid: Tensor
    person: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.person)

    def take(self, rows: Sequence[int]) -> Samples:
        """Some of the samples."""
        index = torch.as_tensor(list(rows), dtype=torch.long)
        people = tuple(self.person[row] for row in rows)
        return Samples(self.features[index], self.targets[index], self.valid[index], people)

    def of(self, people: Sequence[str]) -> Samples:
        """Samples of these people."""
        return self.take([n for n, who in enumerate(self.person) if who in people])

    def to(self, device: torch.device) -> Samples:
        """The same on a device."""
        parts = (each.to(device) for each in (self.features, self.targets, self.valid))
        return Samples(*parts, self.person)

    def between(self, start: int, stop: int) -> Samples:
        """These frames of all of them."""
        parts = (each[:, start:stop] for each in (self.features, self.targets, self.valid))
        return Samples(*parts, self.person)

    def draw(self, count: int, rng: np.random.Generator) -> Samples:
        """``count`` windows of the teacher's length from random samples at random places."""
        rows = rng.integers(len(self), size=count).tolist()
        spare = self.features.shape[1] - SAMPLE_FRAMES
        starts = rng.integers(spare + 1, size=count) if spare > 0 else np.zeros(count, int)

        def cut(values: Tensor) -> Tensor:
            pairs = zip(rows, starts, strict=True)
            return torch.stack([values[row, at : at + SAMPLE_FRAMES] for row, at in pairs])

        people = tuple(self.person[row] for row in rows)
        return Samples(cut(self.features), cut(self.targets), cut(self.valid), people)


def join(parts: Sequence[Samples]) -> Samples:
    """Samples of equal length one after the other."""
    features, targets, valid = (
        torch.cat([getattr(part, name) for part in parts])
        for name in ("features", "targets", "valid")
    )
    return Samples(features, targets, valid, tuple(who for part in parts for who in part.person))


def load_samples(path: Path) -> Samples:
    """What prepare_eye_head wrote.

    Raises:
        InputError: the file is missing.
    """
    if not path.is_file():
        raise InputError(f"{path} is missing; prepare the gaze data first")
    with np.load(path) as kept:
        arrays = {name: torch.from_numpy(kept[name]) for name in ("features", "targets", "valid")}
        people = tuple(kept["person"].tolist())
    valid = arrays["valid"].float()[..., None].repeat(1, 1, 2)
    return Samples(arrays["features"], arrays["targets"], valid, people)


def gaze_alone(samples: Samples) -> Samples:
    """The samples without a word on the head's offset."""
    return replace(samples, valid=samples.valid * torch.tensor([1.0, 0.0]))
