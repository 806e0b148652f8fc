"""The joints that talk, how they hang at rest, and where the wrists are before the chest."""

from __future__ import annotations

from typing import Final

import numpy as np

from ...conventions import Floats
from ...maths.rotations import (
    euler_to_quaternion,
    quaternion_conjugate,
    quaternion_multiply,
    quaternion_rotate,
)
from ...motion.clip import MotionClip
from ...motion.common_skeleton import COMMON_SKELETON, HIPS_REST_HEIGHT_M

RATE_HZ: Final = 30.0
SIDES: Final = ("Left", "Right")
TRUNK: Final = ("Spine", "Spine1", "Spine2", "Neck", "Head")
ARM: Final = ("Shoulder", "Arm", "ForeArm", "Hand")
UPPER_BODY: Final = (*TRUNK, *(f"{side}{joint}" for side in SIDES for joint in ARM))
JOINTS: Final = np.array(COMMON_SKELETON.indices(UPPER_BODY))
"""Of the common skeleton, in the order of UPPER_BODY."""
ARM_PARTS: Final = (slice(5, 9), slice(9, 13))
"""Of UPPER_BODY: left and right arm."""
TRUNK_PART: Final = slice(0, 5)
_MIRRORED: Final = np.array([0, 1, 2, 3, 4, 9, 10, 11, 12, 5, 6, 7, 8])
_FLIP_TURN: Final = np.array([1.0, 1.0, -1.0, -1.0], np.float32)
_OFFSETS: Final = COMMON_SKELETON.offsets[JOINTS]
_REST_DEG: Final = {
    "Arm": (-84.0, 0.0, 35.0),
    "ForeArm": (2.0, -20.0, 0.0),
    "Hand": (0.0, -4.0, 6.0),
}
"""Of the left arm, z y x: it hangs, a little bent, as those of people who stand and wait."""


def rest_pose() -> Floats:
    """(13, 4) local rotations of UPPER_BODY with arms that hang; left and right alike."""
    pose = np.zeros((len(UPPER_BODY), 4), np.float32)
    pose[:, 0] = 1.0
    for joint, angles in _REST_DEG.items():
        turn = euler_to_quaternion(np.deg2rad(np.array(angles, np.float32)), "ZYX")
        pose[UPPER_BODY.index(f"Left{joint}")] = turn
        pose[UPPER_BODY.index(f"Right{joint}")] = turn * _FLIP_TURN
    return pose


REST: Final = rest_pose()


def mirrored(pose: Floats) -> Floats:
    """Left and right of (..., 13, 4) swapped."""
    return np.asarray(pose[..., _MIRRORED, :] * _FLIP_TURN)


def arm_chain(arm: Floats, side: int) -> tuple[Floats, Floats]:
    """Where an arm is, seen from the chest.

    Args:
        arm: (T, 4, 4) local rotations of shoulder, arm, forearm and hand.
        side: 0 left, 1 right.

    Returns:
        (T, 4, 3) positions of the four joints from the chest joint, metres, and (T, 4, 4) their
        rotations against the chest.
    """
    offsets = _OFFSETS[ARM_PARTS[side]]
    places = np.empty((len(arm), 4, 3), np.float32)
    turns = np.empty((len(arm), 4, 4), np.float32)
    places[:, 0], turns[:, 0] = offsets[0], arm[:, 0]
    for n in range(1, 4):
        places[:, n] = places[:, n - 1] + quaternion_rotate(turns[:, n - 1], offsets[n])
        turns[:, n] = quaternion_multiply(turns[:, n - 1], arm[:, n])
    return places, turns


def wrists(pose: Floats) -> Floats:
    """(T, 2, 3) left and right wrist from the chest joint in its frame, metres, of (T, 13, 4)."""
    return np.stack([arm_chain(pose[:, ARM_PARTS[s]], s)[0][:, 3] for s in (0, 1)], axis=1)


REST_WRISTS: Final = wrists(REST[None])[0]
"""(2, 3) where they hang."""


def local_turns(turns: Floats) -> Floats:
    """(T, 4, 4) rotations of an arm against the chest as rotations relative to the parent."""
    local = turns.copy()
    local[:, 1:] = quaternion_multiply(quaternion_conjugate(turns[:, :-1]), turns[:, 1:])
    return local


def upper_body_of(clip: MotionClip) -> Floats:
    """(T, 13, 4) local rotations of UPPER_BODY in a clip on the common skeleton."""
    return np.asarray(clip.rotations_wxyz[:, JOINTS])


def clip_of(pose: Floats) -> MotionClip:
    """A clip on the common skeleton that stands, with an upper body (T, 13, 4)."""
    count = len(pose)
    turns = np.zeros((count, COMMON_SKELETON.joint_count, 4), np.float32)
    turns[..., 0] = 1.0
    turns[:, JOINTS] = pose
    root = np.tile(np.array([0.0, HIPS_REST_HEIGHT_M, 0.0], np.float32), (count, 1))
    return MotionClip(COMMON_SKELETON, RATE_HZ, root, turns, np.ones((count, 4), np.bool_))
