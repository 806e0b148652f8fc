"""Standardised training data, and windows drawn from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..data import LocomotionData, Normalisation, WindowStarts, joint_state
from ..styles.strides import STRIDE_COLUMNS


@dataclass(frozen=True)
class _Lenders:
    """Recorded frames by person; of somebody who has none, any.

    Args:
        frames: (M,) ordered by person.
        first, count: (P,) where a person's frames begin, and how many there are.
    """

    frames: Tensor
    first: Tensor
    count: Tensor

    @classmethod
    def of(cls, data: LocomotionData) -> _Lenders:
        persons = int(data.person.max()) + 1
        lends = data.recorded.clone()
        has = torch.zeros(persons, dtype=torch.bool, device=lends.device)
        has[data.person[lends]] = True
        lends |= ~has[data.person]
        frames = torch.nonzero(lends)[:, 0]
        order = torch.argsort(data.person[frames], stable=True)
        count = torch.bincount(data.person[frames], minlength=persons)
        return cls(frames[order], torch.cumsum(count, 0) - count, count)

    def to(self, device: torch.device) -> _Lenders:
        """The same on a device."""
        return _Lenders(self.frames.to(device), self.first.to(device), self.count.to(device))

    def __call__(self, persons: Tensor) -> Tensor:
        share = torch.rand(len(persons), device=persons.device)
        place = (share * self.count[persons]).long().clamp_max(self.count[persons] - 1)
        return self.frames[self.first[persons] + place]


class Windows:
    """Standardised copies of a split on the device of its normalisation, cut into windows."""

    def __init__(self, data: LocomotionData, by: Normalisation) -> None:
        self._drawn_from = data  # draws are made by NumPy
        self._starts: dict[int, WindowStarts] = {}
        self._data = data = data.to(by.input_mean.device)
        count = data.trajectory.shape[1]
        self.trajectory = (data.trajectory - by.input_mean[:count]) * by.input_scale[:count]
        self.output_mean, self.output_scale = by.output_mean, by.output_scale
        self.outputs = (data.outputs - by.output_mean) / by.output_scale
        # A fed-back pose leaves as standardised output and comes in as standardised input.
        self.state_scale = joint_state(by.output_scale) * by.input_scale[count:]
        self.state_shift = (joint_state(by.output_mean) - by.input_mean[count:]) * by.input_scale[
            count:
        ]
        self._columns = torch.from_numpy(STRIDE_COLUMNS).to(self.outputs.device)
        self._lend = _Lenders.of(self._drawn_from).to(self.outputs.device)

    def state(self, outputs: Tensor) -> Tensor:
        """Standardised outputs (B, O) to the pose part of the next standardised inputs."""
        return joint_state(outputs) * self.state_scale + self.state_shift

    def draw(self, length: int, count: int, rng: np.random.Generator) -> Tensor:
        """(count, length) frame numbers."""
        if length not in self._starts:
            self._starts[length] = self._drawn_from.window_starts(length)
        starts = self._starts[length].draw(rng, count)
        return (starts[:, None] + torch.arange(length)).to(self.trajectory.device)

    def phase(self, frames: Tensor) -> Tensor:
        """Phase at frames."""
        return self._data.phase[frames]

    def alike(self, frames: Tensor) -> Tensor:
        """(B,) for each frame another one's place in the batch: same gait, nearest phase."""
        order = torch.argsort(self._data.gait[frames] * 10 + self._data.phase[frames])
        partner = torch.empty_like(order)
        partner[order] = order.roll(1)
        return partner

    def strides(self, frames: Tensor) -> Tensor:
        """(B, K, 3J + 3) the stride around each of frames (B,)."""
        around = self._data.strides[frames]
        return self.outputs[around.flatten()][:, self._columns].unflatten(0, around.shape)

    def borrowed(self, frames: Tensor) -> Tensor:
        """(B,) for each frame one of another stride of the same person."""
        return self._lend(self._data.person[frames])

    def physical(self, outputs: Tensor) -> Tensor:
        """Standardised outputs (B, O) in their units."""
        return outputs * self.output_scale + self.output_mean
