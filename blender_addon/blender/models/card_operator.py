"""Opens the card of a model in Blender's text editor."""

from __future__ import annotations

import bpy

from ..ui.reporting import report
from .preferred import preferred_models


class NEURALMOTION_OT_show_model_card(bpy.types.Operator):
    """Show what the model was trained on, how it is licensed and what it does well and badly"""

    bl_idname = "neural_motion.show_model_card"
    bl_label = "Card"
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    model: bpy.props.StringProperty(name="Model", options={"HIDDEN"})

    def execute(self, context: bpy.types.Context) -> set[str]:
        # Not above: switching the extension on does not wait for it.
        from ...core.inference.model_list import listed_models, read_card

        models = {model.name: model for model in listed_models(preferred_models(context))}
        if self.model not in models:
            report(self, {"ERROR"}, f"There is no model '{self.model}' any more")
            return {"CANCELLED"}
        text = _text_of(f"{self.model}.md", read_card(models[self.model]))
        if not bpy.app.background:
            bpy.ops.wm.window_new()
            area = context.window_manager.windows[-1].screen.areas[0]
            area.type = "TEXT_EDITOR"
            area.spaces.active.text = text
            area.spaces.active.show_word_wrap = True
        report(self, {"INFO"}, f"'{text.name}' is in the text editor")
        return {"FINISHED"}


def _text_of(name: str, card: str) -> bpy.types.Text:
    """A text that holds a card: one that is there, as it is, else a new one.

    None is ever written over, whoever made it and whatever it is called: what looks like an old
    card may be the animator's by now.
    """
    for text in bpy.data.texts:
        if text.library is None and _lines(text.as_string()) == _lines(card):
            return text
    text = bpy.data.texts.new(name)
    text.write(card)
    text.cursor_set(0)
    return text


def _lines(content: str) -> list[str]:
    return content.rstrip().splitlines()


CLASSES = (NEURALMOTION_OT_show_model_card,)
