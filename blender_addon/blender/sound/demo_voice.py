"""A voice to try everything on, offered where no sound is chosen yet."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import bpy

from ..translation import translated

DEMO_VOICE: Final = Path(__file__).with_name("demo_voice.wav")
"""Two sentences, 6.8 s."""
_POINTER: Final = "neural_motion_sound"
"""Context pointer: the group of properties whose file the button fills in."""


class NEURALMOTION_OT_demo_voice(bpy.types.Operator):
    """Choose the voice that comes with the extension: two sentences, 6.8 seconds"""

    bl_idname = "neural_motion.demo_voice"
    bl_label = "Demo Voice"
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        chosen = _chosen(context)
        if chosen is not None and chosen.id_data.is_editable:
            return True
        cls.poll_message_set(
            translated("Press it beside the sound file of a character of this file")
        )
        return False

    def execute(self, context: bpy.types.Context) -> set[str]:
        chosen = _chosen(context)
        chosen.source, chosen.file = "FILE", str(DEMO_VOICE)
        return {"FINISHED"}


def _chosen(context: bpy.types.Context) -> Any:
    return getattr(context, _POINTER, None)


def draw_demo_voice(layout: bpy.types.UILayout, chosen: bpy.types.PropertyGroup) -> None:
    """The button, for a group whose file is empty."""
    row = layout.row()
    row.context_pointer_set(_POINTER, chosen)
    row.operator("neural_motion.demo_voice", icon="PLAY_SOUND")


CLASSES = (NEURALMOTION_OT_demo_voice,)
