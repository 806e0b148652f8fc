"""Turns ARKit weights into the shapes a face has.

Where a shape or several stand for a channel, the weight is passed on, times its gain. Visemes stand
for a whole mouth; their weights w ≥ 0 are those that come closest to the desired channels x,

    min_w  ½ |A w − x|² + ½ ρ (Σ w)²,

solved for all frames at once by coordinate descent. The second term decides between combinations
that look alike in favour of the one with fewer and fuller shapes: visemes are made to be shown one
at a time, and for the same reason a frame's weights are scaled down to sum to 1 at most. The jaw
counts only as far as the lips follow it (jawOpen − mouthClose), since no viseme opens the jaw
behind shut lips. While the lips are shut over an open jaw, as at /p b m/, no viseme that opens it
is shown: rounded or spread lips next to such a sound would else be made by a vowel, and part them;
and where a face has a position with pressed lips, that is shown if they are pressed.

Source: Friedman, Hastie, Höfling, Tibshirani 2007, Pathwise coordinate optimization, section 2.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ..conventions import Floats
from .clip import FaceClip
from .maps import FaceMapping, Viseme

_SUM_PENALTY: Final = 0.005  # ρ
_SWEEPS: Final = 40
_CONVERGED: Final = 1e-4
_PIECE_FRAMES: Final = 16_384
_LEAST_JAW: Final = 1e-3
_PARTED, _SHUT = 0.6, 0.95
"""Shares of the jaw's opening that the lips close: up to one visemes are free, from the other on
none that opens is shown."""
_PRESSED, _A_PRESS = 0.8, 0.08
"""How much is shown at least of a position with pressed lips while they are shut and so pressed."""


def face_to_shapes(clip: FaceClip, mapping: FaceMapping) -> dict[str, Floats]:
    """Weights of a face's own shapes.

    On a face that has nothing to close the lips over an open jaw, the jaw opens only as far as the
    lips are meant to.

    Args:
        clip: T frames of ARKit channels.
        mapping: from ``find_face_channels``, or as the user changed it.

    Returns:
        By shape, weights (T,); only shapes that some channel of the clip can move.
    """
    shapes: dict[str, Floats] = {}
    shut = how_shut(clip)
    if "mouthClose" not in mapping.targets:
        clip = follow_lips(clip)
    for channel, targets in mapping.targets.items():
        if channel in clip.channels:
            for shape, gain in targets:
                made = gain * clip.channel(channel)
                shapes[shape] = shapes[shape] + made if shape in shapes else made
    used = tuple(v for v in mapping.visemes if set(v.weights) & set(clip.channels))
    if used:
        weights = fit_visemes(clip, used, shut)
        for viseme, column in zip(used, weights.T, strict=True):
            made = viseme.gain * column
            shapes[viseme.shape] = shapes.get(viseme.shape, 0.0) + made
    return shapes


def fit_visemes(clip: FaceClip, visemes: tuple[Viseme, ...], shut: Floats | None = None) -> Floats:
    """Weights of visemes that come closest to the clip's channels.

    Args:
        clip: T frames.
        visemes: V of them.
        shut: (T,) from ``how_shut``; None for what the clip tells.

    Returns:
        (T, V), not negative, summing to 1 at most over V.
    """
    channels = tuple(dict.fromkeys(name for viseme in visemes for name in viseme.weights))
    basis = np.array(
        [[viseme.weights.get(name, 0.0) for viseme in visemes] for name in channels], np.float32
    )
    free = 1.0 - (how_shut(clip) if shut is None else shut)
    opening = np.array(["jawOpen" in viseme.weights for viseme in visemes])
    kept = basis[:, ~opening].any(axis=1)  # what shows shut lips
    desired = np.stack([_desired(clip, name) for name in channels])  # (C, T)
    desired[~kept] *= free
    gram = basis.T @ basis + np.float32(_SUM_PENALTY)
    pieces = [
        _solve(gram, basis.T @ desired[:, at : at + _PIECE_FRAMES])
        for at in range(0, clip.frame_count, _PIECE_FRAMES)
    ]
    weights = np.concatenate(pieces, axis=1)
    weights[opening] *= free
    for n in _pressing(visemes)[:1]:
        pressed = np.minimum(clip.channel("mouthPressLeft") / _A_PRESS, 1.0)
        weights[n] = np.maximum(weights[n], _PRESSED * (1.0 - free) * pressed)
    return np.asarray(weights / np.maximum(weights.sum(axis=0), 1.0)).T


def _pressing(visemes: tuple[Viseme, ...]) -> list[int]:
    """Which visemes press the lips and leave the jaw, the most pressing first."""
    pressed = {n: viseme.weights.get("mouthPressLeft", 0.0) for n, viseme in enumerate(visemes)}
    shut = [n for n, press in pressed.items() if press and "jawOpen" not in visemes[n].weights]
    return sorted(shut, key=lambda n: -pressed[n])


def how_shut(clip: FaceClip) -> Floats:
    """(T,) 0 … 1: whether the lips are shut while the jaw is open."""
    if "jawOpen" not in clip.channels or "mouthClose" not in clip.channels:
        return np.zeros(clip.frame_count, np.float32)
    jaw, close = clip.channel("jawOpen"), clip.channel("mouthClose")
    share = np.where(jaw > _LEAST_JAW, close / np.maximum(jaw, _LEAST_JAW), 0.0)
    eased = np.clip((share - _PARTED) / (_SHUT - _PARTED), 0.0, 1.0)
    return np.asarray(eased * eased * (3.0 - 2.0 * eased), np.float32)


def follow_lips(clip: FaceClip) -> FaceClip:
    """The clip with its jaw opened only as far as the lips: jawOpen − mouthClose."""
    if "jawOpen" not in clip.channels or "mouthClose" not in clip.channels:
        return clip
    weights = clip.weights.copy()
    jaw, close = (clip.channels.index(name) for name in ("jawOpen", "mouthClose"))
    weights[:, jaw] = np.maximum(weights[:, jaw] - weights[:, close], 0.0)
    weights[:, close] = 0.0
    return FaceClip(clip.channels, clip.frame_rate_hz, weights)


def _desired(clip: FaceClip, channel: str) -> Floats:
    weights = clip.channel(channel)
    if channel == "jawOpen":
        weights = weights - clip.channel("mouthClose")
    return np.maximum(weights, 0.0)


def _solve(gram: Floats, pull: Floats) -> Floats:
    """Coordinate descent over all frames: (V, V) and (V, T) to (V, T)."""
    weights = np.zeros_like(pull)
    for _ in range(_SWEEPS):
        change = 0.0
        for n, row in enumerate(gram):
            rest = pull[n] - row @ weights + row[n] * weights[n]
            better = np.maximum(rest / row[n], 0.0)
            change = max(change, float(np.abs(better - weights[n]).max()))
            weights[n] = better
        if change < _CONVERGED:
            break
    return weights
