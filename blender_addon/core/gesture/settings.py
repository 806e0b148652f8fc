"""How a character gestures and dances, as the animator sets it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from ..settings import setting


class GestureMode(Enum):
    """What the body does to the sound."""

    TALK = "TALK"
    DANCE = "DANCE"


class Space(Enum):
    """Where the hands move while talking."""

    NATURAL = "NATURAL"
    LOW = "LOW"
    WIDE = "WIDE"
    FRONT = "FRONT"


@dataclass(frozen=True, eq=False, kw_only=True)
class GestureSettings:
    """How the body moves to the sound.

    Args:
        energy: how often and how briskly a talker strokes, how lively a dancer moves; 0 rests.
        size: factor on how far hands and trunk go from where they rest.
        handedness: −1 the left hand strokes, 0 both and either, 1 the right.
        mirror: left and right swapped.
        head: whether the head nods along, where neither speech nor gaze moves it.
        travel: whether a dancer goes where the dance goes, or stays on the spot.
    """

    energy: float = setting(
        1.0, "Energy", "How lively the gestures are: more strokes, faster; 0 rests",
        minimum=0.0, maximum=2.0, step=0.05, precision=2, keyed=True,
    )  # fmt: skip
    size: float = setting(
        1.0, "Size", "How far hands and trunk go from where they rest",
        minimum=0.0, maximum=2.0, step=0.05, precision=2, keyed=True,
    )  # fmt: skip
    handedness: float = setting(
        0.3, "Handedness", "-1 the left hand alone, 0 both alike, 1 the right hand alone",
        minimum=-1.0, maximum=1.0, step=0.05, precision=2,
    )  # fmt: skip
    mirror: bool = setting(False, "Mirror", "Left and right swapped")
    head: bool = setting(
        True, "Head", "The head nods along, where neither speech nor gaze moves it"
    )
    travel: bool = setting(
        True, "Travel", "A dancer goes where the dance goes; off, it stays on the spot"
    )
