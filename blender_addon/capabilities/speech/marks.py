"""The timeline's markers that name an emotion, as a character who speaks takes them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

import bpy

from ...blender.face.shape_keys import armature_of, find_face_meshes
from ...blender.markers import markers_of
from ...blender.sound.scene_sound import SceneSound
from ...core.notes import Note
from ...core.speech.emotions import (
    NEUTRAL,
    EmotionMark,
    EmotionWords,
    begins_with_emotion,
    read_words,
)
from ...core.wording import in_brief

_MOST_TOLD: Final = 6
_LEAD_S: Final = 1.0
"""A marker so long before a sound still belongs to it; an earlier one to what is said there."""


def read_emotions(
    scene: bpy.types.Scene, character: bpy.types.Object, placed: SceneSound, first_frame: float
) -> tuple[tuple[EmotionMark, ...], tuple[str, ...]]:
    """What the markers ask of a character for a sound.

    Args:
        scene: whose timeline.
        character: who speaks.
        placed: the sound.
        first_frame: from which the marks' times count.

    Returns:
        Marks in seconds after that frame, and what the user should know about them.
    """
    marks, told, shown, early = [], [], [], ""
    lead = placed.start_frame - _LEAD_S * placed.frame_rate_hz
    own = _names_of(character)
    for frame, name in markers_of(scene):
        words = read_words(name)
        if words is None or frame >= placed.end_frame:
            told += _odd(frame, name) if words is None and frame < placed.end_frame else []
            continue
        if words.who and words.who.lower() not in own:
            told += _for_nobody(frame, name, words)
            continue
        if frame < lead:
            early = "" if words.emotion == NEUTRAL else f"'{name}' on frame {frame}"
            continue
        amount = min(max(words.amount, 0.0), 1.0)
        if amount != words.amount:
            told.append(
                f"the marker '{name}' on frame {frame} asks for {words.amount:g}; an emotion goes "
                f"from 0 to 1, so it is taken as {amount:g}"
            )
        at_s = (frame - first_frame) / placed.frame_rate_hz
        marks.append(EmotionMark(at_s, words.emotion, amount))
        shown.append(f"{words.emotion} from {frame}")
    if early:
        told.append(
            Note(
                f"the marker {early} lies more than {_LEAD_S:g} s before '{placed.name}', so it is "
                "not taken for it"
            )
        )
    if shown:
        told.append(Note(f"emotions of the timeline's markers: {in_brief(shown, _MOST_TOLD)}"))
    return tuple(marks), tuple(told)


def _names_of(character: bpy.types.Object) -> Collection[str]:
    """Names under which a character may be meant, in lower case."""
    parts: Iterable[bpy.types.Object | None] = (
        character, armature_of(character), *find_face_meshes(character),
    )  # fmt: skip
    return {part.name.lower() for part in parts if part is not None}


def _odd(frame: int, name: str) -> list[str]:
    if not begins_with_emotion(name):
        return []
    return [
        Note(
            f"the marker '{name}' on frame {frame} is not taken for an emotion: write the emotion "
            "alone, or with a number from 0 to 1 behind it"
        )
    ]


def _for_nobody(frame: int, name: str, words: EmotionWords) -> list[str]:
    if words.who.lower() in {each.name.lower() for each in bpy.data.objects}:
        return []
    return [
        Note(
            f"the marker '{name}' on frame {frame} is for '{words.who}', and no object has this "
            "name"
        )
    ]
