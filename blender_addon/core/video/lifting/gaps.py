"""Frames in which nothing was seen: bridged for the network, and quietened in what it says."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...conventions import Bools
from ...maths.segments import Segments
from ...maths.smoothing import smoothstep

Numbers = NDArray[np.floating[Any]]

SHORT_S: Final = 0.5
"""A gap up to so long is bridged by the network itself."""
_FADE_S: Final = 0.8
"""How long it takes at most from one side of a long gap to the other."""


def bridge(values: Numbers, known: Bools) -> Numbers:
    """Values where they are known; between these a line, beyond the ends the nearest.

    Args:
        values: (T, K, C); what is unknown may be NaN.
        known: (T, K).

    Returns:
        (T, K, C) finite; what is never known takes the mean of what is, frame by frame.
    """
    count, kinds, width = values.shape
    filled = np.array(values, np.float64)
    frames = np.arange(count)
    for kind in range(kinds):
        there = known[:, kind]
        if there.all() or not there.any():
            continue
        for channel in range(width):
            given = values[there, kind, channel]
            filled[:, kind, channel] = np.interp(frames, frames[there], given)
    seldom = ~known.any(axis=0)
    if seldom.any():
        mean = filled[:, ~seldom].mean(axis=1) if not seldom.all() else np.zeros((count, width))
        filled[:, seldom] = mean[:, None]
    return filled


def gaps_of(seen: Bools) -> list[tuple[int, int]]:
    """First frame and the one after the last of each stretch of frames that are not seen."""
    gaps = Segments.of(len(seen)).spans(~seen)
    return list(zip(gaps.starts.tolist(), gaps.stops.tolist(), strict=True))


def near(seen: Bools, reach: int) -> Bools:
    """(T,) frames that are seen, or in a gap of at most so many frames between two that are."""
    found = seen.copy()
    for first, end in gaps_of(seen):
        if first > 0 and end < len(seen) and end - first <= reach:
            found[first:end] = True
    return found


def hold_long_gaps(joints_m: Numbers, seen: Bools, frame_rate_hz: float) -> Numbers:
    """Poses that stay as they were last seen in a long gap, then go over to the next.

    Args:
        joints_m: (T, 14, 3).
        seen: (T,).
        frame_rate_hz: frames a second.

    Returns:
        (T, 14, 3); frames that are seen, and short gaps, as they were.
    """
    held = joints_m.copy()
    count = len(seen)
    for first, end in gaps_of(seen):
        if first == 0 or end == count:
            held[first:end] = joints_m[min(end, count - 1)] if first == 0 else joints_m[first - 1]
        elif end - first > SHORT_S * frame_rate_hz:
            at = np.arange(1, end - first + 1)
            length = min(_FADE_S * frame_rate_hz, end - first + 1.0)
            middle = 0.5 * (end - first + 1.0)
            share = smoothstep((at - middle) / length + 0.5)[:, None, None]
            held[first:end] = joints_m[first - 1] * (1.0 - share) + joints_m[end] * share
    return held
