"""Opens the card of a model in Blender's text editor."""

from __future__ import annotations

import hashlib
from typing import Final

import bpy

from .preferred import preferred_models

_MARK: Final = "neural_motion_card"
"""On a text: whose card it is, and the digest of what was written."""


class NEURALMOTION_OT_show_model_card(bpy.types.Operator):
    """Show what the model was trained on, how it is licensed and what it does well and badly"""

    bl_idname = "neural_motion.show_model_card"
    bl_label = "Card"
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    model: bpy.props.StringProperty(name="Model")

    def execute(self, context: bpy.types.Context) -> set[str]:
        # Not above: switching the extension on does not wait for it.
        from ...core.inference.model_list import listed_models, read_card

        models = {model.name: model for model in listed_models(preferred_models(context))}
        if self.model not in models:
            self.report({"ERROR"}, f"There is no model '{self.model}' any more")
            return {"CANCELLED"}
        name = f"{self.model}.md"
        text = _own_text(self.model) or bpy.data.texts.new(name)
        text.clear()
        text.write(read_card(models[self.model]))
        text[_MARK] = _mark(text, self.model)
        text.cursor_set(0)
        if not bpy.app.background:
            bpy.ops.wm.window_new()
            area = context.window_manager.windows[-1].screen.areas[0]
            area.type = "TEXT_EDITOR"
            area.spaces.active.text = text
            area.spaces.active.show_word_wrap = True
        self.report({"INFO"}, f"'{text.name}' is in the text editor")
        return {"FINISHED"}


def _own_text(model: str) -> bpy.types.Text | None:
    """The text that holds this model's card, if nobody changed it: others are the animator's."""
    for text in bpy.data.texts:
        if text.is_editable and text.get(_MARK) == _mark(text, model):
            return text
    return None


def _mark(text: bpy.types.Text, model: str) -> str:
    content = text.as_string().encode("utf-8", "surrogateescape")
    return f"{model} {hashlib.sha256(content).hexdigest()}"


CLASSES = (NEURALMOTION_OT_show_model_card,)
