"""Add, aim and remove pushes."""

from __future__ import annotations

import bpy
from mathutils import Vector

from ...blender.rows import remove_row
from ...blender.translation import translated
from ...blender.ui.reporting import report
from ...core.errors import REPORTED, in_words
from .properties import chosen_physics, reason_without_character
from .push_arrows import redraw

NOTHING: str = "There are no pushes yet"


def view_direction(context: bpy.types.Context) -> Vector:
    """Away from who looks, level with the ground unless seen from straight above or below."""
    view = context.region_data if isinstance(context.space_data, bpy.types.SpaceView3D) else None
    if view is None:
        view = next(
            (area.spaces.active.region_3d for area in _areas(context) if area.type == "VIEW_3D"),
            None,
        )
    if view is None:
        return Vector((0.0, 1.0, 0.0))
    ahead = view.view_rotation @ Vector((0.0, 0.0, -1.0))
    level = Vector((ahead.x, ahead.y, 0.0))
    if level.length < 0.2:
        level = (view.view_rotation @ Vector((0.0, 1.0, 0.0))).to_2d().to_3d()
    return level.normalized()


def _areas(context: bpy.types.Context) -> list[bpy.types.Area]:
    return list(context.screen.areas) if context.screen is not None else []


class _OfPushes:
    """Mix-in: needs a character whose settings can be changed, and for some a push."""

    needs_push = True

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        reason = reason_without_character(context)
        if reason is None and cls.needs_push and not len(chosen_physics(context).pushes):
            reason = NOTHING
        if reason is not None:
            cls.poll_message_set(translated(reason))
        return reason is None


class NEURALMOTION_OT_add_physics_push(_OfPushes, bpy.types.Operator):
    """Add a push on the frame of the playhead, in the direction in which you look"""

    bl_idname = "neural_motion.add_physics_push"
    bl_label = "Add Push"
    bl_options = {"REGISTER", "UNDO"}
    needs_push = False

    def execute(self, context: bpy.types.Context) -> set[str]:
        chosen = chosen_physics(context)
        push = chosen.pushes.add()
        push.frame, push.direction = context.scene.frame_current, view_direction(context)
        chosen.active_push = len(chosen.pushes) - 1
        redraw()
        return {"FINISHED"}


class NEURALMOTION_OT_aim_physics_push(_OfPushes, bpy.types.Operator):
    """Let the chosen push go in the direction in which you look"""

    bl_idname = "neural_motion.aim_physics_push"
    bl_label = "Aim Push by View"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        push = active_push(context)
        push.direction = view_direction(context)
        redraw()
        return {"FINISHED"}


class NEURALMOTION_OT_remove_physics_push(_OfPushes, bpy.types.Operator):
    """Remove the chosen push"""

    bl_idname = "neural_motion.remove_physics_push"
    bl_label = "Remove Push"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        chosen = chosen_physics(context)
        active_push(context)
        try:
            remove_row(chosen.pushes, chosen.active_push)
        except REPORTED as error:
            report(self, {"ERROR"}, in_words(error))
            return {"CANCELLED"}
        chosen.active_push = max(0, min(chosen.active_push, len(chosen.pushes) - 1))
        redraw()
        return {"FINISHED"}


class NEURALMOTION_OT_clear_physics_pushes(_OfPushes, bpy.types.Operator):
    """Remove all pushes"""

    bl_idname = "neural_motion.clear_physics_pushes"
    bl_label = "Clear Pushes"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        pushes = chosen_physics(context).pushes
        try:
            while len(pushes):
                remove_row(pushes, len(pushes) - 1)
        except REPORTED as error:
            report(self, {"ERROR"}, in_words(error))
            return {"CANCELLED"}
        redraw()
        return {"FINISHED"}


def active_push(context: bpy.types.Context) -> bpy.types.PropertyGroup:
    """The push that is chosen in the list; where that is none, the last one becomes it."""
    chosen = chosen_physics(context)
    chosen.active_push = max(0, min(chosen.active_push, len(chosen.pushes) - 1))
    return chosen.pushes[chosen.active_push]


CLASSES = (
    NEURALMOTION_OT_add_physics_push,
    NEURALMOTION_OT_aim_physics_push,
    NEURALMOTION_OT_remove_physics_push,
    NEURALMOTION_OT_clear_physics_pushes,
)
