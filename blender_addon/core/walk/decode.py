"""From what the network said to a clip of the skeleton."""

from __future__ import annotations

import numpy as np

from ..conventions import MODEL_FRAME_RATE_HZ, Bools, Floats
from ..feet.contacts import median_filter
from ..feet.foot_lock import lock_feet
from ..ground.terrain import Terrain
from ..maths.rotations import (
    heading_to_quaternion,
    make_continuous,
    quaternion_multiply,
    six_to_quaternion,
)
from ..maths.smoothing import gaussian_smooth
from ..motion.clip import MotionClip
from ..motion.common_skeleton import COMMON_SKELETON, FOOT_JOINTS
from ..motion.kinematics import forward_kinematics, global_to_local
from .features import OUTPUT_LAYOUT, root_to_world

_PARTS = OUTPUT_LAYOUT.slices
_CONTACT_ON = 0.5
_STEADY_FRAMES = 0.6
_PLANTED_M_S = 0.45
_PLANTED_SHARE = 0.25
"""A foot that carries may still move with the first speed plus this share of the body's."""
_FEET = COMMON_SKELETON.indices(FOOT_JOINTS)


def decode_clip(
    outputs: Floats, track: Floats, ground: Floats, terrain: Terrain, foot_lock: bool
) -> MotionClip:
    """Put pose and root together.

    Args:
        outputs: (T, O) of one character.
        track: (T, 3) x, z, heading of its root.
        ground: (T,) height on which the root stood.
        terrain: the ground itself.
        foot_lock: hold planted feet still.

    Returns:
        A 60 Hz clip with its contacts.
    """
    hips, local = _pose(outputs, track, ground)
    posed = forward_kinematics(COMMON_SKELETON, hips, local)
    contacts = _decide_contacts(outputs[:, _PARTS["contacts"]], posed[0])
    if foot_lock:
        hips, local = lock_feet(COMMON_SKELETON, hips, local, contacts, terrain, posed=posed)
    rotations = make_continuous(local.astype(np.float32))
    return MotionClip(COMMON_SKELETON, MODEL_FRAME_RATE_HZ, hips, rotations, contacts)


def decode_pose(outputs: Floats, track: Floats, ground: Floats) -> MotionClip:
    """One frame alone (1, O), (1, 3), (1,): contacts unknown, feet not held."""
    hips, local = _pose(outputs, track, ground)
    return MotionClip(COMMON_SKELETON, MODEL_FRAME_RATE_HZ, hips, local.astype(np.float32))


def _pose(outputs: Floats, track: Floats, ground: Floats) -> tuple[Floats, Floats]:
    """Hips (T, 3) in the world and rotations (T, J, 4)."""
    frames = len(outputs)
    heading = track[:, 2]
    six = _steady(outputs[:, _PARTS["joint_rotations_six"]]).reshape(frames, -1, 6)
    turned = quaternion_multiply(heading_to_quaternion(heading)[:, None], six_to_quaternion(six))
    local = global_to_local(COMMON_SKELETON, turned)
    over = _steady(outputs[:, _PARTS["joint_positions_m"]][:, :3])
    place = track[:, :2] + root_to_world(over[:, [0, 2]], heading)
    hips = np.stack((place[:, 0], over[:, 1] + ground, place[:, 1]), axis=-1).astype(np.float32)
    return hips, local


def _steady(values: Floats) -> Floats:
    """Without the trembling from one frame to the next that no body has."""
    return gaussian_smooth(values, _STEADY_FRAMES, keep_ends=True)


def _decide_contacts(scores: Floats, positions: Floats) -> Bools:
    """Where the network says so and does so: a foot that travels is not held back by a label."""
    tracks = positions[:, [*_FEET, 0]][..., [0, 2]]
    steps = np.gradient(tracks, axis=0) * MODEL_FRAME_RATE_HZ
    speeds = np.sqrt((steps * steps).sum(axis=-1))
    slow = speeds[:, :4] < _PLANTED_M_S + _PLANTED_SHARE * speeds[:, 4:]
    return median_filter((scores > _CONTACT_ON) & slow, 5)
