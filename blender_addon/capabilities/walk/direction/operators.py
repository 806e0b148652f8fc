"""Reset the direction, and keep it as a preset."""

from __future__ import annotations

from typing import Any

import bpy

from ....blender.presets import PresetKind, names_of_presets, remove_preset, write_preset
from ....blender.ui.preset_dialogs import confirm_deleting, confirm_replacing
from ....blender.ui.preset_files import ExportsPreset, ImportsPreset, draw_preset_files
from ....blender.ui.reporting import report
from ....core.settings import declared
from ....core.walk.presets import PRESETS
from ....core.walk.settings import Direction
from ...character.changing import ChangesCharacter
from ...character.chosen import reason_without_armature
from ..properties import chosen_walk
from .presets import find_preset, preset_folder, preset_from_json, preset_to_json
from .properties import directions_of
from .setting import set_direction


class _OfWalk(ChangesCharacter):
    """Mix-in of operators that change the direction of the chosen character."""

    settings_of = staticmethod(chosen_walk)


class NEURALMOTION_OT_reset_direction(_OfWalk, bpy.types.Operator):
    """Set style and sliders back to what they are at first"""

    bl_idname = "neural_motion.reset_direction"
    bl_label = "Reset Direction"

    def change(self, _context: bpy.types.Context, walk: Any) -> None:
        members = ("style", "second_style", "blend", *(each.name for each in declared(Direction)))
        for name in members:
            walk.direction.property_unset(name)


class NEURALMOTION_OT_load_direction_preset(_OfWalk, bpy.types.Operator):
    """Set style and sliders as a preset has them; facing stays, and so does a speed of your own"""

    bl_idname = "neural_motion.load_direction_preset"
    bl_label = "Load Direction Preset"
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    name: bpy.props.StringProperty(name="Preset", options={"HIDDEN"})

    @classmethod
    def description(cls, _context: bpy.types.Context, given: Any) -> str:
        """What is seen of a preset that came along."""
        told = {each.name: each.description for each in PRESETS}
        return told.get(given.name, "Set style and sliders as this preset has them")

    def change(self, context: bpy.types.Context, walk: Any) -> None:
        set_direction(context, walk, find_preset(self.name))
        walk.direction.preset = self.name


class NEURALMOTION_OT_save_direction_preset(_OfWalk, bpy.types.Operator):
    """Keep style and sliders as a preset, under the name given; asks before one is replaced"""

    bl_idname = "neural_motion.save_direction_preset"
    bl_label = "Save Direction Preset"

    replace: bpy.props.BoolProperty(name="Replace", options={"SKIP_SAVE", "HIDDEN"})

    @classmethod
    def reason(cls, context: bpy.types.Context) -> str | None:
        reason = reason_without_armature(context)
        if reason is None and not chosen_walk(context).direction.preset:
            return "Type a name for the preset first"
        return reason

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        name = chosen_walk(context).direction.preset
        return confirm_replacing(self, context, event, preset_folder(), name)

    def change(self, _context: bpy.types.Context, walk: Any) -> None:
        text = preset_to_json(directions_of(walk.direction, (), 1.0))
        name, folder = walk.direction.preset, preset_folder()
        path = write_preset(folder, name, text, replace=self.replace)
        report(self, {"INFO"}, f"{'Replaced' if self.replace else 'Saved as'} {path}")


class NEURALMOTION_OT_delete_direction_preset(_OfWalk, bpy.types.Operator):
    """Delete the preset of this name; those that came along stay"""

    bl_idname = "neural_motion.delete_direction_preset"
    bl_label = "Delete Direction Preset"

    @classmethod
    def reason(cls, context: bpy.types.Context) -> str | None:
        reason = reason_without_armature(context)
        if reason is not None:
            return reason
        name = chosen_walk(context).direction.preset
        if name not in names_of_presets(preset_folder()):
            return "Choose or type the name of a preset that you saved"
        return None

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        return confirm_deleting(self, context, event, chosen_walk(context).direction.preset)

    def change(self, _context: bpy.types.Context, walk: Any) -> None:
        remove_preset(preset_folder(), walk.direction.preset)


class NEURALMOTION_MT_direction_presets(bpy.types.Menu):
    """Presets to choose from"""

    bl_idname = "NEURALMOTION_MT_direction_presets"
    bl_label = "Presets"

    def draw(self, _context: bpy.types.Context) -> None:
        operator = NEURALMOTION_OT_load_direction_preset.bl_idname
        own = names_of_presets(preset_folder())
        for each in PRESETS:
            if each.name not in own:
                self.layout.operator(operator, text=each.title).name = each.name
        if own:
            self.layout.separator()
        for name in own:
            self.layout.operator(operator, text=name).name = name
        draw_preset_files(
            self.layout, "neural_motion.export_direction_preset",
            "neural_motion.import_direction_preset",
        )  # fmt: skip


_KIND = PresetKind(
    "direction", preset_folder, preset_from_json, tuple(each.name for each in PRESETS)
)


class NEURALMOTION_OT_export_direction_preset(ExportsPreset, bpy.types.Operator):
    """Write a saved preset of style and sliders as a file, to hand on or to keep"""

    bl_idname = "neural_motion.export_direction_preset"
    bl_label = "Export Direction Preset"
    kind = _KIND

    @staticmethod
    def shown_name(context: bpy.types.Context) -> str:
        walk = chosen_walk(context)
        return "" if walk is None else walk.direction.preset


class NEURALMOTION_OT_import_direction_preset(ImportsPreset, bpy.types.Operator):
    """Take a preset of style and sliders from a file among your own; none of these is replaced"""

    bl_idname = "neural_motion.import_direction_preset"
    bl_label = "Import Direction Preset"
    kind = _KIND


CLASSES = (
    NEURALMOTION_OT_reset_direction,
    NEURALMOTION_OT_load_direction_preset,
    NEURALMOTION_OT_save_direction_preset,
    NEURALMOTION_OT_delete_direction_preset,
    NEURALMOTION_OT_export_direction_preset,
    NEURALMOTION_OT_import_direction_preset,
    NEURALMOTION_MT_direction_presets,
)
