"""Sub-panel of the character: which bone is which joint, and how that is known."""

from __future__ import annotations

from typing import Final

import bpy

from ...blender.rig.joint_map import joints_of, judge_joints, kept_joints
from ...blender.translation import translated
from ...blender.ui.common import InTab, draw_wrapped
from ...core.retarget.joint_map import Origin, doubt_lines
from ...core.retarget.joint_names import COMMON_JOINT_NAMES
from ...core.retarget.joint_words import short_words_for, words_for
from ..character.chosen import chosen_armature
from .properties import found_joints, reason_not_to_map, state_of

_ICONS: Final = {
    Origin.HAND.value: "PINNED",
    Origin.NAME.value: "CHECKMARK",
    Origin.STRUCTURE.value: "ARMATURE_DATA",
    "missing": "ERROR",
}
_NOT_NEEDED: Final = "REMOVE"
_DOUBTFUL: Final = "QUESTION"


class NEURALMOTION_UL_joints(bpy.types.UIList):
    """One line for each joint: how it is known, and its bone."""

    def draw_item(
        self,
        _context: bpy.types.Context,
        layout: bpy.types.UILayout,
        data: bpy.types.PropertyGroup,
        item: bpy.types.PropertyGroup,
        _icon: int,
        _active_data: object,
        _active_property: str,
    ) -> None:
        armature = data.id_data
        found = found_joints(armature)
        state = state_of(item.name, kept_joints(armature), found)
        lost = bool(item.bone) and not _is_fine(item.bone, armature)
        doubtful = item.name in judge_joints(armature)[0].doubts
        parts = layout.split(factor=0.5)
        icon = "ERROR" if lost else _DOUBTFUL if doubtful else _icon_of(state)
        parts.label(text=translated(short_words_for(item.name)), icon=icon)
        bone = parts.row()
        bone.alert = lost
        bone.active = bool(item.bone)
        known = state in (Origin.NAME.value, Origin.STRUCTURE.value)
        bone.label(text=item.bone or (found.bones[item.name] if known else state))


class NEURALMOTION_PT_joints(InTab, bpy.types.Panel):
    bl_label = "Joints"
    bl_parent_id = "NEURALMOTION_PT_character"
    bl_options = {"DEFAULT_CLOSED"}

    # No poll: of a panel that comes in between others Blender does not draw the header at first.

    def draw_header_preset(self, context: bpy.types.Context) -> None:
        armature = chosen_armature(context)
        if armature is not None:
            self.layout.label(text="", icon=_header_icon(armature))
        super().draw_header_preset(context)

    def draw(self, context: bpy.types.Context) -> None:
        armature, layout = chosen_armature(context), self.layout
        reason = reason_not_to_map(context)
        if reason is not None:
            draw_wrapped(layout, reason, "INFO")
        if armature is None:
            return
        _draw_summary(layout, armature)
        if len(joints_of(armature).rows):
            _draw_list(layout, armature)
        row = layout.row(align=True)
        row.operator("neural_motion.detect_joints", icon="VIEWZOOM")
        row.operator_menu_enum("neural_motion.mirror_joints", "source", icon="MOD_MIRROR")
        row.operator("neural_motion.clear_joints", icon="X").only_active = False
        row = layout.row(align=True)
        row.menu("NEURALMOTION_MT_joint_presets", text="", icon="PRESET")
        row.prop(joints_of(armature), "preset", text="")
        row.operator("neural_motion.save_joint_preset", text="", icon="ADD")
        row.operator("neural_motion.delete_joint_preset", text="", icon="REMOVE")


def _problem(armature: bpy.types.Object) -> str:
    """Why this character could not walk, in the user's words; empty if it could."""
    found, problem = judge_joints(armature)
    missing = ", ".join(words_for(joint) for joint in found.missing)
    return problem or (f"Choose a bone for: {missing}" if missing else "")


def _header_icon(armature: bpy.types.Object) -> str:
    if _problem(armature):
        return "ERROR"
    return _DOUBTFUL if judge_joints(armature)[0].doubts else "CHECKMARK"


def _draw_summary(layout: bpy.types.UILayout, armature: bpy.types.Object) -> None:
    problem = _problem(armature)
    if problem:
        draw_wrapped(layout, problem[0].upper() + problem[1:], "ERROR")
        return
    found, _ = judge_joints(armature)
    names = f"Names: {found.family}" if found.family else "Found by structure"
    draw_wrapped(
        layout, f"{len(found.bones)} of {len(COMMON_JOINT_NAMES)} joints. {names}", "CHECKMARK"
    )
    for line in doubt_lines(found):
        draw_wrapped(layout, line[0].upper() + line[1:], _DOUBTFUL)


def _draw_list(layout: bpy.types.UILayout, armature: bpy.types.Object) -> None:
    kept = joints_of(armature)
    layout.template_list("NEURALMOTION_UL_joints", "", kept, "rows", kept, "active", rows=8)
    if not 0 <= kept.active < len(kept.rows):
        return
    row = layout.row(align=True)
    chosen = kept.rows[kept.active]
    row.prop_search(chosen, "bone", armature.data, "bones", text="")
    row.operator("neural_motion.use_active_bone", text="", icon="BONE_DATA")
    row.operator("neural_motion.clear_joints", text="", icon="X").only_active = True
    state = state_of(chosen.name, kept_joints(armature), found_joints(armature))
    layout.label(text=translated(f"{words_for(chosen.name)}: {state}"), icon=_icon_of(state))
    doubt = judge_joints(armature)[0].doubts.get(chosen.name)
    if doubt:
        draw_wrapped(layout, f"Doubtful: {doubt}", _DOUBTFUL)


def _is_fine(bone: str, armature: bpy.types.Object) -> bool:
    """Whether the bone exists and no other joint has it too."""
    users = sum(other == bone for other in kept_joints(armature).values())
    return users == 1 and bone in armature.data.bones


def _icon_of(state: str) -> str:
    return _ICONS.get(state, _NOT_NEEDED)


CLASSES = (NEURALMOTION_UL_joints, NEURALMOTION_PT_joints)
