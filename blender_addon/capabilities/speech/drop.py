"""A sound dropped on the viewport: the chosen character speaks it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import bpy

from ...blender.dropped import OnViewport, TakesFiles
from ...blender.jobs.state import RUNNING
from ...blender.sound.choice import SoundChoice
from ...core.errors import FaceError, InputError, SoundError
from ...core.jobs import Outcome
from ...core.wording import listed
from ..character.chosen import chosen_character, owner_of, reason_if_linked, settings_of
from ..character.selection import sort_selection
from .operators import GenerateSpeech
from .properties import speech_settings

# Imported where they are used: switching the extension on does not wait for them.
if TYPE_CHECKING:
    from .scene import Speech, SpeechJob, SpeechSettings


class NEURALMOTION_OT_drop_sound(TakesFiles, GenerateSpeech, bpy.types.Operator):
    """Lets a character speak what was dropped."""

    bl_idname = "neural_motion.drop_sound"
    bl_label = "Speak Sound"
    bl_description = (
        "Let the chosen character speak a sound file, or a video with sound, from its "
        "start frame on; if nobody is chosen, the one that is selected"
    )
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    @staticmethod
    def reason(context: bpy.types.Context) -> str | None:
        """Why nothing can be dropped now."""
        if context.window_manager.neural_motion.running:
            return RUNNING
        return "Leave Edit Mode first (Tab)" if context.mode.startswith("EDIT") else None

    def settings(self, context: bpy.types.Context) -> SpeechSettings:
        path = _one(self.dropped())
        character = _who_speaks(context, path.name)
        if (linked := reason_if_linked(owner_of(character, "speech"))) is not None:
            raise FaceError(linked)
        return replace(speech_settings(context, character), sound=SoundChoice("FILE", str(path)))

    def write(self, context: bpy.types.Context, job: SpeechJob, outcome: Outcome[Speech]) -> None:
        from . import scene as speech_scene

        character = speech_scene.character_of(job)
        kept, speech = context.scene.neural_motion, settings_of(character, "speech")
        chosen, before = chosen_character(context), (speech.source, speech.file)
        if chosen is None:
            kept.character = character
        speech.source, speech.file = "FILE", str(_one(self.dropped()))
        try:
            super().write(context, job, outcome)
        except Exception:
            speech.source, speech.file = before
            if chosen is None:
                kept.character = None
            raise


class NEURALMOTION_FH_sound(OnViewport, bpy.types.FileHandler):
    """Sounds, and videos that may have sound."""

    bl_idname = "NEURALMOTION_FH_sound"
    bl_label = "Speak Sound"
    bl_import_operator = "neural_motion.drop_sound"
    bl_file_extensions = ";".join(
        sorted(bpy.path.extensions_audio | bpy.path.extensions_movie)  # type: ignore[attr-defined]
    )


def _one(files: list[Path]) -> Path:
    if not files:
        raise SoundError("no file was given. Drop a sound file, or a video with sound")
    if len(files) > 1:
        names = listed([each.name for each in files])
        raise SoundError(
            f"{len(files)} sounds were dropped ({names}), and a character speaks one. Drop them "
            "one at a time"
        )
    return files[0]


def _who_speaks(context: bpy.types.Context, sound: str) -> bpy.types.Object:
    """The chosen character, else the only one that is selected."""
    chosen = chosen_character(context)
    if chosen is not None:
        return chosen
    found = sort_selection(context.selected_objects)
    who = found.rigs or found.faces
    if len(who) == 1:
        return who[0]
    if not who:
        raise FaceError(
            f"nobody is there to speak '{sound}'. Choose a character in the Neural Motion tab, or "
            "select one and drop the sound again"
        )
    raise InputError(
        f"{len(who)} characters are selected ({listed([each.name for each in who])}), and one is "
        f"to speak '{sound}'. Select one of them, or choose it in the Neural Motion tab"
    )


CLASSES = (NEURALMOTION_OT_drop_sound, NEURALMOTION_FH_sound)
