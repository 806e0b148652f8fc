"""How well a network on vectors does on recordings it never heard, while it trains."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from blender_addon.core.face.arkit import ARKIT_52

from ..heard.batches import LIPS_SIZE, HeardClips, full_rows, session_of_clip
from ..heard.clips import HeardClip
from ..pairs import GRID

JAW = ARKIT_52.index("jawOpen")
_OF_LIPS = ("opening", "width", "drop")
Speak = Callable[[HeardClip], Tensor]
"""Rows (T, R) for a clip."""


def measure_clips(clips: Sequence[HeardClip], speak: Speak) -> dict[str, float]:
    """By teacher the weighted error of the jaw, and for measured faces the lips' correlation."""
    found: dict[str, list[float]] = {}
    for clip in clips:
        rows, known = speak(clip).numpy(), full_rows(clip)
        error = float(np.square(rows[:, JAW] - known[:, JAW]).mean())
        found.setdefault(f"jaw error {clip.teacher}", []).append(error)
        if clip.teacher == GRID:
            for name, a, b in zip(_OF_LIPS, rows.T[-LIPS_SIZE:], known.T[-LIPS_SIZE:], strict=True):
                found.setdefault(f"{name} r", []).append(float(np.corrcoef(a, b)[0, 1]))
        else:
            both = np.corrcoef(rows[:, JAW], known[:, JAW])[0, 1]
            found.setdefault(f"jaw r {clip.teacher}", []).append(float(both))
    return {name: float(np.mean(values)) for name, values in found.items()}


def as_numbers(vectors: np.ndarray) -> Tensor:
    """(T, D) float32."""
    return torch.from_numpy(vectors).float()


def session_of(clip: HeardClip, trained_on: HeardClips) -> int:
    """Number of the session whose style a held-out clip has: its own, or its teacher's first."""
    name = session_of_clip(clip)
    own = [n for n, other in enumerate(trained_on.sessions) if other == name]
    same = [n for n, other in enumerate(trained_on.sessions) if other.startswith(clip.teacher)]
    return (own or same)[0]
