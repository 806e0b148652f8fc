"""A speech between reading the scene and writing it: no Blender data, so any thread may run it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from ...blender.sound.scene_sound import SceneSound
from ...core.face.maps import FaceMapping
from ...core.face.table import TableRow
from ...core.face.targets import face_to_shapes
from ...core.inference.choice import ModelChoice
from ...core.jobs import OnProgress, Outcome, Progress, RanModel
from ...core.speech.opening import open_speech
from ...core.speech.phone_list import ToldPhones
from ...core.speech.pipeline import SpeechRequest, SpeechResult
from .heard import HeardSound
from .own_mesh import OwnMesh

_AROUND_S: Final = 2.0


class Pipeline(Protocol):
    """What is used of a SpeechFacePipeline."""

    def generate(
        self, request: SpeechRequest, *, on_progress: Progress | OnProgress | None = None
    ) -> SpeechResult: ...


@dataclass(frozen=True, eq=False)
class Speech:
    """A finished speech, ready to be written.

    Args:
        result: what the pipeline gave, K frames at the scene's rate.
        shapes: weights (K,) by shape key.
    """

    result: SpeechResult
    shapes: Mapping[str, NDArray[np.floating]]


@dataclass(frozen=True, eq=False)
class SpeechJob:
    """Everything a speech needs, read from the scene; holds no Blender data.

    Args:
        character_name: of the object.
        sound: what is said, and where it lies.
        frames: (K,) whole frame numbers of the keys.
        mapping: which shapes make which channels.
        rows: the channel table, for its bones.
        request: for the pipeline.
        head_bone: that nods; empty for none.
        warnings: what the user should know.
        models: where the model lies and how to run it.
        own_mesh: that the model moves by shapes of its own; None for ARKit's channels.
        heard: tells the sound from others, for the list of its phones.
    """

    character_name: str
    sound: SceneSound
    frames: NDArray[np.float64]
    mapping: FaceMapping
    rows: tuple[TableRow, ...]
    request: SpeechRequest
    head_bone: str = ""
    warnings: tuple[str, ...] = ()
    models: ModelChoice = field(default_factory=ModelChoice)
    own_mesh: OwnMesh | None = None
    heard: HeardSound = field(default_factory=HeardSound)

    @property
    def told(self) -> ToldPhones | None:
        """The phones as the animator corrected them; None if nobody did."""
        return self.request.told

    @property
    def _part_s(self) -> tuple[float, float]:
        """The part of the sound in which phones have a say."""
        start_s = self.request.start_s - self.request.offset_s
        length_s = (self.request.frame_count - 1) / self.request.frame_rate_hz
        return start_s - _AROUND_S, start_s + length_s + _AROUND_S

    def run(
        self, on_progress: Progress | OnProgress | None = None, *, pipeline: Pipeline | None = None
    ) -> Outcome[Speech]:
        """Generate the curves of this face.

        Args:
            on_progress: given how much is done; may cancel.
            pipeline: another than the one of the chosen model.

        Raises:
            Cancelled: the job was cancelled.
            NeuralMotionError: the model or the sound cannot be used.
        """
        started, progress = time.perf_counter(), Progress.of(on_progress)
        models: tuple[RanModel, ...] = ()
        if pipeline is None:
            opened = open_speech(self.models, progress.cancellation, self._part_s)
            pipeline, models = opened.pipeline, opened.ran
        result = pipeline.generate(self.request, on_progress=progress)
        shapes = face_to_shapes(result.clip, self.mapping)
        return Outcome(Speech(result, shapes), models, time.perf_counter() - started)
