"""What an animator can choose of a person, each trait declared once: pure NumPy-free."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ..core.settings import Unit, setting
from .look import BEARDS, HAIR_STYLES, SHIRTS, SHOES, TROUSERS

MAX_PEOPLE: Final = 500
MAX_SEED: Final = 2**31 - 1
"""The largest number that Blender keeps in a property."""
ANCESTRIES: Final = ("african", "asian", "caucasian")


@dataclass(frozen=True, kw_only=True)
class Numbered:
    """Which of all people.

    Args:
        seed: same seed, same person.
    """

    seed: int = setting(0, "Seed", "Another number is another person", minimum=0)


@dataclass(frozen=True, kw_only=True)
class Traits:
    """Numbers that describe a body; whatever is not chosen follows from the seed."""

    sex: float = setting(
        0.5, "Sex", "0 is a woman, 1 is a man, and between them is a mixture",
        minimum=0.0, maximum=1.0,
    )  # fmt: skip
    age_years: float = setting(
        30.0, "Age", "How old the person looks, in years",
        unit=Unit.YEARS, minimum=11.0, maximum=80.0, precision=1,
    )  # fmt: skip
    weight: float = setting(
        0.0, "Weight", "-1 is thin, 0 is average, 1 is heavy", minimum=-1.0, maximum=1.0
    )
    african: float = setting(
        0.33, "African", "Share of African ancestry; the three shares are scaled to sum to 1",
        minimum=0.0, maximum=1.0,
    )  # fmt: skip
    asian: float = setting(
        0.33, "Asian", "Share of Asian ancestry; the three shares are scaled to sum to 1",
        minimum=0.0, maximum=1.0,
    )  # fmt: skip
    caucasian: float = setting(
        0.34, "Caucasian", "Share of Caucasian ancestry; the three shares are scaled to sum to 1",
        minimum=0.0, maximum=1.0,
    )  # fmt: skip
    height_m: float = setting(
        1.7, "Height", "From soles to the top of the head without shoes, in metres",
        unit=Unit.METRES, minimum=1.0, maximum=2.2, precision=2,
    )  # fmt: skip
    skin_tone: float = setting(
        0.3, "Skin Tone", "0 is the lightest, 1 is the darkest", minimum=0.0, maximum=1.0
    )


@dataclass(frozen=True, kw_only=True)
class CrowdSettings:
    """How many people, and how they stand.

    Args:
        count: of people.
        spacing_m: between two in a row.
        bodies: how many different bodies they have; 0 for one each.
    """

    count: int = setting(
        10, "People", "How many people to add, each another one", minimum=1, maximum=MAX_PEOPLE
    )
    spacing_m: float = setting(
        1.2, "Spacing", "Between two people in a row, in metres",
        unit=Unit.METRES, minimum=0.6, maximum=20.0,
    )  # fmt: skip
    bodies: int = setting(
        0, "Bodies",
        "How many different bodies and faces there are; 0 gives each their own. Fewer save memory: "
        "clothes that fit alike are stored once. Hair, clothes and colours still differ",
        minimum=0, maximum=MAX_PEOPLE,
    )  # fmt: skip


STYLES: Final = {
    "hair": HAIR_STYLES,
    "beard": BEARDS,
    "shirt": SHIRTS,
    "trousers": TROUSERS,
    "shoes": SHOES,
}
"""Styles to choose from, by the field of a person's look."""

COLOURS: Final = ("eye_colour", "hair_colour", "shirt_colour", "trousers_colour", "shoes_colour")
"""Colours to choose, linear."""


def gather_ancestry(chosen: Mapping[str, Any], otherwise: tuple[float, ...]) -> dict[str, Any]:
    """Chosen traits with the three shares of ancestry in one.

    Args:
        chosen: by field of Traits.
        otherwise: shares where some are chosen and others are not; 0 where all of these are.
    """
    rest = {name: value for name, value in chosen.items() if name not in ANCESTRIES}
    shares = [chosen.get(name) for name in ANCESTRIES]
    if all(share is None for share in shares):
        return rest
    kept = tuple(
        known if share is None else share for share, known in zip(shares, otherwise, strict=True)
    )
    return {**rest, "ancestry": kept}
