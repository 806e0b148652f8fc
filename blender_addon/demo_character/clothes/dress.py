"""Dress a person: shoes, trousers and shirt, one over the other: pure NumPy."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from ...core.conventions import Bools, Ints
from ..body import Body
from ..part import Part
from ..person import Person
from .feet import find_foot
from .fitting import Fitting
from .shirts import TUCKED, cut_top, make_top, worn_style
from .shoes import STYLES, cut_upper, make_shoes
from .tights import load_tights
from .trousers import cut_bottom, make_bottom

_RING: Final = 3  # faces of the fine mesh kept beyond each hem
_FOOT_RING: Final = 5  # the same on feet, where faces are small
_TOES: Final = 0.74  # share of a foot's length from which every shoe is closed
_TOES_LOW_M: Final = 0.06
_REACH_M: Final = 0.01
_NEAR_M: Final = 0.04


@dataclass(frozen=True, eq=False)
class Dress:
    """What somebody wears.

    Args:
        parts: the garments.
        covered: (M,) which of the body's quads are hidden.
        sole_m: thickness of the soles.
    """

    parts: tuple[Part, ...]
    covered: Bools
    sole_m: float


def dress(person: Person, body: Body) -> Dress:
    """Clothes of the person's look for their body at rest."""
    fitting = Fitting(body)
    parts = make_shoes(person, fitting)
    style = worn_style(person)
    if style.startswith(TUCKED):
        parts += make_top(person, fitting) + make_bottom(person, fitting, belted=True)
    else:
        parts += make_bottom(person, fitting, belted=False) + make_top(person, fitting)
    look = person.look
    covered = _covered(style, look.trousers, look.shoes)
    return Dress(tuple(parts), covered, STYLES[look.shoes].sole_m)


@cache
def _covered(shirt: str, trousers: str, shoes: str) -> Bools:
    """(M,) quads of the body deep under cloth, away from every hem."""
    tights = load_tights()
    open_faces = np.ones(len(tights.fine.quads), bool)
    uppers = [cut_upper(shoes, side) for side in "lr"]
    for cut in (cut_top(shirt), cut_bottom(trousers), *uppers):
        open_faces[cut.faces] = False
    low = tights.base[tights.fine.quads[:, 0], 1] < tights.human.joints["l-ankle"][1]
    near = tights.near_faces(np.flatnonzero(open_faces), _RING)
    near |= tights.near_faces(np.flatnonzero(open_faces & low), _FOOT_RING)
    seen = np.zeros(tights.fine.count, bool)
    seen[tights.fine.quads[near].ravel()] = True
    for foot in (find_foot("l"), find_foot("r")):  # toes would come out at the side of low shoes
        seen[(foot.rise_m < _TOES_LOW_M) & (foot.share > _TOES)] = False
    hidden = np.append(~seen[: len(tights.vertices)], False)
    return np.all(hidden[_nearest()][tights.human.quads["body"]], axis=1)


@cache
def _nearest() -> Ints:
    """(V,) the second skin's vertex nearest to each vertex of the human; −1 for head and hands."""
    tights = load_tights()
    base, skin = tights.human.base, tights.human.base[tights.vertices]
    body = tights.human.vertices_of("body")
    low, high = skin.min(axis=0) - _REACH_M, skin.max(axis=0) + _REACH_M
    body = body[np.all((base[body] > low) & (base[body] < high), axis=1)]
    found = np.full(len(base), -1)
    for some in np.array_split(body, 8):
        far = (skin**2).sum(axis=1) - 2.0 * base[some] @ skin.T
        found[some] = np.argmin(far, axis=1)
    off = np.linalg.norm(base[body] - skin[found[body]], axis=1)
    found[body[off > _NEAR_M]] = -1
    return found
