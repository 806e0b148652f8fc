"""``train gesture``: one of its networks."""

from __future__ import annotations

from backend.chosen_command import ChosenCommand

from .networks import DANCE, LSTM, PLANNER, PRIOR


def _names_reader(text: str) -> bool:
    from .readers.reading import names_reader

    return names_reader(text)


command = ChosenCommand(
    "gesture",
    {
        DANCE: "backend.gesture.dance.train",
        PRIOR: "backend.gesture.talk.train",
        LSTM: "backend.gesture.lstm.train",
        PLANNER: "backend.gesture.spoken.planner",
    },
    "Train a network that moves a body to sound; recordings of talkers are named by --data "
    "trinity:FOLDER, twh: or beat:, and teach it speech to gesture.",
    recorded="backend.gesture.spoken.train",
    names_reader=_names_reader,
    readers=(PLANNER,),
)
