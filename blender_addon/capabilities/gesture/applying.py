"""Puts finished gestures into the scene and keeps what came of them: for the button and others."""

from __future__ import annotations

import bpy

from ...blender.jobs.last_result import keep_result
from ...blender.jobs.stale import remember
from ...blender.keys.giving_way import told_in_brief
from ...blender.keys.result_properties import layer_options
from ...blender.keys.undo import Undo
from ...core.jobs import Outcome
from . import scene as gesture_scene
from .depends import made_from
from .job import Gesture, GestureJob
from .keeping import describe, keep_gesture, let_be_heard
from .properties import dance_options
from .written import WrittenGesture, armature_of


def write_gesture(
    context: bpy.types.Context, job: GestureJob, gesture: Gesture, undo: Undo | None = None
) -> WrittenGesture:
    """Write gestures as their character's panel says.

    Raises:
        InputError: the character is gone or cannot be animated any more; nothing is changed then.
    """
    chosen = armature_of(job.rig).neural_motion.gesture
    dances = gesture.dance is not None
    options = dance_options(chosen.result_of_dance) if dances else layer_options(chosen.result)
    return gesture_scene.write(context, job, gesture, options, undo)


def keep_gesture_of(
    context: bpy.types.Context,
    job: GestureJob,
    outcome: Outcome[Gesture],
    written: WrittenGesture,
) -> tuple[str, tuple[str, ...]]:
    """Keep strokes, beats and the result of gestures that were written.

    Returns:
        A line about them, and what is told beside.
    """
    owner, gesture = armature_of(job.rig), outcome.result
    chosen = owner.neural_motion.gesture
    keep_gesture(context, owner, job, gesture)
    heard = let_be_heard(context, owner, job)
    keys = f"; {written.keys.describe()}" if written.keys.describe() else ""
    told = f"{describe(job, gesture)}{keys}{told_in_brief(written.gave_way)}"
    beside = (*job.notes, *gesture.notes, *written.notes, *heard)
    keep_result(chosen, told, outcome.describe(), beside)
    remember(chosen, made_from(context.scene, owner))
    return told, beside
