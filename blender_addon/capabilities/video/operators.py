"""Generate Video: on a worker thread with progress and Esc, or at once for scripts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import bpy

from ...blender.jobs.adjust import AdjustableGenerate, adjustable, unanimated
from ...blender.models.preferred import model_choice
from ...blender.ui.reporting import report
from ...core.jobs import Outcome
from ...core.video.settings import FitSettings
from ..character.chosen import chosen_armature
from .properties import reason_not_to_generate

# Imported where they are used: switching the extension on does not wait for them.
if TYPE_CHECKING:
    from .job import VideoJob, VideoMotion

_SERVED_S = 0.06
"""So long pictures of the film are decoded at a time, before Blender may draw."""
_ADJUSTED = ("smoothing", "on_ground", "lock_feet")


@adjustable(_ADJUSTED, FitSettings)
class NEURALMOTION_OT_generate_video(AdjustableGenerate, bpy.types.Operator):
    """Let the character do what the person in the film does, as keyframes in an action or strip"""

    bl_idname = "neural_motion.generate_video"
    bl_label = "Generate Video"
    bl_options = {"REGISTER", "UNDO"}
    subject = "motion"

    reason = staticmethod(reason_not_to_generate)

    def adjusted(self, context: bpy.types.Context) -> Mapping[str, Any]:
        return unanimated(chosen_armature(context).neural_motion.video, _ADJUSTED)

    def read(self, context: bpy.types.Context) -> VideoJob:
        from . import scene as video_scene
        from .choice import video_choice

        choice = video_choice(chosen_armature(context))
        return video_scene.read(context, choice, model_choice(context))

    def attend(self, job: VideoJob) -> None:
        job.film.serve(_SERVED_S)

    def dismiss(self, job: VideoJob) -> None:
        job.film.close()

    def write(
        self, context: bpy.types.Context, job: VideoJob, outcome: Outcome[VideoMotion]
    ) -> None:
        from .applying import write_video

        told, beside = write_video(context, job, outcome)
        report(self, {"INFO"}, told)
        self.tell(beside)


CLASSES = (NEURALMOTION_OT_generate_video,)
