"""Eyes, head, neck and lids among the bones of an armature."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import bpy
import numpy as np

from ...core.errors import GazeError
from ...core.face.bone_names import find_pair, find_part, known_names
from ..rig.acting import acts
from ..rig.face_axes import legs_axes
from ..rig.joint_map import named_joints
from ..rig.steering import hides_keys, steering
from .eyes_found import (
    BLINKS,
    SIDES,
    EyeChoice,
    Eyes,
    Pair,
    agreeing,
    chosen_pair,
    plain_name,
    spell,
    with_warning,
)

_TRACKING: Final = ("DAMPED_TRACK", "TRACK_TO", "LOCKED_TRACK")
_TRUNK: Final = ("Spine2", "Spine1", "Spine")


def find_bones(armature: bpy.types.Object, chosen: EyeChoice) -> Eyes | None:
    if chosen.left or chosen.right:
        pair = chosen_pair(chosen, armature.data.bones, f"bone of '{armature.name}'")
        return _usable(armature, _by_side(armature, pair))
    found = find_part(armature.data.bones.keys(), "eye")
    aimed = [_aimed(armature, [p.name for p in found if p.side == side]) for side in SIDES]
    if aimed[0] and aimed[1]:
        return _usable(armature, _by_side(armature, (aimed[0], aimed[1])))
    pair = agreeing(found)
    if pair is None:
        return None
    return _usable(armature, _by_side(armature, pair))


def _by_side(armature: bpy.types.Object, pair: Pair) -> Pair:
    """The pair with the character's left first, as far as legs or names tell."""
    axes = legs_axes(armature)
    if axes is None:
        return pair
    bones = armature.data.bones
    apart = np.array(bones[pair[0]].head_local) - np.array(bones[pair[1]].head_local)
    return (pair[1], pair[0]) if apart @ axes[0] < 0 else pair


def _aimed(armature: bpy.types.Object, names: Sequence[str]) -> str:
    """The first of these bones that is turned towards another bone of the same armature."""
    return next((n for n in names if _aim_of(armature, n)), "")


def _aim_of(armature: bpy.types.Object, name: str) -> str:
    active: list[Any] = [c for c in armature.pose.bones[name].constraints if hides_keys(c)]
    if len(active) == 1 and active[0].type in _TRACKING and active[0].target == armature:
        return active[0].subtarget if active[0].subtarget in armature.pose.bones else ""
    return ""


def _usable(armature: bpy.types.Object, pair: Pair) -> Eyes:
    """Eyes that can be keyed, or an error that says what stands in the way."""
    aims = tuple(_aim_of(armature, name) for name in pair)
    if aims[0] and aims[1]:
        for aim in aims:
            _check_free(armature, aim, "location", "lock_location", "an eye's target")
        return Eyes("AIM", pair, aims)
    for name in pair:
        _check_free(armature, name, "rotation", "lock_rotation", "an eye")
        if not armature.data.bones[name].use_inherit_rotation:
            raise GazeError(
                f"the eye bone '{name}' does not turn with its parent. Tick Inherit Rotation in "
                "its Relations"
            )
    for name, other in (pair, pair[::-1]):
        if _hangs_from(armature, name, (other,)):
            raise GazeError(
                f"the eye bone '{name}' hangs from the other one, '{other}', and would turn with "
                "it. Parent both to the head, or choose other eyes under Gaze ▸ Eyes"
            )
    return Eyes("BONES", pair)


def _hangs_from(armature: bpy.types.Object, name: str, others: Sequence[str]) -> bool:
    return any(bone.name in others for bone in armature.data.bones[name].parent_recursive)


def _check_free(armature: bpy.types.Object, name: str, what: str, lock: str, role: str) -> None:
    """Refuse a bone whose keys would not show, or that its animator has locked."""
    problem = steering(armature, name, what)
    if problem:
        raise GazeError(f"'{name}', {role}, {problem}")
    if any(getattr(armature.pose.bones[name], lock)):
        raise GazeError(
            f"'{name}', {role}, has its {what} locked. Unlock it in the bone's Transform panel, "
            "or choose other eyes under Gaze ▸ Eyes"
        )


def add_bones(armature: bpy.types.Object, eyes: Eyes, chosen: EyeChoice) -> Eyes:
    """Head, neck, trunk and lids."""
    _check_one_part_each(eyes, chosen)
    joints = named_joints(armature)
    head_joint = joints.get("Head", "")
    frame = _frame_bone(armature, eyes, head_joint)
    head, why = _head_bone(armature, chosen.head, head_joint, frame)
    if head and not _may_carry(armature, head, eyes):
        unfit, head = head, ""
        why = (
            f"the eyes do not hang from '{unfit}', so it stays as animated and "
            "they make up for it. Parent the eyes to it, or choose what carries them as head"
        )
    if why:
        eyes = with_warning(eyes, why)
    neck = chosen.neck or joints.get("Neck", "")
    if not head or not neck or not _neck_carries(armature, neck, head):
        neck = ""
    if chosen.neck and not neck:
        eyes = with_warning(
            eyes, f"'{chosen.neck}' does not carry the head or is not free, so it takes no share"
        )
    trunk = next((joints[name] for name in _TRUNK if name in joints), "")
    return replace(
        eyes, frame=frame, head=head, neck=neck, trunk=trunk, **_find_lids(armature, eyes)
    )


def _turned_eyes(eyes: Eyes) -> tuple[str, ...]:
    """Bones that the gaze moves so that the eyes turn."""
    return {"BONES": eyes.pair, "AIM": eyes.aims}.get(eyes.kind, ())


def _may_carry(armature: bpy.types.Object, head: str, eyes: Eyes) -> bool:
    """Whether turning the head may turn the eyes; told only where nothing but parents acts."""
    if eyes.kind == "BONES":
        parents = [armature.data.bones[name].parent for name in eyes.pair]
        return all(bone is not None and _follows(armature, bone, head) for bone in parents)
    if eyes.kind == "OBJECTS":
        return all(_is_carried(bpy.data.objects[name], armature, head) for name in eyes.pair)
    return True


def _follows(armature: bpy.types.Object, bone: bpy.types.Bone, head: str) -> bool:
    names = [bone.name, *(each.name for each in bone.parent_recursive)]
    return head in names or any(steering(armature, name) for name in names)


def _is_carried(thing: bpy.types.Object, armature: bpy.types.Object, head: str) -> bool:
    if any(acts(constraint) for constraint in thing.constraints):
        return True
    above = thing.parent
    if above is None or (above == armature and thing.parent_type == "OBJECT"):
        return False
    if thing.parent_type == "BONE" and above == armature:
        bone = armature.data.bones.get(thing.parent_bone)
        return bone is not None and _follows(armature, bone, head)
    return thing.parent_type != "OBJECT" or _is_carried(above, armature, head)


def _check_one_part_each(eyes: Eyes, chosen: EyeChoice) -> None:
    """Refuse a bone that was chosen for two parts of the face."""
    parts = {chosen.head: "the head", chosen.neck: "the neck"}
    for name in _turned_eyes(eyes):
        if name and name in parts:
            raise GazeError(
                f"'{name}' is an eye and is chosen as {parts[name]} as well. Choose another bone "
                "for one of them under Gaze ▸ Eyes"
            )


def _frame_bone(armature: bpy.types.Object, eyes: Eyes, head: str) -> str:
    bones = armature.data.bones
    if eyes.kind in ("BONES", "AIM"):
        first, second = ([b.name for b in bones[name].parent_recursive] for name in eyes.pair)
        shared = [name for name in first if name in second]
        if eyes.pair[0] == eyes.pair[1]:
            shared = first
        return head if head in shared else (shared[0] if shared else "")
    return head


def _head_bone(armature: bpy.types.Object, chosen: str, joint: str, frame: str) -> tuple[str, str]:
    """The bone that takes the head's share, and why there is none."""
    if chosen and chosen not in armature.data.bones:
        raise GazeError(f"there is no bone named '{chosen}' for the head. Choose another one")
    by_name = {plain_name(bone.name): bone.name for bone in armature.data.bones}
    others = [by_name[name] for name in known_names()["heads"] if name in by_name]
    tried = [chosen] if chosen else [*([joint] if joint else []), *others]
    for name in tried:
        bone = armature.pose.bones[name]
        if not steering(armature, name) and not any(bone.lock_rotation):
            return name, ""
    kept = "so the head stays as animated and the eyes make up for it"
    if not tried:
        return "", f"no head bone was found, {kept}. Choose one under Gaze ▸ Eyes" if frame else ""
    problem = steering(armature, tried[0]) or "has its rotation locked; unlock it"
    return "", f"the head bone '{tried[0]}' {problem}; {kept}"


def _neck_carries(armature: bpy.types.Object, neck: str, head: str) -> bool:
    """Whether turning the neck turns the head by as much."""
    bones = armature.data.bones
    if neck not in bones or bones[neck] not in bones[head].parent_recursive:
        return False
    between = [bones[head], *bones[head].parent_recursive]
    between = between[: between.index(bones[neck])]
    free = all(bone.use_inherit_rotation and not steering(armature, bone.name) for bone in between)
    locked = any(armature.pose.bones[neck].lock_rotation)
    return free and not locked and not steering(armature, neck)


def _find_lids(armature: bpy.types.Object, eyes: Eyes) -> dict[str, Any]:
    names = armature.data.bones.keys()
    known = known_names()
    upper = [p for p in find_part(names, "upper_lid") if not steering(armature, p.name)]
    shapes = all(name in eyes.face.targets for name in BLINKS)  # which close them already
    lids = ("", "") if shapes else find_pair(upper) or ("", "")
    plain = {plain_name(name): name for name in names if ":" not in name}
    controls = tuple(
        tuple(
            (plain[spell(upper, side)], plain[spell(lower, side)])
            for upper, lower in known["lid_controls"]
            if spell(upper, side) in plain and spell(lower, side) in plain
        )
        for side in SIDES
    )
    usable = not shapes and eyes.kind == "AIM"
    usable = usable and all(
        not steering(armature, upper, "location") for side in controls for upper, _ in side
    )
    return {"lid_bones": lids, "lid_controls": controls if usable else ((), ())}
