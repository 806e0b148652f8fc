"""Generate Physics: on a worker thread with progress, preview and Esc, or at once for scripts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import bpy

from ...blender.jobs.adjust import AdjustableGenerate, adjustable, unanimated
from ...blender.models.preferred import model_choice
from ...blender.ui.reporting import report
from ...core.jobs import Outcome
from ...core.physics.settings import PhysicsSettings
from ..character.chosen import chosen_armature
from .preview import Preview
from .properties import physics_choice, reason_not_to_generate

# Imported where they are used: switching the extension on does not wait for them.
if TYPE_CHECKING:
    from .job import PhysicsJob, PhysicsMotion

_ADJUSTED: Final = ("muscles", "help", "mass_kg", "fade", "get_back", "seed")


@adjustable(_ADJUSTED, PhysicsSettings)
class NEURALMOTION_OT_generate_physics(AdjustableGenerate, bpy.types.Operator):
    """Give the animated character weight: as a strip above what it does, which stays as it is"""

    bl_idname = "neural_motion.generate_physics"
    bl_label = "Generate Physics"
    bl_options = {"REGISTER", "UNDO"}
    subject = "physics"
    _preview: Preview | None = None
    _is_shown = False

    reason = staticmethod(reason_not_to_generate)

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        self._is_shown = True
        ending = super().invoke(context, event)
        if "RUNNING_MODAL" not in ending:
            self._look_away()
        return ending

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        ending = super().modal(context, event)
        if "RUNNING_MODAL" not in ending:
            self._look_away()
        return ending

    def cancel(self, context: bpy.types.Context) -> None:
        super().cancel(context)
        self._look_away()

    def attend(self, job: PhysicsJob) -> None:
        if self._preview is not None:
            self._preview.redraw()

    def read(self, context: bpy.types.Context) -> PhysicsJob:
        from . import scene as physics_scene

        choice = physics_choice(chosen_armature(context))
        job = physics_scene.read(context, choice, model_choice(context))
        if not self._is_shown:
            return job
        self._preview = Preview(physics_scene.into_figure(job.take))
        return job.showing(self._preview.tell)

    def write(
        self, context: bpy.types.Context, job: PhysicsJob, outcome: Outcome[PhysicsMotion]
    ) -> None:
        from .applying import write_physics

        told, beside = write_physics(context, job, outcome)
        report(self, {"INFO"}, told)
        self.tell(beside)

    def adjusted(self, context: bpy.types.Context) -> Mapping[str, Any]:
        return unanimated(chosen_armature(context).neural_motion.physics, _ADJUSTED)

    def _look_away(self) -> None:
        if self._preview is not None:
            self._preview.remove()
        self._preview, self._is_shown = None, False


CLASSES = (NEURALMOTION_OT_generate_physics,)
