"""The network's own time beside a clip's: steps of a thirtieth of a second, or nearly so.

Where a channel begins or ceases to be known, a step falls on that very frame, so that ends are met
at any frame rate; the steps between two such frames are made a little longer or shorter.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from ...conventions import Bools, Floats
from ...maths.rotations import dot, normalise, quaternion_nlerp

RATE_HZ: Final = 30.0
_SAME_RATE_HZ: Final = 1e-3
_NEAREST: Final = 0.6  # of a step: marks nearer than this to one before are no marks


def steps_of(known: Bools, frame_rate_hz: float) -> Floats:
    """Times of the network's frames, in the frames of a clip.

    Args:
        known: (T, K) of the clip.
        frame_rate_hz: of the clip.

    Returns:
        (N,) rising from 0 to T − 1.
    """
    count = len(known)
    if abs(frame_rate_hz - RATE_HZ) < _SAME_RATE_HZ:
        return np.arange(count, dtype=np.float64)
    step = frame_rate_hz / RATE_HZ
    marks = [0]
    for mark in (*_ends(known), count - 1):
        if mark - marks[-1] > _NEAREST * step:
            marks.append(mark)
    if marks[-1] != count - 1:
        # The last frame is always one, at the cost of the mark before it.
        marks = [*marks[:-1], count - 1] if len(marks) > 1 else [*marks, count - 1]
    pieces = [
        np.linspace(a, b, max(round((b - a) / step), 1), endpoint=False) for a, b in pairwise(marks)
    ]
    return np.asarray(np.unique(np.concatenate((*pieces, [float(count - 1)]))))


def _ends(known: Bools) -> list[int]:
    """Known frames beside unknown ones, of any channel."""
    changes = known[1:] != known[:-1]
    before = np.flatnonzero((changes & known[:-1]).any(axis=1))
    after = np.flatnonzero((changes & known[1:]).any(axis=1)) + 1
    return [int(frame) for frame in np.union1d(before, after)]


@dataclass(frozen=True, eq=False)
class Stretch:
    """A stretch of motion in the network's time.

    Args:
        root_positions: (N, 3).
        rotations_wxyz: (N, J, 4).
        known: (N, 1 + J).
    """

    root_positions: Floats
    rotations_wxyz: Floats
    known: Bools


def sample(root: Floats, rotations: Floats, known: Bools, steps: Floats) -> Stretch:
    """A clip's stretch at the network's frames; between two frames both have to be known."""
    low = np.floor(steps).astype(np.int64)
    high = np.ceil(steps).astype(np.int64)
    share = (steps - low).astype(np.float32)
    if not share.any():
        return Stretch(root[low], rotations[low], known[low])
    return Stretch(
        root[low] + share[:, None] * (root[high] - root[low]),
        quaternion_nlerp(rotations[low], rotations[high], share[:, None]),
        known[low] & known[high],
    )


def resample(values: Floats, steps: Floats, frames: int) -> Floats:
    """Values (N, ..., C) of the network's frames at the ``frames`` of the clip.

    The cubic of Catmull and Rom; values of four components are rotations.
    """
    at = np.interp(np.arange(frames), steps, np.arange(len(steps)))
    low = np.minimum(np.floor(at).astype(np.int64), max(len(steps) - 2, 0))
    share = (at - low).astype(np.float32).reshape(-1, *([1] * (values.ndim - 1)))
    if not share.any():
        return np.asarray(values[low])
    last = len(steps) - 1
    points = [values[np.clip(low + n, 0, last)] for n in (-1, 0, 1, 2)]
    turning = values.shape[-1] == 4
    if turning:
        points = [np.where(dot(p, points[1])[..., None] < 0, -p, p) for p in points]
    t = share
    weights = (
        -0.5 * t + t**2 - 0.5 * t**3,
        1 - 2.5 * t**2 + 1.5 * t**3,
        0.5 * t + 2 * t**2 - 1.5 * t**3,
        -0.5 * t**2 + 0.5 * t**3,
    )
    mixed = sum(weight * point for weight, point in zip(weights, points, strict=True))
    return np.asarray(normalise(mixed) if turning else mixed, np.float32)
