"""What may be set about speech."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ..maths.curve import Curve
from ..settings import Seeded, Unit, setting

MAX_OFFSET_S: Final = 10.0
MAX_SMOOTHING_S: Final = 1.0
MAX_STRENGTH: Final = 4.0


@dataclass(frozen=True, eq=False, kw_only=True)
class SpeechOptions(Seeded):
    """What a face does with what the model says.

    Args:
        strength: of what the model moves; 1 as it is.
        smoothing_s: standard deviation of a Gaussian along time; 0 for none.
        offset_s: the face comes so much later than the sound.
        lip_closure: shut the lips where the model presses them.
        upper_face: brows, blinks and nods from pitch and energy; the seed is theirs.
        blinks: whether the upper face blinks too; not where the gaze does.
    """

    strength: Curve = setting(
        1.0, "Strength", "How far the mouth moves; 1 as the model has it",
        minimum=0.0, maximum=MAX_STRENGTH, soft_maximum=2.0, keyed=True,
    )  # fmt: skip
    smoothing_s: float = setting(
        0.0, "Smoothing", "Even out the mouth's curves over so many seconds; lips are closed "
        "afterwards", unit=Unit.SECONDS, minimum=0.0, maximum=MAX_SMOOTHING_S, soft_maximum=0.1,
        step=0.01, precision=3,
    )  # fmt: skip
    offset_s: float = setting(
        0.0, "Offset", "Seconds by which the face comes later than the sound", unit=Unit.SECONDS,
        minimum=-MAX_OFFSET_S, maximum=MAX_OFFSET_S, soft_minimum=-0.5, soft_maximum=0.5,
        step=0.01, precision=3,
    )  # fmt: skip
    lip_closure: bool = setting(
        True, "Close Lips", "Shut the lips fully where the model presses them"
    )
    upper_face: bool = setting(
        True, "Upper Face", "Procedural brows, blinks and nods, from pitch and loudness"
    )
    blinks: bool = setting(True, "Blinks", "Blink as well; left to the gaze, where there is one")


@dataclass(frozen=True, eq=False, kw_only=True)
class SpeakerSettings(SpeechOptions):
    """What a character does while its face speaks, too.

    Args:
        nods: turn the head bone a little.
    """

    nods: bool = setting(True, "Nods", "Turn the head bone a little")
