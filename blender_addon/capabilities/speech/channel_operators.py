"""The channel table: find it by the shapes' names, change it, keep it as a preset."""

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
from ...blender.rows import remove_row
from ...blender.translation import translated
from ...blender.ui.preset_dialogs import confirm_deleting, confirm_replacing
from ...blender.ui.preset_files import ExportsPreset, ImportsPreset, draw_preset_files
from ...blender.ui.reporting import report
from ...core.errors import REPORTED, in_words
from ...core.face.arkit import SPEECH_CHANNELS
from ...core.face.table import table_from_json, table_to_json
from ..character.chosen import chosen_settings, reason_not_to_set, settings_of
from .properties import fill_channels, read_channels, speaking


class _OnCharacter:
    """Mix-in: needs a character, and reports what goes wrong."""

    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        reason = reason_not_to_set(context, "speech")
        if reason is not None:
            cls.poll_message_set(translated(reason))
        return reason is None

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            self.change(speaking(context))
        except REPORTED as error:
            report(self, {"ERROR"}, in_words(error))
            return {"CANCELLED"}
        return {"FINISHED"}

    def change(self, character: bpy.types.Object) -> None:
        raise NotImplementedError


class NEURALMOTION_OT_find_face_channels(_OnCharacter, bpy.types.Operator):
    """Fill the table with what the names of the shape keys tell; kept if they tell nothing"""

    bl_idname = "neural_motion.find_face_channels"
    bl_label = "Find Channels"
    bl_options = {"REGISTER", "UNDO"}

    def change(self, character: bpy.types.Object) -> None:
        # Not above: switching the extension on does not wait for it.
        from .face import propose_table

        family, rows = propose_table(character)
        if family:
            fill_channels(character, rows, family)
        elif read_channels(character):
            report(self, {"WARNING"}, "None of the names is known here. The table stays as it was")
        else:
            fill_channels(character, rows, family)
            report(
                self,
                {"WARNING"},
                "None of the names is known here. Choose a target for each channel",
            )


class NEURALMOTION_OT_add_face_channel(_OnCharacter, bpy.types.Operator):
    """Add a row to the table"""

    bl_idname = "neural_motion.add_face_channel"
    bl_label = "Add Channel"

    def change(self, character: bpy.types.Object) -> None:
        chosen = settings_of(character, "speech")
        chosen.channels.add().channel = SPEECH_CHANNELS[0]
        chosen.active_channel = len(chosen.channels) - 1


class NEURALMOTION_OT_remove_face_channel(_OnCharacter, bpy.types.Operator):
    """Remove the chosen row"""

    bl_idname = "neural_motion.remove_face_channel"
    bl_label = "Remove Channel"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not super().poll(context):
            return False
        if not len(chosen_settings(context, "speech").channels):
            cls.poll_message_set(translated("There is nothing to remove"))
            return False
        return True

    def change(self, character: bpy.types.Object) -> None:
        chosen = settings_of(character, "speech")
        remove_row(chosen.channels, chosen.active_channel)
        chosen.active_channel = max(0, min(chosen.active_channel, len(chosen.channels) - 1))


class NEURALMOTION_OT_save_face_preset(_OnCharacter, bpy.types.Operator):
    """Keep the table as a preset, under the name given; asks before one is replaced"""

    bl_idname = "neural_motion.save_face_preset"
    bl_label = "Save Preset"

    replace: bpy.props.BoolProperty(name="Replace", options={"SKIP_SAVE", "HIDDEN"})

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        name = chosen_settings(context, "speech").preset
        return confirm_replacing(self, context, event, user_presets(), name)

    def change(self, character: bpy.types.Object) -> None:
        text = table_to_json(read_channels(character))
        name = settings_of(character, "speech").preset
        path = write_preset(user_presets(), name, text, replace=self.replace)
        report(self, {"INFO"}, f"{'Replaced' if self.replace else 'Saved as'} {path}")


class NEURALMOTION_OT_load_face_preset(_OnCharacter, bpy.types.Operator):
    """Replace the table by a preset"""

    bl_idname = "neural_motion.load_face_preset"
    bl_label = "Load Preset"

    name: bpy.props.StringProperty(name="Preset", options={"HIDDEN"})

    def change(self, character: bpy.types.Object) -> None:
        rows = table_from_json(read_preset(user_presets(), self.name), f"preset '{self.name}'")
        fill_channels(character, rows, f"preset {self.name}")
        settings_of(character, "speech").preset = self.name


class NEURALMOTION_OT_delete_face_preset(_OnCharacter, bpy.types.Operator):
    """Delete the preset of this name"""

    bl_idname = "neural_motion.delete_face_preset"
    bl_label = "Delete Preset"

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        name = chosen_settings(context, "speech").preset
        return confirm_deleting(self, context, event, name)

    def change(self, character: bpy.types.Object) -> None:
        remove_preset(user_presets(), settings_of(character, "speech").preset)


class NEURALMOTION_MT_face_presets(bpy.types.Menu):
    """Presets to choose from"""

    bl_idname = "NEURALMOTION_MT_face_presets"
    bl_label = "Presets"

    def draw(self, _context: bpy.types.Context) -> None:
        names = names_of_presets(user_presets())
        for name in names:
            self.layout.operator("neural_motion.load_face_preset", text=name).name = name
        if not names:
            self.layout.label(text="None saved yet")
        exports, imports = "neural_motion.export_face_preset", "neural_motion.import_face_preset"
        draw_preset_files(self.layout, exports, imports)


def user_presets() -> Path:
    """The folder of the user's presets."""
    return user_folder("face_presets")


_KIND = PresetKind("face channels", user_presets, table_from_json)


class NEURALMOTION_OT_export_face_preset(ExportsPreset, bpy.types.Operator):
    """Write a saved preset of face channels as a file, to hand on or to keep"""

    bl_idname = "neural_motion.export_face_preset"
    bl_label = "Export Channel Preset"
    kind = _KIND

    @staticmethod
    def shown_name(context: bpy.types.Context) -> str:
        chosen = chosen_settings(context, "speech")
        return "" if chosen is None else chosen.preset


class NEURALMOTION_OT_import_face_preset(ImportsPreset, bpy.types.Operator):
    """Take a preset of face channels from a file among your own; none of these is replaced"""

    bl_idname = "neural_motion.import_face_preset"
    bl_label = "Import Channel Preset"
    kind = _KIND


CLASSES = (
    NEURALMOTION_OT_find_face_channels,
    NEURALMOTION_OT_add_face_channel,
    NEURALMOTION_OT_remove_face_channel,
    NEURALMOTION_OT_save_face_preset,
    NEURALMOTION_OT_load_face_preset,
    NEURALMOTION_OT_delete_face_preset,
    NEURALMOTION_OT_export_face_preset,
    NEURALMOTION_OT_import_face_preset,
    NEURALMOTION_MT_face_presets,
)
