"""Which person of the film: forget the one that was picked."""

from __future__ import annotations

import bpy

from ...blender.translation import translated
from ..character.chosen import reason_not_to_set
from .properties import chosen_video


class NEURALMOTION_OT_clear_film_person(bpy.types.Operator):
    """Follow the person who is largest where somebody is first seen"""

    bl_idname = "neural_motion.clear_film_person"
    bl_label = "Forget Picked Person"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        reason = reason_not_to_set(context, "video")
        chosen = chosen_video(context)
        if reason is None and (chosen is None or not chosen.person.is_chosen):
            reason = "No person was picked"
        if reason is not None:
            cls.poll_message_set(translated(reason))
        return reason is None

    def execute(self, context: bpy.types.Context) -> set[str]:
        chosen_video(context).person.is_chosen = False
        return {"FINISHED"}


CLASSES = (NEURALMOTION_OT_clear_film_person,)
