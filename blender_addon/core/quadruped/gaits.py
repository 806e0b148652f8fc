"""Laws of gait: which one at which speed, how long a stride, in which order the feet land.

Fr = v² / (g h), h the height of the hips. Source: Alexander & Jayes 1983, *A dynamic similarity
hypothesis for the gaits of quadrupedal mammals*; stride length λ/h = 2.4 Fr^0.34, duty factor
0.52 Fr^−0.14 in symmetrical gaits; Hildebrand 1989 for the order of the feet.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

import numpy as np

from ..conventions import GRAVITY_M_S2, Floats
from .body import MODEL_HIP_HEIGHT_M, Family


class Gait(Enum):
    """How an animal moves its feet; the lead is the side of the front foot that lands last."""

    STAND = "stand"
    WALK = "walk"
    PACE = "pace"
    TROT = "trot"
    CANTER_LEFT = "canter_left"
    CANTER_RIGHT = "canter_right"
    GALLOP_LEFT = "gallop_left"
    GALLOP_RIGHT = "gallop_right"


class Action(Enum):
    """What an animal does at a mark."""

    SIT = "sit"
    LIE = "lie"
    EAT = "eat"
    LOOK = "look"
    JUMP = "jump"


ACTIONS: Final = (*(gait.value for gait in Gait), *(action.value for action in Action))
"""The action variables of the network, in order: gaits, then what is done standing."""


@dataclass(frozen=True)
class Pattern:
    """When the feet of a gait stand, as parts of a stride.

    Args:
        landings: LH, LF, RH, RF; 0 is the left hind foot's landing.
        bounces: how often the hips go up and down in a stride.
    """

    landings: tuple[float, float, float, float]
    bounces: int


_PATTERNS: Final = {
    Gait.STAND: Pattern((0.0, 0.20, 0.5, 0.70), 2),
    Gait.WALK: Pattern((0.0, 0.20, 0.5, 0.70), 2),
    Gait.PACE: Pattern((0.0, 0.05, 0.5, 0.55), 2),
    Gait.TROT: Pattern((0.0, 0.5, 0.5, 1.0), 2),
    Gait.CANTER_RIGHT: Pattern((0.0, 0.30, 0.30, 0.60), 1),
    Gait.CANTER_LEFT: Pattern((0.30, 0.60, 0.0, 0.30), 1),
}
_TRANSVERSE_RIGHT: Final = (0.0, 0.40, 0.11, 0.55)
_ROTARY_RIGHT: Final = (0.0, 0.18, -0.16, 0.36)


def pattern(gait: Gait, family: Family) -> Pattern:
    """The order of the feet of a gait in a family."""
    if gait in _PATTERNS:
        return _PATTERNS[gait]
    right = _ROTARY_RIGHT if family is Family.CANINE else _TRANSVERSE_RIGHT
    if gait is Gait.GALLOP_RIGHT:
        return Pattern(right, 1)
    return Pattern((right[2], right[3], right[0], right[1]), 1)


def froude(speed_m_s: Floats | float, hip_height_m: float = MODEL_HIP_HEIGHT_M) -> Floats:
    """(…) Froude numbers of speeds (…)."""
    return np.asarray(np.square(speed_m_s) / (GRAVITY_M_S2 * hip_height_m))


def speed_of(froude_number: Floats | float, hip_height_m: float = MODEL_HIP_HEIGHT_M) -> Floats:
    """(…) speeds in m/s of Froude numbers (…)."""
    return np.asarray(np.sqrt(np.asarray(froude_number) * GRAVITY_M_S2 * hip_height_m))


def stride_length_ratio(froude_number: Floats | float) -> Floats:
    """(…) stride lengths in hip heights."""
    return np.asarray(2.4 * np.power(np.maximum(froude_number, 1e-6), 0.34))


def stride_frequency_hz(speed_m_s: Floats | float) -> Floats:
    """(…) strides a second at speeds (…) in the model's world; 0 while standing."""
    speeds = np.asarray(speed_m_s, np.float64)
    lengths = stride_length_ratio(froude(speeds)) * MODEL_HIP_HEIGHT_M
    return np.asarray(np.where(speeds > 1e-4, speeds / lengths, 0.0))
