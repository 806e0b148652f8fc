"""Opens a speech model and, where it hears by one, the encoder that it was trained with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..errors import ContractError
from ..inference.choice import ModelChoice
from ..inference.contract import ModelContract, load_contract
from ..inference.model_list import find_model, models_of
from ..inference.session import CancellableSession, ModelSession, open_session
from ..jobs import Cancellation, Progress, RanModel
from ..sound.hearing import Hearing
from ..sound.waveform import Sound
from .layout import TASK, SpeechLayout
from .networks.opening import read_layout
from .networks.protocol import HearingProvider
from .pipeline import SpeechFacePipeline

ENCODER_TASK: Final = "speech_encoder"
EVIDENCE_TASK: Final = "phone_evidence"
_SHOWN: Final = 12


@dataclass(frozen=True, eq=False)
class OpenedSpeech:
    """A pipeline that is ready, and the models in it.

    Args:
        pipeline: speaks.
        ran: every model that takes part, in the order in which they run.
    """

    pipeline: SpeechFacePipeline
    ran: tuple[RanModel, ...]


def open_speech(choice: ModelChoice, cancellation: Cancellation) -> OpenedSpeech:
    """Open the chosen speech model with all it needs.

    Args:
        choice: where models lie, and which were chosen.
        cancellation: ends a run of any of them.

    Raises:
        NeuralMotionError: a model is missing, cannot be used, or does not fit the others.
    """
    face = _open(find_model(TASK, choice), choice)
    layout = read_layout(face.contract)
    if not layout.needs_hearing:
        pipeline = SpeechFacePipeline(CancellableSession(face, cancellation))
        return OpenedSpeech(pipeline, (face.ran,))
    encoder = _open(_find_encoder(face.contract, layout, choice), choice)
    evidence = _open(_find_evidence(encoder.contract, choice), choice)
    hearing = _provider(encoder, evidence, cancellation)
    pipeline = SpeechFacePipeline(CancellableSession(face, cancellation), hearing)
    return OpenedSpeech(pipeline, (encoder.ran, evidence.ran, face.ran))


def _open(path: Path, choice: ModelChoice) -> ModelSession:
    return open_session(path, choice.providers, choice.threads)


def _provider(
    encoder: ModelSession, evidence: ModelSession, cancellation: Cancellation
) -> HearingProvider:
    from ..sound.hear import hear

    ears = CancellableSession(encoder, cancellation), CancellableSession(evidence, cancellation)

    def provide(sound: Sound, progress: Progress) -> Hearing:
        return hear(sound, *ears, progress)

    return provide


def _find_encoder(face: ModelContract, layout: SpeechLayout, choice: ModelChoice) -> Path:
    """The encoder that a speech model was trained with: the one chosen, else any that is it.

    Raises:
        ContractError: there is another one only; names both.
        ModelError: there is none at all.
    """
    usual = find_model(ENCODER_TASK, choice)
    found = _contract(usual).sha256
    if found == layout.encoder_sha256:
        return usual
    if ENCODER_TASK not in choice.names:
        for model in models_of(ENCODER_TASK, choice):
            if _contract(model.path).sha256 == layout.encoder_sha256:
                return model.path
    raise ContractError(
        f"the speech model '{face.name}' was trained with the encoder "
        f"{layout.encoder_sha256[:_SHOWN]}…; found '{usual.stem}', which is {found[:_SHOWN]}…. "
        "Choose the encoder that belongs to it, or another speech model"
    )


def _find_evidence(encoder: ModelContract, choice: ModelChoice) -> Path:
    """The model that hears phones in what an encoder gives; as ``_find_encoder``."""
    usual = find_model(EVIDENCE_TASK, choice)
    if _contract(usual).setting("encoder_sha256") == encoder.sha256:
        return usual
    if EVIDENCE_TASK not in choice.names:
        for model in models_of(EVIDENCE_TASK, choice):
            if _contract(model.path).setting("encoder_sha256") == encoder.sha256:
                return model.path
    raise ContractError(
        f"'{usual.stem}' hears phones in what another encoder gives than '{encoder.name}' "
        f"({encoder.sha256[:_SHOWN]}…). Choose the one that belongs to this encoder"
    )


def _contract(path: Path) -> ModelContract:
    return load_contract(path.with_suffix(".json"))
