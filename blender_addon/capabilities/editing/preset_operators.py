"""Keep the settings of an edit as a preset, and take them from one."""

from __future__ import annotations

import math
from typing import Any

import bpy

from ...blender.presets import PresetKind, names_of_presets, remove_preset, write_preset
from ...blender.ui.preset_dialogs import confirm_deleting, confirm_replacing
from ...blender.ui.preset_files import ExportsPreset, ImportsPreset, draw_preset_files
from ...blender.ui.reporting import report
from ...blender.units import metres_per_unit
from ...core.settings import Unit, declared
from ..character.changing import ChangesCharacter
from ..character.chosen import reason_without_armature
from .choice import Edit
from .kinds import KINDS
from .presets import (
    KeptEdit,
    find_preset,
    known_presets,
    preset_folder,
    preset_from_json,
    preset_to_json,
)
from .properties import NEURALMOTION_PG_editing, chosen_editing, settings_for


class _OfEdits(ChangesCharacter):
    """Mix-in of operators that change the chosen character's edits."""

    settings_of = staticmethod(chosen_editing)


class NEURALMOTION_OT_load_editing_preset(_OfEdits, bpy.types.Operator):
    """Choose the edit that this preset is of, and set it as the preset has it"""

    bl_idname = "neural_motion.load_editing_preset"
    bl_label = "Load Motion Preset"
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    name: bpy.props.StringProperty(name="Preset", options={"HIDDEN"})

    def change(self, context: bpy.types.Context, chosen: NEURALMOTION_PG_editing) -> None:
        set_edit(context.scene, chosen, find_preset(self.name))
        chosen.preset = self.name


def set_edit(scene: bpy.types.Scene, chosen: NEURALMOTION_PG_editing, kept: KeptEdit) -> None:
    """Let a panel show what a preset holds; what the preset does not name stays.

    Args:
        scene: whose unit holds.
        chosen: settings of a character.
        kept: the preset.
    """
    kind = KINDS[kept.edit]
    group = getattr(chosen, kind.name)
    for each in declared(kind.settings):
        if each.field in kept.settings:
            value: Any = kept.settings[each.field]
            if each.setting.unit is Unit.METRES_PER_SECOND:
                value = value / metres_per_unit(scene)
            elif each.setting.unit is Unit.DEGREES:
                value = math.radians(value)
            setattr(group, each.name, value)
    chosen.edit = kept.edit.value


class NEURALMOTION_OT_save_editing_preset(_OfEdits, bpy.types.Operator):
    """Keep the settings of the edit as a preset, under the name given; asks before it replaces"""

    bl_idname = "neural_motion.save_editing_preset"
    bl_label = "Save Motion Preset"

    replace: bpy.props.BoolProperty(name="Replace", options={"SKIP_SAVE", "HIDDEN"})

    @classmethod
    def reason(cls, context: bpy.types.Context) -> str | None:
        reason = reason_without_armature(context)
        if reason is None and not chosen_editing(context).preset:
            return "Type a name for the preset first"
        return reason

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        name = chosen_editing(context).preset
        return confirm_replacing(self, context, event, preset_folder(), name)

    def change(self, context: bpy.types.Context, chosen: NEURALMOTION_PG_editing) -> None:
        edit = Edit(chosen.edit)
        text = preset_to_json(edit, settings_for(context.scene, chosen, edit))
        path = write_preset(preset_folder(), chosen.preset, text, replace=self.replace)
        report(self, {"INFO"}, f"{'Replaced' if self.replace else 'Saved as'} {path}")


class NEURALMOTION_OT_delete_editing_preset(_OfEdits, bpy.types.Operator):
    """Delete the preset of this name"""

    bl_idname = "neural_motion.delete_editing_preset"
    bl_label = "Delete Motion Preset"

    @classmethod
    def reason(cls, context: bpy.types.Context) -> str | None:
        reason = reason_without_armature(context)
        if reason is not None:
            return reason
        if chosen_editing(context).preset not in names_of_presets(preset_folder()):
            return "Choose or type the name of a preset that you saved"
        return None

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        return confirm_deleting(self, context, event, chosen_editing(context).preset)

    def change(self, _context: bpy.types.Context, chosen: NEURALMOTION_PG_editing) -> None:
        remove_preset(preset_folder(), chosen.preset)


class NEURALMOTION_MT_editing_presets(bpy.types.Menu):
    """Presets to choose from"""

    bl_idname = "NEURALMOTION_MT_editing_presets"
    bl_label = "Presets"

    def draw(self, _context: bpy.types.Context) -> None:
        operator = NEURALMOTION_OT_load_editing_preset.bl_idname
        for name in known_presets():
            self.layout.operator(operator, text=name).name = name
        draw_preset_files(
            self.layout, "neural_motion.export_editing_preset",
            "neural_motion.import_editing_preset",
        )  # fmt: skip


_KIND = PresetKind("editing", preset_folder, preset_from_json)


class NEURALMOTION_OT_export_editing_preset(ExportsPreset, bpy.types.Operator):
    """Write a saved preset of an edit as a file, to hand on or to keep"""

    bl_idname = "neural_motion.export_editing_preset"
    bl_label = "Export Motion Preset"
    kind = _KIND

    @staticmethod
    def shown_name(context: bpy.types.Context) -> str:
        chosen = chosen_editing(context)
        return "" if chosen is None else chosen.preset


class NEURALMOTION_OT_import_editing_preset(ImportsPreset, bpy.types.Operator):
    """Take a preset of an edit from a file among your own; none of these is replaced"""

    bl_idname = "neural_motion.import_editing_preset"
    bl_label = "Import Motion Preset"
    kind = _KIND


CLASSES = (
    NEURALMOTION_OT_load_editing_preset,
    NEURALMOTION_OT_save_editing_preset,
    NEURALMOTION_OT_delete_editing_preset,
    NEURALMOTION_OT_export_editing_preset,
    NEURALMOTION_OT_import_editing_preset,
    NEURALMOTION_MT_editing_presets,
)
