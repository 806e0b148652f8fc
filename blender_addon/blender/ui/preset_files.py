"""Export and import of presets as files, for every kind of preset in the same way."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import bpy
from bpy_extras.io_utils import ExportHelper, ImportHelper

from ...core.errors import REPORTED, in_words
from ..presets import PresetKind, export_preset, import_preset, names_of_presets
from ..translation import translated
from .reporting import report


def _saved(operator: Any, _context: bpy.types.Context, text: str) -> list[str]:
    """Names of presets to choose from while one types."""
    names = names_of_presets(operator.kind.folder())
    return [name for name in names if text.lower() in name.lower()]


class ExportsPreset(ExportHelper):  # type: ignore[misc]
    """Mix-in of an operator that writes a preset as a file.

    Its own: ``kind``, and ``shown_name`` for the name that stands in the panel.
    """

    bl_options = {"REGISTER"}
    kind: ClassVar[PresetKind]
    filename_ext = ".json"

    filter_glob: bpy.props.StringProperty(default="*.json", options={"HIDDEN"})
    preset: bpy.props.StringProperty(
        name="Preset",
        description="Which of the saved presets to write",
        search=_saved,
        options={"SKIP_SAVE"},
    )

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        if names_of_presets(cls.kind.folder()):
            return True
        cls.poll_message_set(translated("Save a preset first"))  # type: ignore[attr-defined]
        return False

    @staticmethod
    def shown_name(context: bpy.types.Context) -> str:
        """What stands in the panel's field for a name."""
        raise NotImplementedError

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        names = names_of_presets(self.kind.folder())
        if self.preset not in names:
            shown = self.shown_name(context)
            self.preset = shown if shown in names else names[0]
        self.filepath = self.preset + self.filename_ext
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, _context: bpy.types.Context) -> set[str]:
        try:
            export_preset(self.kind, self.preset, Path(bpy.path.abspath(self.filepath)))
        except REPORTED as error:
            report(self, {"ERROR"}, in_words(error))  # type: ignore[attr-defined]
            return {"CANCELLED"}
        report(self, {"INFO"}, f"Exported '{self.preset}' to {self.filepath}")  # type: ignore[attr-defined]
        return {"FINISHED"}


class ImportsPreset(ImportHelper):  # type: ignore[misc]
    """Mix-in of an operator that takes a preset from a file; its own: ``kind``."""

    bl_options = {"REGISTER"}
    kind: ClassVar[PresetKind]
    filename_ext = ".json"

    filter_glob: bpy.props.StringProperty(default="*.json", options={"HIDDEN"})

    def execute(self, _context: bpy.types.Context) -> set[str]:
        try:
            path = Path(bpy.path.abspath(self.filepath))  # type: ignore[attr-defined]
            name = import_preset(self.kind, path)
        except REPORTED as error:
            report(self, {"ERROR"}, in_words(error))  # type: ignore[attr-defined]
            return {"CANCELLED"}
        report(self, {"INFO"}, f"Imported as '{name}'. Choose it in the menu of presets")  # type: ignore[attr-defined]
        return {"FINISHED"}


def draw_preset_files(layout: bpy.types.UILayout, exports: str, imports: str) -> None:
    """The two last lines of a menu of presets.

    Args:
        layout: of the menu.
        exports, imports: operators.
    """
    layout.separator()
    layout.operator_context = "INVOKE_DEFAULT"
    layout.operator(imports, text="Import…", icon="IMPORT")
    layout.operator(exports, text="Export…", icon="EXPORT")
