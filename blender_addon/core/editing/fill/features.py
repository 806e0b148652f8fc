"""What the filler's network sees of windows, and what its answer means.

A window is filled by the cubic first, then turned and moved so that the last known pose before what
is missing stands at the origin and faces +Z. The network answers with a difference to that: a
turn of every joint in its own axes and a shift of the root. Near known frames the difference fades,
and where the speed there is known its speed fades too, so that ends stay exact.

Arrays are (B, T, ...): windows, frames.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ...conventions import FORWARD, Bools, Floats, Ints
from ...inference.layout import Layout
from ...maths.rotation_vectors import vector_to_quaternion
from ...maths.rotations import (
    heading_to_quaternion,
    length,
    quaternion_conjugate,
    quaternion_multiply,
    quaternion_nlerp,
    quaternion_rotate,
    quaternion_to_six,
)
from ...motion.common_skeleton import COMMON_SKELETON
from ...motion.kinematics import forward_kinematics
from .cubic import fill_cubic, fill_slerp
from .neighbours import Neighbours, find_neighbours

JOINTS: Final = COMMON_SKELETON.joint_count
CHANNELS: Final = 1 + JOINTS
DIFFERENCE_LAYOUT: Final = Layout({"root_shift": 3, "turns": 3 * JOINTS})
"""An answer per frame: the root's shift in metres, then each joint's turn in radians."""
DIFFERENCES: Final = DIFFERENCE_LAYOUT.size
FEATURE_LAYOUT: Final = Layout(
    {
        "root": 3,
        "rotations": 6 * JOINTS,
        "from_root": 3 * (JOINTS - 1),
        "speeds": 3 * JOINTS,
        "known": CHANNELS,
        "fade": CHANNELS,
        "clocks": 4,
        "inside": 1,
    }
)
FEATURES: Final = FEATURE_LAYOUT.size
FADE_FRAMES: Final = 2.0
LIKE_FRAMES: Final = 30.0
GROWTH: Final = 1.4
"""What the cubic misses grows about as this power of a gap's length."""
LIVELY_M: Final = 0.02
CALM_M: Final = 0.004
"""A joint's way in a frame, metres: below the first a difference shrinks, below the second fast."""
_LONGEST: Final = 64.0
QUIET_M: Final = 0.005
QUIET_FRAMES: Final = 25.0
"""A joint's way in a frame, metres, below which, and a gap in frames, beyond which a line is it."""
_QUIET: Final = 3.0
_OPEN_FRAMES: Final = 20
_NOWHERE: Final = 1000


@dataclass(frozen=True, eq=False)
class Windows:
    """Windows filled by the cubic, in the frame of their last known pose.

    Args:
        root_positions: (B, T, 3) metres.
        rotations_wxyz: (B, T, J, 4).
        fade: (B, T, 1 + J) what a difference is multiplied by, 0 where it is known.
        features: (B, T, F) what the network sees.
        origins: (B, 3) where that pose stands in the world, y 0.
        turns_wxyz: (B, 4) its heading in the world.
        speeds: (B,) root mean square of the joints' steps, metres a frame.
    """

    root_positions: Floats
    rotations_wxyz: Floats
    fade: Floats
    features: Floats
    origins: Floats
    turns_wxyz: Floats
    speeds: Floats


def prepare_windows(
    root_positions: Floats, rotations_wxyz: Floats, known: Bools, inside: Bools
) -> Windows:
    """Fill by the cubic, align, and say what the network is to see.

    Args:
        root_positions: (B, T, 3) metres.
        rotations_wxyz: (B, T, J, 4) of the common skeleton.
        known: (B, T, 1 + J), the root's position first.
        inside: (B, T) false for frames that only fill up a shorter window.
    """
    root, rotations = _fill_base(root_positions, rotations_wxyz, known, inside)
    origins, turns = _last_known_pose(root, rotations, known, inside)
    root, rotations = align(root, rotations, origins, turns)
    near = find_neighbours(known)
    positions, _ = forward_kinematics(COMMON_SKELETON, root, rotations)
    speed = _speed(positions, inside)
    fade = _fade(near) * _liveliness(speed)[:, None, None]
    features = _features(root, rotations, positions, known, near, fade, inside)
    return Windows(root, rotations, fade, features, origins, turns, speed)


def align(root: Floats, rotations: Floats, origins: Floats, turns: Floats) -> tuple[Floats, Floats]:
    """A motion of the world as it is seen from a place (B, 3) and heading (B, 4)."""
    back = quaternion_conjugate(turns)[:, None]
    seen = quaternion_rotate(np.broadcast_to(back, (*root.shape[:2], 4)), root - origins[:, None])
    turned = rotations.copy()
    turned[..., 0, :] = quaternion_multiply(back, rotations[..., 0, :])
    return seen, turned


def add_difference(windows: Windows, difference: Floats) -> tuple[Floats, Floats]:
    """The network's answer upon the cubic, in the world.

    Args:
        windows: as prepared.
        difference: (B, T, 3 + 3·J) metres and radians.

    Returns:
        Root positions (B, T, 3) and rotations (B, T, J, 4).
    """
    shape = (*difference.shape[:2], CHANNELS, 3)
    faded = difference.reshape(shape) * windows.fade[..., None]
    root = windows.root_positions + faded[..., 0, :]
    rotations = quaternion_multiply(windows.rotations_wxyz, vector_to_quaternion(faded[..., 1:, :]))
    turns = np.broadcast_to(windows.turns_wxyz[:, None], (*root.shape[:2], 4))
    rotations[..., 0, :] = quaternion_multiply(turns, rotations[..., 0, :])
    return quaternion_rotate(turns, root) + windows.origins[:, None], rotations


def _last_known_pose(
    root: Floats, rotations: Floats, known: Bools, inside: Bools
) -> tuple[Floats, Floats]:
    """Place (B, 3) and heading (B, 4) of the frame before the first with anything missing."""
    missing = ~known.all(-1) & inside
    missing &= np.cumsum(known.any(-1) & inside, axis=1) > 0
    frame = np.maximum(np.argmax(missing, axis=1) - 1, 0)
    each = np.arange(len(frame))
    ahead = quaternion_rotate(rotations[each, frame, 0], np.broadcast_to(FORWARD, (len(each), 3)))
    headings = np.arctan2(ahead[:, 0], ahead[:, 2])
    level = np.array([1, 0, 1], np.float32)
    return root[each, frame] * level, heading_to_quaternion(headings)


def _fade(near: Neighbours) -> Floats:
    """(B, T, K) 0 where known, rising within a few frames of it; the longer the gap the higher."""
    start = _rise(near.since, near.speed_before)
    end = _rise(near.until, near.speed_after)
    span = np.where((near.before < 0) | (near.after < 0), _OPEN_FRAMES, near.after - near.before)
    size = (np.minimum(span, _LONGEST) / LIKE_FRAMES) ** GROWTH
    return (start * end * size).astype(np.float32)


def _rise(away: Ints, flat: Bools) -> Floats:
    frames = np.where(away < 0, _NOWHERE, away).astype(np.float32)
    # A flat beginning keeps the speed that is known there; else only the pose has to be kept.
    return np.where(flat, frames**2 / (frames**2 + FADE_FRAMES**2), frames / (frames + FADE_FRAMES))


def _fill_base(
    root_positions: Floats, rotations_wxyz: Floats, known: Bools, inside: Bools
) -> tuple[Floats, Floats]:
    """The eased cubic; across long gaps of a body that hardly moves rather the line."""
    root, rotations = fill_cubic(root_positions, rotations_wxyz, known, eased=True)
    speed = _speed(forward_kinematics(COMMON_SKELETON, root, rotations)[0], inside)
    quiet = np.flatnonzero(speed < _QUIET * QUIET_M)
    if len(quiet):
        given = known[quiet]
        line, turned = fill_slerp(root_positions[quiet], rotations_wxyz[quiet], given)
        near = find_neighbours(given)
        span = np.maximum(near.after - near.before, 0).astype(np.float32)
        share = span**2 / (span**2 + QUIET_FRAMES**2)
        share /= 1.0 + (speed[quiet] / QUIET_M)[:, None, None] ** 4
        share = np.where((near.before < 0) | (near.after < 0), 0.0, share)
        root[quiet] += share[..., :1] * (line - root[quiet])
        rotations[quiet] = quaternion_nlerp(rotations[quiet], turned, share[..., 1:])
        root[quiet] = np.where(given[..., :1], root_positions[quiet], root[quiet])
    return root, rotations


def _liveliness(speed: Floats) -> Floats:
    """(B,) 0 … 1 how much of a difference is due: beside a body at rest next to none."""
    awake = speed**2 / (speed**2 + CALM_M**2)
    return np.asarray(awake * speed / (speed + LIVELY_M), np.float32)


def _speed(positions: Floats, inside: Bools) -> Floats:
    """(B,) root mean square of the joints' steps, metres a frame."""
    both = (inside[:, 1:] & inside[:, :-1])[..., None]
    steps = length(positions[:, 1:] - positions[:, :-1]) * both
    count = np.maximum(both.sum(axis=(1, 2)), 1) * positions.shape[2]
    return np.asarray(np.sqrt((steps**2).sum(axis=(1, 2)) / count), np.float32)


def _features(
    root: Floats,
    rotations: Floats,
    positions: Floats,
    known: Bools,
    near: Neighbours,
    fade: Floats,
    inside: Bools,
) -> Floats:
    batch = root.shape[:2]
    from_root = (positions[..., 1:, :] - root[..., None, :]).reshape(*batch, -1)
    places = np.concatenate((root, positions[..., 1:, :].reshape(*batch, -1)), axis=-1)
    speeds = np.concatenate((places[:, 1:2] - places[:, :1], places[:, 1:] - places[:, :-1]), 1)
    since, until = (_worst(each) for each in (near.since, near.until))
    clocks = np.stack(
        (since / _LONGEST, until / _LONGEST, 1 / (1 + since), 1 / (1 + until)), axis=-1
    )
    parts = (
        root,
        quaternion_to_six(rotations).reshape(*batch, -1),
        from_root,
        speeds * 10.0,
        known,
        fade,
        clocks,
        inside[..., None],
    )
    seen = np.concatenate([np.asarray(part, np.float32) for part in parts], axis=-1)
    return np.asarray(seen * inside[..., None], np.float32)


def _worst(away: Ints) -> Floats:
    """(B, T) the longest distance of any channel to what is known, in frames."""
    frames = np.where(away < 0, _LONGEST, np.minimum(away, _LONGEST)).max(axis=-1)
    return np.asarray(frames, np.float32)
