"""The meta-rig of Rigify with toes and a face, told in a file of the data folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import bpy

from .body import read_base
from .human import Person, add_armature, add_body, read_bones, read_weights

META_RIG: Final = "human_toes"


def add_metarig(folder: Path, person: Person) -> bpy.types.Object:
    """The meta-rig fitted to a person, each bone with its type and parameters for Rigify.

    The add-on has to be enabled: it declares those properties.
    """
    bones = read_bones(folder, META_RIG)
    armature = add_armature(read_base(folder), person.vertices(folder), bones, "Metarig")
    for number in range(6):
        armature.data.rigify_colors.add().name = f"Colour {number}"
    _collect(armature.data, bones)
    for name, told in bones.items():
        pose_bone: Any = armature.pose.bones[name]
        pose_bone.rotation_mode = told.get("rotation_mode", "QUATERNION")
        pose_bone.rigify_type = told["rigify"].get("rigify_type", "")
        _parametrise(armature.data, pose_bone, told["rigify"].get("rigify_parameters", {}))
        for constraint in told.get("constraints", ()):
            _constrain(armature, pose_bone, constraint)
    return armature


def skin_generated(folder: Path, person: Person, rig: bpy.types.Object) -> bpy.types.Object:
    """The person's body on the rig that Rigify generated from the meta-rig."""

    told, places = read_weights(folder, META_RIG), person.vertices(folder)
    weights = {generated_bone(rig, name): rows for name, rows in told.items()}
    return add_body(read_base(folder), places, rig, weights)


def generated_bone(rig: bpy.types.Object, name: str) -> str:
    """What deforms on a generated rig what a bone of the meta-rig's name carries."""
    deforming = f"DEF-{name}"
    return deforming if deforming in rig.data.bones else name


def _collect(data: Any, bones: Mapping[str, Any]) -> None:
    """Sets of bones, in the order in which bones name them."""
    for name, told in bones.items():
        for word in told["collections"]:
            found = data.collections_all.get(word)
            if found is None:
                found = data.collections.new(word)
                found.rigify_ui_row = len(data.collections_all)
            found.assign(data.bones[name])


def _parametrise(data: Any, pose_bone: Any, told: Mapping[str, Any]) -> None:
    for name, value in told.items():
        if name.endswith("_coll_refs"):
            for word in value:
                found = data.collections_all.get(word) or data.collections.new(word)
                getattr(pose_bone.rigify_parameters, name).add().set_collection(found)
        elif name != "skin_secondary_layers_extra":  # of Blenders before bone collections
            setattr(pose_bone.rigify_parameters, name, value)


def _constrain(armature: bpy.types.Object, pose_bone: Any, told: Mapping[str, Any]) -> None:
    constraint = pose_bone.constraints.new(told["type"])
    for name, value in told.items():
        if name == "targets":
            for each in value:
                target = constraint.targets.new()
                target.target, target.subtarget = armature, each["subtarget"]
                target.weight = each["weight"]
        elif name == "target":
            constraint.target = armature
        elif name != "type":
            setattr(constraint, name, value)
    if "subtarget" in told:
        constraint.subtarget = told["subtarget"]
