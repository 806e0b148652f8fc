"""Add Horse, Add Dog: an animal to try the motion on."""

from __future__ import annotations

from typing import Final

import bpy

from ...blender.adding import reason_not_to_add
from ...blender.translation import translated
from ...blender.ui.reporting import report
from ...core.errors import REPORTED, in_words
from ..character.chosen import chosen_armature
from .judged import judge_animal

KINDS: Final = (
    ("horse", "Horse", "A bay horse, 1.5 m at the withers"),
    ("dog", "Dog", "A dog, half a metre at the hips"),
)
"""Of the operator's property: key, name, tooltip."""


class NEURALMOTION_OT_add_animal(bpy.types.Operator):
    """Add a skinned animal on four legs, and choose it unless another animal is chosen"""

    bl_idname = "neural_motion.add_animal"
    bl_label = "Add Animal"
    bl_options = {"REGISTER", "UNDO"}

    redo_shows = ("kind",)

    kind: bpy.props.EnumProperty(  # type: ignore[valid-type]
        name="Animal", items=KINDS, description="Which animal is added"
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        reason = reason_not_to_add(context)
        if reason is not None:
            cls.poll_message_set(translated(reason))
        return reason is None

    def execute(self, context: bpy.types.Context) -> set[str]:
        # Not above: switching the extension on does not wait for it.
        from ...demo_character.animals.builder import add_animal
        from ...demo_character.animals.place import free_place, put

        try:
            place = free_place(context)
        except REPORTED as error:
            report(self, {"ERROR"}, in_words(error))
            return {"CANCELLED"}
        animal = add_animal(context, self.kind)
        put(context, animal, place)
        context.view_layer.update()
        chosen = chosen_armature(context)
        if chosen is None or judge_animal(chosen).found is None:
            context.scene.neural_motion.character = animal
        return {"FINISHED"}


CLASSES = (NEURALMOTION_OT_add_animal,)
