"""One person's body at rest, without hair and clothes: pure NumPy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Final

import numpy as np

from ..core.conventions import Floats, Ints
from .face.lids import Eyes, fit_eyes
from .face.lips import close_lips
from .face.shapes import fit_shapes
from .features import ancestry_differences, feature_masks, points_of, target_points
from .human import Human, Shape, load_human
from .person import Person
from .traits import ANCESTRIES

# Ages of the targets, years.
_AGES: Final = (("child", 11.0), ("young", 25.0), ("old", 80.0))

# The targets are mild: how much of one somebody of weight 1 or −1 has.
_WEIGHT_REACH: Final = {"heavy": 2.2, "thin": 1.3}

# How far a feature may lie beyond what is seen in the ancestries' means, as a share of them.
_BEYOND: Final = 0.15


@dataclass(frozen=True, eq=False)
class Body:
    """A person at rest in A-pose: Y up, looking along +Z, bare soles at height 0, metres.

    Args:
        human: the mesh that it is made of: faces, bones and skin weights.
        vertices: (V, 3) of every group.
        joints: (3,) places of the joints by name.
        shapes: the 52 ARKit shapes at this person's size.
        eye_radius_m: of the eyeballs, whose middles are the joints "l-eye" and "r-eye".
    """

    human: Human
    vertices: Floats
    joints: Mapping[str, Floats]
    shapes: Mapping[str, Shape]
    eye_radius_m: float

    @property
    def height_m(self) -> float:
        """From soles to the top of the head."""
        return float(self.vertices[self.human.vertices_of("body"), 1].max())

    @cached_property
    def normals(self) -> Floats:
        """(V, 3) outward directions of length 1."""
        quads = np.concatenate(list(self.human.quads.values()))
        return vertex_normals(self.vertices, quads)


def build_body(person: Person) -> Body:
    """The mesh moved to a person's sex, age, weight, ancestry and features, at the right height."""
    human = load_human()
    base = points_of(human.base, human.joints)
    points = base + sum(_moves(human, person))
    ground = points[human.vertices_of("body"), 1].min()
    tall = points[human.vertices_of("body"), 1].max() - ground
    scale = np.float32(person.height_m / tall)
    points = (points - np.array([0.0, ground, 0.0], np.float32)) * scale
    count = len(human.base)
    vertices, eyes = fit_eyes(human, close_lips(human, points[:count]))
    joints = dict(zip(human.joints, points[count:], strict=True))
    return Body(
        human,
        vertices,
        {**joints, **_eye_joints(joints, eyes)},
        fit_shapes(human, vertices, eyes),
        eyes.radius_m,
    )


def _eye_joints(joints: Mapping[str, Floats], eyes: Eyes) -> dict[str, Floats]:
    """The joints that the eyes turn about, and what they look at."""
    moved = {}
    for side, flip in (("l", 1.0), ("r", -1.0)):
        centre = (eyes.left * [flip, 1.0, 1.0]).astype(np.float32)
        ahead = joints[f"{side}-eye-target"] - joints[f"{side}-eye"]
        moved[f"{side}-eye"], moved[f"{side}-eye-target"] = centre, centre + ahead
    return moved


def natural_height_m(person: Person) -> float:
    """How tall somebody of this sex, age and ancestry would be, metres."""
    human = load_human()
    body = human.vertices_of("body")
    points = human.base[body] + sum(
        share * human.targets[name][body] for name, share in target_shares(person).items()
    )
    return float(np.ptp(points[:, 1]))


def target_shares(person: Person) -> dict[str, float]:
    """Share of each target in a person; those of ancestry sum to 1."""
    shares = {}
    sexes = {"female": 1.0 - person.sex, "male": person.sex}
    ages = _age_shares(person.age_years)
    ancestry = dict(zip(ANCESTRIES, person.ancestry, strict=True))
    for (race, part), (sex, male), (age, old) in product(
        ancestry.items(), sexes.items(), ages.items()
    ):
        shares[f"{race}-{sex}-{age}"] = part * male * old
    build = "heavy" if person.weight > 0.0 else "thin"
    heavy = abs(person.weight) * _WEIGHT_REACH[build]
    for (sex, male), (age, old) in product(sexes.items(), ages.items()):
        shares[f"{sex}-{age}-{build}"] = heavy * male * old
    return {name: share for name, share in shares.items() if share}


def _age_shares(years: float) -> dict[str, float]:
    ages = [age for _, age in _AGES]
    hats = np.eye(len(_AGES))
    return {name: float(np.interp(years, ages, hats[n])) for n, (name, _) in enumerate(_AGES)}


def _moves(human: Human, person: Person) -> Iterator[Floats]:
    """(V + J, 3) what each target adds; features only where their mask lets them."""
    shares = target_shares(person)
    for name, share in shares.items():
        yield share * target_points(human, name)
    sex = "male" if person.sex > 0.5 else "female"
    age = max(_age_shares(person.age_years).items(), key=lambda each: each[1])[0]
    differences = ancestry_differences(sex, age)
    for mask, parts in zip(feature_masks(), person.features, strict=True):
        for part, difference in zip(_tame(person.ancestry, parts), differences, strict=True):
            yield np.float32(part) * mask[:, None] * difference


def _tame(ancestry: Sequence[float], parts: Sequence[float]) -> Floats:
    """(3,) a feature that takes nobody far beyond the heads that were measured; sums to 0."""
    whole = np.array(ancestry)
    within = np.clip(whole + np.array(parts), -_BEYOND, 1.0 + _BEYOND) - whole
    return np.asarray(within - within.mean())


def vertex_normals(vertices: Floats, quads: Ints) -> Floats:
    """(V, 3) means of the normals of the faces around, weighted by area."""
    corner = vertices[quads]
    across = np.cross(corner[:, 2] - corner[:, 0], corner[:, 3] - corner[:, 1])
    total = np.zeros((len(vertices), 3))
    for side in range(4):
        for axis in range(3):
            total[:, axis] += np.bincount(quads[:, side], across[:, axis], len(vertices))
    length = np.linalg.norm(total, axis=1, keepdims=True)
    return (total / np.maximum(length, 1e-12)).astype(np.float32)
