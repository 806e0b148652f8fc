"""The joint map of a rig: find it, correct it, keep it as a preset."""

from __future__ import annotations

from pathlib import Path

import bpy

from ...blender.presets import (
    PresetKind,
    names_of_presets,
    read_preset,
    remove_preset,
    user_folder,
    write_preset,
)
from ...blender.rig.joint_map import joint_tree, joints_of, kept_joints
from ...blender.translation import translated
from ...blender.ui.preset_dialogs import confirm_deleting, confirm_replacing
from ...blender.ui.preset_files import ExportsPreset, ImportsPreset, draw_preset_files
from ...blender.ui.reporting import report
from ...core.errors import REPORTED, SkeletonError, in_words
from ...core.retarget.joint_map import (
    check_chosen,
    find_joints,
    map_from_json,
    map_to_json,
    mirror_chosen,
)
from ...core.retarget.joint_words import words_for
from ..character.chosen import chosen_armature
from .properties import found_joints, joint_rows, reason_not_to_map, set_joints


class _OnRig:
    """Mix-in: needs an editable character, and reports what goes wrong."""

    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        reason = cls.reason(context)
        if reason is not None:
            cls.poll_message_set(translated(reason))
        return reason is None

    @classmethod
    def reason(cls, context: bpy.types.Context) -> str | None:
        """Why it is greyed out."""
        return reason_not_to_map(context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            self.change(context, chosen_armature(context))
        except REPORTED as error:
            report(self, {"ERROR"}, in_words(error))
            return {"CANCELLED"}
        return {"FINISHED"}

    def change(self, context: bpy.types.Context, armature: bpy.types.Object) -> None:
        raise NotImplementedError


class NEURALMOTION_OT_detect_joints(_OnRig, bpy.types.Operator):
    """Fill the list with the bones found by their names or by the rig's structure"""

    bl_idname = "neural_motion.detect_joints"
    bl_label = "Detect"
    bl_options = {"REGISTER", "UNDO"}

    def change(self, _context: bpy.types.Context, armature: bpy.types.Object) -> None:
        found = found_joints(armature)
        set_joints(armature, found.bones)
        if found.missing:
            names = ", ".join(words_for(joint) for joint in found.missing)
            report(self, {"WARNING"}, f"Not found: {names}. Choose their bones in the list")
        else:
            names = f"names, as in {found.family}" if found.family else "the rig's structure"
            report(self, {"INFO"}, f"Found {len(found.bones)} joints by {names}")


class NEURALMOTION_OT_use_active_bone(_OnRig, bpy.types.Operator):
    """Take the active bone of Pose Mode for the chosen joint"""

    bl_idname = "neural_motion.use_active_bone"
    bl_label = "Use Active Bone"

    @classmethod
    def reason(cls, context: bpy.types.Context) -> str | None:
        reason = reason_not_to_map(context)
        if reason is not None:
            return reason
        armature, bone = chosen_armature(context), context.active_pose_bone
        if bone is None or bone.id_data != armature:
            return f"Click a bone of '{armature.name}' in Pose Mode first"
        return None

    def change(self, context: bpy.types.Context, armature: bpy.types.Object) -> None:
        rows = joint_rows(armature)
        row = rows[min(max(joints_of(armature).active, 0), len(rows) - 1)]
        bone = context.active_pose_bone.name
        user = next((r for r in rows if r.bone == bone and r != row), None)
        if user is not None:
            user.bone = ""
            report(
                self,
                {"INFO"},
                f"'{bone}' was {words_for(user.name)} and is {words_for(row.name)} now",
            )
        row.bone = bone


class NEURALMOTION_OT_mirror_joints(_OnRig, bpy.types.Operator):
    """Copy the joints set on one side to the other, by the bones' names or else by their places"""

    bl_idname = "neural_motion.mirror_joints"
    bl_label = "Mirror"
    bl_options = {"REGISTER", "UNDO"}
    bl_property = "source"

    redo_shows = ("source",)

    source: bpy.props.EnumProperty(
        name="From",
        description="Which side is copied to the other",
        items=(
            ("Left", "Left to Right", "Copy the left side's joints to the right"),
            ("Right", "Right to Left", "Copy the right side's joints to the left"),
        ),
    )

    @classmethod
    def reason(cls, context: bpy.types.Context) -> str | None:
        reason = reason_not_to_map(context)
        if reason is None and not kept_joints(chosen_armature(context)):
            return "Set some joints first, or press Detect"
        return reason

    def change(self, _context: bpy.types.Context, armature: bpy.types.Object) -> None:
        tree = joint_tree(armature.data.bones)
        chosen, without = mirror_chosen(tree, kept_joints(armature), self.source)
        set_joints(armature, chosen)
        if without:
            names = ", ".join(words_for(joint) for joint in without)
            report(self, {"WARNING"}, f"No bone on the other side of: {names}")


class NEURALMOTION_OT_clear_joints(_OnRig, bpy.types.Operator):
    """Forget what was set by hand; all joints are found by themselves again"""

    bl_idname = "neural_motion.clear_joints"
    bl_label = "Clear"
    bl_options = {"REGISTER", "UNDO"}

    redo_shows = ("only_active",)

    only_active: bpy.props.BoolProperty(
        name="Only the Chosen Joint",
        description="Forget the bone of the joint that is chosen in the list, and no other",
    )

    def change(self, _context: bpy.types.Context, armature: bpy.types.Object) -> None:
        rows = joint_rows(armature)
        for n, row in enumerate(rows):
            if not self.only_active or n == joints_of(armature).active:
                row.bone = ""


class NEURALMOTION_OT_save_joint_preset(_OnRig, bpy.types.Operator):
    """Keep the joints as a preset, under the name given; asks before one is replaced"""

    bl_idname = "neural_motion.save_joint_preset"
    bl_label = "Save Preset"

    replace: bpy.props.BoolProperty(name="Replace", options={"SKIP_SAVE", "HIDDEN"})

    @classmethod
    def reason(cls, context: bpy.types.Context) -> str | None:
        reason = reason_not_to_map(context)
        if reason is None and not joints_of(chosen_armature(context)).preset:
            return "Type a name for the preset first"
        return reason

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        name = joints_of(chosen_armature(context)).preset
        return confirm_replacing(self, context, event, user_presets(), name)

    def change(self, _context: bpy.types.Context, armature: bpy.types.Object) -> None:
        tree = joint_tree(armature.data.bones)
        found = find_joints(tree, kept_joints(armature))
        check_chosen(tree, kept_joints(armature), found)
        name, text = joints_of(armature).preset, map_to_json(found.bones)
        path = write_preset(user_presets(), name, text, replace=self.replace)
        done = "Replaced" if self.replace else "Saved as"
        report(self, {"INFO"}, f"{done} {path}")


class NEURALMOTION_OT_load_joint_preset(_OnRig, bpy.types.Operator):
    """Replace the joints of this character by a preset's"""

    bl_idname = "neural_motion.load_joint_preset"
    bl_label = "Load Preset"

    name: bpy.props.StringProperty(name="Preset", options={"HIDDEN"})

    def change(self, _context: bpy.types.Context, armature: bpy.types.Object) -> None:
        chosen = map_from_json(read_preset(user_presets(), self.name), f"preset '{self.name}'")
        lacking = [bone for bone in chosen.values() if bone not in armature.data.bones]
        if len(lacking) == len(chosen):
            raise SkeletonError(
                f"'{armature.name}' has none of the bones of the preset '{self.name}'. Choose a "
                "preset made for a rig with the same names"
            )
        set_joints(armature, chosen)
        joints_of(armature).preset = self.name
        if lacking:
            report(self, {"WARNING"}, f"'{armature.name}' has no bones named {', '.join(lacking)}")


class NEURALMOTION_OT_delete_joint_preset(_OnRig, bpy.types.Operator):
    """Delete the preset of this name"""

    bl_idname = "neural_motion.delete_joint_preset"
    bl_label = "Delete Preset"

    @classmethod
    def reason(cls, context: bpy.types.Context) -> str | None:
        return NEURALMOTION_OT_save_joint_preset.reason(context)

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        name = joints_of(chosen_armature(context)).preset
        return confirm_deleting(self, context, event, name)

    def change(self, _context: bpy.types.Context, armature: bpy.types.Object) -> None:
        remove_preset(user_presets(), joints_of(armature).preset)


class NEURALMOTION_MT_joint_presets(bpy.types.Menu):
    """Presets to choose from"""

    bl_idname = "NEURALMOTION_MT_joint_presets"
    bl_label = "Presets"

    def draw(self, _context: bpy.types.Context) -> None:
        names = names_of_presets(user_presets())
        for name in names:
            self.layout.operator("neural_motion.load_joint_preset", text=name).name = name
        if not names:
            self.layout.label(text="None saved yet")
        exports, imports = "neural_motion.export_joint_preset", "neural_motion.import_joint_preset"
        draw_preset_files(self.layout, exports, imports)


def user_presets() -> Path:
    """The folder of the user's presets."""
    return user_folder("joint_presets")


_KIND = PresetKind("joints", user_presets, map_from_json)


class NEURALMOTION_OT_export_joint_preset(ExportsPreset, bpy.types.Operator):
    """Write a saved preset of joints as a file, to hand on or to keep"""

    bl_idname = "neural_motion.export_joint_preset"
    bl_label = "Export Joint Preset"
    kind = _KIND

    @staticmethod
    def shown_name(context: bpy.types.Context) -> str:
        armature = chosen_armature(context)
        return "" if armature is None else joints_of(armature).preset


class NEURALMOTION_OT_import_joint_preset(ImportsPreset, bpy.types.Operator):
    """Take a preset of joints from a file among your own; none of these is replaced"""

    bl_idname = "neural_motion.import_joint_preset"
    bl_label = "Import Joint Preset"
    kind = _KIND


CLASSES = (
    NEURALMOTION_OT_detect_joints,
    NEURALMOTION_OT_use_active_bone,
    NEURALMOTION_OT_mirror_joints,
    NEURALMOTION_OT_clear_joints,
    NEURALMOTION_OT_save_joint_preset,
    NEURALMOTION_OT_load_joint_preset,
    NEURALMOTION_OT_delete_joint_preset,
    NEURALMOTION_OT_export_joint_preset,
    NEURALMOTION_OT_import_joint_preset,
    NEURALMOTION_MT_joint_presets,
)
