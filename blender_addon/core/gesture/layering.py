"""Lays a talker's gestures over whatever else moves a character, joint by joint.

Everything is about one skeleton, the character's own: what it does already (the *base*), the
gestures brought onto it, and how it stands when its hands rest (the *stance*). Three ways to lay
an arm over what is there:

* TO_GESTURE: while it strokes, the arm goes from its base to the gesture's own pose and back.
  So do arms that swing in a walk, or hang.
* ADDED: the stroke, as a turn away from the stance, is added to the base; the further the arm is
  from hanging, the less of it. So do arms that an animator posed.
* LEFT_ALONE: not at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

import numpy as np

from ..conventions import Bools, Floats
from ..maths.rotations import (
    make_continuous,
    normalise,
    quaternion_conjugate,
    quaternion_multiply,
    quaternion_nlerp,
)
from ..motion.clip import MotionClip
from ..retarget.pairs import ancestors

SIDES: Final = ("Left", "Right")
ARM_JOINTS: Final = ("Arm", "ForeArm", "Hand")
TRUNK_JOINTS: Final = ("Spine", "Spine1", "Spine2")
HEAD_JOINTS: Final = ("Neck", "Head")
_AT_REST_RAD: Final = np.deg2rad(1.0)
_FREE_RAD: Final = np.deg2rad(25.0)
_FAR_RAD: Final = np.deg2rad(120.0)
_LEAST_ADDED: Final = 0.35
_IDENTITY: Final = np.array([1.0, 0.0, 0.0, 0.0], np.float32)


class ArmWay(Enum):
    """How the gestures of an arm are laid over what it does."""

    TO_GESTURE = "TO_GESTURE"
    ADDED = "ADDED"
    LEFT_ALONE = "LEFT_ALONE"


@dataclass(frozen=True, eq=False)
class Overlay:
    """What is laid over a character, on its own skeleton and at the scene's frames.

    Args:
        gesture: T frames.
        stance: (J, 4) local rotations of standing with resting hands.
        arms: (T, 2) how much the left and the right arm follow, 0 … 1.
        trunk: (T,) the same of spine, shoulders and head.
    """

    gesture: MotionClip
    stance: Floats
    arms: Floats
    trunk: Floats


@dataclass(frozen=True)
class Ways:
    """What of a character may be moved, and how.

    Args:
        arms: of the left and the right one.
        hang: which arms hang relaxed wherever they do not stroke, instead of their base.
        trunk: whether the spine moves.
        head: whether neck and head do.
    """

    arms: tuple[ArmWay, ArmWay] = (ArmWay.TO_GESTURE, ArmWay.TO_GESTURE)
    hang: tuple[bool, bool] = (False, False)
    trunk: bool = True
    head: bool = True


@dataclass(frozen=True, eq=False)
class Laid:
    """What comes of it.

    Args:
        clip: what the character shall do; joints that are not moved are the base's to the bit.
        joints: (J,) which ones are moved.
        arms: (T, 2) how far each arm has gone from its base, 0 … 1.
    """

    clip: MotionClip
    joints: Bools
    arms: Floats


def lay_over(base: MotionClip, overlay: Overlay, joint_map: Mapping[str, str], ways: Ways) -> Laid:
    """What a character does with the gestures laid over it.

    Args:
        base: what it does already, T frames.
        overlay: the gestures, on the same skeleton and frames.
        joint_map: common joint name by joint name.
        ways: what may be moved.
    """
    bones = Bones(base, joint_map)
    turns = base.rotations_wxyz.copy()
    moved = np.zeros(base.skeleton.joint_count, bool)
    for joint in bones.trunk(head=ways.head) if ways.trunk or ways.head else ():
        is_head = joint in bones.head
        if ways.head if is_head else ways.trunk:
            _add(turns, overlay, joint, overlay.trunk)
            moved[joint] = True
    gone = np.zeros((base.frame_count, 2), np.float32)
    for number, side in enumerate(SIDES):
        way, joints = ways.arms[number], bones.arm(side)
        if way is ArmWay.LEFT_ALONE or not joints:
            continue
        weight = overlay.arms[:, number]
        gone[:, number] = 1.0 if ways.hang[number] else weight
        _lay_arm(turns, overlay, joints, weight, way, hangs=ways.hang[number])
        moved[joints] = True
        for joint in bones.collar(side):
            _add(turns, overlay, joint, weight)
            moved[joint] = True
    turns[:, moved] = make_continuous(normalise(turns[:, moved]))
    clip = MotionClip(base.skeleton, base.frame_rate_hz, base.root_positions, turns, base.contacts)
    return Laid(clip, moved, gone)


def rests(base: MotionClip, joint_map: Mapping[str, str], side: str) -> bool:
    """Whether an arm never leaves its rest pose: nobody has posed it yet."""
    joints = Bones(base, joint_map).arm(side)
    turned = np.abs(base.rotations_wxyz[:, joints, 0]).clip(0.0, 1.0)
    return bool((2.0 * np.arccos(turned) < _AT_REST_RAD).all())


class Bones:
    """Which joints of a skeleton are trunk, head, collar and arms.

    Args:
        clip: of the skeleton.
        joint_map: common joint name by joint name.
    """

    def __init__(self, clip: MotionClip, joint_map: Mapping[str, str]) -> None:
        self._skeleton = clip.skeleton
        self._of = {common: clip.skeleton.index(name) for name, common in joint_map.items()}
        self.head = self._between("Neck" if "Neck" in self._of else "Head", "Head")

    def trunk(self, *, head: bool = True) -> list[int]:
        """From above the hips to the chest, and on to the head, parents first."""
        top = next((n for n in ("Head", "Neck", *TRUNK_JOINTS[::-1]) if n in self._of), None)
        if top is None:
            return []
        path = ancestors(self._skeleton, self._of[top])[::-1]
        hips = set(ancestors(self._skeleton, self._of["Hips"]))
        legs = {j for name in ("LeftUpLeg", "RightUpLeg") if name in self._of
                for j in ancestors(self._skeleton, self._of[name])}  # fmt: skip
        return [j for j in path if j not in hips | legs and (head or j not in self.head)]

    def collar(self, side: str) -> list[int]:
        """The joint between chest and arm; none where the arm hangs on the chest itself."""
        return [self._of[side + "Shoulder"]] if side + "Shoulder" in self._of else []

    def arm(self, side: str) -> list[int]:
        """From the upper arm to the hand, with whatever lies between, parents first."""
        present = [side + part for part in ARM_JOINTS if side + part in self._of]
        return self._between(present[0], present[-1]) if present else []

    def _between(self, first: str, last: str) -> list[int]:
        if first not in self._of or last not in self._of:
            return []
        path = ancestors(self._skeleton, self._of[last])[::-1]
        start = self._of[first]
        return path[path.index(start) :] if start in path else [self._of[last]]


def _add(turns: Floats, overlay: Overlay, joint: int, weight: Floats) -> None:
    """Add the gesture's turn away from the stance to the base."""
    turn = _away(overlay, joint)
    turns[:, joint] = quaternion_multiply(_part(turn, weight), turns[:, joint])


def _away(overlay: Overlay, joint: int) -> Floats:
    """(T, 4) by which a joint is turned from how it stands, in the axes of its parent."""
    back = quaternion_conjugate(overlay.stance[joint])
    return quaternion_multiply(overlay.gesture.rotations_wxyz[:, joint], back)


def _part(turn: Floats, weight: Floats) -> Floats:
    return quaternion_nlerp(np.broadcast_to(_IDENTITY, turn.shape), turn, weight)


def _lay_arm(
    turns: Floats, overlay: Overlay, joints: list[int], weight: Floats, way: ArmWay, *, hangs: bool
) -> None:
    if hangs:
        turns[:, joints] = overlay.stance[joints]
    if way is ArmWay.ADDED and not hangs:
        share = weight * _share_added(turns[:, joints[0]], overlay.stance[joints[0]])
        for joint in joints:
            _add(turns, overlay, joint, share)
        return
    for joint in joints:
        turns[:, joint] = quaternion_nlerp(
            turns[:, joint], overlay.gesture.rotations_wxyz[:, joint], weight
        )


def _share_added(upper: Floats, stance: Floats) -> Floats:
    """(T,) how much of a stroke is added to an upper arm that is turned so far from hanging."""
    off = quaternion_multiply(upper, quaternion_conjugate(stance))
    angle = 2.0 * np.arccos(np.abs(off[:, 0]).clip(0.0, 1.0))
    far = np.clip((angle - _FREE_RAD) / (_FAR_RAD - _FREE_RAD), 0.0, 1.0)
    return np.asarray(1.0 - (1.0 - _LEAST_ADDED) * far, np.float32)
