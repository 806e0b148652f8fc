"""Generate Gesture: on a worker thread with progress and Esc, or at once for scripts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import bpy

from ...blender.jobs.adjust import AdjustableGenerate, adjustable, unanimated
from ...blender.jobs.last_result import keep_result
from ...blender.jobs.stale import remember
from ...blender.keys.result_properties import layer_options
from ...blender.keys.undo import Undo
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
    from .written import WrittenGesture

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
    from .keeping import let_be_heard
    from .written import armature_of

    written = write_only(context, job, outcome)
    heard = let_be_heard(context, armature_of(job.rig), job)
    return keep_all(context, job, outcome, written, heard)


def write_only(
    context: bpy.types.Context, job: GestureJob, outcome: Outcome[Gesture], undo: Undo | None = None
) -> WrittenGesture:
    """Write gestures as their character's panel says; ``undo`` as in ``scene.write``."""
    from . import scene as gesture_scene
    from .written import armature_of

    chosen, gesture = armature_of(job.rig).neural_motion.gesture, outcome.result
    dances = gesture.dance is not None
    options = dance_options(chosen.result_of_dance) if dances else layer_options(chosen.result)
    return gesture_scene.write(context, job, gesture, options, undo)


def keep_all(
    context: bpy.types.Context,
    job: GestureJob,
    outcome: Outcome[Gesture],
    written: WrittenGesture,
    heard: Sequence[str],
) -> tuple[str, tuple[str, ...]]:
    """Keep the result of gestures that were written with their character, and its markers.

    Args:
        context: whose scene.
        job, outcome, written: the gestures.
        heard: what is good to know about their sound in the sequencer.

    Returns:
        A line about it, and what is told beside.
    """
    from ...blender.keys.giving_way import told_in_brief
    from .keeping import describe, keep_gesture
    from .written import armature_of

    owner, gesture = armature_of(job.rig), outcome.result
    chosen = owner.neural_motion.gesture
    keep_gesture(context, owner, job, gesture)
    keys = f"; {written.keys.describe()}" if written.keys.describe() else ""
    told = f"{describe(job, gesture)}{keys}{told_in_brief(written.gave_way)}"
    beside = (*job.notes, *gesture.notes, *written.notes, *heard)
    keep_result(chosen, told, outcome.describe(), beside)
    remember(chosen, made_from(context.scene, owner))
    return told, beside


CLASSES = (NEURALMOTION_OT_generate_gesture,)
