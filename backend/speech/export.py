"""``export speech``: one of its networks."""

from __future__ import annotations

from .networks import CNN2017, ENCODER, ChosenCommand

command = ChosenCommand(
    {CNN2017: "backend.speech.cnn2017.export", ENCODER: "backend.hearing.export"},
    "Export a network of speech and prove parity.",
)
