"""What is between two known poses without having learned anything: the cubic, and SLERP.

The cubic is Hermite's, through both poses with the velocities at both ends, on the root's position
and on quaternions. A velocity is the last step between neighbouring known frames; where a pose is
known alone, it is Catmull and Rom's of the poses on both sides, and at the last pose of all the
natural end, without curvature. Beyond the last known pose the motion comes to rest.

Arrays are (B, T, ...): windows, frames. A mask (B, T, 1 + J) says of the root's position and of
each joint's rotation where it is known; values elsewhere are ignored.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ...conventions import Bools, Floats, Ints
from ...maths.rotations import dot, normalise
from .neighbours import Neighbours, find_neighbours

REST_FRAMES: Final = 6.0
"""In how many frames a motion that nothing follows comes to rest."""

LONG_FRAMES: Final = 60.0
"""Across so many frames a velocity at an end counts for half: it says little of so far away."""
END_FRAMES: Final = 3.0
"""Within about so many frames what was taken of a velocity dies away."""


def fill_cubic(
    root_positions: Floats, rotations_wxyz: Floats, known: Bools, *, eased: bool = False
) -> tuple[Floats, Floats]:
    """Fill by the cubic with end velocities.

    Args:
        root_positions: (B, T, 3) metres.
        rotations_wxyz: (B, T, J, 4).
        known: (B, T, 1 + J), the root's position first; at least one frame of each channel.
        eased: the longer the gap, the nearer to a line; else the plain cubic however long.

    Returns:
        Both, known values to the bit.
    """
    near = find_neighbours(known)
    root = _cubic(root_positions[:, :, None], _channel(near, slice(0, 1)), eased)[:, :, 0]
    rotations = normalise(_cubic(rotations_wxyz, _channel(near, slice(1, None)), eased))
    return (
        np.where(known[..., :1], root_positions, root),
        np.where(known[..., 1:, None], rotations_wxyz, rotations),
    )


def fill_slerp(
    root_positions: Floats, rotations_wxyz: Floats, known: Bools
) -> tuple[Floats, Floats]:
    """Fill by a line on the root and spherical interpolation; hold where one side is unknown.

    Takes and gives what ``fill_cubic`` does.
    """
    near = find_neighbours(known)
    root = _line(root_positions[:, :, None], _channel(near, slice(0, 1)))[:, :, 0]
    rotations = _slerp(rotations_wxyz, _channel(near, slice(1, None)))
    return (
        np.where(known[..., :1], root_positions, root),
        np.where(known[..., 1:, None], rotations_wxyz, rotations),
    )


def _channel(near: Neighbours, which: slice) -> Neighbours:
    parts = (near.before, near.earlier, near.after, near.later)
    return Neighbours(*(part[..., which] for part in parts))


def _at(values: Floats, frames: Ints) -> Floats:
    """Values (B, T, K, C) at frames (B, T, K); at −1 whatever."""
    return np.take_along_axis(values, np.maximum(frames, 0)[..., None], axis=1)


def _turned_alike(values: Floats, like: Floats) -> Floats:
    """Of q and −q, which are one rotation, the one nearer to another; positions stay."""
    if values.shape[-1] != 4:
        return values
    return np.where(dot(values, like)[..., None] < 0, -values, values)


def _cubic(values: Floats, near: Neighbours, eased: bool) -> Floats:
    start, end = _at(values, near.before), _at(values, near.after)
    both = ((near.before >= 0) & (near.after >= 0))[..., None]
    start = np.where((near.before >= 0)[..., None], start, end)
    end = np.where((near.after >= 0)[..., None], _turned_alike(end, start), start)
    span = np.maximum(near.after - near.before, 1)[..., None].astype(np.float32)
    slope = (end - start) / span
    at_start, sure_start = _velocity(values, near.before, near.earlier, start, -1)
    at_end, sure_end = _velocity(values, near.after, near.later, end, 1)
    at_start = np.where(both, _uneven(at_start, near.before - near.earlier, slope, span), at_start)
    at_end = np.where(both, _uneven(at_end, near.later - near.after, slope, span), at_end)
    # A natural end has no curvature there.
    natural_start, natural_end = 1.5 * slope - 0.5 * at_end, 1.5 * slope - 0.5 * at_start
    first = np.where(sure_start, at_start, np.where(sure_end, natural_start, slope))
    last = np.where(sure_end, at_end, np.where(sure_start, natural_end, slope))
    frames = np.maximum(near.since, 0)[..., None].astype(np.float32)
    inside = (_eased if eased else _hermite)(start, end, first, last, span, frames)
    return np.where(both, inside, _come_to_rest(start, at_start, at_end, near))


def _velocity(
    values: Floats, here: Ints, beyond: Ints, value: Floats, direction: int
) -> tuple[Floats, Bools]:
    """Per frame between two known poses on one side, and where there are two."""
    has = ((here >= 0) & (beyond >= 0))[..., None]
    other = _turned_alike(_at(values, beyond), value)
    gap = np.maximum(np.abs(beyond - here), 1)[..., None].astype(np.float32)
    return np.where(has, direction * (other - value) / gap, 0.0).astype(np.float32), has


def _uneven(velocity: Floats, gap: Ints, slope: Floats, span: Floats) -> Floats:
    """At a pose known alone the slopes on both sides, the shorter one counting more."""
    wide = np.maximum(gap, 1)[..., None].astype(np.float32)
    return np.where(wide > 1, (span * velocity + wide * slope) / (wide + span), velocity)


def _hermite(
    start: Floats, end: Floats, first: Floats, last: Floats, span: Floats, frames: Floats
) -> Floats:
    """Between two poses ``span`` frames apart, with velocities per frame."""
    t = frames / span
    left = 1.0 - t
    return np.asarray(
        start * (1 + 2 * t) * left**2
        + first * span * t * left**2
        + end * t**2 * (3 - 2 * t)
        - last * span * t**2 * left
    )


def _eased(
    start: Floats, end: Floats, first: Floats, last: Floats, span: Floats, frames: Floats
) -> Floats:
    """The same with velocities that count for less in long gaps, but hold right at the ends."""
    kept = 1.0 / (1.0 + (span / LONG_FRAMES) ** 2)
    slope = (end - start) / span
    lost, lost_last = (1.0 - kept) * (first - slope), (1.0 - kept) * (last - slope)
    left = span - frames
    curve = _hermite(start, end, first - lost, last - lost_last, span, frames)
    at_start = lost * frames * np.exp(-frames / END_FRAMES)
    return np.asarray(curve + at_start - lost_last * left * np.exp(-left / END_FRAMES))


def _come_to_rest(value: Floats, at_start: Floats, at_end: Floats, near: Neighbours) -> Floats:
    """Beyond the last known pose, on whichever side: the speed there decays."""
    away = np.where(near.before >= 0, near.since, near.until)[..., None].astype(np.float32)
    velocity = np.where((near.before >= 0)[..., None], at_start, -at_end)
    return np.asarray(value + velocity * REST_FRAMES * (1.0 - np.exp(-away / REST_FRAMES)))


def _share(near: Neighbours) -> Floats:
    """(B, T, K, 1) how far between the known frames, 0 … 1."""
    span = np.maximum(near.after - near.before, 1).astype(np.float32)
    share = np.maximum(near.since, 0).astype(np.float32) / span
    return np.where(near.before < 0, 1.0, np.where(near.after < 0, 0.0, share))[..., None]


def _line(values: Floats, near: Neighbours) -> Floats:
    share = _share(near).astype(np.float32)
    return np.asarray(_at(values, near.before) * (1 - share) + _at(values, near.after) * share)


def _slerp(rotations: Floats, near: Neighbours) -> Floats:
    share = _share(near)
    start, end = _at(rotations, near.before), _at(rotations, near.after)
    end = _turned_alike(end, start)
    angle = np.arccos(np.clip(dot(start, end)[..., None], -1.0, 1.0))
    sine = np.sin(angle)
    near_by = sine < 1e-4
    safe = np.where(near_by, 1.0, sine)
    first = np.where(near_by, 1 - share, np.sin((1 - share) * angle) / safe)
    second = np.where(near_by, share, np.sin(share * angle) / safe)
    return normalise((first * start + second * end).astype(np.float32))
