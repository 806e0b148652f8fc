"""A small network that hears phones in the vectors of an encoder.

Contract: input ``features (batch, frames, D)``, output ``chances (batch, frames, 14)``. Settings:
``encoder_sha256``; ``classes``, which are ``PHONE_CLASSES``; ``context_frames``, how many vectors
on either side of one have a say.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ..conventions import Floats
from ..errors import ContractError
from ..inference.settings import SettingsReader
from ..jobs import Runner
from .encoder import SpeechEncoder
from .hearing import PHONE_CLASSES, FeatureTrack

TASK: Final = "phone_evidence"
BLOCK_FRAMES: Final = 500
_MOST_CONTEXT: Final = 500


class PhoneModel:
    """A model of phones by its contract.

    Args:
        session: of the model.
        encoder: whose vectors it is given.

    Raises:
        ContractError: it is no such model, or belongs to another encoder.
    """

    def __init__(self, session: Runner, encoder: SpeechEncoder) -> None:
        self._session = session
        contract = session.contract
        contract.require_task(TASK)
        encoder.require_for(contract)
        settings = SettingsReader(contract)
        settings.require("classes", PHONE_CLASSES)
        self.context_frames = settings.integer("context_frames", 0, _MOST_CONTEXT)
        taken, given = contract.input("features").shape, contract.output("chances").shape
        if len(taken) != 3 or given != (*taken[:2], len(PHONE_CLASSES)):
            raise ContractError(
                f"model '{contract.name}' turns features {taken} into chances {given}; expected "
                f"(batch, frames, {encoder.size}) into (batch, frames, {len(PHONE_CLASSES)}). Use "
                "a model exported for this version"
            )

    @property
    def sha256(self) -> str:
        """Of the model."""
        return self._session.contract.sha256

    def hear_block(self, track: FeatureTrack, number: int) -> Floats:
        """Chances (500, 14) of a block of the sound's own grid, with the context they depend on."""
        context = self.context_frames
        first = number * BLOCK_FRAMES - context
        features = track.read(first, BLOCK_FRAMES + 2 * context)[None]
        chances = np.asarray(self._session.run({"features": features})["chances"])[0]
        return np.asarray(chances[context : context + BLOCK_FRAMES])
