"""The hair of a person, from the name of a style: pure NumPy."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Final

import numpy as np

from ...core.conventions import Floats, Ints
from ..body import Body
from ..part import Part
from ..person import Person
from .cropped import shades
from .long import bob, long
from .patches import Patch
from .plan import Locks, layer, scalp_patch
from .short import curls, short
from .tied import bun, combed_to_bun, combed_to_tail, tail

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
