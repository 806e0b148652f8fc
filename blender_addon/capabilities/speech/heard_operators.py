"""The list of phones heard: add one that was missed, remove one, hear the sound anew."""

from __future__ import annotations

from typing import Any

import bpy

from ...blender.rows import remove_row
from ...core.errors import REPORTED, in_words
from ..character.chosen import chosen_settings, reason_not_to_set
from .heard import add_phone, forget_phones, heard_of

_NOTHING = "Generate Speech first: it lists the phones that it hears"


class _OnList:
    """Mix-in: needs the list of the chosen sound, and reports what goes wrong."""

    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        reason = reason_not_to_set(context, "speech")
        if reason is None and heard_of(chosen_settings(context, "speech")) is None:
            reason = _NOTHING
        if reason is not None:
            cls.poll_message_set(reason)
        return reason is None

    def execute(self, context: bpy.types.Context) -> set[str]:
        speech = chosen_settings(context, "speech")
        try:
            self.change(context, speech, heard_of(speech))
        except REPORTED as error:
            self.report({"ERROR"}, in_words(error))
            return {"CANCELLED"}
        return {"FINISHED"}

    def change(self, context: bpy.types.Context, speech: Any, heard: Any) -> None:
        raise NotImplementedError


class NEURALMOTION_OT_add_heard_phone(_OnList, bpy.types.Operator):
    """Add a phone that was missed, at the current frame; Generate Speech heeds it"""

    bl_idname = "neural_motion.add_heard_phone"
    bl_label = "Add Phone"

    def change(self, context: bpy.types.Context, speech: Any, heard: Any) -> None:
        speech.active_phone = add_phone(heard, context.scene.frame_current_final)


class NEURALMOTION_OT_remove_heard_phone(_OnList, bpy.types.Operator):
    """Remove the chosen phone; Generate Speech heeds the list without it"""

    bl_idname = "neural_motion.remove_heard_phone"
    bl_label = "Remove Phone"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not super().poll(context):
            return False
        speech = chosen_settings(context, "speech")
        if not 0 <= speech.active_phone < len(heard_of(speech).phones):
            cls.poll_message_set("Choose a line of the list first")
            return False
        return True

    def change(self, context: bpy.types.Context, speech: Any, heard: Any) -> None:
        remove_row(heard.phones, speech.active_phone)


class NEURALMOTION_OT_hear_again(_OnList, bpy.types.Operator):
    """Forget the list and what was corrected in it; Generate Speech hears the sound anew"""

    bl_idname = "neural_motion.hear_again"
    bl_label = "Hear Again"
    bl_options = {"REGISTER", "UNDO"}

    def change(self, context: bpy.types.Context, speech: Any, heard: Any) -> None:
        forget_phones(speech, heard)
        self.report({"INFO"}, "Generate Speech hears the sound anew")


class NEURALMOTION_OT_new_speech_variation(bpy.types.Operator):
    """Take the next variation; Generate Speech speaks it"""

    bl_idname = "neural_motion.new_speech_variation"
    bl_label = "New Variation"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        reason = reason_not_to_set(context, "speech")
        if reason is not None:
            cls.poll_message_set(reason)
        return reason is None

    def execute(self, context: bpy.types.Context) -> set[str]:
        chosen_settings(context, "speech").variation += 1
        return {"FINISHED"}


CLASSES = (
    NEURALMOTION_OT_add_heard_phone,
    NEURALMOTION_OT_remove_heard_phone,
    NEURALMOTION_OT_hear_again,
    NEURALMOTION_OT_new_speech_variation,
)
