"""Generate Gaze: on a worker thread with progress and Esc, or at once for scripts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import bpy

from ...blender.jobs.adjust import AdjustableGenerate, adjustable, unanimated
from ...blender.jobs.modal import ModalGenerate
from ...blender.models.preferred import model_choice
from ...blender.ui.reporting import report
from ...core.gaze.request import GazeSettings
from ...core.jobs import Outcome
from ...core.notes import told_of
from ...core.settings import Seeded
from .heard import let_be_heard
from .properties import (
    frame_range,
    gaze_characters,
    gaze_choice,
    gazing,
    reason_not_to_look,
    reason_not_to_look_all,
)

# Imported where they are used: switching the extension on does not wait for them.
if TYPE_CHECKING:
    from .job import Gaze, GazeJob


class _GenerateGaze(ModalGenerate):
    """Mix-in: which characters look is all that the two operators differ in."""

    subject = "gaze"

    def characters(self, context: bpy.types.Context) -> list[bpy.types.Object]:
        """Who is given a gaze."""
        raise NotImplementedError

    def read(self, context: bpy.types.Context) -> GazeJob:
        from . import scene as gaze_scene

        choices = [gaze_choice(character) for character in self.characters(context)]
        return gaze_scene.read(
            context, choices, *frame_range(context, choices), model_choice(context)
        )

    def write(self, context: bpy.types.Context, job: GazeJob, outcome: Outcome[Gaze]) -> None:
        from ...blender.keys.giving_way import told_in_brief
        from .applying import keep_gaze, settings_of_job, write_gaze

        written = write_gaze(context, job, outcome)
        names = [character.rig.name for character in job.characters]
        told = [told_in_brief(written.gave_way(n)) for n in range(len(names))]
        beside = [
            (*gaze.warnings, *let_be_heard(context, character, shown))
            for character, shown, gaze in zip(
                job.characters, settings_of_job(job), outcome.result.characters, strict=True
            )
        ]
        keep_gaze(context, job, outcome, written, beside)
        who = f"{len(names)} characters" if len(names) > 1 else f"'{names[0]}'"
        keys = f", {written.keys.describe()}" if written.keys.describe() else ""
        report(
            self,
            {"INFO"},
            f"Gaze of {who}: frames {written.first_frame} to {written.last_frame}{keys}"
            f"{''.join(dict.fromkeys(told))}",
        )
        for name, besides in zip(names, beside, strict=True):
            self.tell(told_of(name, besides))


@adjustable(("seed", "liveliness", "head_share", "blink_rate"), GazeSettings, Seeded)
class NEURALMOTION_OT_generate_gaze(AdjustableGenerate, _GenerateGaze, bpy.types.Operator):
    """Give the character living eyes, as keyframes in a layer on top: no key of yours is changed"""

    bl_idname = "neural_motion.generate_gaze"
    bl_label = "Generate Gaze"
    bl_options = {"REGISTER", "UNDO"}

    reason = staticmethod(reason_not_to_look)

    def characters(self, context: bpy.types.Context) -> list[bpy.types.Object]:
        return [gazing(context)]

    def adjusted(self, context: bpy.types.Context) -> Mapping[str, Any]:
        return unanimated(gazing(context).neural_motion.gaze, self.redo_shows)


class NEURALMOTION_OT_generate_gaze_all(_GenerateGaze, bpy.types.Operator):
    """Give every character of the scene that has a target living eyes, all in one go"""

    bl_idname = "neural_motion.generate_gaze_all"
    bl_label = "Generate for All Characters"
    bl_options = {"REGISTER", "UNDO"}

    reason = staticmethod(reason_not_to_look_all)

    def characters(self, context: bpy.types.Context) -> list[bpy.types.Object]:
        return gaze_characters(context)


CLASSES = (NEURALMOTION_OT_generate_gaze, NEURALMOTION_OT_generate_gaze_all)
