"""Frames in which a track jumps away and comes back: spikes of one or two frames, flips of more.

A spike stands out from the median of the frames around it, which a steady motion does not, however
fast it is; a flip leaves and comes back faster than any joint can. Both are measured against what
the track usually does around there, so that a noisy track is not full of spikes.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ...conventions import Bools, Floats
from .holes import bridge
from .pulses import find_pulses
from .running import running_quantile
from .tracks import ROOT, distances, steps

_MEDIAN_FRAMES: Final = 5
_SCALE_FRAMES: Final = 17
_SPIKE_RAD: Final = np.deg2rad(12.0)
_SPIKE_M: Final = 0.06
_PULSE_RAD: Final = np.deg2rad(15.0)
_TIMES_USUAL: Final = 6.0
_OFTEN_FRAMES: Final = 41
_OFTEN: Final = 0.92
_TIMES_OFTEN: Final = 2.0
_FLIP_S: Final = 0.2
_FLIP_RAD_S: Final = np.deg2rad(1500.0)
_FLIP_M_S: Final = 12.0
_FLIP_RAD: Final = (np.deg2rad(20.0), np.deg2rad(50.0))
_FLIP_M: Final = (0.15, 0.4)
_PASSES: Final = 3


def find_spikes(
    tracks: Floats, known: Bools, frame_rate_hz: float, sensitivity: float = 1.0
) -> Bools:
    """Where a track jumps away and comes back.

    Args:
        tracks: (T, 1 + J, 4), holes bridged.
        known: (T, 1 + J) where there is a value; others are neither spikes nor compared with.
        frame_rate_hz: frames per second.
        sensitivity: of 2, half as large a jump is a spike; 0 finds none.

    Returns:
        (T, 1 + J).
    """
    found = np.zeros(known.shape, bool)
    if sensitivity <= 0.0 or len(tracks) < _MEDIAN_FRAMES:
        return found
    found = _flips(tracks, frame_rate_hz, sensitivity) & known
    for _ in range(_PASSES):
        bridged = bridge(tracks, known & ~found)
        tracks = np.where(_opposed(tracks, bridged), -tracks, tracks)
        new = _stand_out(tracks, bridged, sensitivity)
        new |= find_pulses(bridged, _least(tracks.shape[1]) / sensitivity)
        new &= known & ~found
        if not new.any():
            break
        found |= new
    return found


def _least(tracks: int) -> Floats:
    """(C,) how far off a spike is at least, in the tracks' own numbers."""
    least = np.full(tracks, 0.5 * _PULSE_RAD, np.float32)
    least[ROOT] = _SPIKE_M
    return least


def _stand_out(tracks: Floats, bridged: Floats, sensitivity: float) -> Bools:
    """Values that are far both from the median around them and from a cubic through what is there.

    The frames beside a spike are far from the cubic, which goes through the spike; sharp turns of a
    real motion are far from the median. Only spikes are far from both.
    """
    middle = running_quantile(bridged, _MEDIAN_FRAMES, 0.5)
    apart = np.minimum(distances(tracks, middle), _off_cubic(tracks, bridged))
    usual = _TIMES_USUAL * running_quantile(distances(bridged, middle), _SCALE_FRAMES, 0.5)
    # What comes again and again, such as the turn of a runner's knee, is no spike either.
    rest = np.minimum(apart, distances(bridged, middle))
    often = _TIMES_OFTEN * running_quantile(rest, _OFTEN_FRAMES, _OFTEN)
    least = np.full(tracks.shape[1], _SPIKE_RAD)
    least[ROOT] = _SPIKE_M
    return np.asarray(apart * sensitivity > np.maximum(least, np.maximum(usual, often)))


def _off_cubic(tracks: Floats, bridged: Floats) -> Floats:
    """(T, 1 + J) how far each value is from a cubic through two a side, or a pair is."""
    ends = ((2, 2), (0, 0), (0, 0))
    padded = np.pad(bridged, ends, mode="reflect", reflect_type="odd")
    far, near, after, beyond = padded[:-4], padded[1:-3], padded[3:-1], padded[4:]
    single = distances(tracks, (4.0 * (near + after) - far - beyond) / 6.0)
    # Of a pair t, t + 1: the cubic through t − 2, t − 1, t + 2, t + 3 at its first and second.
    last = np.pad(bridged, ((0, 3), (0, 0), (0, 0)), mode="reflect", reflect_type="odd")[3:]
    first = distances(tracks, (-3.0 * far + 10.0 * near + 5.0 * beyond - 2.0 * last) / 10.0)
    shifted = np.concatenate((tracks[1:], tracks[-1:]))
    second = distances(shifted, (-2.0 * far + 5.0 * near + 10.0 * beyond - 3.0 * last) / 10.0)
    pair = np.minimum(first, second)
    before = np.concatenate((np.zeros_like(pair[:1]), pair[:-1]))
    return np.maximum(single, np.maximum(pair, before))


def _flips(tracks: Floats, rate_hz: float, sensitivity: float) -> Bools:
    """Frames between two jumps that no joint makes, of which the second undoes the first."""
    found = np.zeros(tracks.shape[:2], bool)
    step = steps(tracks)
    least = np.full(tracks.shape[1], np.clip(_FLIP_RAD_S / rate_hz, *_FLIP_RAD))
    least[ROOT] = np.clip(_FLIP_M_S / rate_hz, *_FLIP_M)
    usual = running_quantile(step, _SCALE_FRAMES, 0.5)
    jumps = step * sensitivity > np.maximum(least, _TIMES_USUAL * usual)
    if not jumps.any():
        return found
    for count in range(1, min(round(_FLIP_S * rate_hz), len(step) - 1) + 1):
        # Frames n + 1 … n + count lie between the steps n and n + count.
        both = jumps[:-count] & jumps[count:]
        last, first = tracks[count + 1 :], tracks[: -count - 1]
        # After a flip of half a turn the signs of a quaternion may have changed.
        closed = distances(np.where(_opposed(last, first), -last, last), first)
        both &= closed < 0.5 * np.minimum(step[:-count], step[count:])
        for at, track in np.argwhere(both):
            found[at + 1 : at + 1 + count, track] = True
    return found


def _opposed(first: Floats, second: Floats) -> Bools:
    """(T, 1 + J, 1) quaternions of opposite sign; never of places."""
    opposed = np.sum(first * second, axis=-1, keepdims=True) < 0.0
    opposed[:, ROOT] = False
    return np.asarray(opposed)
