"""Preview Film: a camera of its own with the film behind it; End Preview takes both out again."""

from __future__ import annotations

import bpy

from ....blender.translation import translated
from ....blender.ui.reporting import report
from ....core.errors import REPORTED, in_words
from ...character.chosen import chosen_armature
from ..properties import reason_without_film
from .camera import (
    add_camera,
    area_to_look,
    look_as_before,
    look_through,
    preview_camera,
    remove_camera,
    whose_preview,
)
from .film import ShownFilm, open_film
from .following import follow
from .image import film_image, shows_film
from .overlay import redraw

NO_PREVIEW = "No film is previewed"


def begin_preview(context: bpy.types.Context, armature: bpy.types.Object) -> None:
    """Show a character's film behind a 3D view, unless it is shown there already.

    Args:
        context: whose scene and window.
        armature: of the character.

    Raises:
        FilmError: the film cannot be read, or there is no view to show it in.
    """
    area = area_to_look(context)
    film = open_film(context.scene, armature)
    camera = preview_camera(context.scene)
    if camera is not None and not (
        whose_preview(camera) == armature and shows_film(context.scene, camera, armature)
    ):
        remove_camera(context.scene)
        camera = None
    if camera is None:
        camera = add_camera(context, armature, film_image(context.scene, armature))
    look_through(area, camera, context.scene)
    follow(context.scene)
    _into_film(context.scene, film)
    redraw()


def _into_film(scene: bpy.types.Scene, film: ShownFilm) -> None:
    """The playhead comes to the film where it lies elsewhere."""
    first, last = film.frames
    if not first <= scene.frame_current <= last:
        scene.frame_set(round(first))


class NEURALMOTION_OT_preview_film(bpy.types.Operator):
    """Show the film behind the 3D view, with what was found in it; the camera is one of its own"""

    bl_idname = "neural_motion.preview_film"
    bl_label = "Preview Film"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        reason = reason_without_film(context)
        if reason is not None:
            cls.poll_message_set(translated(reason))
        return reason is None

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            begin_preview(context, chosen_armature(context))
        except REPORTED as error:
            report(self, {"ERROR"}, in_words(error))
            return {"CANCELLED"}
        return {"FINISHED"}


class NEURALMOTION_OT_end_film_preview(bpy.types.Operator):
    """Take the preview's camera and film out again; the 3D view looks as it did before"""

    bl_idname = "neural_motion.end_film_preview"
    bl_label = "End Preview"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        there = preview_camera(context.scene) is not None
        if not there:
            cls.poll_message_set(translated(NO_PREVIEW))
        return there

    def execute(self, context: bpy.types.Context) -> set[str]:
        look_as_before()
        remove_camera(context.scene)
        redraw()
        return {"FINISHED"}


CLASSES = (NEURALMOTION_OT_preview_film, NEURALMOTION_OT_end_film_preview)
