"""The head that hears phones in an encoder's vectors."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from backend.phonetics.phones import CLASS_OF, VOWELS, PhoneTrack
from blender_addon.core.conventions import Ints
from blender_addon.core.sound.hearing import FEATURE_RATE_HZ, PHONE_CLASSES

CONTEXT_FRAMES = 6
"""Vectors on either side that have a say: 120 ms."""
_MERGED = {
    "bilabial_fricative": "labiodental",
    "lateral": "alveolar",
    "trill": "alveolar",
    "alveolopalatal": "postalveolar",
    "palatal": "close_vowel",
    "uvular": "velar",
    "glottal": "velar",
    "aspiration": "velar",
}
_CLOSE, _OPEN, _ROUNDED = 0.25, 0.65, 0.5


class PhoneHead(nn.Module):
    """Convolutions along time.

    Args:
        size: D, of a vector.
        width: of the inner layers.
        dropout: between them.
    """

    def __init__(self, size: int = 384, width: int = 96, dropout: float = 0.2) -> None:
        super().__init__()
        self.standardise = nn.LayerNorm(size, elementwise_affine=False)
        self.layers = nn.ModuleList(
            nn.Conv1d(before, width, 5, padding=2) for before in (size, width, width)
        )
        self.last = nn.Conv1d(width, len(PHONE_CLASSES), 1)
        self.dropout = nn.Dropout(dropout)

    def forward(self, vectors: Tensor) -> Tensor:
        """(B, T, D) to logarithms of chances (B, T, 14)."""
        x = self.standardise(vectors).transpose(1, 2)
        for layer in self.layers:
            x = self.dropout(torch.relu(layer(x)))
        return torch.log_softmax(self.last(x).transpose(1, 2), -1)


class ExportedPhones(nn.Module):
    """What is exported: chances instead of their logarithms."""

    def __init__(self, head: PhoneHead) -> None:
        super().__init__()
        self.head = head

    def forward(self, features: Tensor) -> Tensor:
        """(B, T, D) to (B, T, 14), each row adding up to 1."""
        return self.head(features).exp()


def visible_class(sign: str) -> str:
    """One of ``PHONE_CLASSES`` for an IPA sign."""
    kind = CLASS_OF[sign]
    if kind != "vowel":
        return _MERGED.get(kind, kind)
    vowel = VOWELS[sign]
    if vowel.rounding >= _ROUNDED:
        return "rounded_vowel"
    if vowel.height >= _OPEN:
        return "open_vowel"
    return "close_vowel" if vowel.height <= _CLOSE else "mid_vowel"


def classes_over_time(track: PhoneTrack, count: int) -> Ints:
    """(T,) number of the class at each vector; silence where nothing is said."""
    times = np.arange(count) / FEATURE_RATE_HZ
    numbers = np.full(count, PHONE_CLASSES.index("silence"))
    for name, start, end in zip(track.names, track.starts_s, track.ends_s, strict=True):
        first, last = np.searchsorted(times, (start, end))
        numbers[first:last] = PHONE_CLASSES.index(visible_class(name))
    return numbers
