"""Generate Speech: on a worker thread with progress and Esc, or at once for scripts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import bpy

from ...blender.jobs.adjust import AdjustableGenerate, adjustable, unanimated
from ...blender.jobs.modal import ModalGenerate
from ...blender.models.preferred import model_choice
from ...blender.sound.sequencer import Voice, add_to_sequencer
from ...blender.ui.reporting import report
from ...core.jobs import Outcome
from ...core.speech.settings import SpeakerSettings
from ..character.chosen import settings_of
from .model import what_model_lacks
from .properties import fill_styles, reason_not_to_speak, speaking, speech_settings

# Imported where they are used: switching the extension on does not wait for them.
if TYPE_CHECKING:
    from .scene import Speech, SpeechJob, SpeechSettings


class GenerateSpeech(ModalGenerate):
    """Mix-in: whose face speaks what sound is all that the operators differ in."""

    subject = "speech"

    def settings(self, context: bpy.types.Context) -> SpeechSettings:
        """What was chosen, and for whom."""
        raise NotImplementedError

    def read(self, context: bpy.types.Context) -> SpeechJob:
        from . import scene as speech_scene

        settings = self.settings(context)
        fill_styles(context, settings.character)
        job = speech_scene.read(context, settings, model_choice(context))
        self.tell(job.warnings)
        return job

    def write(self, context: bpy.types.Context, job: SpeechJob, outcome: Outcome[Speech]) -> None:
        from .applying import keep_speech, write_speech
        from .scene import character_of

        written = write_speech(context, job, outcome)
        heard = self._let_be_heard(context, job, settings_of(character_of(job), "speech"))
        report(self, {"INFO"}, keep_speech(context, job, outcome, written, heard))
        self.tell((*written.warnings, *heard))

    def _let_be_heard(
        self, context: bpy.types.Context, job: SpeechJob, chosen: bpy.types.PropertyGroup
    ) -> tuple[str, ...]:
        """Put a file into the sequencer where it is spoken; what is good to know about that."""
        if chosen.source != "FILE" or not chosen.add_to_sequencer:
            return ()
        placed = job.sound
        voice = Voice(chosen.id_data.name, chosen.file, placed.start_frame, placed.end_frame)
        return add_to_sequencer(context, voice)


@adjustable(("strength", "variation", "expressiveness", "seed"), SpeakerSettings)
class NEURALMOTION_OT_generate_speech(GenerateSpeech, AdjustableGenerate, bpy.types.Operator):
    """Let the face speak the sound, as keyframes in a new layer; what is animated stays below"""

    bl_idname = "neural_motion.generate_speech"
    bl_label = "Generate Speech"
    bl_options = {"REGISTER", "UNDO"}

    reason = staticmethod(reason_not_to_speak)

    def settings(self, context: bpy.types.Context) -> SpeechSettings:
        return speech_settings(context)

    def adjusted(self, context: bpy.types.Context) -> Mapping[str, Any]:
        names = [name for name in self.redo_shows if not what_model_lacks(context, name)]
        return unanimated(settings_of(speaking(context), "speech"), names)


CLASSES = (NEURALMOTION_OT_generate_speech,)
