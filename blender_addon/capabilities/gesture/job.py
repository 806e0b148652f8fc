"""Gestures between reading the scene and writing them: no Blender data, so any thread runs it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from ...blender.rig.skeleton import RigSkeleton
from ...blender.sound.scene_sound import SceneSound
from ...core.conventions import Bools, Floats
from ...core.gesture.request import DanceRequest, DanceResult, Stroke, TalkRequest, TalkResult
from ...core.gesture.settings import GestureSettings, Space
from ...core.inference.choice import ModelChoice
from ...core.jobs import OnProgress, Outcome, Progress, RanModel
from ...core.sound.hear import voice_of
from ...core.sound.part import PartOfSound
from .dance_job import Dance, DancePlace, fit_dance, loudness_at
from .heard import BeatsSet, HeardMusic, HeardVoice
from .talk_job import Talk, TalkPose, lay_talk

Array = NDArray[np.float64]
RATE_HZ: Final = 30.0
_HEARD: Final = 0.3
_GENERATED: Final = 0.8  # share of the work


class TalkModel(Protocol):
    """What is used of a TalkPipeline."""

    def generate(
        self, request: TalkRequest, on_progress: Progress | OnProgress | None = None
    ) -> TalkResult: ...


class DanceModel(Protocol):
    """What is used of a DancePipeline."""

    def generate(
        self, request: DanceRequest, on_progress: Progress | OnProgress | None = None
    ) -> DanceResult: ...


@dataclass(frozen=True, eq=False)
class Gesture:
    """Finished gestures, ready to be written.

    Args:
        talk: of a talker; None of a dancer.
        dance: of a dancer; None of a talker.
        music: what was heard of the music; None of a talker.
        notes: what the user should know.
    """

    talk: Talk | None = None
    dance: Dance | None = None
    music: HeardMusic | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False, kw_only=True)
class GestureJob:
    """Everything that gestures need, read from the scene; holds no Blender data.

    Args:
        rig: whose they are.
        sound: what the body moves to, and where it lies.
        frames: (K,) whole frames of animation that get keys.
        frame_rate_hz: frames of animation that are played in a second.
        talk: how the character is posed; None of a dancer.
        dance: where the character stands; None of a talker.
        settings, space, style, seed: as in GestureChoice.
        energy, size: (T,) at 30 Hz where they are keyed.
        strokes: that somebody moved or took out, in seconds from the first frame.
        beats: what somebody said of them.
        partner: a partner's voice: the hands rest while it has the word; None for nobody's.
        models: where the models lie and how to run them.
        notes: what is good to know about what was read.
    """

    rig: RigSkeleton
    sound: SceneSound
    frames: Array
    frame_rate_hz: float
    talk: TalkPose | None = None
    dance: DancePlace | None = None
    settings: GestureSettings = field(default_factory=GestureSettings)
    space: Space = Space.NATURAL
    style: str = ""
    seed: int = 0
    energy: Floats | None = None
    size: Floats | None = None
    strokes: Sequence[Stroke] = ()
    beats: BeatsSet = field(default_factory=BeatsSet)
    partner: SceneSound | None = None
    models: ModelChoice = field(default_factory=ModelChoice)
    notes: tuple[str, ...] = ()

    @property
    def duration_s(self) -> float:
        """From the first frame to the last."""
        return (len(self.frames) - 1) / self.frame_rate_hz

    def run(
        self,
        on_progress: Progress | OnProgress | None = None,
        *,
        pipeline: TalkModel | DanceModel | None = None,
        heard: HeardVoice | HeardMusic | None = None,
    ) -> Outcome[Gesture]:
        """Generate the gestures of this character.

        Args:
            on_progress: given how much is done; may cancel.
            pipeline: another than the one of the chosen model.
            heard: what is heard of the sound, where that is known.

        Raises:
            Cancelled: the job was cancelled.
            NeuralMotionError: the model or the sound cannot be used.
        """
        started, progress = time.perf_counter(), Progress.of(on_progress)
        make = self._talk if self.talk is not None else self._dance
        gesture, models = make(progress, pipeline, heard)
        return Outcome(gesture, models, time.perf_counter() - started)

    def _part(self) -> PartOfSound:
        start_s = float(self.sound.seconds_at(self.frames[0]))
        return PartOfSound(self.sound.sound, start_s, self.duration_s)

    def _listening(self, heard: HeardVoice) -> Bools | None:
        """(T,) at 30 Hz where the partner has the word and the talker is silent."""
        if self.partner is None:
            return None
        count = int(np.floor(self.duration_s * RATE_HZ + 1e-6)) + 1
        times = np.arange(count) / RATE_HZ
        at = self.partner.seconds_at(self.frames[0]) + times
        theirs = voice_of(self.partner.sound).speaking_at(at)
        own = np.zeros(count, bool)
        known = heard.prosody.speaking[:count]
        own[: len(known)] = known
        return np.asarray(theirs & ~own)

    def _talk(
        self, progress: Progress, pipeline: TalkModel | None, heard: HeardVoice | None
    ) -> tuple[Gesture, tuple[RanModel, ...]]:
        models, told = (), ()
        if heard is None:
            from .hearing import hear_voice

            heard = hear_voice(self._part(), progress.cancellation)
        progress(_HEARD)
        if pipeline is None:
            from .opening import open_talk

            pipeline, models, told = open_talk(self.models, progress.cancellation)
        settings = self.settings
        if not self.talk.nods:
            settings = replace(settings, head=False)
        request = TalkRequest(
            heard.prosody, self.duration_s, settings, self.space, self.energy, self.size,
            tuple(self.strokes), self._listening(heard), self.seed,
        )  # fmt: skip
        result = pipeline.generate(request, progress.part(_HEARD, _GENERATED))
        talk = lay_talk(self.rig, self.talk, result)
        progress(1.0)
        return Gesture(talk, notes=(*heard.notes, *told, *result.notes)), models

    def _dance(
        self, progress: Progress, pipeline: DanceModel | None, heard: HeardMusic | None
    ) -> tuple[Gesture, tuple[RanModel, ...]]:
        models: tuple[RanModel, ...] = ()
        if heard is None:
            from .hearing import hear_music

            heard = hear_music(self._part(), self.beats, progress.cancellation)
        progress(_HEARD)
        if pipeline is None:
            from .opening import open_dance

            pipeline, models = open_dance(self.models, progress.cancellation)
        count = int(np.floor(self.duration_s * RATE_HZ + 1e-6)) + 1
        request = DanceRequest(
            heard.beats, self.duration_s, loudness_at(heard.loudness, count), self.style,
            self.settings, self.energy, self.size, self.seed,
        )  # fmt: skip
        result = pipeline.generate(request, progress.part(_HEARD, _GENERATED))
        dance = fit_dance(
            self.rig, self.dance, result, self.frame_rate_hz, progress.part(_GENERATED, 1.0)
        )
        return Gesture(dance=dance, music=heard, notes=(*heard.notes, *result.notes)), models
