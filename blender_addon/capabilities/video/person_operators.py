"""Which person of the film: clicked in the preview, or forgotten."""

from __future__ import annotations

import bpy

from ...blender.translation import translated
from ...blender.ui.reporting import report
from ...core.errors import REPORTED, in_words
from ..character.chosen import chosen_armature
from .preview.operators import begin_preview
from .preview.overlay import redraw
from .preview.view_events import over_film
from .properties import chosen_video, reason_without_film

_STATUS = "Pick Person   Click: follow who is there   ←, →: another picture   Esc: cancel"


class NEURALMOTION_OT_pick_film_person(bpy.types.Operator):
    """Click in the film on the person to follow, where several are seen"""

    bl_idname = "neural_motion.pick_film_person"
    bl_label = "Pick Person"
    bl_options = {"REGISTER", "UNDO"}
    redo_shows = ("frame", "x", "y")

    frame: bpy.props.IntProperty(
        name="Picture", description="Picture of the film, counted from 0", min=0
    )
    x: bpy.props.FloatProperty(
        name="X", description="From the left edge of the picture, in its widths", min=0.0, max=1.0
    )
    y: bpy.props.FloatProperty(
        name="Y", description="From the upper edge of the picture, in its heights", min=0.0, max=1.0
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        reason = reason_without_film(context)
        if reason is not None:
            cls.poll_message_set(translated(reason))
        return reason is None

    def execute(self, context: bpy.types.Context) -> set[str]:
        person = chosen_video(context).person
        person.is_chosen = True
        person.frame, person.x, person.y = self.frame, self.x, self.y
        redraw()
        return {"FINISHED"}

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        try:
            begin_preview(context, chosen_armature(context))
        except REPORTED as error:
            report(self, {"ERROR"}, in_words(error))
            return {"CANCELLED"}
        context.window_manager.modal_handler_add(self)
        context.window.cursor_modal_set("EYEDROPPER")
        context.workspace.status_text_set(translated(_STATUS))
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        if event.type in ("ESC", "RIGHTMOUSE") and event.value == "PRESS":
            self.cancel(context)
            return {"CANCELLED"}
        if event.type != "LEFTMOUSE" or event.value != "PRESS":
            return {"PASS_THROUGH"}
        over = over_film(context, event)
        if over is None:
            return {"PASS_THROUGH"}
        x, y = over.place
        if not over.frame.holds(*over.mouse):
            return {"RUNNING_MODAL"}
        self.frame, self.x, self.y = over.number, x, y
        self.cancel(context)
        return self.execute(context)

    def cancel(self, context: bpy.types.Context) -> None:
        """Let go of the mouse; Blender closes, or nobody was picked."""
        if context.window is not None:
            context.window.cursor_modal_restore()
        if context.workspace is not None:
            context.workspace.status_text_set(None)


class NEURALMOTION_OT_clear_film_person(bpy.types.Operator):
    """Follow the person who is largest where somebody is first seen"""

    bl_idname = "neural_motion.clear_film_person"
    bl_label = "Forget Picked Person"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        reason = reason_without_film(context)
        if reason is None and not chosen_video(context).person.is_chosen:
            reason = "No person was picked"
        if reason is not None:
            cls.poll_message_set(translated(reason))
        return reason is None

    def execute(self, context: bpy.types.Context) -> set[str]:
        chosen_video(context).person.is_chosen = False
        redraw()
        return {"FINISHED"}


CLASSES = (NEURALMOTION_OT_pick_film_person, NEURALMOTION_OT_clear_film_person)
