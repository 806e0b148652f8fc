"""Generate Video: on a worker thread with progress and Esc, or at once for scripts."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import bpy

from ...blender.jobs.adjust import AdjustableGenerate, adjustable, unanimated
from ...blender.models.preferred import model_choice
from ...blender.ui.reporting import report
from ...core.jobs import Outcome
from ...core.video.settings import FitSettings
from ..character.chosen import chosen_armature
from .pin_operators import NO_PINS
from .preview.camera import preview_camera
from .preview.following import follow
from .preview.overlay import redraw
from .preview.pace import Pace
from .preview.watched import stop_watching, watch
from .properties import chosen_video, reason_not_to_generate
from .solved import solved_of

# Imported where they are used: switching the extension on does not wait for them.
if TYPE_CHECKING:
    from .job import VideoJob, VideoMotion

_ADJUSTED: Final = ("smoothing", "on_ground", "lock_feet")
_SERVED_S: Final = 0.06
"""So long Blender's own thread decodes pictures at a time, before it may draw."""
NOTHING_TRACKED: Final = "Generate Video first: what it finds is solved again here"


class FromFilm(AdjustableGenerate):
    """Mix-in for what generates motion from a film: Blender's own thread decodes, another looks."""

    subject = "motion"
    _watched: Any = None
    _shown: int | None = None
    _pace: Pace

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        self._watched, self._shown = watch(chosen_armature(context)), None
        self._pace = Pace()
        ending = super().invoke(context, event)
        if "RUNNING_MODAL" not in ending:
            self._look_away(context)
        return ending

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        is_due = event.type == "TIMER" and self._pace.is_due(time.monotonic())
        ending = super().modal(context, event)
        if "RUNNING_MODAL" not in ending:
            self._look_away(context)
        elif is_due:
            self._show(context)
        return ending

    def cancel(self, context: bpy.types.Context) -> None:
        super().cancel(context)
        self._look_away(context)

    def attend(self, job: VideoJob) -> None:
        job.film.serve(_SERVED_S)

    def dismiss(self, job: VideoJob) -> None:
        job.film.close()

    def read(self, context: bpy.types.Context) -> VideoJob:
        from . import scene as video_scene
        from .choice import video_choice

        choice = video_choice(chosen_armature(context))
        job = video_scene.read(context, choice, model_choice(context))
        return job if self._watched is None else job.showing(self._watched.tell)

    def write(
        self, context: bpy.types.Context, job: VideoJob, outcome: Outcome[VideoMotion]
    ) -> None:
        from .applying import write_video

        told, beside = write_video(context, job, outcome)
        report(self, {"INFO"}, told)
        self.tell(beside)
        follow(context.scene)

    def adjusted(self, context: bpy.types.Context) -> Mapping[str, Any]:
        return unanimated(chosen_armature(context).neural_motion.video, _ADJUSTED)

    def _show(self, context: bpy.types.Context) -> None:
        """The preview, where there is one, shows the picture that was looked at last."""
        if self._watched is None or preview_camera(context.scene) is None:
            return
        if self._watched.last != self._shown:
            self._shown = self._watched.last
            follow(context.scene)
            redraw()
            self._pace.asked(time.monotonic())

    def _look_away(self, context: bpy.types.Context) -> None:
        """No tracker is at work any more: the preview shows the picture at the playhead."""
        self._watched = None
        stop_watching()
        follow(context.scene)
        redraw()


@adjustable(_ADJUSTED, FitSettings)
class NEURALMOTION_OT_generate_video(FromFilm, bpy.types.Operator):
    """Let the character do what the person in the film does, as keyframes in an action or strip"""

    bl_idname = "neural_motion.generate_video"
    bl_label = "Generate Video"
    bl_options = {"REGISTER", "UNDO"}

    reason = staticmethod(reason_not_to_generate)


@adjustable(("smoothing", "pin_reach"), FitSettings)
class NEURALMOTION_OT_solve_video_again(FromFilm, bpy.types.Operator):
    """Solve again with the pins, without looking at the film again; the last motion is replaced"""

    bl_idname = "neural_motion.solve_video_again"
    bl_label = "Solve Again"
    bl_options = {"REGISTER", "UNDO"}

    @staticmethod
    def reason(context: bpy.types.Context) -> str | None:
        """Why it is greyed out, in the user's words; None if it is not."""
        if (reason := reason_not_to_generate(context)) is not None:
            return reason
        if solved_of(chosen_armature(context)) is None:
            return NOTHING_TRACKED
        return None if len(chosen_video(context).pins) else NO_PINS

    def adjusted(self, context: bpy.types.Context) -> Mapping[str, Any]:
        chosen = chosen_armature(context).neural_motion.video
        return unanimated(chosen, ("smoothing", "pin_reach"))


CLASSES = (NEURALMOTION_OT_generate_video, NEURALMOTION_OT_solve_video_again)
