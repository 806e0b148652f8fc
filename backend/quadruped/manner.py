"""One animal's own way of going: a mixture of the loops' styles and numbers drawn once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from blender_addon.core.conventions import Floats
from blender_addon.core.quadruped.body import Family
from blender_addon.core.quadruped.gaits import Gait, pattern

from .styles import SAMPLES, GaitStyle, cyclic

Styles = Mapping[tuple[Family, str], tuple[GaitStyle, ...]]

_STRANGER: Final = 0.12
"""Weight of another family's style in the mixture, at most."""


@dataclass(frozen=True, eq=False)
class Curves:
    """A mixture of styles as curves over the stride of a gait, see ``GaitStyle``.

    Args:
        trunk_rad: (S, 11, 3).
        sway_h: (S, 2).
        legs_rad, feet_rad: (2, 2 S).
    """

    trunk_rad: Floats
    sway_h: Floats
    legs_rad: Floats
    feet_rad: Floats

    @property
    def posture_rad(self) -> Floats:
        """(11, 3) mean of the trunk."""
        return np.asarray(self.trunk_rad.mean(axis=0))


@dataclass(frozen=True, eq=False)
class Manner:
    """How one animal goes.

    Args:
        family: whose gaits it has.
        walk, gallop_right, gallop_left: mixtures of the loops.
        trunk_gain: of the trunk's swing over the stride.
        heave_gain: of its rise and fall.
        rock_gain: of its pitching in canter and gallop.
        neck_rad: how much lower than standing the neck is carried.
        nod_gain: of neck and head at the walk.
        crouch_h: how much lower than standing the trunk is, hip heights.
        stiffness: part of a bend that the spine does not follow, 0 to 1.
        lean_gain: part of the lean that would balance a bend.
        style_gain: of the hind legs' own angles.
        foot_gain: of the feet's pitch.
        tail_rad: how much higher than in the loops the tail is carried.
        tail_sway_rad: how far it swings.
        restlessness: of the head.
    """

    family: Family
    walk: Curves
    gallop_right: Curves
    gallop_left: Curves
    trunk_gain: float
    heave_gain: float
    rock_gain: float
    neck_rad: float
    nod_gain: float
    crouch_h: float
    stiffness: float
    lean_gain: float
    style_gain: float
    foot_gain: float
    tail_rad: float
    tail_sway_rad: float
    restlessness: float


def draw_manner(family: Family, styles: Styles, rng: np.random.Generator) -> Manner:
    """A manner of a family, all of it drawn from ``rng``."""
    canine = family is Family.CANINE
    walk = _mixture(family, "walk", styles, rng)
    gallop = _mixture(family, "gallop", styles, rng)

    def between(low: float, high: float) -> float:
        return float(rng.uniform(low, high))

    return Manner(
        family,
        _curves(walk, pattern(Gait.WALK, family).landings),
        _curves(gallop, pattern(Gait.GALLOP_RIGHT, family).landings),
        _curves(gallop, pattern(Gait.GALLOP_LEFT, family).landings),
        trunk_gain=between(0.75, 1.15),
        heave_gain=between(0.8, 1.15),
        rock_gain=between(0.8, 1.2),
        neck_rad=np.radians(between(-8.0, 10.0)),
        nod_gain=between(0.6, 1.3) * (0.6 if canine else 1.0),
        crouch_h=between(0.02, 0.05) if canine else between(0.006, 0.016),
        stiffness=between(0.0, 0.25) if canine else between(0.1, 0.4),
        lean_gain=between(0.5, 0.8),
        style_gain=between(0.3, 0.7),
        foot_gain=between(0.8, 1.05),
        tail_rad=np.radians(between(-10.0, 12.0)),
        tail_sway_rad=np.radians(between(2.0, 7.0)),
        restlessness=between(0.4, 1.2),
    )


def _mixture(
    family: Family, gait: str, styles: Styles, rng: np.random.Generator
) -> list[tuple[float, GaitStyle]]:
    own = styles[family, gait]
    weights = rng.dirichlet(np.full(len(own), 0.8))
    other = Family.HOOFED if family is Family.CANINE else Family.CANINE
    strangers = styles[other, gait]
    share = float(rng.uniform(0.0, _STRANGER))
    stranger = strangers[int(rng.integers(len(strangers)))]
    mixed = [((1 - share) * float(w), style) for w, style in zip(weights, own, strict=True)]
    return [*mixed, (share, stranger)]


def _curves(mixture: list[tuple[float, GaitStyle]], landings: tuple[float, ...]) -> Curves:
    """The weighted mean, each style shifted to these landings, mirrored where it fits better."""
    trunk = np.zeros((SAMPLES, 11, 3))
    sway = np.zeros((SAMPLES, 2))
    legs, feet = np.zeros((2, 2 * SAMPLES)), np.zeros((2, 2 * SAMPLES))
    for weight, style in mixture:
        sides = (style, style.mirrored())
        fits = [np.mean(_turns(side.landings - np.array(landings))) for side in sides]
        best = int(abs(fits[1]) > abs(fits[0]) + 1e-6)
        shift = float(np.angle(fits[best])) / (2 * np.pi)
        phases = np.arange(SAMPLES) / SAMPLES + shift
        trunk += weight * cyclic(sides[best].trunk_rad, phases)
        sway += weight * cyclic(sides[best].sway_h, phases)
        legs += weight * style.legs_rad
        feet += weight * style.feet_rad
    return Curves(trunk, sway, legs, feet)


def _turns(parts: Floats) -> Floats:
    """Parts of a turn (…) on the unit circle."""
    return np.exp(2j * np.pi * np.asarray(parts))
