"""Recordings in memory, and batches of segments of sound with their curves drawn from them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import interpolate

from blender_addon.core.conventions import Floats
from blender_addon.core.errors import InputError

from ..pairs import FACEGOOD, PHONES, SpeechPair
from ..styles import STYLE_AXES, scale_curves, session_name
from .network import CONTEXT_SAMPLES, FRAME_SAMPLES, HOP_SAMPLES, SAMPLE_RATE_HZ, WINDOW_FRAMES

STEP_FRAMES = 4
"""Curves are compared every 32 ms: nearly the paper's 30 Hz, so neighbours make a motion pair."""
KNOT_S = 2.0
"""Style vectors lie this far apart along a recording, and are interpolated in between."""
TEACHERS = (FACEGOOD, PHONES)
"""Whom this network learns from."""
Augmentation = Callable[[Floats, np.random.Generator], Floats]


@dataclass(frozen=True)
class SegmentShape:
    """How a batch is cut.

    Args:
        count: segments of a batch.
        steps: curve values of a segment, 32 ms apart.
        speeds: a segment is played so much faster, at random between the two.
        scaled: share of segments whose curves are made larger or smaller.
    """

    count: int = 12
    steps: int = 64
    speeds: tuple[float, float] = (0.88, 1.13)
    scaled: float = 0.4

    @property
    def samples(self) -> int:
        """Of one segment, with the sound its first and last window reach."""
        frames = WINDOW_FRAMES + STEP_FRAMES * (self.steps - 1)
        return FRAME_SAMPLES + HOP_SAMPLES * (frames - 1)


@dataclass(frozen=True)
class Batch:
    """Segments for one update.

    Args:
        waveform: (B, N).
        curves: (B, G, C).
        known: (B, C) 1 where the teacher says anything about the channel.
        knots: (B, 2) rows of the style database around the segment.
        share: (B, 1) of the second row.
        recording: (B,) number.
        style_amounts: (B, M) amounts by which the curves were scaled.
    """

    waveform: Tensor
    curves: Tensor
    known: Tensor
    knots: Tensor
    share: Tensor
    recording: Tensor
    style_amounts: Tensor

    def to(self, device: torch.device) -> Batch:
        """The same on a device."""
        return Batch(**{name: each.to(device) for name, each in vars(self).items()})


class Recordings:
    """All recordings of a split, and where their style vectors lie in the database.

    Args:
        pairs: at least one.
        shares: how often a segment comes from each teacher, in the order of ``TEACHERS``.
        augment: changes a segment's sound, or None.

    Raises:
        InputError: no pairs.
    """

    def __init__(
        self,
        pairs: Sequence[SpeechPair],
        shares: Sequence[float] = (0.5, 0.5),
        augment: Augmentation | None = None,
    ) -> None:
        if not pairs:
            raise InputError("no recordings to train on; run 'backend prepare speech' first")
        self.pairs = tuple(pairs)
        self.augment = augment
        knots = [int(np.ceil(pair.duration_s / KNOT_S)) + 1 for pair in pairs]
        self.first_knot = np.concatenate(([0], np.cumsum(knots)))
        self.chance = _chances(pairs, shares)

    @property
    def knot_count(self) -> int:
        """Rows of the style database."""
        return int(self.first_knot[-1])

    @property
    def recording_of_knot(self) -> Tensor:
        """(knots,) recording each row belongs to."""
        counts = np.diff(self.first_knot)
        return torch.from_numpy(np.repeat(np.arange(len(self.pairs)), counts))

    @property
    def session_of_recording(self) -> Tensor:
        """(R,) session each recording belongs to."""
        names = [session_name(pair.name) for pair in self.pairs]
        return torch.tensor([sorted(set(names)).index(name) for name in names])

    def draw(self, shape: SegmentShape, rng: np.random.Generator) -> Batch:
        """Segments at random times, all played at one random speed."""
        speed = float(rng.uniform(*shape.speeds))
        chosen = rng.choice(len(self.pairs), shape.count, p=self.chance)
        parts = [self._segment(int(number), shape, speed, rng) for number in chosen]
        sounds, curves, middles = zip(*parts, strict=True)
        waveform = torch.from_numpy(np.stack(sounds))
        if waveform.shape[1] != shape.samples:
            waveform = interpolate(waveform[:, None], shape.samples, mode="linear")[:, 0]
        place = np.clip(np.array(middles) / KNOT_S, 0, np.diff(self.first_knot)[chosen] - 1.001)
        first = self.first_knot[chosen] + place.astype(int)
        amounts = rng.uniform(-1.0, 1.0, (shape.count, len(STYLE_AXES)))
        amounts *= rng.random((shape.count, 1)) < shape.scaled
        scaled = [scale_curves(*both) for both in zip(curves, amounts, strict=True)]
        known = np.stack([self.pairs[number].known for number in chosen])
        return Batch(
            self._disturb(waveform, rng),
            torch.from_numpy(np.stack(scaled)),
            torch.from_numpy(known.astype(np.float32)),
            torch.from_numpy(np.stack((first, first + 1), -1)),
            torch.from_numpy((place % 1.0).astype(np.float32))[:, None],
            torch.from_numpy(chosen),
            torch.from_numpy(amounts.astype(np.float32)),
        )

    def _segment(
        self, number: int, shape: SegmentShape, speed: float, rng: np.random.Generator
    ) -> tuple[Floats, Floats, float]:
        """Sound before its change of speed, curves, and the middle in seconds."""
        pair = self.pairs[number]
        step_s = STEP_FRAMES * HOP_SAMPLES * speed / SAMPLE_RATE_HZ
        span = shape.steps * step_s
        start = rng.uniform(-0.2, max(pair.duration_s - span + 0.2, 0.0))
        first = round(start * SAMPLE_RATE_HZ - CONTEXT_SAMPLES * speed)
        sound = _cut(pair.waveform, first, round(shape.samples * speed))
        times = first / SAMPLE_RATE_HZ + CONTEXT_SAMPLES * speed / SAMPLE_RATE_HZ
        curves = pair.curves_at(times + step_s * np.arange(shape.steps))
        return sound, curves, start + 0.5 * span

    def _disturb(self, waveform: Tensor, rng: np.random.Generator) -> Tensor:
        if self.augment is None:
            return waveform
        rows = [self.augment(row, rng) for row in waveform.numpy()]
        return torch.from_numpy(np.stack(rows).astype(np.float32))


def _chances(pairs: Sequence[SpeechPair], shares: Sequence[float]) -> Floats:
    """How often each recording is drawn: by its length within its teacher's share."""
    teacher = np.array([TEACHERS.index(pair.teacher) for pair in pairs])
    length = np.array([pair.duration_s for pair in pairs])
    total = np.bincount(teacher, length, minlength=len(TEACHERS))
    chance = length / total[teacher] * np.asarray(shares)[teacher]
    return np.asarray(chance / chance.sum())


def _cut(waveform: Floats, first: int, count: int) -> Floats:
    """Samples first … first + count, silence beyond either end."""
    cut = np.zeros(count, np.float32)
    begin, end = max(first, 0), min(first + count, len(waveform))
    if end > begin:
        cut[begin - first : end - first] = waveform[begin:end]
    return cut
