"""What is worn below the waist: pure NumPy."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from ...core.conventions import Floats
from ..body import vertex_normals
from ..part import Part
from ..person import Person
from .belts import make_belt
from .drape import Fold, fold_heights
from .edges import rolled_edge
from .fitting import Ease, Fitting
from .sewing import Cut, Edge, cut_piece
from .skirts import make_skirt
from .tights import Tights, load_tights

_VARIANTS: Final = 4  # of folds


@dataclass(frozen=True)
class Bottom:
    """A style.

    Args:
        ease: how loosely it lies.
        waist: share of the way from pelvis to neck where it begins.
        leg: where legs end: 0 to 1 on the thigh, 1 to 2 on the shin.
        waist_edge, leg_edge: how it ends there.
        folds_m: height of folds on a usual body.
    """

    ease: Ease
    waist: float
    leg: float
    waist_edge: Edge
    leg_edge: Edge
    folds_m: float


_WAISTBAND: Final = Edge(((0.001, -0.0005), (0.001, -0.002), (-0.015, -0.004)), 0.0, 1)
BOTTOMS: Final = {
    "jeans": Bottom(
        Ease(0.002, 0.003, 6, leg=0.058, span=0.6), 0.12, 1.93,
        _WAISTBAND, rolled_edge(0.004, 0.045, 0.8, 0.4), 0.009,
    ),
    "chinos": Bottom(
        Ease(0.003, 0.003, 8, leg=0.072, span=0.6), 0.15, 1.93,
        _WAISTBAND, rolled_edge(0.003, 0.025, 0.8, 0.4), 0.007,
    ),
    "shorts": Bottom(
        Ease(0.004, 0.004, 8, leg=0.0, span=0.7), 0.12, 0.86,
        _WAISTBAND, rolled_edge(0.003, 0.01, 0.5), 0.006,
    ),
    "skirt": Bottom(  # what is beneath it
        Ease(-0.001, 0.0015, 0), 0.1, 0.3, _WAISTBAND, rolled_edge(0.002), 0.0,
    ),
    "leggings": Bottom(
        Ease(-0.001, 0.0015, 0), 0.2, 1.86, _WAISTBAND, rolled_edge(0.002), 0.0008,
    ),
}  # fmt: skip


@cache
def cut_bottom(style: str) -> Cut:
    """The piece of a style."""
    bottom, tights = BOTTOMS[style], load_tights()
    edges = {
        "waist": (tights.trunk_loop(bottom.waist), bottom.waist_edge),
        "l-leg": (tights.limb_loop("leg", "l", bottom.leg), bottom.leg_edge),
        "r-leg": (tights.limb_loop("leg", "r", bottom.leg), bottom.leg_edge),
    }
    hip = tights.nearest(np.array([0.17, 0.0, 0.0]))
    return cut_piece(tights, tights.faces_between(hip, *(e[0] for e in edges.values())), edges)


@cache
def _folds(style: str, variant: int) -> Floats:
    tights, height = load_tights(), BOTTOMS[style].folds_m
    rng = np.random.default_rng([variant, 8])
    folds = _leg_folds(rng, tights, height)
    return fold_heights(folds, tights.fine_tubes, tights.fine.count)[cut_bottom(style).vertices]


def _leg_folds(rng: np.random.Generator, tights: Tights, height: float) -> list[Fold]:
    """Folds around the knee, deepest behind it; from the crotch; and where cloth meets the shoe."""
    folds = []
    for side, sign in (("l", 1), ("r", -1)):
        joints = [tights.human.joints[f"{side}-{n}"] for n in ("upper-leg", "knee", "ankle")]
        knee = float(np.linalg.norm(joints[1] - joints[0]))
        ankle = knee + float(np.linalg.norm(joints[2] - joints[1]))
        for step in range(-2, 3):
            back = np.pi + rng.uniform(-0.4, 0.4)
            folds.append(
                Fold(f"{side}-leg", knee + 0.034 * step + rng.uniform(-0.008, 0.008), back,
                     rng.uniform(0.8, 1.3), rng.uniform(-0.03, 0.03), 0.015,
                     height * rng.uniform(0.5, 1.0))
            )  # fmt: skip
        for step in range(4):
            folds.append(
                Fold(f"{side}-leg", ankle - 0.03 - 0.035 * step, rng.uniform(-3, 3),
                     rng.uniform(0.6, 1.1), rng.uniform(-0.04, 0.04), 0.013,
                     height * rng.uniform(0.5, 1.1))
            )  # fmt: skip
        for step in range(3):
            folds.append(
                Fold(f"{side}-leg", 0.06 + 0.035 * step, -sign * rng.uniform(0.6, 1.0), 0.8,
                     sign * rng.uniform(0.03, 0.06), 0.014, height * rng.uniform(0.4, 0.7))
            )  # fmt: skip
    return folds


def make_bottom(person: Person, fitting: Fitting, belted: bool) -> list[Part]:
    """The garment below the waist, over what is already worn.

    Args:
        belted: whether its waist is seen.
    """
    style = person.look.trousers
    bottom, cut, variant = BOTTOMS[style], cut_bottom(style), person.seed % _VARIANTS
    vertices = fitting.wear(
        cut, fitting.lay(bottom.ease), _folds(style, variant), bottom.ease.least_m
    )
    skirt = style == "skirt"
    material = "TrousersTrim" if skirt else "Trousers"
    piece = Part("Trousers", material, vertices, cut.all_quads, _skin(style))
    if skirt:
        return [piece, make_skirt(variant, fitting)]
    if not belted or style == "leggings":
        return [piece]
    count = len(cut.vertices)
    normals = vertex_normals(vertices[:count], cut.quads)
    return [piece, *make_belt(cut, piece, normals, fitting.scale)]


@cache
def _skin(style: str) -> Floats:
    cut = cut_bottom(style)
    return cut.spread(load_tights().skin)
