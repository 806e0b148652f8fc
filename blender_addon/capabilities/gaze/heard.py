"""Lets the voices that a gaze goes by be heard: puts their files into the sequencer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy

from ...blender.sound.sequencer import Voice, add_to_sequencer

# Imported where they are used: switching the extension on does not wait for them.
if TYPE_CHECKING:
    from .job import CharacterJob


def let_be_heard(
    context: bpy.types.Context, character: CharacterJob, chosen: bpy.types.PropertyGroup
) -> tuple[str, ...]:
    """Put the chosen files of a character's voices where its gaze hears them.

    Args:
        context: whose scene.
        character: with the voices as they were read.
        chosen: the character's settings of the gaze.

    Returns:
        What is good to know.
    """
    told: list[str] = []
    voices = (
        ("gaze", chosen.sound, character.voices.own),
        ("partner", chosen.partner_sound, character.voices.partner),
    )
    for whose, sound, placed in voices:
        if sound.source == "FILE" and sound.add_to_sequencer and placed is not None:
            owner = f"{character.rig.name}|{whose}"
            voice = Voice(owner, sound.file, placed.start_frame, placed.end_frame)
            told += add_to_sequencer(context, voice)
    return tuple(told)
