"""``train speech``: one of its networks."""

from __future__ import annotations

from .networks import CNN2017, ChosenCommand

command = ChosenCommand(
    {CNN2017: "backend.speech.cnn2017.train"}, "Train a network that turns sound into a face."
)
