"""How gestures take part in a performance: the arms and the spine are their own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import bpy

from ...blender.declared import set_undone
from ...blender.face.shape_keys import armature_of
from ...blender.keys.undo import Undo
from ...blender.models.preferred import model_choice
from ...blender.rig.joint_map import judge_joints
from ...blender.sound.choice import adopt_sound
from ...core.errors import SkeletonError
from ...core.jobs import Outcome
from ...core.notes import Note
from ..character.chosen import reason_if_linked
from ..package import Cue, Part, Written
from .properties import OFF, SPEECH, gesture_choice

# Imported where they are used: switching the extension on does not wait for them.
if TYPE_CHECKING:
    from .job import Gesture, GestureJob

_ARMS: Final = (("LeftArm", "LeftForeArm"), ("RightArm", "RightForeArm"))


def _reason(_context: bpy.types.Context, character: bpy.types.Object, cue: Cue) -> str | None:
    armature = armature_of(character)
    if armature is None:
        return f"'{character.name}' has no armature, and so no arms"
    if (linked := reason_if_linked(armature)) is not None:
        return linked
    if armature.neural_motion.gesture.mode == OFF:
        return "Gestures are off. Choose Talk or Dance under Gesture"
    if cue.sound.source == "NONE":
        return Note("who only listens keeps the hands still")
    joints, problem = judge_joints(armature)
    if not any(all(joint in joints.bones for joint in arm) for arm in _ARMS):
        return problem or f"'{armature.name}' has no arm that is known"
    return None


def _adopt(_context: bpy.types.Context, character: bpy.types.Object, cue: Cue, undo: Undo) -> None:
    chosen = _armature(character).neural_motion.gesture
    set_undone(undo, chosen, "use_range", False)
    if chosen.source == SPEECH and "speech" in cue.taking_part:
        return  # whose panel has the sound of the cue
    adopt_sound(undo, chosen, cue.sound)
    if cue.sound.source == "FILE":
        set_undone(undo, chosen, "start_frame", cue.first_frame)


def _read(context: bpy.types.Context, character: bpy.types.Object, cue: Cue) -> GestureJob:
    from . import scene as gesture_scene

    choice = gesture_choice(context, _armature(character))
    settings = choice.settings
    if cue.taking_part & {"speech", "gaze"}:
        settings = replace(settings, head=False)  # nods and turns are theirs
    choice = replace(choice, seed=choice.seed + cue.seed, settings=settings)
    return gesture_scene.read(context, choice, model_choice(context))


def _write(
    context: bpy.types.Context,
    character: bpy.types.Object,
    _cue: Cue,
    job: Any,
    outcome: Outcome[Gesture],
    undo: Undo,
) -> Written:
    from ...blender.keys.giving_way import told_in_brief
    from .operators import keep_all, write_only

    written = write_only(context, job, outcome, undo)
    undo.afterwards(keep_all, context, job, outcome, written, ())
    gesture = outcome.result
    if gesture.talk is not None:
        count = len(gesture.talk.strokes)
        summary = "1 stroke" if count == 1 else f"{count} strokes"
    else:
        summary = f"danced at {gesture.music.beats.tempo_bpm:.0f} bpm"
    notes = (*job.notes, *gesture.notes, *written.notes)
    return Written(summary + told_in_brief(written.gave_way), notes)


def _armature(character: bpy.types.Object) -> bpy.types.Object:
    armature = armature_of(character)
    if armature is None:
        raise SkeletonError(f"'{character.name}' has no armature, and so no arms")
    return armature


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
