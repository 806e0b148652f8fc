"""Add Demo Character: somebody to try everything on."""

from __future__ import annotations

import bpy

from ...blender.units import metres_per_unit


class NEURALMOTION_OT_add_demo_character(bpy.types.Operator):
    """Add a skinned character, and choose it if nobody is chosen yet"""

    bl_idname = "neural_motion.add_demo_character"
    bl_label = "Add Demo Character"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if context.mode != "OBJECT":
            cls.poll_message_set("Switch to Object Mode first")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        # Not above: switching the extension on does not wait for it.
        from ...demo_character.builder import add_demo_character

        character, kept = add_demo_character(context), context.scene.neural_motion
        if (unit_m := metres_per_unit(context.scene)) != 1.0:
            character.scale = (1.0 / unit_m,) * 3  # a person, whatever the scene's unit
            context.view_layer.update()
        if kept.character is None:
            kept.character = character
        return {"FINISHED"}


CLASSES = (NEURALMOTION_OT_add_demo_character,)
