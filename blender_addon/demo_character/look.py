"""Hair, clothes and colours of a person: pure NumPy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np

Colour = tuple[float, float, float]
_T = TypeVar("_T")

HAIR_STYLES: Final = (
    "short", "swept", "cropped", "wreath", "curls", "afro", "braids", "bob", "fringe", "long",
    "bun", "ponytail", "none",
)  # fmt: skip
BEARDS: Final = ("none", "stubble", "full", "moustache")
# What is worn, the more often the oftener named; by sex, and by the ancestry that is the most.
_MEN: Final = (
    ("cropped", "cropped", "afro", "curls", "braids", "cropped", "afro"),
    ("short", "swept", "short", "cropped", "swept", "bun", "short"),
    ("short", "swept", "short", "cropped", "curls", "swept", "long"),
)
_WOMEN: Final = (
    ("afro", "braids", "curls", "bun", "braids", "afro", "ponytail"),
    ("long", "bob", "fringe", "ponytail", "bun", "long", "short"),
    ("long", "bob", "ponytail", "bun", "curls", "fringe", "short"),
)
_OLD_WOMEN: Final = ("bob", "short", "bun", "curls", "fringe", "short", "bob")
_BEARDS_OF_MEN: Final = ("none", "stubble", "none", "full", "stubble", "moustache", "full")
SHIRTS: Final = ("t-shirt", "long-sleeved", "jumper", "shirt", "tucked-shirt")
TROUSERS: Final = ("jeans", "chinos", "shorts", "leggings", "skirt")
SHOES: Final = ("trainers", "boots", "flats")

# Linear colours.
_HAIR: Final = {
    "black": (0.008, 0.006, 0.005), "dark": (0.025, 0.014, 0.009), "brown": (0.075, 0.038, 0.018),
    "auburn": (0.13, 0.036, 0.014), "fair": (0.32, 0.19, 0.085), "red": (0.30, 0.075, 0.018),
    "grey": (0.30, 0.29, 0.28), "white": (0.62, 0.60, 0.57),
}  # fmt: skip
_EYES: Final = {
    "brown": (0.075, 0.033, 0.013), "hazel": (0.13, 0.085, 0.03), "green": (0.10, 0.14, 0.07),
    "blue": (0.11, 0.20, 0.32), "grey": (0.19, 0.22, 0.24),
}  # fmt: skip
_CLOTH: Final = (
    (0.05, 0.22, 0.30), (0.33, 0.06, 0.05), (0.55, 0.52, 0.46), (0.045, 0.06, 0.10),
    (0.08, 0.16, 0.07), (0.42, 0.24, 0.05), (0.20, 0.09, 0.22), (0.62, 0.60, 0.56),
    (0.028, 0.028, 0.032), (0.24, 0.33, 0.45), (0.47, 0.17, 0.20), (0.12, 0.11, 0.09),
)  # fmt: skip
_LEGS: Final = (
    (0.045, 0.075, 0.16), (0.022, 0.027, 0.045), (0.19, 0.14, 0.085), (0.075, 0.085, 0.055),
    (0.10, 0.10, 0.105), (0.028, 0.026, 0.026), (0.11, 0.16, 0.25),
)  # fmt: skip
_FEET: Final = (
    (0.50, 0.49, 0.46), (0.026, 0.024, 0.023), (0.13, 0.055, 0.025), (0.33, 0.05, 0.04),
    (0.06, 0.09, 0.17),
)  # fmt: skip


@dataclass(frozen=True)
class Look:
    """Hair, clothes and colours; colours are linear.

    Args:
        hair, beard, shirt, trousers, shoes: names of styles.
        skin_tone: 0 the lightest to 1 the darkest.
        eye_colour, hair_colour, shirt_colour, trousers_colour, shoes_colour: of the main parts.
    """

    hair: str = "short"
    beard: str = "none"
    shirt: str = "t-shirt"
    trousers: str = "jeans"
    shoes: str = "trainers"
    skin_tone: float = 0.3
    eye_colour: Colour = _EYES["brown"]
    hair_colour: Colour = _HAIR["dark"]
    shirt_colour: Colour = _CLOTH[0]
    trousers_colour: Colour = _LEGS[0]
    shoes_colour: Colour = _FEET[0]


def draw_look(
    sex: float, age_years: float, ancestry: tuple[float, float, float], rng: np.random.Generator
) -> Look:
    """What somebody might look like.

    Args:
        sex: 0 a woman, 1 a man.
        age_years: hair greys from about 45.
        ancestry: shares of African, Asian and Caucasian; colours follow it loosely.
        rng: every draw is made whatever the rest, so that one trait does not change another.
    """
    dice = rng.random(12)
    tone = float(np.clip(np.dot(ancestry, (0.70, 0.36, 0.17)) + 0.20 * (dice[0] - 0.5), 0.0, 1.0))
    man = sex > 0.5
    trousers = _pick(TROUSERS[:3] if man else TROUSERS, dice[4])
    beards = _BEARDS_OF_MEN if man and age_years > 19 else ("none",)
    return Look(
        hair=_pick(_styles(man, age_years, ancestry), dice[2]),
        beard=_pick(beards, dice[1]),
        shirt=_pick(SHIRTS, dice[3]),
        trousers=trousers,
        shoes=_pick(_shoes(man, trousers), dice[5]),
        skin_tone=tone,
        eye_colour=_eyes(ancestry, dice[6]),
        hair_colour=_hair(ancestry, age_years, dice[7], dice[8]),
        shirt_colour=_pick(_CLOTH, dice[9]),
        trousers_colour=_pick(_LEGS, dice[10]),
        shoes_colour=_pick(_FEET, dice[11]),
    )


def _shoes(man: bool, trousers: str) -> tuple[str, ...]:
    """Shoes that go with what is worn: nobody wears boots with shorts."""
    return tuple(
        style
        for style in SHOES
        if not (man and style == "flats") and not (trousers == "shorts" and style == "boots")
    )


def _pick(choices: tuple[_T, ...], share: float) -> _T:
    return choices[int(share * len(choices))]


def _styles(man: bool, age_years: float, ancestry: tuple[float, float, float]) -> tuple[str, ...]:
    """Hair that somebody might wear: men lose it with the years, old women wear it shorter."""
    most = ancestry.index(max(ancestry))
    if not man:
        return _OLD_WOMEN if age_years > 62 and most else _WOMEN[most]
    lost = ("wreath", "none", "cropped", "wreath", "none", "cropped")
    return _MEN[most] + lost[: int(max(age_years - 35.0, 0.0) / 5.0)]


def _eyes(ancestry: tuple[float, float, float], share: float) -> Colour:
    names = ("brown", "blue", "hazel", "green", "grey", "blue", "brown")
    return _EYES[_pick(names, share) if ancestry[2] > 0.6 else "brown"]


def _hair(
    ancestry: tuple[float, float, float], age_years: float, share: float, grey: float
) -> Colour:
    if age_years > 42 + 25 * grey:
        return _HAIR["white" if age_years > 62 + 12 * grey else "grey"]
    names = ("dark", "brown", "fair", "auburn", "brown", "red", "fair")
    return _HAIR[_pick(names, share) if ancestry[2] > 0.6 else _pick(("black", "dark"), share)]
