"""What may be set about speech."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ..maths.curve import Curve
from ..settings import Seeded, Unit, setting

MAX_OFFSET_S: Final = 10.0
MAX_SMOOTHING_S: Final = 1.0
MAX_STRENGTH: Final = 4.0
MAX_EXPRESSIVENESS: Final = 4.0


@dataclass(frozen=True, eq=False, kw_only=True)
class SpeechOptions(Seeded):
    """What a face does with what the model says.

    Args:
        strength: of what the model moves; 1 as it is.
        smoothing_s: standard deviation of a Gaussian along time; 0 for none.
        offset_s: the face comes so much later than the sound.
        lip_closure: shut the lips where the model presses them.
        breath: of the mouth's opening before a phrase, how much is kept.
        expressiveness: how far the face follows from the voice, where the model can tell.
        variation: another number, another way to speak; where the model draws variations.
        head: how far the head moves with the voice.
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
    breath: float = setting(
        1.0, "Breath", "How much of the mouth's opening before a phrase is kept; 0 leaves it shut",
        minimum=0.0, maximum=1.0, step=0.1,
    )  # fmt: skip
    expressiveness: float = setting(
        1.0, "Expressiveness", "How strongly the voice drives the face; 1 as learned. Only for "
        "models that draw variations", minimum=0.0, maximum=MAX_EXPRESSIVENESS, soft_minimum=0.5,
        soft_maximum=2.0, step=0.1,
    )  # fmt: skip
    variation: int = setting(
        0, "Variation", "Another number speaks the same words another way. Only for models that "
        "draw variations", minimum=0,
    )  # fmt: skip
    head: float = setting(
        1.0, "Head", "How far the head moves with the voice; 0 holds it still", minimum=0.0,
        maximum=2.0, step=0.1,
    )  # fmt: skip
    upper_face: bool = setting(
        True, "Upper Face", "Procedural brows, blinks and nods, from pitch and loudness"
    )
    blinks: bool = setting(True, "Blinks", "Blink as well; left to the gaze, where there is one")


@dataclass(frozen=True, eq=False, kw_only=True)
class SpeakerSettings(SpeechOptions):
    """What a character does while its face speaks, too.

    Args:
        nods: turn the head bone a little.
        markers: take emotions from the timeline's markers.
    """

    nods: bool = setting(True, "Nods", "Turn the head bone a little")
    markers: bool = setting(
        True, "Markers", "Take emotions from the timeline's markers, such as one called happy, or "
        "sad 0.6, or Anna: angry; each holds to the end of its phrase",
    )  # fmt: skip
