"""``export gesture``: one of its networks."""

from __future__ import annotations

from backend.chosen_command import ChosenCommand

from .networks import DANCE, LSTM, PRIOR

command = ChosenCommand(
    "gesture",
    {
        DANCE: "backend.gesture.dance.export",
        PRIOR: "backend.gesture.talk.export",
        LSTM: "backend.gesture.lstm.export",
    },
    "Export a network of gesture and prove parity.",
)
