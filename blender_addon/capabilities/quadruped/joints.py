"""Joints of an animal that are set by hand, where they were found wrongly."""

from __future__ import annotations

from typing import Any, Final

import bpy

from ...blender.declared import overridable
from ...blender.rows import remove_row
from ...core.quadruped.skeleton import JOINTS
from ..character.changing import ChangesCharacter
from ..character.chosen import chosen_armature, reason_without_armature

_ITEMS: Final = tuple((name, name.replace("_", " ").title(), "") for name in JOINTS)


@overridable
class NEURALMOTION_PG_quadruped_joint(bpy.types.PropertyGroup):
    """A joint, and the bone that it is."""

    joint: bpy.props.EnumProperty(
        name="Joint", description="Of the animal", items=_ITEMS, default=JOINTS[0]
    )
    bone: bpy.props.StringProperty(
        name="Bone", description="That begins at this joint. Empty: it is found"
    )


def joints_by_hand(armature: bpy.types.Object) -> dict[str, str]:
    """Bone by common joint, as set by hand; empty while the extension is switched off."""
    settings = getattr(armature, "neural_motion", None)
    rows = () if settings is None else settings.quadruped.joints
    return {row.joint: row.bone for row in rows if row.bone}


class _OfAnimal(ChangesCharacter):
    """Mix-in of operators that change the joints of the chosen character."""

    @staticmethod
    def settings_of(context: bpy.types.Context) -> Any:
        return chosen_armature(context).neural_motion.quadruped


class NEURALMOTION_OT_add_quadruped_joint(_OfAnimal, bpy.types.Operator):
    """Set the bone of a joint by hand"""

    bl_idname = "neural_motion.add_quadruped_joint"
    bl_label = "Set Joint of Quadruped"

    def change(self, _context: bpy.types.Context, chosen: Any) -> None:
        taken = {row.joint for row in chosen.joints}
        chosen.joints.add().joint = next((n for n in JOINTS if n not in taken), JOINTS[0])
        chosen.active_joint = len(chosen.joints) - 1


class NEURALMOTION_OT_remove_quadruped_joint(_OfAnimal, bpy.types.Operator):
    """Let the joint of the chosen line be found again"""

    bl_idname = "neural_motion.remove_quadruped_joint"
    bl_label = "Unset Joint of Quadruped"
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    @classmethod
    def reason(cls, context: bpy.types.Context) -> str | None:
        reason = reason_without_armature(context)
        if reason is None and not len(cls.settings_of(context).joints):
            return "There is nothing to remove"
        return reason

    def change(self, _context: bpy.types.Context, chosen: Any) -> None:
        remove_row(chosen.joints, chosen.active_joint)
        chosen.active_joint = max(0, min(chosen.active_joint, len(chosen.joints) - 1))


CLASSES = (NEURALMOTION_OT_add_quadruped_joint, NEURALMOTION_OT_remove_quadruped_joint)
