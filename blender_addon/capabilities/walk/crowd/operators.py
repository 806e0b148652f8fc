"""Several characters: the list, and Generate All Walks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import bpy

from ....blender.declared import values_of
from ....blender.jobs.last_result import keep_result
from ....blender.jobs.modal import ModalGenerate
from ....blender.keys.result_properties import action_options
from ....blender.models.preferred import model_choice
from ....blender.translation import translated
from ....blender.ui.reporting import report
from ....blender.units import metres_per_unit
from ....core.jobs import Outcome
from ....core.notes import told_of
from ....core.walk.crowd.settings import CrowdSettings
from ..direction.going import GoKind
from ..properties import chosen_walk, walk_settings
from .migration import has_own_speed
from .properties import reason_not_to_walk_together

# Imported where they are used: switching the extension on does not wait for them.
if TYPE_CHECKING:
    from ..job import Walk
    from .scene import CrowdJob, CrowdMember


class NEURALMOTION_OT_add_crowd_members(bpy.types.Operator):
    """Add every selected armature, each with the selected curve that begins nearest to it"""

    bl_idname = "neural_motion.add_crowd_members"
    bl_label = "Add Selected Characters"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        rows = context.scene.neural_motion.walk.crowd
        known = {row.rig for row in rows}
        chosen = list(context.selected_objects)
        curves = [each for each in chosen if each.type == "CURVE"]
        new = [each for each in chosen if each.type == "ARMATURE" and each not in known]
        for armature in new:
            row = rows.add()
            row.rig, row.seed = armature, len(rows) - 1
            row.path = min(curves, key=lambda c: _distance(c, armature), default=None)
        if not new:
            row = rows.add()
            row.seed = len(rows) - 1
            report(self, {"INFO"}, "No further armature is selected: choose one in the new line")
        context.scene.neural_motion.walk.active_member = len(rows) - 1
        return {"FINISHED"}


def _distance(curve: bpy.types.Object, armature: bpy.types.Object) -> float:
    """From where a curve begins to where an armature stands."""
    start = curve.matrix_world.translation
    if len(curve.data.splines):
        spline = curve.data.splines[0]
        points = spline.bezier_points if spline.type == "BEZIER" else spline.points
        if len(points):
            start = curve.matrix_world @ points[0].co.to_3d()
    return float((start - armature.matrix_world.translation).length)


class NEURALMOTION_OT_remove_crowd_member(bpy.types.Operator):
    """Take the chosen character out of the list"""

    bl_idname = "neural_motion.remove_crowd_member"
    bl_label = "Remove Character"
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not len(context.scene.neural_motion.walk.crowd):
            cls.poll_message_set(translated("There is nothing to remove"))
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        chosen = context.scene.neural_motion.walk
        chosen.crowd.remove(chosen.active_member)
        chosen.active_member = max(0, min(chosen.active_member, len(chosen.crowd) - 1))
        return {"FINISHED"}


class NEURALMOTION_OT_generate_crowd(ModalGenerate, bpy.types.Operator):
    """Let all characters of the list walk, generated together"""

    bl_idname = "neural_motion.generate_crowd"
    bl_label = "Generate All Walks"
    bl_options = {"REGISTER", "UNDO"}

    subject = "walks"

    reason = staticmethod(reason_not_to_walk_together)

    def read(self, context: bpy.types.Context) -> CrowdJob:
        from .scene import read_crowd

        settings = CrowdSettings(**values_of(context.scene.neural_motion.walk, CrowdSettings))
        job = read_crowd(context, crowd_members(context), model_choice(context), settings)
        for each in job.jobs:
            self.tell(told_of(each.rig.object_name, (*each.rig.warnings, *each.notes)))
        return job

    def write(
        self, context: bpy.types.Context, job: CrowdJob, outcome: Outcome[list[Walk]]
    ) -> None:
        from ..residual import measure_residual
        from ..residual.found import feet_in_brief
        from ..scene import walk_warnings
        from .scene import write_crowd

        result = outcome.result
        shown = chosen_walk(context)
        written = write_crowd(context, job, result, action_options(shown.result))
        worst, before, after = 0.0, (), ()
        for each, walk, done in zip(job.jobs, result, written, strict=True):
            residual = measure_residual(
                context, each, walk, done.first_frame, blended_s=done.blended_s
            )
            worst = max(worst, residual.foot_error_cm or 0.0)
            name, found = (
                each.rig.object_name,
                (*done.notes, *residual.warnings(), *walk_warnings(walk)),
            )
            before += told_of(name, (*each.rig.warnings, *each.notes))
            after += told_of(name, found)
        frames = sum(walk.clip.frame_count for walk in result)
        told = f"{len(written)} characters, {frames} frames, {feet_in_brief(worst)}"
        keep_result(shown, told, outcome.describe(), (*before, *after))
        report(self, {"INFO"}, told)
        self.tell(after)


def crowd_members(context: bpy.types.Context) -> list[CrowdMember]:
    """The scene's rows, with everything else as the chosen character has it."""
    from .scene import CrowdMember

    scene, members = context.scene, []
    unit_m, shared = metres_per_unit(scene), walk_settings(context)
    for row in scene.neural_motion.walk.crowd:
        settings = replace(shared, armature=row.rig, seed=row.seed)
        if row.path is not None:  # a path of its own is walked, wherever the chosen one goes
            own = replace(shared.going, kind=GoKind.PATH)
            settings = replace(settings, curve=row.path, going=own)
        if has_own_speed(row):
            settings = replace(settings, speed_m_s=row.speed * unit_m, speed_changes=(), stops=())
        members.append(CrowdMember(settings, row.delay))
    return members


CLASSES = (
    NEURALMOTION_OT_add_crowd_members,
    NEURALMOTION_OT_remove_crowd_member,
    NEURALMOTION_OT_generate_crowd,
)
