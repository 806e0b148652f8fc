"""``train speech``: one of its networks."""

from __future__ import annotations

from backend.chosen_command import ChosenCommand

from .networks import CNN2017, DIFFUSION, PHONES, REGRESSION


def _names_reader(text: str) -> bool:
    from .recordings.readers import names_reader

    return names_reader(text)


command = ChosenCommand(
    "speech",
    {
        REGRESSION: "backend.speech.regression.train",
        DIFFUSION: "backend.speech.diffusion.train",
        PHONES: "backend.speech.phones.train",
        CNN2017: "backend.speech.cnn2017.train",
    },
    "Train a network that turns sound into a face; recorded faces are named by --data voca:FOLDER, "
    "biwi:, beat:, iemocap: or scans:.",
    recorded="backend.speech.vertices.train",
    names_reader=_names_reader,
)
