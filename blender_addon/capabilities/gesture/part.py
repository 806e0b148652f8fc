"""How gestures take part in a performance: arms and spine are their own, nods where nobody nods.

Who has a sound talks with the hands; while a partner has the word, the hands rest.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import bpy

from ...blender.declared import set_undone
from ...blender.face.shape_keys import armature_of
from ...blender.keys.undo import Undo
from ...blender.models.preferred import model_choice
from ...blender.rig.joint_map import judge_joints
from ...blender.sound.choice import adopt_sound, read_sound
from ...core.gesture.settings import GestureMode
from ...core.jobs import Outcome
from ..character.chosen import reason_if_linked
from ..package import Cue, Part, Written
from .properties import OFF, gesture_choice

# Imported where they are used: switching the extension on does not wait for them.
if TYPE_CHECKING:
    from .job import Gesture, GestureJob

_NODS: Final = frozenset({"speech", "gaze"})
"""Who moves the head, where it takes part."""


def _reason(_context: bpy.types.Context, character: bpy.types.Object, cue: Cue) -> str | None:
    armature = armature_of(character)
    if armature is None:
        return f"'{character.name}' has no armature: it can look and speak, not gesture"
    if (linked := reason_if_linked(armature)) is not None:
        return linked
    if armature.neural_motion.gesture.mode == OFF:
        return "Gestures are off. Choose Talk in the panel Gesture"
    if cue.sound.source == "NONE":
        return "Who only listens keeps the hands still"
    return judge_joints(armature)[1] or None


def _adopt(_context: bpy.types.Context, character: bpy.types.Object, cue: Cue, undo: Undo) -> None:
    chosen = armature_of(character).neural_motion.gesture
    set_undone(undo, chosen, "mode", GestureMode.TALK.value)
    adopt_sound(undo, chosen, cue.sound)
    if cue.sound.source == "FILE":
        set_undone(undo, chosen, "start_frame", cue.first_frame)
    set_undone(undo, chosen, "use_range", True)
    set_undone(undo, chosen, "first_frame", cue.first_frame)
    set_undone(undo, chosen, "last_frame", cue.last_frame)


def _read(context: bpy.types.Context, character: bpy.types.Object, cue: Cue) -> GestureJob:
    from . import scene as gesture_scene

    choice = gesture_choice(context, armature_of(character))
    choice = replace(choice, seed=choice.seed + cue.seed)
    if _NODS & cue.taking_part:
        choice = replace(choice, settings=replace(choice.settings, head=False))
    job = gesture_scene.read(context, choice, model_choice(context))
    partner = read_sound(context.scene, cue.partner_sound, cue.first_frame)
    if partner is None:
        return job
    return replace(job, partner=partner)


def _write(
    context: bpy.types.Context,
    _character: bpy.types.Object,
    _cue: Cue,
    job: Any,
    outcome: Outcome[Gesture],
    undo: Undo,
) -> Written:
    from .applying import keep_gesture_of, write_gesture

    written = write_gesture(context, job, outcome.result, undo)
    undo.afterwards(keep_gesture_of, context, job, outcome, written)
    count = len(outcome.result.talk.strokes)
    notes = (*job.notes, *outcome.result.notes, *written.notes)
    return Written("1 stroke" if count == 1 else f"{count} strokes", notes)


PART: Final = Part(
    name="gesture",
    title="Gesture",
    order=30,
    moves="The arms and the spine",
    reason=_reason,
    adopt=_adopt,
    read=_read,
    write=_write,
)
