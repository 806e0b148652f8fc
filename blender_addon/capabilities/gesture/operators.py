"""Generate Gesture: on a worker thread with progress and Esc, or at once for scripts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import bpy

from ...blender.jobs.adjust import AdjustableGenerate, adjustable, unanimated
from ...blender.jobs.last_result import keep_result
from ...blender.jobs.stale import remember
from ...blender.keys.result_properties import layer_options
from ...blender.models.preferred import model_choice
from ...blender.ui.reporting import report
from ...core.gesture.settings import GestureSettings
from ...core.jobs import Outcome
from ...core.settings import Seeded
from ..character.chosen import chosen_armature
from .depends import made_from
from .properties import dance_options, gesture_choice, reason_not_to_gesture

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
        told, beside = write_and_keep(context, job, outcome)
        report(self, {"INFO"}, told)
        self.tell(beside)

    def adjusted(self, context: bpy.types.Context) -> Mapping[str, Any]:
        chosen = chosen_armature(context).neural_motion.gesture
        return unanimated(chosen, _OF_DANCE if chosen.mode == "DANCE" else _OF_TALK)


def write_and_keep(
    context: bpy.types.Context, job: GestureJob, outcome: Outcome[Gesture]
) -> tuple[str, tuple[str, ...]]:
    """Write gestures as their character's panel says, and keep the result there.

    Args:
        context: whose scene.
        job, outcome: what was generated.

    Returns:
        A line about it, and what is told beside.

    Raises:
        InputError: the character is gone or cannot be animated any more.
    """
    from ...blender.keys.giving_way import told_in_brief
    from . import scene as gesture_scene
    from .keeping import describe, keep_gesture, let_be_heard
    from .written import armature_of

    owner, gesture = armature_of(job.rig), outcome.result
    chosen = owner.neural_motion.gesture
    dances = gesture.dance is not None
    options = dance_options(chosen.result_of_dance) if dances else layer_options(chosen.result)
    written = gesture_scene.write(context, job, gesture, options)
    keep_gesture(context, owner, job, gesture)
    heard = let_be_heard(context, owner, job)
    keys = f"; {written.keys.describe()}" if written.keys.describe() else ""
    told = f"{describe(job, gesture)}{keys}{told_in_brief(written.gave_way)}"
    beside = (*job.notes, *gesture.notes, *written.notes, *heard)
    keep_result(chosen, told, outcome.describe(), beside)
    remember(chosen, made_from(context.scene, owner))
    return told, beside


CLASSES = (NEURALMOTION_OT_generate_gesture,)
