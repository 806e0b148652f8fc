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
from ...core.errors import SkeletonError
from ...core.jobs import Outcome
from ...core.notes import Note
from ..character.chosen import reason_if_linked
from ..package import Cue, Part, Written
from .properties import OFF, SPEECH, chosen_sound, gesture_choice

# Imported where they are used: switching the extension on does not wait for them.
if TYPE_CHECKING:
    from .job import Gesture, GestureJob

_NODS: Final = frozenset({"speech", "gaze"})
"""Who moves the head, where it takes part."""
_ARMS: Final = (("LeftArm", "LeftForeArm"), ("RightArm", "RightForeArm"))


def _reason(_context: bpy.types.Context, character: bpy.types.Object, cue: Cue) -> str | None:
    armature = armature_of(character)
    if armature is None:
        return _no_arms(character)
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


def _no_arms(character: bpy.types.Object) -> str:
    return f"'{character.name}' has no armature, and so no arms"


def _adopt(_context: bpy.types.Context, character: bpy.types.Object, cue: Cue, undo: Undo) -> None:
    armature = _armature(character)
    chosen = armature.neural_motion.gesture
    set_undone(undo, chosen, "use_range", False)
    if chosen.source == SPEECH and "speech" in cue.taking_part and _is_heard(armature, cue):
        return
    adopt_sound(undo, chosen, cue.sound)
    if cue.sound.source == "FILE":
        set_undone(undo, chosen, "start_frame", cue.first_frame)


def _is_heard(armature: bpy.types.Object, cue: Cue) -> bool:
    """Whether the sound of the cue is the one that is chosen already.

    Not so where the gestures alone are performed again, to another sound than the face was, or
    where a mesh keeps settings of its own of the speech.
    """
    sound, start = chosen_sound(armature)
    if sound.source != cue.sound.source:
        return False
    if sound.source == "FILE":
        return (sound.path, start) == (cue.sound.path, cue.first_frame)
    return sound.strip == cue.sound.strip


def _read(context: bpy.types.Context, character: bpy.types.Object, cue: Cue) -> GestureJob:
    from . import scene as gesture_scene

    choice = gesture_choice(context, _armature(character))
    choice = replace(choice, seed=choice.seed + cue.seed)
    if _NODS & cue.taking_part:
        choice = replace(choice, settings=replace(choice.settings, head=False))
    job = gesture_scene.read(context, choice, model_choice(context))
    partner = read_sound(context.scene, cue.partner_sound, cue.first_frame)
    return job if partner is None else replace(job, partner=partner)


def _write(
    context: bpy.types.Context,
    _character: bpy.types.Object,
    _cue: Cue,
    job: Any,
    outcome: Outcome[Gesture],
    undo: Undo,
) -> Written:
    from ...blender.keys.giving_way import told_in_brief
    from .applying import keep_gesture_of, write_gesture

    gesture = outcome.result
    written = write_gesture(context, job, gesture, undo)
    undo.afterwards(keep_gesture_of, context, job, outcome, written)
    summary = _summary(gesture) + told_in_brief(written.gave_way)
    notes = (*job.notes, *gesture.notes, *written.notes)
    return Written(summary, notes, (written.action_name,))


def _summary(gesture: Gesture) -> str:
    if gesture.talk is None:
        return f"danced at {gesture.music.beats.tempo_bpm:.0f} bpm"
    count = len(gesture.talk.strokes)
    return "1 stroke" if count == 1 else f"{count} strokes"


def _armature(character: bpy.types.Object) -> bpy.types.Object:
    armature = armature_of(character)
    if armature is None:
        raise SkeletonError(_no_arms(character))
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
