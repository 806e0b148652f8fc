"""``train editing``: one of its networks."""

from __future__ import annotations

from backend.chosen_command import ChosenCommand

from .networks import CLEANER, FILLER, MANIFOLD, PRIOR

command = ChosenCommand(
    "editing",
    {
        FILLER: "backend.editing.fill.train",
        CLEANER: "backend.editing.clean.train",
        PRIOR: "backend.editing.prior.train",
        MANIFOLD: "backend.editing.manifold.train",
    },
    "Train a network that edits motion.",
)
