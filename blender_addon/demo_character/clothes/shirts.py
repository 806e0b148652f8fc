"""What is worn above the waist: pure NumPy."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import Final

import numpy as np

from ...core.conventions import Floats
from ..part import Part
from ..person import Person
from .collars import button_up
from .drape import Fold, fold_heights
from .edges import ribbed_edge, rolled_edge
from .fitting import Ease, Fitting
from .sewing import Cut, Edge, cut_piece
from .tights import Tights, load_tights

_VARIANTS: Final = 4  # of folds


@dataclass(frozen=True)
class Top:
    """A style.

    Args:
        ease: how loosely it lies.
        neck, hem: shares of the way from pelvis to neck where it begins and ends.
        sleeve: where sleeves end: 0 to 1 on the upper arm, 1 to 2 on the forearm.
        neck_edge, hem_edge, sleeve_edge: how it ends there.
        folds_m: height of folds on a usual body.
        buttons: whether it is buttoned in front and has a collar.
    """

    ease: Ease
    neck: float
    hem: float
    sleeve: float
    neck_edge: Edge
    hem_edge: Edge
    sleeve_edge: Edge
    folds_m: float
    buttons: bool = False


def _tuck(top: Top) -> Top:
    """The same worn inside trousers or a skirt."""
    ease = replace(top.ease, off_m=min(top.ease.off_m, 0.005), least_m=min(top.ease.least_m, 0.003))
    ease = replace(ease, ends=(_TUCK_AT, *ease.ends[1:]))
    return replace(top, ease=ease, hem=0.03, hem_edge=_INSIDE)


_INSIDE: Final = Edge(((-0.002, -0.001),))
_TUCK_AT: Final = 0.16
TOPS: Final = {
    "t-shirt": Top(
        Ease(0.004, 0.003, 8, 0.06, 0.0, span=0.9), 0.955, -0.10, 0.66,
        ribbed_edge(0.0016, 0.016), rolled_edge(0.003, 0.03, 0.6, 1.0), rolled_edge(0.003), 0.007,
    ),
    "long-sleeved": Top(
        Ease(0.003, 0.003, 6, 0.1, 0.03, span=0.7, ends=(None, 2.0, None)), 0.955, -0.10, 1.93,
        ribbed_edge(0.0016, 0.016), rolled_edge(0.003, 0.02, 0.6, 1.0),
        ribbed_edge(0.0016, 0.02), 0.006,
    ),
    "jumper": Top(
        Ease(0.011, 0.008, 8, 0.04, 0.012, span=1.0, ends=(-0.14, 1.86, None)), 0.98, -0.10, 1.86,
        ribbed_edge(0.004, 0.022), ribbed_edge(0.004, 0.05, 0.0, 0.6),
        ribbed_edge(0.004, 0.05, 0.008), 0.011,
    ),
    "shirt": Top(
        Ease(0.005, 0.004, 8, 0.05, 0.035, span=0.95, ends=(None, 1.88, None)), 0.98, -0.15, 1.86,
        rolled_edge(0.003), rolled_edge(0.003, 0.05, 0.6, 1.0),
        ribbed_edge(0.0025, 0.055), 0.008, True,
    ),
}  # fmt: skip
TUCKED: Final = "tucked-"
TOPS.update({TUCKED + style: _tuck(top) for style, top in list(TOPS.items())})


@cache
def cut_top(style: str) -> Cut:
    """The piece of a style."""
    top, tights = TOPS[style], load_tights()
    edges = {
        "neck": (tights.trunk_loop(top.neck), top.neck_edge),
        "hem": (tights.trunk_loop(top.hem), top.hem_edge),
        "l-sleeve": (tights.limb_loop("arm", "l", top.sleeve), top.sleeve_edge),
        "r-sleeve": (tights.limb_loop("arm", "r", top.sleeve), top.sleeve_edge),
    }
    chest = tights.nearest(np.array([0.0, 0.4, 0.1]))
    return cut_piece(tights, tights.faces_between(chest, *(e[0] for e in edges.values())), edges)


@cache
def _folds(style: str, variant: int) -> Floats:
    """(n,) how far folds lift each vertex of the piece, metres."""
    tights, height = load_tights(), TOPS[style].folds_m
    rng = np.random.default_rng([variant, 7])
    folds = [*_waist_folds(rng, height), *_sleeve_folds(rng, tights, height)]
    return fold_heights(folds, tights.fine_tubes, tights.fine.count)[cut_top(style).vertices]


def _waist_folds(rng: np.random.Generator, height: float) -> list[Fold]:
    """Level folds above the hips, where a loose top bunches, and slanting ones from the chest."""
    folds = []
    for side in (-1, 1):
        for step in range(4):
            angle = side * rng.uniform(0.9, 2.2)
            place = 0.0 + 0.045 * step + rng.uniform(-0.012, 0.012)
            reach, tilt = rng.uniform(0.45, 0.9), side * rng.uniform(-0.03, 0.05)
            folds.append(
                Fold("trunk", place, angle, reach, tilt, 0.015, height * rng.uniform(0.5, 1.0))
            )
        for step in range(3):
            place = 0.30 + 0.04 * step + rng.uniform(-0.01, 0.01)
            tilt = side * rng.uniform(-0.10, -0.06)
            folds.append(
                Fold("trunk", place, side * 1.15, 0.35, tilt, 0.015, height * rng.uniform(0.4, 0.7))
            )
    return folds


def _sleeve_folds(rng: np.random.Generator, tights: Tights, height: float) -> list[Fold]:
    """Folds inside the elbow, running out around the arm; and a few on the upper arm."""
    folds = []
    for side, sign in (("l", 1), ("r", -1)):
        joints = [tights.human.joints[f"{side}-{name}"] for name in ("shoulder", "elbow")]
        elbow = float(np.linalg.norm(joints[1] - joints[0]))
        for step in range(-2, 3):
            place = elbow + 0.024 * step + rng.uniform(-0.006, 0.006)
            tilt = sign * (0.014 * step + rng.uniform(-0.02, 0.02))
            folds.append(
                Fold(f"{side}-arm", place, sign * rng.uniform(-0.4, 0.6), rng.uniform(0.7, 1.2),
                     tilt, 0.011, height * rng.uniform(0.6, 1.1))
            )  # fmt: skip
        for place in (0.05, 0.09, 0.13, elbow + 0.10, elbow + 0.14, elbow + 0.18):
            folds.append(
                Fold(f"{side}-arm", place + rng.uniform(-0.01, 0.01), rng.uniform(-3, 3),
                     rng.uniform(0.5, 0.9), rng.choice((-1, 1)) * rng.uniform(0.02, 0.05),
                     0.012, height * rng.uniform(0.4, 0.9))
            )  # fmt: skip
    return folds


def worn_style(person: Person) -> str:
    """The style of the top, tucked in where a skirt is worn."""
    style = person.look.shirt
    skirt = person.look.trousers == "skirt" and not style.startswith(TUCKED)
    return TUCKED + style if skirt else style


def make_top(person: Person, fitting: Fitting) -> list[Part]:
    """The garment above the waist, over what is already worn."""
    style = worn_style(person)
    top, cut = TOPS[style], cut_top(style)
    folds = _folds(style, person.seed % _VARIANTS)
    vertices = fitting.wear(cut, fitting.lay(top.ease), folds, top.ease.least_m)
    paint = {"ShirtTrim": cut.trim_quads}
    lowest = _TUCK_AT if style.startswith(TUCKED) else -1.0
    shirt = Part("Shirt", "Shirt", vertices, cut.all_quads, _skin(style), paint=paint)
    return [shirt, *button_up(cut, shirt, fitting, lowest)] if top.buttons else [shirt]


@cache
def _skin(style: str) -> Floats:
    cut = cut_top(style)
    return cut.spread(load_tights().skin)
