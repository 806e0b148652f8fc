"""Lets lips meet where the curves mean them to.

A network trained on a mean error brings the lips near each other at /p b m/ and rarely together,
and smoothing parts them further; the eye notices at once. The press of the lips, and the upper
lip's roll, tell such a moment from other narrow ones: where both together peak, the lips are shut
for a twentieth of a second. Besides, mouthClose never exceeds jawOpen, or lips would pass through
each other.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ..conventions import Floats, Ints
from ..face.clip import FaceClip

_EVIDENCE: Final = ("mouthPressLeft", "mouthPressRight", "mouthRollUpper")
_EVIDENCE_SHARES: Final = (0.5, 0.5, 1.0)
_PARTING: Final = (
    "mouthLowerDownLeft", "mouthLowerDownRight", "mouthUpperUpLeft", "mouthUpperUpRight",
    "mouthFunnel",
)  # fmt: skip
_CERTAIN: Final = 0.3
"""Evidence at which lips are surely meant to meet; a full bilabial has 0.46."""
_FAINT: Final = 0.12
_NARROW: Final = 0.1
_DOUBT: Final = 0.6
"""How much of the evidence a wide opening of the lips, beyond a narrow one, takes back."""
_SHUT_S: Final = 0.05
_EASE_S: Final = 0.045


def close_lips(clip: FaceClip) -> FaceClip:
    """Shut the lips where the curves press them.

    Args:
        clip: T frames of ARKit channels; without jawOpen or mouthClose it is given back as it is.

    Returns:
        The clip, changed in mouthClose and in the shapes that part the lips.
    """
    names = clip.channels
    if "jawOpen" not in names or "mouthClose" not in names:
        return clip
    weights = clip.weights.copy()
    jaw = weights[:, names.index("jawOpen")]
    close = weights[:, names.index("mouthClose")]
    shut = _how_shut(clip)
    close[:] = np.minimum(np.maximum(close, shut * jaw), jaw)
    for name in _PARTING:
        if name in names:
            weights[:, names.index(name)] *= 1.0 - shut
    return FaceClip(names, clip.frame_rate_hz, weights)


def _how_shut(clip: FaceClip) -> Floats:
    """(T,) 0 … 1, one around every peak of the evidence."""
    evidence = np.zeros(clip.frame_count, np.float32)
    for name, share in zip(_EVIDENCE, _EVIDENCE_SHARES, strict=True):
        evidence += share * clip.channel(name)
    gap = clip.channel("jawOpen") - clip.channel("mouthClose")
    evidence -= _DOUBT * np.maximum(gap - _NARROW, 0.0)
    peaks = _peaks(evidence)
    strength = np.clip((evidence[peaks] - _FAINT) / (_CERTAIN - _FAINT), 0.0, 1.0)
    shut = np.zeros(clip.frame_count, np.float32)
    bump = _bump(clip.frame_rate_hz)
    reach = len(bump) // 2
    for peak, height in zip(peaks, strength, strict=True):
        low, high = max(peak - reach, 0), min(peak + reach + 1, len(shut))
        part = height * bump[low - peak + reach : high - peak + reach]
        np.maximum(shut[low:high], part, out=shut[low:high])
    return shut


def _peaks(values: Floats) -> Ints:
    """Frames that stand out from the faint ones and are no lower than their neighbours."""
    padded = np.pad(values, 1, mode="edge")
    higher = (values >= padded[:-2]) & (values > padded[2:])
    last = len(values) - 1
    higher[last] = values[last] > padded[last]
    return np.flatnonzero(higher & (values > _FAINT))


def _bump(frame_rate_hz: float) -> Floats:
    """1 for the time lips are shut, eased on both sides; one full frame at the least."""
    reach = int(np.ceil((0.5 * _SHUT_S + _EASE_S) * frame_rate_hz))
    away_s = np.abs(np.arange(-reach, reach + 1)) / frame_rate_hz - 0.5 * _SHUT_S
    eased = 0.5 + 0.5 * np.cos(np.pi * np.clip(away_s / _EASE_S, 0.0, 1.0))
    return np.asarray(eased, np.float32)
