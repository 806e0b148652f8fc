"""The hair of a person, from the name of a style: pure NumPy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from ...core.conventions import Floats, Ints
from ..body import Body
from ..part import Part
from ..person import Person
from .cropped import shades
from .curly import afro, curls
from .hanging import Wearer
from .locks import ramp
from .long import bob, fringe, long
from .patches import Patch
from .plan import Locks, layer, scalp_patch
from .short import short, swept, wreath
from .tied import (
    braid_ends,
    braids,
    bun,
    combed_to_bun,
    combed_to_tail,
    hair_tie,
    tail,
)


@dataclass(frozen=True)
class Style:
    """What a style is made of; lengths in metres on the mean person.

    Args:
        locks: of which kinds.
        under_m: how far the layer under them stands off the skin.
        rough_m: how far that layer's height varies from place to place.
        edge_m: over which hair thins out at the hairline.
        fine_m: how fine that layer is there, unless it is rough.
        receding: as of the hairline.
    """

    locks: tuple[Callable[[], Locks], ...] = ()
    under_m: float = 0.0025
    rough_m: float = 0.0
    edge_m: float = 0.010
    fine_m: float = 0.006
    receding: float = 0.0


STYLES: Final = {
    "cropped": Style(edge_m=0.022, fine_m=0.0028),
    "short": Style((short,)),
    "swept": Style((swept,)),
    "wreath": Style((wreath,), receding=1.0, edge_m=0.016, fine_m=0.0035),
    "curls": Style((curls,), under_m=0.012, rough_m=0.003),
    "afro": Style((afro,), under_m=0.021, rough_m=0.005, edge_m=0.012),
    "braids": Style((braids, braid_ends), under_m=0.001, edge_m=0.014),
    "bob": Style((bob,)),
    "fringe": Style((bob, fringe)),
    "long": Style((long,)),
    "bun": Style((combed_to_bun, bun)),
    "ponytail": Style((combed_to_tail, tail, hair_tie)),
}
"""By name; "none" has no hair."""

_CLOTH: Final = "Shirt"  # the mesh of what is worn on the trunk


def hair_parts(person: Person, body: Body, clothes: Sequence[Part] = ()) -> list[Part]:
    """The hair on somebody's head; nothing for the bald. Half of all people part it left.

    Args:
        person, body: who.
        clothes: what long hair lies on; the bare skin without any.
    """
    if person.look.hair == "none":
        return []
    style = STYLES[person.look.hair]
    wearer = Wearer(body, [part for part in clothes if part.mesh == _CLOTH])
    patch, heights, paint = _under(style)
    locks = (_locks(grow, bool(person.seed % 2)) for grow in style.locks)
    return [layer(body, patch, heights, "Hair", paint), *(each.part(wearer) for each in locks)]


@cache
def _locks(grow: Callable[[], Locks], mirrored: bool) -> Locks:
    return grow().mirrored() if mirrored else grow()


@cache
def _under(style: Style) -> tuple[Patch, Floats, dict[str, Ints]]:
    """The layer next to the skin, how far each point is off the skin, and its shades."""
    alike = 3 if style.rough_m else 0
    patch, above = scalp_patch(style.edge_m, style.fine_m, style.receding, alike)
    depth = above[patch.quads].mean(axis=1) / style.edge_m
    heights = np.interp(above, (-0.006, 0.0, 0.004, 0.03), (-0.0015, 0.0, 0.0008, style.under_m))
    bumps = np.random.default_rng(16).uniform(-1.0, 1.0, len(above))
    return patch, heights + style.rough_m * bumps * ramp(above, 0.004, 0.02), shades(depth, 11)
