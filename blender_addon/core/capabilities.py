"""The capabilities there are: the one line that a new one adds to what exists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Capability:
    """Something a character can learn to do.

    Args:
        name: of its packages, commands and pages.
        title: in the interface.
        tasks: what its models are for, in the order in which they run.
    """

    name: str
    title: str
    tasks: tuple[str, ...]


CAPABILITIES: Final = (
    Capability("walk", "Walk", ("locomotion",)),
    Capability("gaze", "Gaze", ("gaze_behaviour", "gaze_eye_head")),
    Capability("speech", "Speech", ("speech_face",)),
)
