"""Add and remove targets of the gaze; show and hide the layer."""

from __future__ import annotations

import bpy

from ...blender.keys.layers import is_shown, layers_of, show_layer
from ...blender.rows import remove_row
from ...blender.timeline import playhead_kept
from ...blender.translation import translated
from ...blender.ui.reporting import report
from ...core.errors import REPORTED, in_words
from ..character.chosen import chosen_settings, reason_not_to_set
from .properties import eye_choice, gazing


class _NeedsCharacter:
    """Mix-in: needs a character whose settings can be changed."""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        reason = reason_not_to_set(context, "gaze")
        if reason is not None:
            cls.poll_message_set(translated(reason))
        return reason is None


class NEURALMOTION_OT_add_gaze_target(_NeedsCharacter, bpy.types.Operator):
    """Add something to look at: each other object that is selected, or an empty line"""

    bl_idname = "neural_motion.add_gaze_target"
    bl_label = "Add Target"
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        rig = gazing(context)
        chosen = rig.neural_motion.gaze
        known = {each.target for each in chosen.targets}
        selected = [each for each in context.selected_objects if each != rig and each not in known]
        for target in selected or [None]:
            new = chosen.targets.add()
            new.target = target
            is_face = target is None or target.type in ("ARMATURE", "CAMERA")
            new.kind = "PARTNER" if is_face else "OBJECT"
        chosen.active_target = len(chosen.targets) - 1
        return {"FINISHED"}


class NEURALMOTION_OT_remove_gaze_target(_NeedsCharacter, bpy.types.Operator):
    """Remove the chosen target"""

    bl_idname = "neural_motion.remove_gaze_target"
    bl_label = "Remove Target"
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not super().poll(context):
            return False
        if not len(chosen_settings(context, "gaze").targets):
            cls.poll_message_set(translated("There is nothing to remove"))
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        chosen = chosen_settings(context, "gaze")
        try:
            remove_row(chosen.targets, chosen.active_target)
        except REPORTED as error:
            report(self, {"ERROR"}, in_words(error))
            return {"CANCELLED"}
        chosen.active_target = max(0, min(chosen.active_target, len(chosen.targets) - 1))
        return {"FINISHED"}


class NEURALMOTION_OT_show_gaze(_NeedsCharacter, bpy.types.Operator):
    """Switch the gaze off, so that the character is as without it, or on again"""

    bl_idname = "neural_motion.show_gaze"
    bl_label = "Switch Gaze On or Off"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        # Not above: switching the extension on does not wait for it.
        from ...blender.face.eye_rig import read_rig
        from .scene import CAPABILITY, datablocks_of

        character = gazing(context)
        try:
            rig = read_rig(context, character, eye_choice(character.neural_motion.gaze))
        except REPORTED as error:
            report(self, {"ERROR"}, in_words(error))
            return {"CANCELLED"}
        blocks = [b for b in datablocks_of(rig).values() if layers_of(b, CAPABILITY)]
        if not blocks:
            report(self, {"WARNING"}, "There is no gaze yet. Generate one first")
            return {"CANCELLED"}
        shown = not any(is_shown(block, CAPABILITY) for block in blocks)
        with playhead_kept(context.scene):
            for block in blocks:
                show_layer(block, CAPABILITY, shown)
        report(self, {"INFO"}, "The gaze is on" if shown else "The gaze is off")
        return {"FINISHED"}


CLASSES = (
    NEURALMOTION_OT_add_gaze_target,
    NEURALMOTION_OT_remove_gaze_target,
    NEURALMOTION_OT_show_gaze,
)
