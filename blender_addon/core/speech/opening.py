"""Opens a speech model, and what hears for it: an encoder, and the phones in what that makes.

A network that hears by an encoder gets the one that it was trained with. One that hears the sound
itself gets them for its lips alone, where they are there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from ..errors import ContractError, ModelError
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

_Ears = tuple[ModelSession, ModelSession]
"""An encoder, and the model of phones that goes with it."""


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
    speaks = CancellableSession(face, cancellation)
    ears = _ears_of(face, layout.encoder_sha256, choice) if layout.needs_hearing else _ears(choice)
    if ears is None:
        return OpenedSpeech(SpeechFacePipeline(speaks), (face.ran,))
    pipeline = SpeechFacePipeline(speaks, _provider(ears, cancellation, part_s))
    return OpenedSpeech(pipeline, (*(each.ran for each in ears), face.ran))


def _open(path: Path, choice: ModelChoice) -> ModelSession:
    return open_session(path, choice.providers, choice.threads)


def _ears_of(face: ModelSession, encoder_sha256: str, choice: ModelChoice) -> _Ears:
    """What a network that hears by an encoder was trained with."""
    encoder = _open(_find_belonging(ENCODER_TASK, encoder_sha256, choice), choice)
    SpeechEncoder(encoder).require_for(face.contract)
    return encoder, _open(_find_belonging(EVIDENCE_TASK, encoder.contract.sha256, choice), choice)


def _ears(choice: ModelChoice) -> _Ears | None:
    """What hears phones for the lips of a network that hears the sound itself.

    None where a part is missing, or where encoder and phones chosen by name do not go together:
    such a network can do without.
    """
    try:
        evidence = find_model(EVIDENCE_TASK, choice)
        sha256 = str(load_contract(evidence.with_suffix(".json")).settings.get("encoder_sha256"))
        encoder = _find_belonging(ENCODER_TASK, sha256, choice)
    except ContractError:
        raise
    except ModelError:
        return None
    if not _belongs(encoder, sha256):
        return None
    return _open(encoder, choice), _open(evidence, choice)


def _provider(
    ears: _Ears, cancellation: Cancellation, part_s: tuple[float, float] | None
) -> HearingProvider:
    encoder, evidence = (CancellableSession(each, cancellation) for each in ears)

    def provide(sound: Sound, progress: Progress) -> Hearing:
        return hear(sound, encoder, evidence, progress, part_s=part_s)

    return provide


def _find_belonging(task: str, encoder_sha256: str, choice: ModelChoice) -> Path:
    """The model of a task that is this encoder or goes with it, where one was not chosen by name.

    An own model does not stand before the one that came along under the same name. Of models that
    all go with another the usual one is given: whoever opens it says what is wrong.

    Raises:
        ModelError: there is none at all.
    """
    usual = find_model(task, choice)
    if task not in choice.names and not _belongs(usual, encoder_sha256):
        came_along = replace(choice, folder=None)
        for model in (*models_of(task, choice), *models_of(task, came_along)):
            if _belongs(model.path, encoder_sha256):
                return model.path
    return usual


def _belongs(path: Path, encoder_sha256: str) -> bool:
    """Whether a model is an encoder, or goes with it; one that cannot be read does not."""
    try:
        contract = load_contract(path.with_suffix(".json"))
    except ContractError:
        return False
    return encoder_sha256 in (contract.sha256, contract.settings.get("encoder_sha256"))
