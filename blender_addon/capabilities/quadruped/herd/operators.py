"""Generate Herd: all selected animals in one batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy

from ....blender.jobs.modal import ModalGenerate
from ....blender.keys.result_properties import action_options
from ....blender.models.preferred import model_choice
from ....blender.ui.reporting import report
from ....core.jobs import Outcome
from ....core.notes import told_of
from .members import herd_choices, herd_of, reason_not_to_go_together

# Imported where they are used: switching the extension on does not wait for them.
if TYPE_CHECKING:
    from ..job import AnimalMotion
    from .scene import HerdJob


class NEURALMOTION_OT_generate_herd(ModalGenerate, bpy.types.Operator):
    """Let all selected four-legged characters go at once, each by its own settings; those without a path go beside the chosen one"""  # noqa: E501

    bl_idname = "neural_motion.generate_herd"
    bl_label = "Generate Herd"
    bl_options = {"REGISTER", "UNDO"}

    subject = "herd"

    reason = staticmethod(reason_not_to_go_together)

    def read(self, context: bpy.types.Context) -> HerdJob:
        from .scene import read_herd

        job = read_herd(context, herd_choices(context, herd_of(context)), model_choice(context))
        for each in job.jobs:
            self.tell(told_of(each.rig.object_name, (*each.rig.warnings, *each.notes)))
        return job

    def write(
        self, context: bpy.types.Context, job: HerdJob, outcome: Outcome[list[AnimalMotion]]
    ) -> None:
        from ..applying import tell_motion
        from ..writing import armature_of_job
        from .scene import write_herd

        shown = [armature_of_job(each).neural_motion.quadruped for each in job.jobs]
        options = [action_options(each.result) for each in shown]
        written = write_herd(context, job, outcome.result, options)
        for group, each, motion, done in zip(shown, job.jobs, outcome.result, written, strict=True):
            one = Outcome(motion, outcome.models, outcome.compute_s)
            _, after = tell_motion(context, group, each, one, done)
            self.tell(told_of(each.rig.object_name, after))
        frames = sum(motion.clip.frame_count for motion in outcome.result)
        report(self, {"INFO"}, f"{len(written)} animals, {frames} frames")


CLASSES = (NEURALMOTION_OT_generate_herd,)
