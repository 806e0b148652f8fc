"""Generate Walk: on a worker thread with progress and Esc, or at once for scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy

from ...blender.jobs.last_result import keep_result
from ...blender.jobs.modal import ModalGenerate
from ...blender.models.preferred import model_choice
from ...core.jobs import Outcome
from .properties import chosen_walk, reason_not_to_walk, walk_settings
from .result_properties import result_options

# Imported where they are used: switching the extension on does not wait for them.
if TYPE_CHECKING:
    from .job import Walk, WalkJob


class NEURALMOTION_OT_generate_walk(ModalGenerate, bpy.types.Operator):
    """Let the character walk along the path, as keyframes in a new action or strip"""

    bl_idname = "neural_motion.generate_walk"
    bl_label = "Generate Walk"
    bl_options = {"REGISTER", "UNDO"}

    subject = "walk"

    reason = staticmethod(reason_not_to_walk)

    def read(self, context: bpy.types.Context) -> WalkJob:
        from . import scene as walk_scene

        job = walk_scene.read(context, walk_settings(context), model_choice(context))
        self.tell((*job.rig.warnings, *job.notes))
        return job

    def write(self, context: bpy.types.Context, job: WalkJob, outcome: Outcome[Walk]) -> None:
        from . import scene as walk_scene
        from .residual import measure_residual

        result, shown = outcome.result, chosen_walk(context)
        written = walk_scene.write(context, job, result, result_options(shown.result))
        count = written.last_frame - written.first_frame + 1
        residual = measure_residual(
            context, job, result, written.first_frame, blended_s=written.blended_s
        )
        told = f"{count} frames, {result.clip.duration_s:.1f} s, {job.length}; " + "; ".join(
            filter(None, (residual.describe(), written.keys.describe()))
        )
        warnings = (*written.notes, *residual.warnings(), *walk_scene.walk_warnings(result))
        keep_result(shown, told, outcome.describe(), (*job.rig.warnings, *job.notes, *warnings))
        self.report({"INFO"}, f"'{written.action_name}': {told}")
        self.tell(warnings)


CLASSES = (NEURALMOTION_OT_generate_walk,)
