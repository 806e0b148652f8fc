"""The joint map of a rig, kept on each armature's own object."""

from __future__ import annotations

from collections.abc import Mapping

import bpy

from ...blender.declared import overridable
from ...blender.face.shape_keys import armature_of
from ...blender.rig.joint_map import automatic_joints, joints_of, kept_joints
from ...blender.rows import fit_rows
from ...core.retarget.joint_map import JointMap, Origin
from ...core.retarget.joint_names import COMMON_JOINT_NAMES, REQUIRED_JOINT_NAMES
from ..character.chosen import chosen_armature, reason_if_linked, reason_without_armature


@overridable
class NEURALMOTION_PG_joint(bpy.types.PropertyGroup):
    """One of the common joints; its name is the row's."""

    bone: bpy.props.StringProperty(
        name="Bone",
        description="Bone that is this joint. Empty: found by its name, or by the rig's structure",
    )


@overridable
class NEURALMOTION_PG_joints(bpy.types.PropertyGroup):
    """The joint map of one rig."""

    rows: bpy.props.CollectionProperty(type=NEURALMOTION_PG_joint)
    active: bpy.props.IntProperty(name="Joint")
    preset: bpy.props.StringProperty(name="Preset", description="Name to save the joints under")


def joint_rows(armature: bpy.types.Object) -> bpy.types.bpy_prop_collection:
    """The 22 rows of an armature's map, made if need be; what they hold stays."""
    rows = joints_of(armature).rows
    if tuple(row.name for row in rows) != COMMON_JOINT_NAMES:
        kept = kept_joints(armature)
        fit_rows(rows, len(COMMON_JOINT_NAMES))
        for row, name in zip(rows, COMMON_JOINT_NAMES, strict=False):
            row.name, row.bone = name, kept.get(name, "")
    return rows


def set_joints(armature: bpy.types.Object, chosen: Mapping[str, str]) -> None:
    """Replace the whole map of an armature; joints not named are left to be found."""
    for row in joint_rows(armature):
        row.bone = chosen.get(row.name, "")


def state_of(joint: str, chosen: Mapping[str, str], found: JointMap) -> str:
    """How a joint stands, in the user's words.

    Args:
        joint: its common name.
        chosen: the map as set by hand.
        found: what is found without it.
    """
    bone = chosen.get(joint)
    if bone and bone != found.bones.get(joint):
        return Origin.HAND.value
    if joint in found.bones and (bone or found.bones[joint] not in chosen.values()):
        return found.origins[joint].value
    return "missing" if joint in REQUIRED_JOINT_NAMES else "not needed"


def reason_not_to_map(context: bpy.types.Context) -> str | None:
    """Why the joints cannot be changed, in the user's words; None if they can."""
    armature = chosen_armature(context)
    if armature is None:
        return reason_without_armature(context)
    if (linked := reason_if_linked(armature)) is not None:
        return linked
    if armature.mode == "EDIT":
        return f"Leave Edit Mode of '{armature.name}' first (Tab)"
    return None


def found_joints(armature: bpy.types.Object) -> JointMap:
    """What is found on an armature by itself."""
    return automatic_joints(armature)


def on_chosen(_context: bpy.types.Context, character: bpy.types.Object) -> None:
    """Fill the list of a character that was just chosen."""
    armature = armature_of(character)
    if armature is not None:
        joint_rows(armature)
