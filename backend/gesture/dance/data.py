"""Dance takes as training data: poses, their place in the measure, and windows drawn from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from torch import Tensor

from blender_addon.core.conventions import MODEL_FRAME_RATE_HZ, Floats, Ints
from blender_addon.core.gesture.dance.features import (
    POSE_LAYOUT,
    RATE_HZ,
    phase_features,
    tempo_feature,
)
from blender_addon.core.sound.beats import BEATS_PER_MEASURE

from ..dances import STYLES
from ..takes import DanceTake

KNOT_SAMPLES: Final = np.linspace(-2.0, 2.0, 9)
"""Quarters around a knot at which the encoder of steps sees the body: a measure in all."""
STRETCHES: Final = (0.72, 1.4)
"""Least and most that a take is played faster in training."""
_STYLE_SHARE: Final = 0.5
"""Exponent with which a style's minutes count: styles of a few seconds are drawn more often."""
_VELOCITY: Final = POSE_LAYOUT.slices["root_velocity_m_s_rad_s"]
_STEP: Final = MODEL_FRAME_RATE_HZ / RATE_HZ


@dataclass(frozen=True, eq=False)
class Knots:
    """Quarters of the takes, one after the other.

    Args:
        windows: (K, 9, P) poses around each.
        quarter: (K,) number within its measure.
        energy: (K,) how lively the dancer is there.
        style: (K,) index.
        take: (K,) index.
        poses: (K, P) at each.
    """

    windows: Tensor
    quarter: Tensor
    energy: Tensor
    style: Tensor
    take: Tensor
    poses: Tensor


@dataclass(frozen=True, eq=False)
class Window:
    """A batch of roll-outs.

    Args:
        poses: (B, L + 1, P) the pose before the first frame, then the frames.
        conditions: (B, L, C − code) what steers each frame, without its step code.
        knots: (B, M) the knots the window runs over.
        at: (B, L) place of each frame among them, with its fraction.
    """

    poses: Tensor
    conditions: Tensor
    knots: Tensor
    at: Tensor


class DanceData:
    """The takes of a split.

    Args:
        takes: as prepared.
        mirrored: also with left and right swapped.
    """

    def __init__(self, takes: Sequence[DanceTake], mirrored: bool = True) -> None:
        takes = [*takes, *(take.mirrored() for take in takes)] if mirrored else list(takes)
        self.takes = takes
        self._lengths = np.array([take.clip.frame_count for take in takes])
        self._starts = np.cumsum([0, *self._lengths[:-1]])
        self.poses = torch.from_numpy(np.concatenate([take.poses() for take in takes]))
        self._quarters = np.concatenate([take.quarters() for take in takes])
        self._energy = np.concatenate([take.energy for take in takes])
        self._quarter_s = np.array([take.quarter_s for take in takes])
        self.styles = np.array([STYLES.index(take.style) for take in takes])
        self._first_knot: list[int] = []
        self._first_quarter: list[int] = []
        self.knots = self._find_knots()
        self._knot_counts = np.diff([*self._first_knot, len(self.knots.quarter)])
        minutes = np.bincount(self.styles, self._lengths, minlength=len(STYLES))
        weight = self._lengths / np.maximum(minutes[self.styles], 1) ** (1 - _STYLE_SHARE)
        self._chances = np.cumsum(weight / weight.sum())

    @property
    def frame_count(self) -> int:
        """Frames at 60 Hz, all takes together."""
        return len(self.poses)

    def draw(self, length: int, count: int, rng: np.random.Generator) -> Window:
        """Windows of ``length`` frames at 30 Hz, each played faster or slower."""
        chosen = np.searchsorted(self._chances, rng.random(count), side="right")
        chosen = np.minimum(chosen, len(self.takes) - 1)
        low, high = np.log(STRETCHES)
        stretch = np.exp(rng.uniform(low, high, count))
        room = self._lengths[chosen] - 2
        stretch = np.minimum(stretch, room / (_STEP * (length + 1)))
        start = rng.random(count) * (room - _STEP * stretch * (length + 1))
        return self.window(chosen, start, stretch, length)

    def window(self, chosen: Ints, start: Floats, stretch: Floats, length: int) -> Window:
        """Windows of takes (B,), from frames (B,) with fractions, played ``stretch`` as fast."""
        frames = start[:, None] + _STEP * stretch[:, None] * np.arange(length + 1)
        poses = self._sampled(self._starts[chosen][:, None] + frames)
        poses[..., _VELOCITY] *= torch.from_numpy(stretch.astype(np.float32))[:, None, None]
        at = self._starts[chosen][:, None] + np.round(frames[:, 1:]).astype(int)
        first = self._quarters[self._starts[chosen]][:, None]
        per_frame = (1.0 / (self._quarter_s[chosen] * MODEL_FRAME_RATE_HZ))[:, None]
        quarters = first + frames[:, 1:] * per_frame
        tempo = (stretch / self._quarter_s[chosen])[:, None]
        conditions = self.conditions(
            quarters, np.broadcast_to(tempo, at.shape), self._energy[at], self.styles[chosen]
        )
        knots, places = self._knots_around(chosen, quarters)
        return Window(poses, conditions, knots, places)

    @staticmethod
    def conditions(quarters: Floats, tempo: Floats, energy: Floats, styles: Ints) -> Tensor:
        """(B, L, C − code) of quarters, quarters a second, energies (B, L) and styles (B,)."""
        one_hot = np.eye(len(STYLES), dtype=np.float32)[styles][:, None]
        parts = (
            phase_features(quarters * (2 * np.pi / BEATS_PER_MEASURE)),
            tempo_feature(tempo)[..., None],
            energy[..., None].astype(np.float32),
            np.broadcast_to(one_hot, (*quarters.shape, len(STYLES))),
        )
        return torch.from_numpy(np.concatenate(parts, axis=-1, dtype=np.float32))

    def _sampled(self, at: Floats) -> Tensor:
        """(B, L, P) poses at frames with fractions."""
        before = np.floor(at).astype(np.int64)
        share = torch.from_numpy((at - before).astype(np.float32))[..., None]
        low = torch.from_numpy(before)
        return torch.lerp(self.poses[low], self.poses[low + 1], share)

    def _knots_around(self, chosen: Ints, quarters: Floats) -> tuple[Tensor, Tensor]:
        first = np.array(self._first_quarter)[chosen][:, None]
        last = self._knot_counts[chosen][:, None] - 1
        place = np.clip(quarters - first, 0, last)
        base = np.floor(place[:, :1]).astype(int)
        count = int(np.ceil((place - base).max())) + 1
        knots = (
            np.minimum(base + np.arange(count), last) + np.array(self._first_knot)[chosen][:, None]
        )
        return torch.from_numpy(knots), torch.from_numpy((place - base).astype(np.float32))

    def _find_knots(self) -> Knots:
        windows: list[Tensor] = []
        quarter: list[Ints] = []
        energy: list[Floats] = []
        style: list[Ints] = []
        number: list[Ints] = []
        for n, take in enumerate(self.takes):
            phase = take.quarters()
            whole = np.arange(np.ceil(phase[0]), np.floor(phase[-1]) + 1)
            self._first_knot.append(sum(len(each) for each in quarter))
            self._first_quarter.append(int(whole[0]))
            per_quarter = take.quarter_s * MODEL_FRAME_RATE_HZ
            frames = (whole[:, None] + KNOT_SAMPLES - phase[0]) * per_quarter
            frames = np.clip(frames, 0, take.clip.frame_count - 1.001) + self._starts[n]
            windows.append(self._sampled(frames))
            centre = frames[:, len(KNOT_SAMPLES) // 2].astype(int)
            quarter.append(whole.astype(int) % BEATS_PER_MEASURE)
            energy.append(self._energy[centre])
            style.append(np.full(len(whole), self.styles[n]))
            number.append(np.full(len(whole), n))
        joined = torch.cat(windows)
        return Knots(
            joined,
            *(torch.from_numpy(np.concatenate(each)) for each in (quarter, energy, style, number)),
            joined[:, len(KNOT_SAMPLES) // 2],
        )
