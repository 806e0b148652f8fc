"""FaceXHuBERT's network on an encoder that stays as it is.

What the encoder hears is narrowed, joined with what it hears in the next fifth of a second, goes
through two layers of gated recurrent units, and is multiplied by who speaks and by the manner.

Source: Haque, Yumak 2023, *FaceXHuBERT*, section 3. Where we differ: the encoder is frozen, the
look-ahead is limited, so that a long sound is spoken piece by piece, and the output are amounts
of shapes instead of vertices.
"""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

SPEAKER, MANNER = 16, 16
STYLE: Final = SPEAKER + MANNER
LOOK_AHEAD: Final = 10
WARM_UP: Final = 100
_NARROW, _HIDDEN, _LAYERS = 128, 256, 2


class MeshNetwork(nn.Module):
    """(B, T, D) features and (B, T, 32) styles to (B, T, K) amounts and a head (B, T, 3).

    The head is still: scans are laid over each other before they are published.

    Args:
        features: D.
        outputs: K.
        dropout: share of units left out in training.
        hidden: units of a layer.
    """

    def __init__(
        self, features: int, outputs: int, dropout: float = 0.3, hidden: int = _HIDDEN
    ) -> None:
        super().__init__()
        self.narrow = nn.Linear(features, _NARROW)
        self.ahead = nn.Conv1d(_NARROW, _NARROW, LOOK_AHEAD + 1)
        self.recurrent = nn.GRU(_NARROW, hidden, _LAYERS, batch_first=True, dropout=dropout)
        self.drop = nn.Dropout(dropout)
        self.speaker, self.manner = nn.Linear(SPEAKER, hidden), nn.Linear(MANNER, hidden)
        self.out = nn.Linear(hidden, outputs)

    def forward(self, features: Tensor, style: Tensor) -> tuple[Tensor, Tensor]:
        """Amounts, and the head's three angles."""
        x = torch.relu(self.narrow(features)).transpose(1, 2)
        x = pad(x, (0, LOOK_AHEAD), mode="replicate")
        x = self.recurrent(torch.relu(self.ahead(x)).transpose(1, 2))[0]
        who, how = self.speaker(style[..., :SPEAKER]), self.manner(style[..., SPEAKER:])
        curves = self.out(self.drop(x) * (1.0 + who) * (1.0 + how))
        return curves, torch.zeros_like(features[..., :3])


class Styles(nn.Module):
    """A vector for each speaker and each emotion.

    Args:
        speakers, emotions: how many.
    """

    def __init__(self, speakers: int, emotions: int) -> None:
        super().__init__()
        self.speakers = nn.Parameter(0.1 * torch.randn(speakers, SPEAKER))
        self.emotions = nn.Parameter(0.1 * torch.randn(emotions, MANNER))

    def forward(self, speaker: Tensor, emotion: Tensor) -> Tensor:
        """(B, 32); −1 stands for whoever, the mean of all."""
        return torch.cat((_chosen(self.speakers, speaker), _chosen(self.emotions, emotion)), -1)


def _chosen(rows: Tensor, numbers: Tensor) -> Tensor:
    mean = rows.mean(0, keepdim=True)
    return torch.where(numbers[:, None] < 0, mean, rows[numbers.clamp(min=0)])
