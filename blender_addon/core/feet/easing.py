"""From holds to tracks: contacts mended, offsets eased, joints lifted over the ground."""

from __future__ import annotations

from typing import Final

import numpy as np

from ..conventions import Bools, Floats, Ints
from ..maths.segments import Segments
from ..maths.smoothing import smoothstep

EASE_FRAMES: Final = 8
"""Frames over which a foot's own speed decays before a hold and grows after it."""
_SHORTEST_GAP_FRAMES: Final = 4
_SPREAD_FRAMES: Final = (3, 1.5)
_EDGE_SPREAD_FRAMES: Final = (6, 3.0)
"""How long before and after an obstacle a foot is lifted, and how smoothly; of an edge, longer."""
EDGE_HEIGHT_M: Final = 0.04
EDGE_FRAMES: Final = 8


def close_gaps(flags: Bools, motions: Segments) -> Bools:
    """Contacts (N,) interrupted for a few frames are one contact."""
    gaps = motions.spans(~flags)
    within = (gaps.starts > motions.first[gaps.starts]) & (gaps.stops <= motions.last[gaps.starts])
    short = gaps[within & (gaps.lengths < _SHORTEST_GAP_FRAMES)]
    return flags | short.mask(len(flags))


def keep_middle(flags: Bools, bad: Bools, motions: Segments) -> Bools:
    """Runs of flags less what comes before a bad frame in the first half, or after in the second.

    What is let go stays so: a hold that flickers pops.
    """
    if not (bad & flags).any():
        return flags
    runs = motions.spans(flags)
    frames, owner = runs.frames, runs.owner
    middle = ((runs.starts + runs.stops) // 2)[owner]
    late = frames >= middle
    wrong = bad[frames]
    since = np.maximum.accumulate(np.where(wrong & late, frames, -1))
    ahead = np.where(wrong & ~late, frames, len(flags))
    until = np.minimum.accumulate(ahead[::-1])[::-1]
    free = (late & (since >= middle)) | (~late & (until < middle))
    kept = flags.copy()
    kept[frames[free]] = False
    return kept


def ease_offsets(
    offsets: Floats,
    speed: Floats,
    held: Bools,
    motions: Segments,
    ease_frames: int = EASE_FRAMES,
) -> Floats:
    """Offsets (N, 3) known while held, eased in between without a jump in place or speed.

    Args:
        offsets: (N, 3) from the track to where it is held.
        speed: (N, 3) of the track, by the frame.
        held: (N,) where it is.
        motions: which frames belong together.
        ease_frames: over which the track's own speed decays before a hold and grows after it.
    """
    gaps = motions.spans(~held)
    opens = gaps.starts == motions.first[gaps.starts]
    closes = gaps.stops > motions.last[gaps.starts]
    # Before the first hold and after the last one, the only neighbour stands for both; where
    # nothing is held there is none, and no offset.
    first = np.where(opens, np.minimum(gaps.stops, motions.last[gaps.starts]), gaps.starts - 1)
    last = np.where(closes, first, gaps.stops)
    span = np.where(opens | closes, motions.lengths_of(gaps.starts), last - first)
    known = ~(opens & closes)[:, None]
    begin, end = offsets[first] * known, offsets[last] * known
    # The held foot has no speed, the animation has: cancel it at both ends only.
    leaving, coming = speed[first] * ~opens[:, None], speed[last] * ~closes[:, None] * known
    frames, owner = gaps.frames, gaps.owner
    since, until, span = frames - first[owner], last[owner] - frames, span[owner]
    u = np.minimum(np.maximum(since / span, 0.0), 1.0)
    blend = (u * u * u * (u * (6 * u - 15) + 10))[:, None]
    between = begin[owner] + blend * (end - begin)[owner]
    between -= _decay(since, span, ease_frames)[:, None] * leaving[owner]
    between += _decay(until, span, ease_frames)[:, None] * coming[owner]
    eased = offsets.copy()
    eased[frames] = between
    return eased


def _decay(frames: Ints, span: Ints, ease_frames: int) -> Floats:
    """A bump with unit slope at 0 that is gone after the ease, in frames."""
    ease = np.minimum(ease_frames, span)
    u = np.minimum(frames / ease, 1.0)
    return np.asarray(ease * u * (1 - u) ** 2)


def lifted(
    tracks: tuple[Floats, ...], deficit: Floats, free: Bools, motions: Segments
) -> tuple[Floats, ...]:
    """Tracks (N, 3) raised by at least their deficit (N,), smoothly, in free frames alone."""
    if not deficit.any():
        return tracks
    radius, sigma = _SPREAD_FRAMES
    small = np.minimum(deficit, EDGE_HEIGHT_M)
    smooth = motions.smooth(motions.running_maximum(small, radius), sigma)
    lift = np.maximum(np.where(free, smooth, 0.0), deficit)
    edges = np.where(deficit > EDGE_HEIGHT_M, deficit, 0.0)
    if edges.any():
        inside = smoothstep(motions.frames_to(~free) / EDGE_FRAMES)
        radius, sigma = _EDGE_SPREAD_FRAMES
        smooth = motions.smooth(motions.running_maximum(edges, radius), sigma)
        lift = np.maximum(lift, inside * smooth)
    raised = tuple(track.copy() for track in tracks)
    for track in raised:
        track[:, 1] += lift
    return raised
