"""Why nothing of a character can be written just now."""

from __future__ import annotations

from typing import Final

import bpy

from ...character.chosen import reason_if_linked

PLAYS: Final = "Waits: the animation plays"
RENDERS: Final = "Waits: Blender renders"
OTHER_JOB: Final = "Waits: something else is being generated or driven"
_MODES: Final = ("OBJECT", "POSE", "EDIT_CURVE")
_MOVES: Final = (
    "TRANSFORM_OT_", "CURVE_OT_", "VIEW3D_OT_", "ANIM_OT_", "OBJECT_OT_", "POSE_OT_", "PAINT_OT_",
    "SCULPT_OT_", "GRAPH_OT_", "ACTION_OT_", "NLA_OT_", "TIME_OT_",
)  # fmt: skip
"""How Blender's own operators begin that are under way for as long as the mouse moves. Others, of
other add-ons, may be under way for hours."""


def hindrance(context: bpy.types.Context, armature: bpy.types.Object) -> str:
    """In the user's words; empty if nothing hinders."""
    if context.window_manager.neural_motion.running:
        return OTHER_JOB
    if any(window.screen.is_animation_playing for window in context.window_manager.windows):
        return PLAYS
    if bpy.app.is_job_running("RENDER") or bpy.app.is_job_running("OBJECT_BAKE"):
        return RENDERS
    if (reason := reason_if_linked(armature)) is not None:
        return f"Waits: {reason}"
    if not context.scene.is_editable:
        return "Waits: this scene is linked from another file"
    if context.mode not in _MODES or armature.mode == "EDIT":
        mode = context.mode.replace("_", " ").title()
        return f"Waits: leave this mode first ({mode})"
    return ""


def is_moving(context: bpy.types.Context) -> bool:
    """Whether something is being dragged in any window."""
    return any(
        operator.bl_idname.startswith(_MOVES)
        for window in context.window_manager.windows
        for operator in window.modal_operators
    )


def has_own_undo(context: bpy.types.Context) -> bool:
    """Whether undo takes back only what is edited, and knows no step of anything else."""
    return context.mode == "EDIT_CURVE"
