"""How models are found and run, set once for all scenes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import bpy

from .blender.models.preferred import preferred_models
from .blender.translation import translated
from .blender.ui.keymap import draw_keymap
from .core.errors import ModelError
from .core.inference.choice import parse_providers
from .core.wording import wrap

# Imported where it is used: switching the extension on does not wait for it.
if TYPE_CHECKING:
    from .core.inference.model_list import ListedModel

_ENDING = "ExecutionProvider"
_ELSEWHERE = ("Azure",)  # would compute on other computers, so it is never used
_HINTS = {"CUDA": ". It comes with the zip for graphics cards, and needs CUDA 13 and cuDNN 9"}
_LINE_LETTERS = 90  # what the preferences of the usual width show


class NEURALMOTION_AP_preferences(bpy.types.AddonPreferences):
    bl_idname = __package__

    providers: bpy.props.StringProperty(
        name="Execution Providers",
        description="Execution providers, tried in this order, separated by commas",
        default="CUDA, CPU",
    )
    threads: bpy.props.IntProperty(
        name="Threads",
        description="Processor threads for one model; 0 lets the add-on choose",
        default=0,
        min=0,
        max=64,
    )
    models_folder: bpy.props.StringProperty(
        name="Own Models",
        description="Folder with models of your own, looked at before the bundled ones",
        subtype="DIR_PATH",
    )

    def draw(self, context: bpy.types.Context) -> None:
        from .core.inference.model_list import listed_models

        layout = self.layout
        layout.use_property_split = True
        layout.prop(self, "providers")
        _draw_providers(layout.column(align=True), parse_providers(self.providers))
        layout.prop(self, "threads")
        layout.prop(self, "models_folder")
        if self.models_folder and not Path(bpy.path.abspath(self.models_folder)).is_dir():
            _label(layout.column(), "This folder does not exist; bundled models are used", "ERROR")
        layout.operator("neural_motion.add_audio2face", icon="FILE_FOLDER")
        layout.label(text="Models")
        for model in listed_models(preferred_models(context)):
            _draw_model(layout.box(), model)
        draw_keymap(layout, context)


def _draw_model(box: bpy.types.UILayout, model: ListedModel) -> None:
    row = box.row()
    origin = "own" if model.is_own else "bundled"
    row.label(
        text=translated(f"{model.name}   {model.megabytes:.1f} MB, {origin}"), icon="FILE_BLANK"
    )
    row.operator("neural_motion.show_model_card", text="Card", icon="TEXT").model = model.name
    column = box.column(align=True)
    if model.problem:
        _label(column, model.problem, "ERROR")
        return
    _label(column, f"Weights: {model.licence}", "BLANK1")
    _label(column, f"Trained on {', '.join(model.sources)}", "BLANK1")


def _label(layout: bpy.types.UILayout, text: str, icon: str) -> None:
    """A text over as many lines as it needs."""
    layout.alert = icon == "ERROR"
    for number, line in enumerate(wrap(translated(text), _LINE_LETTERS)):
        layout.label(text=line, icon="BLANK1" if number else icon, translate=False)


def _draw_providers(column: bpy.types.UILayout, desired: Sequence[str]) -> None:
    """Which of the providers that are tried can be used, which cannot and why, and which else."""
    # Not above: switching the extension on does not wait for it.
    from .core.inference.session import available_providers, provider_states

    try:
        states, available = provider_states(desired), available_providers()
    except ModelError as error:
        _label(column, str(error), "ERROR")
        return
    for state in states:
        short = state.name.removesuffix(_ENDING)
        hint = _HINTS.get(short, "") if state.problem else ""
        text = f"{short} {state.problem or 'is in this build'}{hint}"
        _label(column, text, "INFO" if state.problem else "CHECKMARK")
    others = [name.removesuffix(_ENDING) for name in available if name not in desired]
    others = [name for name in others if name not in _ELSEWHERE]
    if others:
        _label(column, f"Also in this build: {', '.join(others)}", "BLANK1")


def register() -> None:
    """Add the preferences to Blender."""
    bpy.utils.register_class(NEURALMOTION_AP_preferences)


def unregister() -> None:
    """Take them out again."""
    bpy.utils.unregister_class(NEURALMOTION_AP_preferences)
