"""Add Demo Character: a figure to try everything on."""

from __future__ import annotations

import bpy

from ..scene.demo_character import add_demo_character


class NEURALMOTION_OT_add_demo_character(bpy.types.Operator):
    """Add a skinned figure and choose it as the character who walks"""

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
        context.scene.neural_motion.rig = add_demo_character(context)
        return {"FINISHED"}
