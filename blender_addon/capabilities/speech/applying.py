"""Puts a finished speech into the scene and keeps its result: for the button and performances."""

from __future__ import annotations

from collections.abc import Iterable

import bpy

from ...blender.jobs.last_result import keep_result
from ...blender.jobs.stale import remember
from ...blender.keys.giving_way import told_in_brief
from ...blender.keys.result_properties import layer_options
from ...blender.keys.undo import Undo
from ...core.jobs import Outcome
from ..character.chosen import settings_of
from . import scene as speech_scene
from .depends import made_from
from .heard import keep_phones
from .heard_solve import keep_spoken
from .job import Speech, SpeechJob
from .listening import Nods


def write_speech(
    context: bpy.types.Context,
    job: SpeechJob,
    outcome: Outcome[Speech],
    undo: Undo | None = None,
    nods: Nods | None = None,
) -> speech_scene.WrittenSpeech:
    """Write a speech as the character's settings say; as ``scene.write``."""
    shown = settings_of(speech_scene.character_of(job), "speech")
    return speech_scene.write(context, job, outcome.result, layer_options(shown.result), undo, nods)


def keep_speech(
    context: bpy.types.Context,
    job: SpeechJob,
    outcome: Outcome[Speech],
    written: speech_scene.WrittenSpeech,
    heard: Iterable[str] = (),
) -> str:
    """Keep the result of a speech that was written for its panel, and the phones that were heard.

    Args:
        context: whose scene shows it.
        job, outcome, written: the speech.
        heard: what is good to know about its sound in the sequencer.

    Returns:
        What is told of it.
    """
    shown = settings_of(speech_scene.character_of(job), "speech")
    result = outcome.result.result
    keep_phones(shown, job.heard, job.sound, result.phones, job.told)
    keep_spoken(shown, job, result)
    told = describe(job, outcome, written)
    keep_result(shown, told, outcome.describe(), (*job.warnings, *written.warnings, *heard))
    remember(shown, made_from(context.scene, shown.id_data))
    return told


def describe(job: SpeechJob, outcome: Outcome[Speech], written: speech_scene.WrittenSpeech) -> str:
    """What came of a speech: a brief line, and after a semicolon each detail."""
    seconds, layers = outcome.result.result.clip.duration_s, len(written.layer_names)
    keys = f"; {written.keys.describe()}" if written.keys.describe() else ""
    on_layers = "on 1 layer" if layers == 1 else f"on {layers} layers"
    return (
        f"{len(job.frames)} frames, {seconds:.1f} s of speech; '{job.sound.name}' {on_layers}"
        f"{keys}{told_in_brief(written.gave_way)}"
    )
