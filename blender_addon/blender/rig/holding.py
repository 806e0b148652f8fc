"""Hands that hold something, so that whoever moves arms leaves them alone.

A hand holds something where one of its bones (the hand's own, the controls that it follows, or
its fingers')

* has a constraint that binds it to another object, or its arm an IK that reaches for one,
* cannot turn, because all axes of its rotation are locked,
* carries another object: as a child, or by a constraint of that object. Where objects hang on the
  forearms, too, the body is built of such parts, and children are none that are held.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import bpy

from .acting import acting_constraints, label_of_constraint
from .fingers import find_hands
from .limb_controls import ik_constraint
from .skeleton import RigSkeleton
from .soles import stem_of

_BINDING = (
    "CHILD_OF", "COPY_LOCATION", "COPY_TRANSFORMS", "COPY_ROTATION", "ARMATURE", "IK", "PIVOT",
    "DAMPED_TRACK", "TRACK_TO", "LOCKED_TRACK", "FOLLOW_PATH", "SHRINKWRAP",
)  # fmt: skip
_CARRYING = ("CHILD_OF", "COPY_LOCATION", "COPY_TRANSFORMS", "ARMATURE")


def what_hand_holds(
    armature: bpy.types.Object, rig: RigSkeleton, side: str, controls: Sequence[str] = ()
) -> str:
    """Why a hand must not be moved, in the user's words; empty if it may be.

    Args:
        armature: only looked at.
        rig: what was read of it.
        side: "Left" or "Right".
        controls: bones that the arm follows.
    """
    bones = {common: bone for bone, common in rig.joint_map.items()}
    arm = [bones[side + p] for p in ("Arm", "ForeArm", "Hand") if side + p in bones]
    hand = bones.get(side + "Hand")
    if not arm:
        return ""
    for name in (*arm, *controls):
        for constraint in acting_constraints(armature.pose.bones[name]):
            held = _other_target(constraint, armature)
            if held and constraint.type in _BINDING:
                return f"{label_of_constraint(constraint)} binds it to '{held}'"
    keyed = controls if rig.controls is not None else (*arm, *controls)
    if ik_constraint(armature, arm) is None and (locked := _locked(armature, keyed)):
        return f"the rotation of the bone '{locked}' is locked"
    if hand is None:
        return ""
    around = _bones_of_hand(armature, rig, side, hand) | {*controls}
    carried = _carried_by(armature, around, bones)
    return f"it holds '{carried}'" if carried else ""


def _other_target(constraint: bpy.types.Constraint, armature: bpy.types.Object) -> str:
    found = [constraint, *getattr(constraint, "targets", ())]
    targets = (getattr(each, "target", None) for each in found)
    return next((each.name for each in targets if each is not None and each != armature), "")


def _locked(armature: bpy.types.Object, names: Iterable[str]) -> str:
    bones = armature.pose.bones
    return next((name for name in names if all(bones[name].lock_rotation)), "")


def _bones_of_hand(armature: bpy.types.Object, rig: RigSkeleton, side: str, hand: str) -> set[str]:
    """The hand's bone with whatever stands for it in a control rig, and its fingers."""
    found = {hand, *(bone.name for bone in armature.data.bones[hand].children_recursive)}
    hands = find_hands(armature, rig.joint_map)
    found |= (
        {bone for finger in hands[side].fingers for bone in finger.bones}
        if (side in hands)
        else set()
    )
    if rig.controls is not None:
        stem = stem_of(hand)
        found |= {bone.name for bone in armature.data.bones if stem_of(bone.name) == stem}
    return found


def _carried_by(armature: bpy.types.Object, around: set[str], bones: dict[str, str]) -> str:
    """Name of the first object that hangs on one of these bones and is no part of the body."""
    children = [each for each in bpy.data.objects if _hangs_on(each, armature) in around]
    forearms = {bones.get(f"{side}ForeArm") for side in ("Left", "Right")}
    is_built_so = {each.parent_bone for each in armature.children} >= forearms
    if children and not is_built_so:
        return children[0].name
    for each in bpy.data.objects:
        if any(bone in around for bone in _bound_to(each, armature)):
            return each.name
    return ""


def _hangs_on(each: bpy.types.Object, armature: bpy.types.Object) -> str:
    return each.parent_bone if each.parent == armature and each.parent_type == "BONE" else ""


def _bound_to(each: bpy.types.Object, armature: bpy.types.Object) -> Iterator[str]:
    if each == armature:
        return
    for constraint in each.constraints:
        if constraint.type in _CARRYING and not constraint.mute and constraint.influence > 0:
            for target in (constraint, *getattr(constraint, "targets", ())):
                if getattr(target, "target", None) == armature:
                    yield getattr(target, "subtarget", "")
