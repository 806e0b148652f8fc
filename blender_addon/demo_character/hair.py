"""Hair and beards of a person, from the name of a style: pure NumPy."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Final

import numpy as np

from ..core.conventions import Floats, Ints
from .beards import beard_pieces
from .body import Body
from .cropped import SHADE_SHARES, SHADES, shades
from .hair_long import bob, long
from .hair_plan import Locks, layer, scalp_patch
from .hair_short import curls, short
from .hair_tied import bun, combed_to_bun, combed_to_tail, tail
from .look import Colour
from .part import Part
from .patches import Patch
from .person import Person

_STYLES: Final[dict[str, tuple[Callable[[], Locks], ...]]] = {
    "cropped": (),
    "short": (short,),
    "curls": (curls,),
    "bob": (bob,),
    "long": (long,),
    "bun": (combed_to_bun, bun),
    "ponytail": (combed_to_tail, tail),
}
# Over which hair thins out at the hairline, metres: under locks, and where it is cropped.
_EDGE_M, _FADE_M = 0.010, 0.022
# How far the layer under the locks stands off the skin, metres.
_UNDER_M: Final = {"curls": 0.014}
_FEW_M: Final = 0.0025


def hair_parts(person: Person, body: Body) -> list[Part]:
    """The hair on somebody's head; nothing for the bald."""
    style = person.look.hair
    if style == "none":
        return []
    patch, above, paint = _close(style == "cropped")
    full = _UNDER_M.get(style, _FEW_M)
    heights = np.interp(above, (-0.006, 0.0, 0.004, 0.03), (-0.0015, 0.0, 0.001, full))
    under = layer(body, patch, heights, "Hair", paint)
    return [under, *(locks().part(body) for locks in _STYLES[style])]


@cache
def _close(cropped: bool) -> tuple[Patch, Floats, dict[str, Ints]]:
    """The layer next to the skin, how far it is above the hairline, and its shades."""
    edge = _FADE_M if cropped else _EDGE_M
    patch, above = scalp_patch(edge, 0.0028 if cropped else 0.0045)
    depth = above[patch.quads].mean(axis=1) / edge
    return patch, above, shades(depth, 11)


def beard_parts(person: Person, body: Body) -> list[Part]:
    """The beard on somebody's face; nothing for the shaven."""
    return beard_pieces(body, person.look.beard)


def hair_colours(person: Person, skin: Colour) -> dict[str, Colour]:
    """Linear colours by material.

    Args:
        skin: linear colour of the skin, which thin hair lets through.
    """
    hair, under = np.array(person.look.hair_colour), np.array(skin)
    found = {"Hair": hair, "HairDark": 0.6 * hair, "HairLight": 1.3 * hair}
    found |= {"Beard": hair, "BeardDark": 0.6 * hair, "BeardLight": 1.3 * hair}
    for name, share in zip(SHADES[:-1], SHADE_SHARES, strict=False):
        found[name] = share * 0.6 * hair + (1 - share) * under
    return {name: _colour(each) for name, each in found.items()}


def _colour(values: Floats) -> Colour:
    red, green, blue = (float(each) for each in values)
    return (red, green, blue)
