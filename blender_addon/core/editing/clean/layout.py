"""What the cleaning network sees of each frame at 30 Hz, and how its answer is applied.

Source: Oreshkin et al. 2022, Motion in-betweening via deep Δ-interpolator: a network is asked for
the difference to a good first answer. Here that answer is the robust filter's, and the difference
is let through only where the filter did something: what was not damaged cannot change.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ...conventions import Bools, Floats
from ...inference.layout import Layout
from ...maths.rotation_vectors import quaternion_to_vector, vector_to_quaternion
from ...maths.rotations import (
    heading_to_quaternion,
    normalise,
    quaternion_conjugate,
    quaternion_multiply,
    quaternion_rotate,
    quaternion_to_six,
)
from ...motion.common_skeleton import COMMON_SKELETON, FOOT_JOINTS
from ...motion.kinematics import forward_kinematics
from .holes import frames_inside
from .tracks import ROOT

RATE_HZ: Final = 30.0
JOINTS: Final = COMMON_SKELETON.joint_count
TRACKS: Final = 1 + JOINTS
FEATURES: Final = Layout(
    {
        "pose": 6 * JOINTS,
        "root_height": 1,
        "root_velocity": 3,
        "foot_heights": 4,
        "foot_velocities": 12,
        "taken_turns": 3 * JOINTS,
        "taken_place": 3,
        "noise": TRACKS,
        "inside": TRACKS,
    }
)
"""Poses have the heading taken out; ``taken`` is what the filter took away; ``inside`` how many
frames, up to 15, a value is from the nearest one that was captured."""
DIFFERENCE: Final = Layout({"turns": 3 * JOINTS, "place": 3})
"""Rotation vectors in each joint's own axes, radians; metres in the axes of the heading."""
_FEET: Final = COMMON_SKELETON.indices(FOOT_JOINTS)
_OPEN_RAD: Final = np.deg2rad(1.0)
_OPEN_M: Final = 0.004
_OPEN_FRAMES: Final = 3.0
_MOST_INSIDE: Final = 15.0
_TAKEN_SCALE: Final = (np.float32(10.0), np.float32(50.0))


def headings(tracks: Floats) -> Floats:
    """(T, 4) rotations about the vertical by which the hips look along +Z."""
    forward = quaternion_rotate(tracks[:, ROOT + 1], np.array([0.0, 0.0, 1.0], np.float32))
    return heading_to_quaternion(np.arctan2(forward[:, 0], forward[:, 2]))


def gates(known: Bools, noise: Floats) -> Floats:
    """(T, 1 + J) 0 where a track is as it was captured, 1 where it was smoothed or bridged."""
    open_at = np.full(noise.shape[1], _OPEN_RAD, np.float32)
    open_at[ROOT] = _OPEN_M
    smoothed = np.minimum(noise / open_at, 1.0)
    bridged = np.minimum(frames_inside(known) / _OPEN_FRAMES, 1.0)
    return np.maximum(smoothed, bridged).astype(np.float32)


def features_of(tracks: Floats, captured: Floats, known: Bools, noise: Floats) -> Floats:
    """What the network sees.

    Args:
        tracks: (T, 1 + J, 4) after the robust filter, at 30 Hz.
        captured: (T, 1 + J, 4) before it.
        known: (T, 1 + J) where the captured value was believed.
        noise: (T, 1 + J) that was smoothed.

    Returns:
        (T, F) as in ``FEATURES``.
    """
    heading = quaternion_conjugate(headings(tracks))
    turns = tracks[:, ROOT + 1 :].copy()
    places, _ = forward_kinematics(COMMON_SKELETON, tracks[:, ROOT, :3], turns)
    turns[:, 0] = quaternion_multiply(heading, turns[:, 0])
    feet = places[:, _FEET]
    speeds = quaternion_rotate(heading[:, None], _by_second(feet))
    taken = np.where(known[..., None], captured, tracks)
    turned = quaternion_to_vector(
        quaternion_multiply(quaternion_conjugate(tracks[:, ROOT + 1 :]), taken[:, ROOT + 1 :])
    )
    moved = quaternion_rotate(heading, taken[:, ROOT, :3] - tracks[:, ROOT, :3])
    scaled_noise = noise * _TAKEN_SCALE[0]
    scaled_noise[:, ROOT] = noise[:, ROOT] * _TAKEN_SCALE[1]
    parts = (
        quaternion_to_six(turns),
        tracks[:, ROOT, 1],
        quaternion_rotate(heading, _by_second(tracks[:, ROOT, :3])),
        feet[..., 1],
        speeds,
        turned * _TAKEN_SCALE[0],
        moved * _TAKEN_SCALE[1],
        scaled_noise,
        np.minimum(frames_inside(known), _MOST_INSIDE) / _MOST_INSIDE,
    )
    flat = [part.reshape(len(tracks), -1) for part in parts]
    return np.asarray(np.concatenate(flat, axis=1), np.float32)


def _by_second(places: Floats) -> Floats:
    if len(places) < 2:
        return np.zeros_like(places)
    return np.asarray(np.gradient(places, axis=0) * np.float32(RATE_HZ))


def apply_difference(tracks: Floats, turns: Floats, places: Floats) -> Floats:
    """Tracks moved by differences.

    Args:
        tracks: (T, 1 + J, 4).
        turns: (T, J, 3) rotation vectors in each joint's own axes.
        places: (T, 3) metres, in the world.
    """
    moved = tracks.copy()
    moved[:, ROOT, :3] += places
    turned = quaternion_multiply(tracks[:, ROOT + 1 :], vector_to_quaternion(turns))
    moved[:, ROOT + 1 :] = normalise(turned)
    return moved
