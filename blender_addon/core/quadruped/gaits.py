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
        landings: LH, LF, RH, RF; 0 is the left hind foot's landing, in left leads the right one's.
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


_WALK_LF: Final = {
    Family.CANINE: ((0.03, 0.35), (0.18, 0.08)),
    Family.HOOFED: ((0.03, 0.45), (0.23, 0.15)),
}
"""Froude numbers, and when the left front foot follows the left hind one: sooner when faster."""

_Rows = tuple[tuple[float, float, float], ...]
_PACE: Final[_Rows] = ((0.05, 0.64, 0.63), (0.5, 0.54, 0.53), (2.2, 0.44, 0.43))
_DUTIES: Final[dict[tuple[str, Family], _Rows]] = {
    ("walk", Family.CANINE): (
        (0.01, 0.73, 0.71), (0.05, 0.66, 0.63), (0.34, 0.56, 0.53), (1.5, 0.48, 0.45),
    ),
    ("walk", Family.HOOFED): (
        (0.01, 0.75, 0.74), (0.05, 0.69, 0.68), (0.40, 0.58, 0.57), (1.5, 0.48, 0.46),
    ),
    ("pace", Family.CANINE): _PACE,
    ("pace", Family.HOOFED): _PACE,
    ("trot", Family.CANINE): (
        (0.05, 0.60, 0.58), (0.5, 0.46, 0.45), (1.0, 0.41, 0.39), (2.2, 0.33, 0.31),
    ),
    ("trot", Family.HOOFED): (
        (0.05, 0.60, 0.58), (0.5, 0.46, 0.45), (1.0, 0.39, 0.39), (2.2, 0.32, 0.31),
    ),
    ("canter", Family.CANINE): ((0.3, 0.48, 0.48), (1.5, 0.38, 0.37), (3.0, 0.31, 0.29)),
    ("canter", Family.HOOFED): ((0.3, 0.48, 0.48), (1.0, 0.40, 0.39), (2.3, 0.33, 0.32)),
    ("gallop", Family.CANINE): (
        (0.1, 0.46, 0.46), (0.8, 0.35, 0.34), (2.0, 0.27, 0.25), (4.0, 0.24, 0.19),
        (9.0, 0.18, 0.16),
    ),
    ("gallop", Family.HOOFED): (
        (0.1, 0.46, 0.46), (0.8, 0.35, 0.34), (2.0, 0.27, 0.26), (4.0, 0.22, 0.21),
        (9.0, 0.18, 0.17),
    ),
}  # fmt: skip
"""Froude number, and which part of a stride front and hind feet stand at it; between two of them
evenly by the logarithm. Of dogs measured at a walk and a gallop, else of the ranges published, less
0.02 to 0.04: a foot is measured to stand as soon as, and as long as, it is low and slow."""


def landings(gait: Gait, froude_numbers: Floats, family: Family) -> Floats:
    """When the feet of a gait land at given speeds.

    Args:
        gait: which.
        froude_numbers: (…).
        family: whose.

    Returns:
        (…, 4) parts of a stride, LH, LF, RH, RF; 0 is the left hind foot's landing, in left leads
        the right one's.
    """
    shape = np.shape(froude_numbers)
    feet = np.broadcast_to(np.array(pattern(gait, family).landings), (*shape, 4)).copy()
    if gait in (Gait.WALK, Gait.STAND):
        known, shares = _WALK_LF[family]
        feet[..., 1] = np.interp(froude_numbers, known, shares)
        feet[..., 3] = 0.5 + feet[..., 1]
    return feet


def duties(gait: Gait, froude_numbers: Floats, family: Family) -> Floats:
    """Which part of a stride the feet of a gait stand at given speeds.

    Args:
        gait: which; a stand has those of a walk.
        froude_numbers: (…).
        family: whose.

    Returns:
        (…, 4) LH, LF, RH, RF.
    """
    name = "walk" if gait is Gait.STAND else gait.value.partition("_")[0]
    known, fore, hind = zip(*_DUTIES[name, family], strict=True)
    numbers = np.log(np.maximum(froude_numbers, 1e-6))
    front = np.interp(numbers, np.log(known), fore)
    back = np.interp(numbers, np.log(known), hind)
    return np.stack((back, front, back, front), axis=-1)
