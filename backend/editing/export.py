"""``export editing``: one of its networks."""

from __future__ import annotations

from backend.chosen_command import ChosenCommand

from .networks import CLEANER, FILLER, MANIFOLD, PRIOR

command = ChosenCommand(
    "editing",
    {
        FILLER: "backend.editing.fill.export",
        CLEANER: "backend.editing.clean.export",
        PRIOR: "backend.editing.prior.export",
        MANIFOLD: "backend.editing.manifold.export",
    },
    "Export a network of motion editing and prove parity.",
)
