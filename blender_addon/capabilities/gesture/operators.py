"""Generate Gesture: on a worker thread with progress and Esc, or at once for scripts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import bpy

from ...blender.jobs.adjust import AdjustableGenerate, adjustable, unanimated
from ...blender.models.preferred import model_choice
from ...blender.ui.reporting import report
from ...core.gesture.settings import GestureSettings
from ...core.jobs import Outcome
from ...core.settings import Seeded
from ..character.chosen import chosen_armature
from .properties import gesture_choice, reason_not_to_gesture

# Imported where they are used: switching the extension on does not wait for them.
if TYPE_CHECKING:
    from .job import Gesture, GestureJob

_OF_TALK = ("energy", "size", "handedness", "mirror", "seed")
_OF_DANCE = ("energy", "size", "mirror", "travel", "seed")


@adjustable(("energy", "size", "handedness", "mirror", "travel", "seed"), GestureSettings, Seeded)
class NEURALMOTION_OT_generate_gesture(AdjustableGenerate, bpy.types.Operator):
    """Let the body talk along with a voice, or dance to music; no key of yours is changed"""

    bl_idname = "neural_motion.generate_gesture"
    bl_label = "Generate Gesture"
    bl_options = {"REGISTER", "UNDO"}
    subject = "gestures"

    reason = staticmethod(reason_not_to_gesture)

    def read(self, context: bpy.types.Context) -> GestureJob:
        from . import scene as gesture_scene

        choice = gesture_choice(context, chosen_armature(context))
        return gesture_scene.read(context, choice, model_choice(context))

    def write(self, context: bpy.types.Context, job: GestureJob, outcome: Outcome[Gesture]) -> None:
        from .applying import keep_gesture_of, write_gesture

        written = write_gesture(context, job, outcome.result)
        told, beside = keep_gesture_of(context, job, outcome, written)
        report(self, {"INFO"}, told)
        self.tell(beside)

    def adjusted(self, context: bpy.types.Context) -> Mapping[str, Any]:
        chosen = chosen_armature(context).neural_motion.gesture
        return unanimated(chosen, _OF_DANCE if chosen.mode == "DANCE" else _OF_TALK)


CLASSES = (NEURALMOTION_OT_generate_gesture,)
