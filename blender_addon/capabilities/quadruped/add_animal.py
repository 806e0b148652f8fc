"""Add Horse and Add Dog: an animal to try everything on."""

from __future__ import annotations

from typing import ClassVar

import bpy

from ...blender.adding import reason_not_to_add
from ...blender.translation import translated
from ...blender.ui.reporting import report
from ...core.errors import REPORTED, in_words


class _AddsAnimal:
    """Mix-in of operators that add an animal; each names its ``kind``."""

    bl_options = {"REGISTER", "UNDO"}
    kind: ClassVar[str]

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Whether anything can be added now; else the tooltip says why."""
        reason = reason_not_to_add(context)
        if reason is not None:
            cls.poll_message_set(translated(reason))  # type: ignore[attr-defined]
        return reason is None

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Add it where there is room, and choose it."""
        # Not above: switching the extension on does not wait for it.
        from ...demo_character.animals.builder import add_animal
        from ...demo_character.animals.place import free_place, put

        try:
            place = free_place(context)
            armature = add_animal(context, self.kind)
        except REPORTED as error:
            report(self, {"ERROR"}, in_words(error))  # type: ignore[arg-type]
            return {"CANCELLED"}
        put(context, armature, place)
        context.view_layer.update()
        context.scene.neural_motion.character = armature
        return {"FINISHED"}


class NEURALMOTION_OT_add_horse(_AddsAnimal, bpy.types.Operator):
    """Add a horse with bones and skin at the 3D cursor, and choose it"""

    bl_idname = "neural_motion.add_horse"
    bl_label = "Add Horse"
    kind = "horse"


class NEURALMOTION_OT_add_dog(_AddsAnimal, bpy.types.Operator):
    """Add a dog with bones and skin at the 3D cursor, and choose it"""

    bl_idname = "neural_motion.add_dog"
    bl_label = "Add Dog"
    kind = "dog"


CLASSES = (NEURALMOTION_OT_add_horse, NEURALMOTION_OT_add_dog)
