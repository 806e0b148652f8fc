"""Holes of tracks: bridged by a cubic with the velocities at both ends."""

from __future__ import annotations

from typing import Final

import numpy as np

from ...conventions import Bools, Floats, Ints
from ...maths.rotations import normalise
from .tracks import ROOT

_FAR: Final = 2**40
_SLOPE_FRAMES: Final = 3


def bridge(tracks: Floats, known: Bools) -> Floats:
    """Tracks whose unknown values lie on a cubic between the known ones around them.

    Args:
        tracks: (T, 1 + J, 4); what is unknown may be anything, but finite.
        known: (T, 1 + J).

    Returns:
        (T, 1 + J, 4); at the ends of a track the first and last known value is held; a track of
        which nothing is known stays as it is.
    """
    at, track = np.nonzero(~known & known.any(axis=0))
    if not len(at):
        return tracks
    before, after = neighbours(known)
    tracks = _signs_alike(tracks, before)
    p, n = before[at, track], after[at, track]
    bridged = tracks.copy()
    inside = (p >= 0) & (n < len(tracks))
    held = np.where(p >= 0, p, n)
    bridged[at[~inside], track[~inside]] = tracks[held[~inside], track[~inside]]
    at, track, p, n = at[inside], track[inside], p[inside], n[inside]
    value = _cubic(tracks, before, after, at, track, p, n)
    bridged[at, track] = np.where((track == ROOT)[:, None], value, normalise(value))
    return bridged


def _signs_alike(tracks: Floats, before: Ints) -> Floats:
    """Tracks whose quaternions keep their sign across what is not known."""
    held = np.take_along_axis(tracks, np.maximum(before, 0)[..., None], axis=0)
    flips = np.sum(held[1:] * held[:-1], axis=-1) < 0.0
    flips[:, ROOT] = False
    if not flips.any():
        return tracks
    signs = np.ones(tracks.shape[:2], tracks.dtype)
    signs[1:] = np.cumprod(np.where(flips, -1.0, 1.0), axis=0)
    return np.asarray(tracks * signs[..., None])


def neighbours(known: Bools) -> tuple[Ints, Ints]:
    """(T, C) the last known frame up to each, −1 for none, and the next one, T or more for none."""
    frames = np.broadcast_to(np.arange(len(known))[:, None], known.shape)
    before = np.maximum.accumulate(np.where(known, frames, -1), axis=0)
    after = np.minimum.accumulate(np.where(known, frames, _FAR)[::-1], axis=0)[::-1]
    return before, after


def frames_inside(known: Bools) -> Ints:
    """(T, C) how many frames each unknown value is from the nearest known one; 0 where known."""
    before, after = neighbours(known)
    frames = np.arange(len(known))[:, None]
    since = np.where(before >= 0, frames - before, _FAR)
    return np.minimum(since, after - frames)


def _cubic(
    tracks: Floats, before: Ints, after: Ints, at: Ints, track: Ints, p: Ints, n: Ints
) -> Floats:
    """(K, 4) values at frames ``at`` of tracks, between the known frames p and n."""
    start, stop = tracks[p, track], tracks[n, track]
    length = (n - p)[:, None].astype(np.float32)
    chord = (stop - start) / length
    earlier = np.where(p > 0, before[np.maximum(p - 1, 0), track], -1)
    top = len(tracks) - 1
    later = np.where(n < top, after[np.minimum(n + 1, top), track], _FAR)
    leaving = _slope(tracks, earlier, p, track, chord, p - earlier)
    arriving = _slope(tracks, n, np.minimum(later, top), track, chord, later - n)
    u = ((at - p)[:, None] / length).astype(np.float32)
    value = (1 + 2 * u) * (1 - u) ** 2 * start + u**2 * (3 - 2 * u) * stop
    value += u * (1 - u) * length * ((1 - u) * leaving - u * arriving)
    return np.asarray(value)


def _slope(
    tracks: Floats, first: Ints, last: Ints, track: Ints, chord: Floats, apart: Ints
) -> Floats:
    """(K, 4) change by the frame between two known frames; the chord's where they are far apart."""
    near = (apart >= 1) & (apart <= _SLOPE_FRAMES)
    span = np.where(near, apart, 1)[:, None].astype(np.float32)
    slope = (tracks[last, track] - tracks[np.maximum(first, 0), track]) / span
    return np.where(near[:, None], slope, chord)
