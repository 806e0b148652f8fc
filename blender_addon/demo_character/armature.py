"""A person's armature: bones at the body's joints, under the names of the chosen program."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import bpy
import numpy as np
from mathutils import Vector

from ..blender.adding import open_collection
from ..blender.axes import core_to_blender_points
from ..core.conventions import Floats
from .body import Body
from .bones import BODY, BONES, FACE, FINGER, FINGERS, Bone, Naming, carrier

_ROOT_LENGTH_M: Final = 0.25
_IN_THE_BALL: Final = 0.7
_FRONT: Final = np.array([0.0, 0.0, 1.0])
_UP: Final = np.array([0.0, 1.0, 0.0])
_SEEN_FROM_ABOVE: Final = ("foot", "toe", "eye", "tongue")


def add_armature(
    context: bpy.types.Context, name: str, body: Body, naming: Naming, lift_m: float
) -> bpy.types.Object:
    """Add the armature, selected and active.

    Args:
        name: of the object; Blender numbers it where it is taken.
        lift_m: how far soles of shoes raise the body.
    """
    data = bpy.data.armatures.new(name)
    data.display_type = "STICK"  # thick bones would hide face and hands
    armature = bpy.data.objects.new(name, data)
    open_collection(context).objects.link(armature)
    for other in context.selected_objects:
        other.select_set(False)
    armature.select_set(True)
    context.view_layer.objects.active = armature
    bpy.ops.object.mode_set(mode="EDIT")
    _add_bones(data, body, naming, lift_m)
    bpy.ops.object.mode_set(mode="OBJECT")
    _sort_bones(data, naming)
    return armature


def _add_bones(data: bpy.types.Armature, body: Body, naming: Naming, lift_m: float) -> None:
    lifted = {name: place + lift_m * _UP for name, place in body.joints.items()}
    for side in "lr":
        lifted[f"{side}-eye-target"] = _within_ball(lifted, side, body.eye_radius_m)
    if naming.root:
        root = data.edit_bones.new(naming.root)
        root.head, root.tail = Vector(), Vector((0.0, -_ROOT_LENGTH_M, 0.0))
        root.use_deform = False
    for bone in BONES:
        if bone.name in naming.names:
            _add_bone(data, bone, naming, lifted, palm_directions(body.joints))


def _within_ball(joints: Mapping[str, Floats], side: str, radius_m: float) -> Floats:
    """Where a bone ends that looks ahead and does not stand out of its eyeball."""
    ahead = joints[f"{side}-eye-target"] - joints[f"{side}-eye"]
    return joints[f"{side}-eye"] + _IN_THE_BALL * radius_m * ahead / np.linalg.norm(ahead)


def _add_bone(
    data: bpy.types.Armature,
    bone: Bone,
    naming: Naming,
    joints: Mapping[str, Floats],
    palms: Mapping[str, Floats],
) -> None:
    new = data.edit_bones.new(naming.names[bone.name])
    new.head, new.tail = _to_blender(joints[bone.head]), _to_blender(joints[_tail(bone, naming)])
    new.align_roll(_to_blender(_front_of(bone, palms)))
    above = carrier(bone.parent, naming) if bone.parent else ""
    parent = naming.names[above] if above else naming.root
    if parent:
        new.parent = data.edit_bones[parent]
        # Connected bones cannot move apart; only the hips are meant to.
        gap = (new.parent.tail - new.head).length
        new.use_connect = gap < 1e-5 and parent != naming.root


def _tail(bone: Bone, naming: Naming) -> str:
    """A bone that carries an unnamed one reaches to that one's end."""
    for other in BONES:
        if other.parent == bone.name and other.name not in naming.names:
            return other.tail
    return bone.tail


def _front_of(bone: Bone, palms: Mapping[str, Floats]) -> Floats:
    """Direction of the bone's Z axis; a finger bends about its X axis."""
    if bone.name.startswith((*FINGERS, "hand")):
        return palms[bone.name[-1]]
    return _UP if bone.name.startswith(_SEEN_FROM_ABOVE) else _FRONT


def palm_directions(joints: Mapping[str, Floats]) -> dict[str, Floats]:
    """(3,) the way each palm, "L" and "R", faces in the rest pose."""
    palms = {}
    for side, sign in (("L", 1.0), ("R", -1.0)):
        wrist, index, pinky = (
            joints[f"{side.lower()}-{name}"] for name in ("hand", "finger-2-1", "finger-5-1")
        )
        across = sign * np.cross(pinky - wrist, index - wrist)
        palms[side] = across / np.linalg.norm(across)
    return palms


def _to_blender(place: Floats) -> Vector:
    return Vector(core_to_blender_points(np.asarray(place, np.float32)))


def _sort_bones(data: bpy.types.Armature, naming: Naming) -> None:
    """Bone collections, so that fingers and face can be hidden while posing the body."""
    groups = {kind: data.collections.new(kind) for kind in (BODY, FINGER, FACE)}
    kinds = {naming.names[bone.name]: bone.group for bone in BONES if bone.name in naming.names}
    for each in data.bones:
        groups[kinds.get(each.name, BODY)].assign(each)
