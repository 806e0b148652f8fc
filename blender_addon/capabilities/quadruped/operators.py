"""Generate Quadruped: on a worker thread with progress and Esc, or at once for scripts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import bpy

from ...blender.jobs.adjust import AdjustableGenerate, adjustable, forgotten
from ...blender.keys.result_properties import action_options
from ...blender.keys.start_properties import (
    draw_start,
    start_frame_property,
    start_property,
)
from ...blender.models.preferred import model_choice
from ...blender.ui.reporting import report
from ...core.jobs import Outcome
from ...core.quadruped.settings import PaceSettings
from ..character.chosen import chosen_armature
from .marks import gait_property
from .properties import animal_choice, chosen_quadruped, reason_not_to_generate

# Imported where they are used: switching the extension on does not wait for them.
if TYPE_CHECKING:
    from .job import AnimalMotion, QuadrupedJob


@adjustable(("speed", "seed"), PaceSettings)
class NEURALMOTION_OT_generate_quadruped(AdjustableGenerate, bpy.types.Operator):
    """Let the four-legged character go along the path, as keyframes in a new action or strip"""

    bl_idname = "neural_motion.generate_quadruped"
    bl_label = "Generate Quadruped"
    bl_options = {"REGISTER", "UNDO"}

    subject = "motion"
    redo_shows = ("gait", "start", "start_frame")

    gait: forgotten(gait_property("In which order the feet go"))
    start: forgotten(start_property("Motion"))
    start_frame: forgotten(start_frame_property("Motion"))

    reason = staticmethod(reason_not_to_generate)

    def adjusted(self, context: bpy.types.Context) -> Mapping[str, Any]:
        chosen = chosen_quadruped(context)
        return dict.fromkeys(("speed", "seed", "gait", "start", "start_frame"), chosen)

    def draw_adjusted(self, _context: bpy.types.Context, layout: bpy.types.UILayout) -> None:
        """The fields, one below the other."""
        for name in ("speed", "gait", "seed"):
            layout.prop(self, name)
        draw_start(layout, self)

    def read(self, context: bpy.types.Context) -> QuadrupedJob:
        from . import scene as quadruped_scene

        choice = animal_choice(context, chosen_armature(context))
        job = quadruped_scene.read(context, choice, model_choice(context))
        self.tell((*job.rig.warnings, *job.notes))
        return job

    def write(
        self, context: bpy.types.Context, job: QuadrupedJob, outcome: Outcome[AnimalMotion]
    ) -> None:
        from .applying import tell_motion
        from .writing import write

        shown = chosen_quadruped(context)
        written = write(context, job, outcome.result, action_options(shown.result))
        told, after = tell_motion(context, shown, job, outcome, written)
        report(self, {"INFO"}, f"'{written.action_name}': {told}")
        self.tell(after)


CLASSES = (NEURALMOTION_OT_generate_quadruped,)
