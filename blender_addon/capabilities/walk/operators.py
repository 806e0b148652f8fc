"""Generate Walk: on a worker thread with progress and Esc, or at once for scripts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import bpy

from ...blender.jobs.adjust import AdjustableGenerate, adjustable, forgotten
from ...blender.keys.start_properties import (
    draw_start,
    start_frame_property,
    start_property,
)
from ...blender.models.preferred import model_choice
from ...blender.ui.reporting import report
from ...core.jobs import Outcome
from ...core.walk.settings import PaceSettings
from .direction.going import GoKind
from .direction.style_menu import style_property
from .properties import chosen_walk, reason_not_to_walk, walk_settings

# Imported where they are used: switching the extension on does not wait for them.
if TYPE_CHECKING:
    from .job import Walk, WalkJob


@adjustable(("speed", "seed"), PaceSettings)
class NEURALMOTION_OT_generate_walk(AdjustableGenerate, bpy.types.Operator):
    """Let the character walk along the path, as keyframes in a new action or strip"""

    bl_idname = "neural_motion.generate_walk"
    bl_label = "Generate Walk"
    bl_options = {"REGISTER", "UNDO"}

    subject = "walk"
    redo_shows = ("style_menu", "start", "start_frame")

    style: bpy.props.StringProperty(options={"HIDDEN", "SKIP_SAVE"})
    style_menu: forgotten(
        style_property("style", "Style", "A named style of walking of the chosen model")
    )
    start: forgotten(start_property("Walk"))
    start_frame: forgotten(start_frame_property("Walk"))

    reason = staticmethod(reason_not_to_walk)

    def adjusted(self, context: bpy.types.Context) -> Mapping[str, Any]:
        walk = chosen_walk(context)
        at_walk = ("speed", "seed", "start", "start_frame")
        return {**dict.fromkeys(at_walk, walk), "style": walk.direction}

    def draw_adjusted(self, context: bpy.types.Context, layout: bpy.types.UILayout) -> None:
        """The fields, one below the other."""
        if chosen_walk(context).going.go != GoKind.STAND.value:
            layout.prop(self, "speed")
        layout.prop(self, "style_menu")
        layout.prop(self, "seed")
        draw_start(layout, self)

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
        report(self, {"INFO"}, f"'{applied.action_name}': {applied.told}")
        self.tell(applied.warnings)


CLASSES = (NEURALMOTION_OT_generate_walk,)
