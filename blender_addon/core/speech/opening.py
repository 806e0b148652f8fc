"""Opens a speech model and, where it hears by one, the encoder that it was trained with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..inference.choice import ModelChoice
from ..inference.contract import load_contract
from ..inference.model_list import find_model, models_of
from ..inference.session import CancellableSession, ModelSession, open_session
from ..jobs import Cancellation, Progress, RanModel
from ..sound.encoder import SpeechEncoder
from ..sound.hear import hear
from ..sound.hearing import Hearing
from ..sound.waveform import Sound
from .layout import TASK
from .networks.opening import read_layout
from .networks.protocol import HearingProvider
from .pipeline import SpeechFacePipeline

ENCODER_TASK: Final = "speech_encoder"
EVIDENCE_TASK: Final = "phone_evidence"


@dataclass(frozen=True, eq=False)
class OpenedSpeech:
    """A pipeline that is ready, and the models in it.

    Args:
        pipeline: speaks.
        ran: every model that takes part, in the order in which they run.
    """

    pipeline: SpeechFacePipeline
    ran: tuple[RanModel, ...]


def open_speech(
    choice: ModelChoice,
    cancellation: Cancellation,
    part_s: tuple[float, float] | None = None,
) -> OpenedSpeech:
    """Open the chosen speech model with all it needs.

    Args:
        choice: where models lie, and which were chosen.
        cancellation: ends a run of any of them.
        part_s: from when to when a sound will be spoken; None for all of it.

    Raises:
        NeuralMotionError: a model is missing, cannot be used, or does not fit the others.
    """
    face = _open(find_model(TASK, choice), choice)
    layout = read_layout(face.contract)
    if not layout.needs_hearing:
        pipeline = SpeechFacePipeline(CancellableSession(face, cancellation))
        return OpenedSpeech(pipeline, (face.ran,))
    encoder = _open(_find_belonging(ENCODER_TASK, layout.encoder_sha256, choice), choice)
    SpeechEncoder(encoder).require_for(face.contract)
    evidence = _open(_find_belonging(EVIDENCE_TASK, encoder.contract.sha256, choice), choice)
    hearing = _provider(encoder, evidence, cancellation, part_s)
    pipeline = SpeechFacePipeline(CancellableSession(face, cancellation), hearing)
    return OpenedSpeech(pipeline, (encoder.ran, evidence.ran, face.ran))


def _open(path: Path, choice: ModelChoice) -> ModelSession:
    return open_session(path, choice.providers, choice.threads)


def _provider(
    encoder: ModelSession,
    evidence: ModelSession,
    cancellation: Cancellation,
    part_s: tuple[float, float] | None,
) -> HearingProvider:
    ears = CancellableSession(encoder, cancellation), CancellableSession(evidence, cancellation)

    def provide(sound: Sound, progress: Progress) -> Hearing:
        return hear(sound, *ears, progress, part_s=part_s)

    return provide


def _find_belonging(task: str, encoder_sha256: str, choice: ModelChoice) -> Path:
    """The model of a task that is this encoder or goes with it, where one was not chosen by name.

    Of models that all go with another the usual one is given: whoever opens it says what is wrong.

    Raises:
        ModelError: there is none at all.
    """
    usual = find_model(task, choice)
    if task not in choice.names and not _belongs(usual, encoder_sha256):
        for model in models_of(task, choice):
            if _belongs(model.path, encoder_sha256):
                return model.path
    return usual


def _belongs(path: Path, encoder_sha256: str) -> bool:
    contract = load_contract(path.with_suffix(".json"))
    return encoder_sha256 in (contract.sha256, contract.settings.get("encoder_sha256"))
