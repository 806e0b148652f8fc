"""How speech takes part in a performance: the face is its own, and so are nods.

Who has a sound speaks; who has a partner's sound nods where the partner has ended a phrase.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import bpy
import numpy as np

from ...blender.declared import set_undone
from ...blender.face.shape_keys import armature_of
from ...blender.keys.result_properties import layer_options
from ...blender.keys.undo import Undo
from ...blender.models.preferred import model_choice
from ...blender.sound.choice import adopt_sound, read_sound
from ...blender.timeline import frame_rate_of
from ...core.jobs import Outcome
from ...core.notes import Note
from ..character.chosen import owner_of, reason_if_linked, settings_of
from ..package import Cue, Part, Written
from .properties import reason_without_face, speaker_of, speech_settings

# Imported where they are used: switching the extension on does not wait for them.
if TYPE_CHECKING:
    from .part_job import Performed, SpeechPartJob


def _reason(context: bpy.types.Context, character: bpy.types.Object, cue: Cue) -> str | None:
    from .bones import find_head_bone

    if (linked := reason_if_linked(owner_of(character, "speech"))) is not None:
        return linked
    if cue.sound.source != "NONE":
        return reason_without_face(context, speaker_of(character))
    if not _nods(character):
        return Note("who only listens nods, and Nods is switched off under Speech")
    if find_head_bone(armature_of(character)) is None:
        return f"'{character.name}' has no head bone to nod with while it listens"
    return None


def _nods(character: bpy.types.Object) -> bool:
    chosen = settings_of(character, "speech")
    return bool(chosen.upper_face and chosen.nods)


def _adopt(_context: bpy.types.Context, character: bpy.types.Object, cue: Cue, undo: Undo) -> None:
    if cue.sound.source == "NONE":
        return
    chosen = settings_of(character, "speech")
    adopt_sound(undo, chosen, cue.sound)
    if cue.sound.source == "FILE":
        set_undone(undo, chosen, "start_frame", cue.first_frame)
    set_undone(undo, chosen, "use_range", False)


def _read(context: bpy.types.Context, character: bpy.types.Object, cue: Cue) -> SpeechPartJob:
    from . import scene as speech_scene
    from .listening import Listening
    from .part_job import SpeechPartJob

    speech = listening = None
    if cue.sound.source != "NONE":
        settings = speech_settings(context, character)
        settings = replace(settings, seed=settings.seed + cue.seed)
        speech = speech_scene.read(context, settings, model_choice(context))
    partner = read_sound(context.scene, cue.partner_sound, cue.first_frame)
    if partner is not None and _nods(character):
        frames = np.arange(cue.first_frame, cue.last_frame + 1, dtype=np.float64)
        own = None if speech is None else speech.sound
        seed = settings_of(character, "speech").seed + cue.seed
        listening = Listening(partner, own, frames, frame_rate_of(context.scene), seed)
    return SpeechPartJob(speech, listening)


def _write(
    context: bpy.types.Context,
    character: bpy.types.Object,
    _cue: Cue,
    job: Any,
    outcome: Outcome[Performed],
    undo: Undo,
) -> Written:
    from .applying import keep_speech, write_speech

    spoken, nods = outcome.result.spoken, outcome.result.nods
    nodded = "" if nods is None else _counted(nods.count)
    if spoken is None:
        return _write_listener(context, character, outcome, nodded, undo)
    written = write_speech(context, job.speech, spoken, undo, nods)
    undo.afterwards(keep_speech, context, job.speech, spoken, written)
    seconds = spoken.result.result.clip.duration_s
    summary = ", ".join(filter(None, (f"{seconds:.1f} s of speech", nodded)))
    warnings = (*job.speech.warnings, *written.warnings)
    return Written(summary, warnings, written.layer_names)


def _write_listener(
    context: bpy.types.Context,
    character: bpy.types.Object,
    outcome: Outcome[Performed],
    nodded: str,
    undo: Undo,
) -> Written:
    from .nods import speech_between, write_nods

    nods = outcome.result.nods
    armature = armature_of(character)
    if nods is None or armature is None or not nods.count:
        return Written(_counted(0))
    spoken = speech_between(armature, float(nods.frames[0]), float(nods.frames[-1]))
    if spoken is not None:
        told = f"it does not nod as a listener: '{spoken.name}' has it speak in the same frames"
        return Written(_counted(0), (Note(told),))
    options = layer_options(settings_of(character, "speech").result)
    write_nods(context, character, nods, options, undo)
    return Written(nodded)


def _counted(nods: int) -> str:
    return "1 nod" if nods == 1 else f"{nods} nods"


PART: Final = Part(
    name="face",
    title="Face",
    order=20,
    moves="The face, and nods",
    reason=_reason,
    adopt=_adopt,
    read=_read,
    write=_write,
)
