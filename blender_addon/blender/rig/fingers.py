"""The fingers of an armature, and the channels that bend them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ...core.maths.rotations import axis_angle_to_quaternion, quaternion_multiply
from ...core.retarget.fingers import FINGERS, Finger, Hand, RestBone, find_hand, finger_of
from ..keys.keyframes import Channel, rotation_channels
from ..paths import bone_path
from .steering import steering

Array = NDArray[np.float64]

SIDES: Final = ("Left", "Right")
_REACH: Final = 0.95  # of the forearm: how far from the wrist a finger's bones may be
_LAST_TWO: Final = 0.6
"""Of two bones the last does so much of what a third one would do as well."""


def find_hands(armature: bpy.types.Object, joint_map: Mapping[str, str]) -> dict[str, Hand]:
    """Hands whose fingers can be keyed, by side.

    Args:
        armature: only looked at.
        joint_map: common joint by bone.

    Returns:
        "Left" and "Right", as far as they have fingers whose keys would show.
    """
    bones = {common: bone for bone, common in joint_map.items()}
    hands = {}
    for side in SIDES:
        wrist, elbow = bones.get(f"{side}Hand"), bones.get(f"{side}ForeArm")
        if wrist is None or elbow is None:
            continue
        found = find_hand(_candidates(armature, wrist, elbow), wrist, is_left=side == "Left")
        if found is not None:
            hands[side] = found
    return hands


def _candidates(armature: bpy.types.Object, wrist: str, elbow: str) -> list[RestBone]:
    """Bones around a wrist that are free; the wrist itself is among them.

    Those whose names say that they are fingers, wherever they hang: on control rigs that is not on
    the hand. Without any such name whatever hangs on the hand.
    """
    bones = armature.data.bones
    middle, start = (np.array(bones[name].head_local, np.float64) for name in (wrist, elbow))
    reach = _REACH * float(np.linalg.norm(middle - start))
    named = [bone for bone in bones if bone.name != wrist and finger_of(bone.name) is not None]
    near = [b for b in named if np.linalg.norm(np.array(b.head_local) - middle) < reach]
    near = near or list(bones[wrist].children_recursive)
    free = [b for b in near if b.use_inherit_rotation and _is_free(armature, b.name)]
    return [
        RestBone(
            bone.name,
            bone.parent.name if bone.parent is not None else "",
            np.array(bone.head_local, np.float64),
            np.array(bone.tail_local, np.float64),
        )
        for bone in (bones[wrist], *free)
    ]


def _is_free(armature: bpy.types.Object, name: str) -> bool:
    locks = armature.pose.bones[name].lock_rotation
    return not all(locks) and not steering(armature, name)


def finger_channels(
    armature: bpy.types.Object, hands: Mapping[str, Hand], curls_rad: Array, frames: Array
) -> list[Channel]:
    """Rotations of all finger bones.

    Args:
        armature: only looked at.
        hands: by side, as ``find_hands`` gave them.
        curls_rad: (T, 2, 5, 3) from straight: left and right hand, FINGERS, joints.
        frames: (T,) frame numbers.
    """
    channels: list[Channel] = []
    for side, hand in hands.items():
        of_hand = curls_rad[:, SIDES.index(side)]
        for finger in hand.fingers:
            curls = of_hand[:, FINGERS.index(finger.kind)]
            channels += _of_finger(armature, finger, curls, frames)
    return channels


def _of_finger(
    armature: bpy.types.Object, finger: Finger, curls: Array, frames: Array
) -> list[Channel]:
    channels = []
    for number, angle in enumerate(_angles(finger, curls).T):
        bone = armature.pose.bones[finger.bones[number]]
        to_own = np.array(bone.bone.matrix_local.to_3x3().normalized(), np.float64).T
        turns = axis_angle_to_quaternion((to_own @ finger.axis)[None], angle)
        if number == 0 and finger.together_rad:
            closer = np.array([finger.together_rad])
            back = axis_angle_to_quaternion((to_own @ finger.side_axis)[None], closer)
            turns = quaternion_multiply(np.repeat(back, len(turns), axis=0), turns)
        prefix = bone_path(bone.name)
        channels += rotation_channels(prefix, bone.rotation_mode, frames, turns, bone.name)
    return channels


def _angles(finger: Finger, curls: Array) -> Array:
    """(T, N) by which each bone is turned from its rest; one with fewer bones bends likewise."""
    count = len(finger.bones)
    if finger.kind == "thumb":
        desired = curls[:, 3 - count :]
    else:
        desired = curls[:, :count].copy()
        if count == 2:
            desired[:, 1] += _LAST_TWO * curls[:, 2]
    return np.asarray(desired - finger.rest_rad)
