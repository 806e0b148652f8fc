"""What the lips and jaw aim at in each phone, and how strongly: the tables of teacher two.

A vowel's shape follows from its place in the chart, a consonant's from its class. Weights are
those of ARKit shapes in plain speech. How strongly a phone holds a part of the mouth against its
neighbours is its dominance: lips must shut for /b/ but not for /k/, which leaves them to the vowels
around it.

Source: Cohen and Massaro 1993, *Modeling coarticulation in synthetic visual speech*; amplitudes
from ``coarticulation_fit``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from backend.phonetics.phones import CLASS_OF, VOWELS

PARTS: Final = {
    "jaw": ("jawOpen", "jawForward"),
    "rounding": ("mouthFunnel", "mouthPucker"),
    "spread": ("mouthStretch", "mouthSmile", "mouthDimple"),
    "opening": ("mouthLowerDown", "mouthUpperUp"),
    "closure": (
        "mouthPress",
        "mouthRollLower",
        "mouthRollUpper",
        "mouthShrugLower",
        "mouthShrugUpper",
    ),
    "tongue": ("tongueOut",),
}
"""Channels that move together; pairs without their side. mouthClose follows from the jaw."""

_TARGETS: Final[dict[str, dict[str, float]]] = {
    "bilabial": {
        "jawOpen": 0.05,
        "mouthPress": 0.32,
        "mouthRollLower": 0.16,
        "mouthRollUpper": 0.14,
    },
    "bilabial_fricative": {"jawOpen": 0.07, "mouthPress": 0.08, "mouthRollLower": 0.06},
    "labiodental": {
        "jawOpen": 0.06,
        "mouthRollLower": 0.38,
        "mouthUpperUp": 0.20,
        "mouthShrugLower": 0.10,
    },
    "dental": {
        "jawOpen": 0.13,
        "tongueOut": 0.12,
        "mouthLowerDown": 0.14,
        "mouthUpperUp": 0.07,
    },
    "alveolar": {"jawOpen": 0.11, "mouthLowerDown": 0.12, "mouthUpperUp": 0.06},
    "lateral": {"jawOpen": 0.15, "mouthLowerDown": 0.12, "mouthUpperUp": 0.06},
    "trill": {"jawOpen": 0.14, "mouthLowerDown": 0.10, "mouthUpperUp": 0.05},
    "sibilant": {
        "jawOpen": 0.06,
        "mouthStretch": 0.14,
        "mouthLowerDown": 0.20,
        "mouthUpperUp": 0.10,
    },
    "postalveolar": {
        "jawOpen": 0.08,
        "jawForward": 0.10,
        "mouthFunnel": 0.42,
        "mouthPucker": 0.15,
        "mouthLowerDown": 0.12,
        "mouthUpperUp": 0.10,
    },
    "alveolopalatal": {
        "jawOpen": 0.07,
        "mouthStretch": 0.14,
        "mouthLowerDown": 0.16,
        "mouthUpperUp": 0.08,
    },
    "rhotic": {"jawOpen": 0.12, "mouthFunnel": 0.28, "mouthPucker": 0.12, "mouthLowerDown": 0.06},
    "palatal": {"jawOpen": 0.11, "mouthStretch": 0.18, "mouthSmile": 0.08, "mouthLowerDown": 0.12},
    "velar": {"jawOpen": 0.16, "mouthLowerDown": 0.10, "mouthUpperUp": 0.04},
    "uvular": {"jawOpen": 0.20, "mouthLowerDown": 0.10, "mouthUpperUp": 0.04},
    "glottal": {"jawOpen": 0.20, "mouthLowerDown": 0.10, "mouthUpperUp": 0.04},
    "aspiration": {"jawOpen": 0.16, "mouthLowerDown": 0.10, "mouthUpperUp": 0.04},
    "rounded_glide": {"jawOpen": 0.09, "mouthFunnel": 0.15, "mouthPucker": 0.68},
    "silence": {},
}

_ORDER: Final = ("jaw", "rounding", "spread", "opening", "closure", "tongue")
_STRENGTHS: Final[dict[str, tuple[float, ...]]] = {
    # class: jaw, rounding, spread, opening, closure, tongue
    "vowel": (1.0, 0.8, 0.8, 1.0, 2.0, 0.5),
    "bilabial": (3.5, 0.10, 0.10, 8.0, 10.0, 0.8),
    "bilabial_fricative": (1.2, 0.10, 0.10, 3.0, 5.0, 0.8),
    "labiodental": (2.0, 0.15, 0.15, 5.0, 10.0, 0.8),
    "dental": (1.2, 0.15, 0.2, 0.8, 1.0, 6.0),
    "alveolar": (1.0, 0.10, 0.15, 0.6, 0.6, 0.8),
    "lateral": (0.7, 0.10, 0.15, 0.5, 0.6, 0.8),
    "trill": (0.8, 0.12, 0.15, 0.5, 0.6, 0.8),
    "sibilant": (2.4, 0.20, 0.5, 1.2, 0.8, 0.8),
    "postalveolar": (2.2, 1.0, 0.8, 1.0, 0.8, 0.8),
    "alveolopalatal": (2.0, 0.3, 0.7, 1.0, 0.8, 0.8),
    "rhotic": (0.7, 0.5, 0.5, 0.5, 0.6, 0.8),
    "palatal": (0.8, 0.3, 0.6, 0.6, 0.6, 0.8),
    "velar": (0.35, 0.05, 0.05, 0.3, 0.5, 0.5),
    "uvular": (0.30, 0.05, 0.05, 0.2, 0.5, 0.5),
    "glottal": (0.05, 0.02, 0.02, 0.05, 0.3, 0.3),
    "aspiration": (0.05, 0.02, 0.02, 0.05, 0.1, 0.1),
    "rounded_glide": (1.2, 2.0, 1.0, 1.0, 0.8, 0.8),
    "silence": (0.7, 0.4, 0.4, 0.8, 0.6, 0.6),
}
_ROUNDED_STRENGTH: Final = 1.6
"""Of rounding in a rounded vowel: it spreads into the consonants before it."""


@dataclass(frozen=True)
class Shape:
    """What a phone asks of the mouth.

    Args:
        targets: weight by channel; what is not named aims at 0.
        strengths: dominance by part.
        is_vowel: whether stress and loudness open it further.
    """

    targets: dict[str, float]
    strengths: dict[str, float]
    is_vowel: bool


def shape_of(sign: str) -> Shape:
    """The shape of one IPA sign."""
    kind = CLASS_OF[sign]
    strengths = dict(zip(_ORDER, _STRENGTHS[kind], strict=True))
    if kind != "vowel":
        return Shape(_TARGETS[kind], strengths, is_vowel=False)
    rounding = VOWELS[sign].rounding
    strengths["rounding"] += rounding * (_ROUNDED_STRENGTH - strengths["rounding"])
    return Shape(vowel_targets(sign), strengths, is_vowel=True)


def vowel_targets(sign: str) -> dict[str, float]:
    """Weights of a vowel, from its height, backness and rounding.

    The jaw falls with height; close rounded lips purse and open ones form a funnel; close front
    vowels pull the corners apart.
    """
    vowel = VOWELS[sign]
    spread = (1.0 - vowel.rounding) * (1.0 - vowel.backness)
    return {
        "jawOpen": (0.10 + 0.40 * vowel.height) * (1.0 - 0.15 * vowel.rounding),
        "mouthFunnel": vowel.rounding * (0.18 + 0.35 * vowel.height),
        "mouthPucker": vowel.rounding * (0.72 - 0.60 * vowel.height),
        "mouthStretch": spread * (0.30 - 0.20 * vowel.height),
        "mouthSmile": spread * (0.20 - 0.15 * vowel.height),
        "mouthDimple": spread * 0.08 * (1.0 - vowel.height),
        "mouthLowerDown": (1.0 - 0.7 * vowel.rounding) * (0.14 + 0.18 * vowel.height),
        "mouthUpperUp": (1.0 - 0.7 * vowel.rounding) * (0.06 + 0.09 * vowel.height) + 0.05 * spread,
    }
