"""Fewer keys for the same curves: cubic Hermite pieces that stay within a bound.

A key holds a value and a slope; between two keys the curve is the cubic that has both at both
ends. As a Bézier F-curve whose handles lie a third of the interval away it is played back exactly
like that, so the error is known without playing it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ..conventions import Floats, Ints
from ..errors import SettingsError

SMALLEST_BOUND: Final = 1e-6
_FRAMES_AT_ONCE: Final = 65_536


@dataclass(frozen=True, eq=False)
class ReducedKeys:
    """Keys of several curves, on the same frames.

    Args:
        kept: (K,) indices of the T frames that keep a key, first and last among them.
        slopes: (K, C) of each curve there, per frame.
        largest_error: over all frames, in the unit of the bound.
    """

    kept: Ints
    slopes: Floats
    largest_error: float


def reduce_keys(values: Floats, bound: float, *, is_rotation: bool = False) -> ReducedKeys:
    """Keep as few of the keys as the bound allows.

    Args:
        values: (T, C) on consecutive frames; quaternions wxyz, continuous, if ``is_rotation``.
        bound: largest distance of the played values from the given ones on any frame; in radians
            of the turn between them if ``is_rotation``.
        is_rotation: C is 4, and lengths do not count: Blender normalises what it plays.

    Returns:
        The keys; where nothing moves, the first alone.

    Raises:
        SettingsError: the bound is not positive.

    Source: greedy insertion of the worst frame of each piece (Douglas and Peucker 1973), then each
    key that turns out to be needless is taken out again.
    """
    if not bound >= SMALLEST_BOUND:
        raise SettingsError(
            f"keys cannot be reduced to within {bound:g}; set a bound of at least "
            f"{SMALLEST_BOUND:g}"
        )
    slopes = _slopes(values)
    still = _errors(np.broadcast_to(values[:1], values.shape), values, is_rotation)
    if float(still.max(initial=0.0)) <= 0.5 * bound:
        none = np.zeros((1, values.shape[1]))
        return ReducedKeys(np.array([0]), none, float(still.max(initial=0.0)))
    kept = _within_bound(values, slopes, bound, is_rotation)
    kept = _without_needless(kept, values, slopes, bound, is_rotation)
    errors = _errors(hermite(kept, values[kept], slopes[kept]), values, is_rotation)
    return ReducedKeys(kept, slopes[kept], float(errors.max()))


def keys_at(frames: Sequence[int] | Ints, values: Floats, *, is_rotation: bool) -> ReducedKeys:
    """Keys on given frames, with the slopes that the values have there.

    Args:
        frames: indices, first and last among them.
        values, is_rotation: as for ``reduce_keys``.
    """
    kept = np.asarray(frames, np.int64)
    slopes = _slopes(values)[kept]
    errors = _errors(hermite(kept, values[kept], slopes), values, is_rotation)
    return ReducedKeys(kept, slopes, float(errors.max()))


def hermite(kept: Ints, values: Floats, slopes: Floats) -> Floats:
    """Values (T, C) on every frame from the first key to the last.

    Args:
        kept: (K,) frames of the keys, rising; with one key the curve is constant.
        values, slopes: (K, C) there.
    """
    frames = np.arange(kept[0], kept[-1] + 1)
    if len(kept) < 2:
        return np.asarray(values[:1], np.float64)
    piece = np.clip(np.searchsorted(kept, frames, side="right") - 1, 0, len(kept) - 2)
    width = (kept[piece + 1] - kept[piece]).astype(np.float64)[:, None]
    t = (frames - kept[piece])[:, None] / width
    return _cubic(t, width, values[piece], values[piece + 1], slopes[piece], slopes[piece + 1])


def contact_frames(contacts: Floats) -> Ints:
    """Frames for pose-to-pose editing: where a foot begins or ends to stand, and halfway between.

    Args:
        contacts: (T, C) bool.

    Returns:
        (K,) with first and last.
    """
    changes = np.flatnonzero(np.any(np.diff(contacts.astype(np.int8), axis=0) != 0, axis=1)) + 1
    edges = np.unique(np.concatenate(([0], changes, [len(contacts) - 1])))
    return np.asarray(np.unique(np.concatenate((edges, (edges[:-1] + edges[1:]) // 2))))


def _slopes(values: Floats) -> Floats:
    if len(values) < 2:
        return np.zeros(values.shape)
    exact = np.asarray(values, np.float64)
    if len(values) < 3:
        return np.asarray(np.gradient(exact, axis=0))
    return np.asarray(np.gradient(exact, axis=0, edge_order=2))


def _errors(played: Floats, desired: Floats, is_rotation: bool) -> Floats:
    """(T,) distances, or turns in radians between normalised quaternions."""
    if not is_rotation:
        return np.asarray(np.linalg.norm(played - desired, axis=1))
    ours, theirs = (q / np.linalg.norm(q, axis=1, keepdims=True) for q in (played, desired))
    chord = np.minimum(np.linalg.norm(ours - theirs, axis=1), np.linalg.norm(ours + theirs, axis=1))
    return np.asarray(4.0 * np.arcsin(np.minimum(0.5 * chord, 1.0)))


def _within_bound(values: Floats, slopes: Floats, bound: float, is_rotation: bool) -> Ints:
    """Frames of keys between which every piece is within the bound.

    A piece depends on nothing but its two ends: only those that just came into being are looked at.
    """
    kept = np.array([0, len(values) - 1])
    starts, stops = kept[:1], kept[1:]
    while len(starts):
        largest, worst = _worst_frames(starts, stops, values, slopes, is_rotation)
        cut = largest > bound
        starts, worst, stops = starts[cut], worst[cut], stops[cut]
        kept = np.union1d(kept, worst)
        starts, stops = np.concatenate((starts, worst)), np.concatenate((worst, stops))
    return np.asarray(kept, np.int64)


def _worst_frames(
    starts: Ints, stops: Ints, values: Floats, slopes: Floats, is_rotation: bool
) -> tuple[Floats, Ints]:
    """Largest error (P,) of each piece between two keys, and on which frame it is first.

    Args:
        starts, stops: (P,) frames of the keys at its ends.
        values, slopes, is_rotation: as for ``reduce_keys``.
    """
    sizes = stops - starts + 1
    largest, worst = np.zeros(len(starts)), starts.copy()
    first = 0
    while first < len(starts):
        room = np.cumsum(sizes[first:]) <= _FRAMES_AT_ONCE
        some = slice(first, first + max(int(np.count_nonzero(room)), 1))
        frames, piece = _frames_of(starts[some], sizes[some])
        played = _played(frames, starts[some][piece], stops[some][piece], values, slopes)
        errors = _errors(played, values[frames], is_rotation)
        begins = np.cumsum(sizes[some]) - sizes[some]
        largest[some] = np.maximum.reduceat(errors, begins)
        at = np.flatnonzero(errors == largest[some][piece])[::-1]
        worst[first + piece[at]] = frames[at]  # of several the last one written, so the first
        first = some.stop
    return largest, worst


def _frames_of(starts: Ints, sizes: Ints) -> tuple[Ints, Ints]:
    """All frames of pieces one after the other, and of which piece each is."""
    piece = np.repeat(np.arange(len(starts)), sizes)
    begins = np.cumsum(sizes) - sizes
    return starts[piece] + np.arange(len(piece)) - begins[piece], piece


def _played(frames: Ints, starts: Ints, stops: Ints, values: Floats, slopes: Floats) -> Floats:
    """Values (N, C) on frames (N,), each between keys on two frames (N,)."""
    width = (stops - starts).astype(np.float64)[:, None]
    t = (frames - starts)[:, None] / width
    return _cubic(t, width, values[starts], values[stops], slopes[starts], slopes[stops])


def _cubic(
    t: Floats, width: Floats, start: Floats, end: Floats, leaving: Floats, coming: Floats
) -> Floats:
    """The cubic with these values and slopes at its ends, at ``t`` from 0 to 1."""
    rise, fall = leaving * width, coming * width
    return np.asarray(
        (1 + 2 * t) * (1 - t) ** 2 * start
        + t * (1 - t) ** 2 * rise
        + t**2 * (3 - 2 * t) * end
        + t**2 * (t - 1) * fall
    )


def _without_needless(
    kept: Ints, values: Floats, slopes: Floats, bound: float, is_rotation: bool
) -> Ints:
    """Take out every key whose two pieces are within the bound as one, from the first on.

    All are looked at together; after one that went, the next has another neighbour, and is looked
    at again.
    """

    def needless(starts: Ints, stops: Ints) -> list[bool]:
        largest, _ = _worst_frames(starts, stops, values, slopes, is_rotation)
        return [bool(each) for each in largest <= bound]

    if len(kept) < 3:
        return kept
    goes = needless(kept[:-2], kept[2:])
    left, before = [int(kept[0])], True  # whether the key before is still there
    for place, gone in enumerate(goes, 1):
        if not before:
            [gone] = needless(np.array(left[-1:]), kept[place + 1 : place + 2])
        before = not gone
        if before:
            left.append(int(kept[place]))
    return np.array([*left, int(kept[-1])])
