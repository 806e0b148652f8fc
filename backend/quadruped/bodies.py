"""Bodies to learn from: those of the data, and mixtures of them with other proportions."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from blender_addon.core.conventions import Floats
from blender_addon.core.quadruped.body import MODEL_HIP_HEIGHT_M, Family, FootKind, QuadrupedBody
from blender_addon.core.quadruped.skeleton import (
    CHEST,
    HIPS,
    LEGS,
    MIRROR,
    NECK,
    PARENTS,
    SPINE,
    TAIL,
    quadruped_skeleton,
)

from .loops import real_body
from .species import SPECIES

_MIXTURES: Final = {"train": (18, 24), "val": (2, 2), "test": (1, 1)}
"""How many hoofed and canine mixtures each split has."""

_SPREAD: Final = 0.2
"""By which lengths differ from the mixture's, at most."""
_WITHERS_H: Final = 0.05
_PAW_HEIGHT: Final = {FootKind.HOOF: 0.002, FootKind.PAW: 0.015, FootKind.SOLE: 0.02}


@dataclass(frozen=True, eq=False)
class NamedBody:
    """One body at the model's size.

    Args:
        name: of a species, or "mix_hoofed_03".
        body: at the model's size.
        split: train, val or test.
    """

    name: str
    body: QuadrupedBody
    split: str


def find_bodies(data: Path) -> list[NamedBody]:
    """All bodies of the training set, always the same ones; unseen species are in test alone.

    Args:
        data: the folder data/quadruped.
    """
    known = {s.name: real_body(s.name, data).at_model_size() for s in SPECIES}
    bodies = [NamedBody(s.name, known[s.name], "train" if s.seen else "test") for s in SPECIES]
    seen = [known[s.name] for s in SPECIES if s.seen]
    rng = np.random.default_rng(1983)
    for split, counts in _MIXTURES.items():
        for family, count in zip((Family.HOOFED, Family.CANINE), counts, strict=True):
            parents = [body for body in seen if body.family is family]
            for number in range(count):
                name = f"mix_{family.value}_{split}_{number:02d}"
                bodies.append(NamedBody(name, mixed_body(parents, rng), split))
    return bodies


def mixed_body(parents: list[QuadrupedBody], rng: np.random.Generator) -> QuadrupedBody:
    """A body between some of one family, its lengths changed, standing square.

    Args:
        parents: bodies of one family at the model's size.
        rng: of the mixture.
    """
    weights = rng.dirichlet(np.full(len(parents), 0.6))
    rest = sum(w * b.rest_m.astype(np.float64) for w, b in zip(weights, parents, strict=True))
    offsets = np.asarray(rest) - np.where(PARENTS[:, None] >= 0, np.asarray(rest)[PARENTS], 0.0)
    _stretch_trunk(offsets, rng)
    _stretch_legs(offsets, rng)
    rest = _standing(offsets, parents[0].foot)
    even = (rest + rest[MIRROR] * np.array([-1.0, 1.0, 1.0])) / 2
    body = QuadrupedBody(quadruped_skeleton(even), parents[0].family, parents[0].foot)
    return body.at_model_size()


def _factor(rng: np.random.Generator, spread: float = _SPREAD) -> float:
    return float(rng.uniform(1.0 - spread, 1.0 + spread))


def _stretch_trunk(offsets: Floats, rng: np.random.Generator) -> None:
    """Change the lengths of trunk, neck, head and tail, the withers' height and the width."""
    offsets[list(SPINE[1:])] *= _factor(rng)
    offsets[CHEST, 1] += rng.uniform(-1, 1) * _WITHERS_H * MODEL_HIP_HEIGHT_M
    offsets[list(NECK[:3])] *= _factor(rng)
    offsets[NECK[3]] *= _factor(rng)
    offsets[list(TAIL)] *= _factor(rng, 0.25)
    width = _factor(rng)
    for leg in LEGS:
        offsets[list(leg.joints), 0] *= width


def _stretch_legs(offsets: Floats, rng: np.random.Generator) -> None:
    """Change the segments of front and hind legs, left and right alike."""
    for fore in (False, True):
        factors = [_factor(rng) for _ in range(3)]
        for leg in LEGS:
            if leg.fore == fore:
                for joint, factor in zip(leg.joints[1:], factors, strict=True):
                    offsets[joint] *= factor


def _standing(offsets: Floats, foot: FootKind) -> Floats:
    """Joints of a body whose paws are on the ground: each leg made longer or shorter as a whole."""
    height = _PAW_HEIGHT[foot] * MODEL_HIP_HEIGHT_M
    rest = _places(offsets)
    for leg in LEGS:
        free = list(leg.joints[2:] if leg.fore else leg.joints[1:])
        top = leg.joints[1 if leg.fore else 0]
        drop = float(offsets[free].sum(axis=0)[1])
        offsets[free] *= (height - rest[top, 1]) / drop
    return _places(offsets)


def _places(offsets: Floats) -> Floats:
    places = offsets.copy()
    for joint in range(HIPS + 1, len(places)):
        places[joint] += places[PARENTS[joint]]
    return places
