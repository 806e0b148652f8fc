"""How numbers of a body are kept in a small file, and read again: pure NumPy.

Lengths are whole numbers of a step, as differences from vertex to vertex, low and high bytes apart:
neighbours move alike, so most high bytes are zero and shrink to nothing. Of two mirrored vertices
only the left one is kept.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..core.conventions import Floats, Ints

Bytes = NDArray[np.uint8]
_LARGEST = np.iinfo(np.int16).max


def pack(lengths_m: Floats, step_m: float) -> Bytes:
    """Differences along the last axis, in steps, as bytes (2, …): low ones, high ones.

    Raises:
        ValueError: a length is beyond 32,767 steps.
    """
    steps = np.rint(np.asarray(lengths_m, np.float64) / step_m)
    if np.abs(steps).max(initial=0.0) > _LARGEST:
        raise ValueError(f"{np.abs(steps).max():g} steps do not fit 16 bits; take a longer step")
    whole = steps.astype(np.int16)
    change = np.diff(whole, axis=-1, prepend=np.zeros((*whole.shape[:-1], 1), np.int16))
    pattern = change.view(np.uint16)
    return np.stack((pattern & 0xFF, pattern >> 8)).astype(np.uint8)


def unpack(packed: Bytes, step_m: float) -> Floats:
    """The lengths again, metres; off by half a step at the most."""
    low, high = packed.astype(np.uint16)
    change = (low | (high << 8)).view(np.int16)
    whole = np.cumsum(change, axis=-1, dtype=np.int16)  # wraps around, and back again
    return whole * np.float32(step_m)


def mirrored(half: Floats, kept: Ints, mirror: Ints) -> Floats:
    """All points (…, V, 3) from the left and middle ones (…, 3, H).

    Args:
        half: of the vertices ``kept`` (H,).
        kept: which vertices these are.
        mirror: (V,) the vertex on the other side, or itself.
    """
    points = np.zeros((*half.shape[:-2], len(mirror), 3), np.float32)
    points[..., kept, :] = np.moveaxis(half, -2, -1)
    others = np.ones(len(mirror), np.bool_)
    others[kept] = False
    flip = np.array([-1.0, 1.0, 1.0], np.float32)
    points[..., others, :] = points[..., mirror[others], :] * flip
    return points
