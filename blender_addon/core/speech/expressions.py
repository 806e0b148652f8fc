"""Expressions as overlays of shapes: procedural, made by hand, not learned from anything.

Two shape the mouth alone, seven are emotions. An emotion has a word, by which people ask for it,
and the name of its slider, which stays what it was in older files.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ..conventions import Floats
from ..errors import SettingsError
from ..face.arkit import ARKIT_52, mirror_name
from ..maths.curve import Curve, as_curve

# Pairs are written once, without their side.
_SHAPES: Final[dict[str, dict[str, float]]] = {
    "smile": {"mouthSmile": 0.7, "mouthDimple": 0.15, "cheekSquint": 0.4, "eyeSquint": 0.2},
    "frown": {"mouthFrown": 0.65, "mouthShrugLower": 0.25, "browDown": 0.35},
    "surprise": {
        "browInnerUp": 0.75, "browOuterUp": 0.7, "eyeWide": 0.6, "jawOpen": 0.18,
        "mouthFunnel": 0.1,
    },
    "anger": {
        "browDown": 0.85, "eyeSquint": 0.35, "noseSneer": 0.35, "mouthPress": 0.2,
        "jawForward": 0.15, "mouthFrown": 0.2,
    },
    "sadness": {"browInnerUp": 0.8, "mouthFrown": 0.5, "mouthShrugLower": 0.3, "eyeSquint": 0.15},
    "disgust": {"noseSneer": 0.75, "mouthUpperUp": 0.4, "browDown": 0.32, "mouthFrown": 0.25},
    "fear": {
        "browInnerUp": 0.85, "browOuterUp": 0.3, "eyeWide": 0.75, "mouthStretch": 0.4,
        "jawOpen": 0.08,
    },
    "happy": {
        "mouthSmile": 0.68, "cheekSquint": 0.55, "eyeSquint": 0.3, "mouthUpperUp": 0.12,
        "mouthDimple": 0.1, "browInnerUp": 0.1, "browOuterUp": 0.12,
    },
    "tender": {
        "mouthSmile": 0.28, "browInnerUp": 0.35, "eyeSquint": 0.2, "cheekSquint": 0.18,
        "eyeBlink": 0.1,
    },
}  # fmt: skip
EMOTIONS: Final[Mapping[str, str]] = {
    "happy": "happy", "sad": "sadness", "angry": "anger", "surprised": "surprise",
    "afraid": "fear", "disgusted": "disgust", "tender": "tender",
}  # fmt: skip
"""Name of the expression of each emotion's word."""


def _both_sides(shapes: Mapping[str, float]) -> dict[str, float]:
    sided: dict[str, float] = {}
    for stem, weight in shapes.items():
        left = stem if stem in ARKIT_52 else stem + "Left"
        sided |= {left: weight, mirror_name(left): weight}
    return sided


EXPRESSIONS: Final[Mapping[str, Mapping[str, float]]] = {
    name: _both_sides(shapes) for name, shapes in _SHAPES.items()
}
"""Full weight of each ARKit channel, by expression."""


def expression_title(name: str) -> str:
    """What the slider of an expression is called: an emotion by its word."""
    words = {slider: word for word, slider in EMOTIONS.items()}
    return words.get(name, name).title()


def expression_named(name: str) -> str:
    """The expression that a name or an emotion's word stands for; the name itself if none."""
    return EMOTIONS.get(name.lower(), name)


def expression_curves(weights: Mapping[str, Curve], frame_count: int) -> dict[str, Floats]:
    """What expressions add to a face.

    Args:
        weights: by expression, 0 … 1, a number or (T,).
        frame_count: T.

    Returns:
        By ARKit channel, (T,); expressions that stay at 0 add nothing.

    Raises:
        SettingsError: an unknown expression, or a curve of another length.
    """
    curves: dict[str, Floats] = {}
    for name, weight in weights.items():
        if name not in EXPRESSIONS:
            known = ", ".join((*EMOTIONS, *(e for e in EXPRESSIONS if e not in EMOTIONS.values())))
            raise SettingsError(f"no expression is called '{name}'; {known} are")
        curve = as_curve(weight, frame_count, f"expression '{name}'")
        if curve.any():
            for channel, share in EXPRESSIONS[name].items():
                added = share * curve
                curves[channel] = curves[channel] + added if channel in curves else added
    return curves
