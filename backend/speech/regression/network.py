"""The network that turns an encoder's vectors into a face.

Source: Haque, Yumak 2023, *FaceXHuBERT* (arXiv 2303.05416): two neighbouring vectors are joined and
go through a linear layer and two GRU layers; their output is multiplied by an embedding of the
speaker and goes through a linear layer to the face. Where we differ: the encoder is Whisper's first
two layers instead of HuBERT; the recurrent part sees 200 ms ahead; it corrects a linear map from
240 ms of vectors, one for each teacher, which is fitted in closed form and hears strangers well;
both frames of a pair get a face of their own, 50 a second; the style also adds to the hidden layer.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from backend.export.recurrent import with_exported_gru
from blender_addon.core.face.arkit import ARKIT_52

JOINED = 2
"""Vectors of one step of the recurrent part."""
LOOK_AHEAD_FRAMES = 10
TAPS, TAP_SPACING = 7, 2
"""Of the linear maps: 13 frames, 260 ms."""
REACH_FRAMES = (TAPS - 1) * TAP_SPACING // 2
HEAD, LIPS = 3, 3


class SpeechFaceRegression(nn.Module):
    """Vectors and style to curves, head and lips.

    Args:
        size: D, of a vector.
        outputs: columns of a face: its curves, then the head's three angles.
        teachers: whose linear maps there are; the first numbers of a style are their shares.
        style: E, numbers of a style.
        hidden: of a GRU layer.
        dropout: of the recurrent part.
    """

    def __init__(
        self,
        size: int = 384,
        outputs: int = len(ARKIT_52) + HEAD,
        teachers: int = 3,
        style: int = 32,
        hidden: int = 192,
        dropout: float = 0.3,
    ) -> None:
        super().__init__()
        self.outputs, self.teachers, self.style = outputs, teachers, style
        self.standardise = nn.LayerNorm(size, elementwise_affine=False)
        self.linear = nn.Conv1d(
            size, teachers * (outputs + LIPS), TAPS, dilation=TAP_SPACING, padding=REACH_FRAMES
        )
        self.join = nn.Linear(JOINED * size, 128)
        self.recurrent = nn.GRU(128, hidden, 2, batch_first=True, dropout=dropout)
        self.product = nn.Linear(style, hidden)
        self.sum = nn.Linear(style, 128, bias=False)
        self.narrow = nn.Linear(hidden, 128)
        self.face = nn.Linear(128, JOINED * (outputs + LIPS))
        self.dropout = nn.Dropout(dropout)
        nn.init.zeros_(self.product.bias)
        nn.init.normal_(self.face.weight, std=0.01)  # it begins as the linear map
        nn.init.zeros_(self.face.bias)

    def forward(self, vectors: Tensor, style: Tensor) -> Tensor:
        """Rows of face, head and lips.

        Args:
            vectors: (B, T, D), T even.
            style: (B, T, E).

        Returns:
            (B, T, outputs + 3); the last three are the lips' opening, width and drop, which only
            teach.
        """
        heard = self.standardise(vectors)
        return without_alternation(
            self._linear_part(heard, style) + self._recurrent_part(heard, style)
        )

    def _linear_part(self, heard: Tensor, style: Tensor) -> Tensor:
        maps = self.linear(heard.transpose(1, 2)).transpose(1, 2)
        maps = maps.unflatten(2, (self.teachers, self.outputs + LIPS))
        return (maps * style[..., : self.teachers, None]).sum(2)

    def _recurrent_part(self, heard: Tensor, style: Tensor) -> Tensor:
        batch, size = heard.shape[0], JOINED * heard.shape[2]
        x = torch.relu(self.join(heard.reshape(batch, -1, size)))
        ahead = x[:, -1:].expand(-1, LOOK_AHEAD_FRAMES // JOINED, -1)
        x, _ = self.recurrent(torch.cat((x, ahead), 1))
        spoken = style[:, ::JOINED]
        x = self.dropout(x[:, LOOK_AHEAD_FRAMES // JOINED :]) * (1.0 + self.product(spoken))
        x = torch.tanh(self.narrow(x) + self.sum(spoken))
        return self.face(x).reshape(batch, -1, self.outputs + LIPS)


def without_alternation(rows: Tensor) -> Tensor:
    """(B, T, R) averaged by [1 2 1] / 4: frames of a pair are made apart, and would alternate."""
    held = torch.cat((rows[:, :1], rows, rows[:, -1:]), 1)
    return 0.25 * held[:, :-2] + 0.5 * held[:, 1:-1] + 0.25 * held[:, 2:]


class Styles(nn.Module):
    """A style vector for every session of recordings, and directions that scale movements.

    Args:
        teacher_of_session: number of each session's teacher.
        teachers: how many.
        axes: directions, see ``styles.STYLE_AXES``.
        size: E.
    """

    shares: Tensor

    def __init__(
        self, teacher_of_session: Sequence[int], teachers: int, axes: int, size: int = 32
    ) -> None:
        super().__init__()
        shares = nn.functional.one_hot(torch.tensor(teacher_of_session), teachers).float()
        self.register_buffer("shares", shares)
        self.speakers = nn.Parameter(0.3 * torch.randn(len(shares), size - teachers))
        self.axes = nn.Parameter(0.1 * torch.randn(axes, size - teachers))

    def of_sessions(self) -> Tensor:
        """(S, E)."""
        return torch.cat((self.shares, self.speakers), 1)

    def along_axes(self, amounts: Tensor) -> Tensor:
        """(…, E) what amounts (…, M) along the axes add to a style."""
        added = amounts @ self.axes
        return torch.cat((added.new_zeros(*added.shape[:-1], self.shares.shape[1]), added), -1)


class ExportedRegression(nn.Module):
    """What is exported: curves 0 … 1 and the head, without the lips that only teach."""

    def __init__(self, network: SpeechFaceRegression) -> None:
        super().__init__()
        self.network = with_exported_gru(network)

    def forward(self, features: Tensor, style: Tensor) -> tuple[Tensor, Tensor]:
        """(B, T, D) and (B, T, E) to curves (B, T, C) and head (B, T, 3); T is even."""
        rows = self.network(features, style)
        curves = self.network.outputs - HEAD
        return torch.clamp(rows[..., :curves], 0.0, 1.0), rows[..., curves : curves + HEAD]
