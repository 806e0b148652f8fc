"""``export speech``: one of its networks."""

from __future__ import annotations

from backend.chosen_command import ChosenCommand

from .networks import CNN2017, DIFFUSION, ENCODER, PHONES, REGRESSION

command = ChosenCommand(
    "speech",
    {
        REGRESSION: "backend.speech.regression.export",
        DIFFUSION: "backend.speech.diffusion.export",
        PHONES: "backend.speech.phones.export",
        CNN2017: "backend.speech.cnn2017.export",
        ENCODER: "backend.hearing.export",
    },
    "Export a network of speech and prove parity.",
)
