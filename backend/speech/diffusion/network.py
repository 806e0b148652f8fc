"""The network that takes the noise out of a face's motion, given the sound.

Source: Stan, Haque, Yumak 2023, *FaceDiffuser* (arXiv 2309.11306): joined vectors, the noisy motion
and the step go through two GRU layers that predict the clean motion; 1000 steps in training. Where
we differ: the encoder is Whisper's first two layers; the GRU runs both ways, because a segment is
drawn as a whole and its ends may be given; a linear map from 260 ms of vectors, one for each
teacher, says the most likely motion, which the recurrent part departs from; the step is told by the
share of the signal; drawn in 8 steps of DDIM.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from ..regression.network import (
    HEAD,
    JOINED,
    LIPS,
    REACH_FRAMES,
    TAP_SPACING,
    TAPS,
    without_alternation,
)

STEPS = 1000
_OFFSET = 0.008


def signal_at(step: Tensor) -> Tensor:
    """ᾱ of steps 1 … 1000 of the cosine schedule (Nichol, Dhariwal 2021, eq. 17)."""
    share = (step / STEPS + _OFFSET) / (1.0 + _OFFSET)
    start = math.cos(_OFFSET / (1.0 + _OFFSET) * math.pi / 2) ** 2
    return (torch.cos(share * math.pi / 2) ** 2 / start).clamp(1e-4, 1.0 - 1e-5)


class SpeechFaceDiffusion(nn.Module):
    """Noisy motion, how noisy it is, vectors and style to clean motion.

    Args:
        size: D, of a vector.
        outputs: K, columns of a face: its curves, then the head's three angles.
        teachers: whose linear maps there are; the first numbers of a style are their shares.
        style: E, numbers of a style.
        hidden: of one direction of a GRU layer.
        dropout: of the recurrent part.
    """

    offset: Tensor
    scale: Tensor

    def __init__(
        self,
        size: int,
        outputs: int,
        teachers: int = 3,
        style: int = 32,
        hidden: int = 160,
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        self.outputs, self.teachers, self.style = outputs, teachers, style
        self.register_buffer("offset", torch.zeros(outputs))
        self.register_buffer("scale", torch.ones(outputs))
        self.standardise = nn.LayerNorm(size, elementwise_affine=False)
        self.linear = nn.Conv1d(
            size, teachers * (outputs + LIPS), TAPS, dilation=TAP_SPACING, padding=REACH_FRAMES
        )
        self.join = nn.Linear(JOINED * size, 128)
        self.unheard = nn.Parameter(torch.zeros(128))
        self.motion = nn.Linear(2 * JOINED * outputs, 160)
        self.step = nn.Sequential(nn.Linear(3, 64), nn.SiLU(), nn.Linear(64, 96))
        self.recurrent = nn.GRU(
            128 + 160 + 96, hidden, 2, batch_first=True, dropout=dropout, bidirectional=True
        )
        self.product = nn.Linear(style, 2 * hidden)
        self.face = nn.Linear(2 * hidden, JOINED * outputs)
        self.dropout = nn.Dropout(dropout)
        nn.init.zeros_(self.product.bias)
        nn.init.normal_(self.face.weight, std=0.01)
        nn.init.zeros_(self.face.bias)

    def forward(
        self, noisy: Tensor, signal: Tensor, vectors: Tensor, style: Tensor, heard: Tensor
    ) -> Tensor:
        """Clean motion, normalised.

        Args:
            noisy: (B, T, K) normalised motion with noise, T even.
            signal: (B,) ᾱ.
            vectors: (B, T, D).
            style: (B, T, E).
            heard: (B,) 1, or 0 to leave the sound out.
        """
        features = self.standardise(vectors)
        likely = heard[:, None, None] * self._likely(features, style)
        batch = noisy.shape[0]
        joined = torch.relu(self.join(features.reshape(batch, -1, JOINED * vectors.shape[2])))
        joined = self.unheard + heard[:, None, None] * (joined - self.unheard)
        both = torch.cat((noisy, likely), 2).reshape(batch, joined.shape[1], -1)
        root, noise = signal.sqrt(), (1.0 - signal).sqrt()
        step = self.step(torch.stack((root, noise, torch.log(root / noise)), 1))
        x = torch.cat((joined, self.motion(both), step[:, None].expand(-1, joined.shape[1], -1)), 2)
        x, _ = self.recurrent(x)
        x = self.dropout(x) * (1.0 + self.product(style[:, ::JOINED]))
        # Where there is hardly noise the motion is already there; else the likely one is a start.
        start = noise[:, None, None] * likely + root[:, None, None] * noisy
        return without_alternation(start + self.face(x).reshape(batch, -1, self.outputs))

    def _likely(self, features: Tensor, style: Tensor) -> Tensor:
        maps = self.linear(features.transpose(1, 2)).transpose(1, 2)
        maps = maps.unflatten(2, (self.teachers, self.outputs + LIPS))[..., : self.outputs]
        rows = (maps * style[..., : self.teachers, None]).sum(2)
        return (rows - self.offset) / self.scale


def column_scales(rows: Tensor, known: Tensor) -> tuple[Tensor, Tensor]:
    """Offset and scale (K,) of rows (N, K), over those that know a column (N, K)."""
    count = known.sum(0).clamp(min=1.0)
    mean = (rows * known).sum(0) / count
    variance = ((rows - mean).square() * known).sum(0) / count
    return mean, variance.sqrt().clamp(min=0.01)


__all__ = ["HEAD", "STEPS", "SpeechFaceDiffusion", "column_scales", "signal_at"]
