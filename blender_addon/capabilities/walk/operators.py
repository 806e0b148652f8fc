"""Generate Walk: on a worker thread with progress and Esc, or at once for scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy

from ...blender.jobs.modal import ModalGenerate
from ...blender.models.preferred import model_choice
from ...core.jobs import Outcome
from .properties import chosen_walk, reason_not_to_walk, walk_settings

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
        from .applying import tell_walk, write_walk

        shown = chosen_walk(context)
        written = write_walk(context, shown, job, outcome)
        applied = tell_walk(context, shown, job, outcome, written)
        self.report({"INFO"}, f"'{applied.action_name}': {applied.told}")
        self.tell(applied.warnings)


CLASSES = (NEURALMOTION_OT_generate_walk,)
