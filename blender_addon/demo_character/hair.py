"""Hair and beards of a person, from the name of a style: pure NumPy."""

from __future__ import annotations

import numpy as np

from ..core.conventions import Floats
from .body import Body
from .hair_plan import layer, scalp_patch
from .hair_styles import short
from .look import Colour
from .part import Part
from .person import Person


def hair_parts(person: Person, body: Body) -> list[Part]:
    """The hair on somebody's head; nothing for the bald."""
    patch, above = scalp_patch(2)
    heights = 0.0008 + 0.0025 * np.clip(above / 0.02, 0.0, 1.0)
    return [layer(body, patch, heights, "HairDark", {}), short().part(body)]


def beard_parts(person: Person, body: Body) -> list[Part]:
    return []


def hair_colours(person: Person, skin: Colour) -> dict[str, Colour]:
    """Linear colours of hair by material."""
    hair = np.array(person.look.hair_colour)
    return {"Hair": tuple(hair), "HairDark": tuple(hair * 0.6), "HairLight": tuple(hair * 1.3)}
