"""Generate Speech: on a worker thread with progress and Esc, or at once for scripts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import bpy

from ...blender.jobs.adjust import AdjustableGenerate, adjustable, unanimated
from ...blender.jobs.last_result import keep_result
from ...blender.jobs.modal import ModalGenerate
from ...blender.jobs.stale import remember
from ...blender.keys.result_properties import layer_options
from ...blender.models.preferred import model_choice
from ...blender.sound.sequencer import Voice, add_to_sequencer
from ...blender.ui.reporting import report
from ...core.jobs import Outcome
from ...core.speech.settings import SpeakerSettings
from ..character.chosen import settings_of
from .depends import made_from
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
        from ...blender.keys.giving_way import told_in_brief
        from . import scene as speech_scene
        from .heard import keep_phones
        from .heard_solve import keep_spoken

        result = outcome.result
        shown = settings_of(speech_scene.character_of(job), "speech")
        written = speech_scene.write(context, job, result, layer_options(shown.result))
        heard = self._let_be_heard(context, job, shown)
        keep_phones(shown, job.heard, job.sound, result.result.phones, job.told)
        keep_spoken(shown, job, result.result)
        seconds, layers = result.result.clip.duration_s, len(written.layer_names)
        keys = f"; {written.keys.describe()}" if written.keys.describe() else ""
        on_layers = "on 1 layer" if layers == 1 else f"on {layers} layers"
        told = (
            f"{len(job.frames)} frames, {seconds:.1f} s of speech; '{job.sound.name}' {on_layers}"
            f"{keys}{told_in_brief(written.gave_way)}"
        )
        told_beside = (*job.warnings, *written.warnings, *heard)
        keep_result(shown, told, outcome.describe(), told_beside)
        remember(shown, made_from(context.scene, shown.id_data))
        report(self, {"INFO"}, told)
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
