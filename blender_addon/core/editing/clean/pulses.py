"""Spikes told by their shape: one frame, or two near one another, that explain all the roughness.

Fourth differences hardly see a motion, however fast it is, as long as it is smooth over five
frames; a value that is off by itself shows in them as 1, −4, 6, −4, 1 times its error. Where that
shape is nearly all there is, taking one value out mends the track, and the value is a spike. A
quick turn of a real motion is rough over more frames than that, and does not fit.

Two spikes less than five frames apart overlap in the differences, and are looked for together.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ...conventions import Bools, Floats
from .running import running_quantile

_SHAPE: Final = (1.0, -4.0, 6.0, -4.0, 1.0)
_ENERGY: Final = 70.0
_OVERLAPS: Final = (-56.0, 28.0, -8.0, 1.0)
"""Products of the shape with itself, moved by one to four frames."""
_PADDING: Final = 8
_SINGLE_SHARE: Final = 0.94
_PAIR_SHARE: Final = 0.97
_BACK: Final = 1.1
_TIMES_USUAL: Final = 4.0
_USUAL_FRAMES: Final = 41
_TINY: Final = 1e-12


def find_pulses(tracks: Floats, least: Floats) -> Bools:
    """Values that are off by themselves.

    Args:
        tracks: (T, C, 4), with signs that do not jump.
        least: (C,) how far off, in the tracks' own numbers.

    Returns:
        (T, C).
    """
    count = len(tracks)
    found = np.zeros(tracks.shape[:2], bool)
    if count <= _PADDING:
        return found
    ends = ((_PADDING, _PADDING), (0, 0), (0, 0))
    padded = np.pad(tracks, ends, mode="reflect", reflect_type="odd")
    rough = _filtered(padded)
    fits = _filtered(rough)  # at frames 4 … of what is padded
    energy = np.square(rough).sum(axis=-1)
    sums = np.concatenate((np.zeros_like(energy[:1]), np.cumsum(energy, axis=0, dtype=np.float64)))
    inside = slice(_PADDING - 4, _PADDING - 4 + count)
    size = np.sqrt(np.square(fits).sum(axis=-1)) / _ENERGY
    usual = _TIMES_USUAL * running_quantile(size[inside], _USUAL_FRAMES, 0.5)
    limit = np.full(size.shape, np.inf)
    limit[inside] = np.maximum(least, usual)
    share = _ENERGY * np.square(size) / np.maximum(sums[5:] - sums[:-5], _TINY)
    single = (size > limit) & (share > _SINGLE_SHARE)
    for apart, overlap in enumerate(_OVERLAPS, start=1):
        pair = _pairs(padded, fits, sums, limit, apart, overlap)
        single[:-apart] |= pair
        single[apart:] |= pair
    return np.asarray(single[inside])


def _filtered(values: Floats) -> Floats:
    """The shape's products with values (T, …) around every frame but two at either end."""
    count = len(values) - 4
    return np.asarray(
        sum(np.float32(c) * values[n : n + count] for n, c in enumerate(_SHAPE)), np.float32
    )


def _pairs(
    values: Floats, fits: Floats, sums: Floats, limit: Floats, apart: int, overlap: float
) -> Bools:
    """(T − apart, C) where a value and another one after it are both off, and nothing else is."""
    first, second = fits[:-apart], fits[apart:]
    scale = _ENERGY**2 - overlap**2
    one = (_ENERGY * first - overlap * second) / scale
    other = (_ENERGY * second - overlap * first) / scale
    explained = (one * first + other * second).sum(axis=-1)
    width = 5 + apart
    share = explained / np.maximum(sums[width:] - sums[:-width], _TINY)
    large = _length(one) > limit[:-apart]
    large &= _length(other) > limit[apart:]
    # Two values that are moved can smooth a quick step that stays, as well; after a spike the track
    # is back where it was.
    gone = _length(values[apart + 5 : -3] - values[3 : -apart - 5])
    large &= gone < _BACK * np.maximum(_length(one), _length(other))
    return np.asarray(large & (share > _PAIR_SHARE))


def _length(vectors: Floats) -> Floats:
    return np.asarray(np.sqrt(np.square(vectors).sum(axis=-1)))
