"""A film dropped on the viewport: the chosen character will do what is seen in it."""

from __future__ import annotations

from pathlib import Path

import bpy

from ...blender.dropped import OnViewport, TakesFiles
from ...blender.film.choice import FilmSource
from ...blender.translation import translated
from ...blender.ui.reporting import report
from ...core.errors import REPORTED, FilmError, in_words
from ...core.wording import listed
from ..character.chosen import chosen_armature
from .preview.operators import begin_preview
from .properties import reason_without_character


class NEURALMOTION_OT_drop_film(TakesFiles, bpy.types.Operator):
    """Choose a movie file as the film whose motion the chosen character gets, and preview it"""

    bl_idname = "neural_motion.drop_film"
    bl_label = "Use as Film"
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        reason = reason_without_character(context)
        if reason is not None:
            cls.poll_message_set(translated(reason))
        return reason is None

    def execute(self, context: bpy.types.Context) -> set[str]:
        armature = chosen_armature(context)
        film = armature.neural_motion.video.film
        before = film.source, film.file
        try:
            film.source, film.file = FilmSource.FILE.value, str(_one(self.dropped()))
            if not bpy.app.background:
                begin_preview(context, armature)
        except REPORTED as error:
            film.source, film.file = before
            report(self, {"ERROR"}, in_words(error))
            return {"CANCELLED"}
        report(self, {"INFO"}, f"'{armature.name}': the film is chosen; Generate Video takes it")
        return {"FINISHED"}


class NEURALMOTION_FH_film(OnViewport, bpy.types.FileHandler):
    """Movie files."""

    bl_idname = "NEURALMOTION_FH_film"
    bl_label = "Use as Film"
    bl_import_operator = "neural_motion.drop_film"
    bl_file_extensions = ";".join(sorted(bpy.path.extensions_movie))  # type: ignore[attr-defined]


def _one(files: list[Path]) -> Path:
    if not files:
        raise FilmError("no file was given. Drop a movie file")
    if len(files) > 1:
        names = listed([each.name for each in files])
        raise FilmError(
            f"{len(files)} films were dropped ({names}), and a character follows one. Drop them "
            "one at a time"
        )
    return files[0]


CLASSES = (NEURALMOTION_OT_drop_film, NEURALMOTION_FH_film)
