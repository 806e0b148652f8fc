"""One animal's body: its standing skeleton, what it stands on, and its numbers for the network.

Every model speaks of animals with hips half a metre high: by dynamic similarity (Alexander & Jayes
1983) an animal of another size does the same at √h times the pace, so lengths are scaled by
``MODEL_HIP_HEIGHT_M / h`` and times by ``√(MODEL_HIP_HEIGHT_M / h)`` on the way in and back on the
way out, and one network serves a fox and a horse alike.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property
from typing import Final

import numpy as np

from ..conventions import Bools, Floats
from ..motion.skeleton import Skeleton
from .skeleton import CHEST, HEAD, HIPS, JOINTS, LEGS, NECK, PARENTS, PAWS, TAIL

MODEL_HIP_HEIGHT_M: Final = 0.5
"""Height of the hip joints over the ground in the model's world."""

_SHORTEST: Final = 0.02
"""Of the hip height; a shorter segment counts as this long in the body vector."""


_STRAIGHT: Final = 0.03
"""Of the hip height; a joint less far off the line of its leg tells nothing about its bend."""


class FootKind(Enum):
    """What an animal stands on."""

    HOOF = "hoof"
    PAW = "paw"
    SOLE = "sole"


class Family(Enum):
    """Whose gaits an animal has: the hoofed gallop transversely, dogs and cats in a rotary."""

    HOOFED = "hoofed"
    CANINE = "canine"


BODY_NUMBERS: Final = (
    "trunk",
    "neck",
    "head",
    "tail",
    "withers",
    "width",
    "scapula_upper",
    "upper_lower",
    "lower_paw",
    "hip_stifle",
    "stifle_hock",
    "hock_paw",
    "rotary",
)
"""The 13 numbers of the body vector: log ratios of lengths to the hip height, except the last,
which is 1 for a family that gallops in a rotary, else 0. ``withers`` is the height of the front
legs' tops, ``width`` the distance between the hind paws."""


@dataclass(frozen=True, eq=False)
class QuadrupedBody:
    """A body that a motion is made for.

    Args:
        skeleton: the common one (see ``quadruped_skeleton``): its rest pose is the animal standing
            square, ground at y = 0.
        family: whose gaits it has.
        foot: what it stands on.
    """

    skeleton: Skeleton
    family: Family = Family.HOOFED
    foot: FootKind = FootKind.HOOF

    @cached_property
    def rest_m(self) -> Floats:
        """(27, 3) joint positions standing square."""
        return self.skeleton.rest_positions()

    @cached_property
    def hip_height_m(self) -> float:
        """Mean height of the hip joints over the ground."""
        return float(np.mean([self.rest_m[leg.joints[0], 1] for leg in LEGS if not leg.fore]))

    @cached_property
    def paw_heights_m(self) -> Floats:
        """(4,) heights of the paws over the ground while they stand."""
        return np.asarray(self.rest_m[list(PAWS), 1])

    @cached_property
    def segments_m(self) -> Floats:
        """(4, 3) lengths of each leg's segments, from its top to the paw."""
        joints = np.array([leg.joints[1:] for leg in LEGS])
        return np.asarray(np.linalg.norm(self.skeleton.offsets[joints], axis=-1))

    @cached_property
    def vector(self) -> Floats:
        """(13,) the body vector, see ``BODY_NUMBERS``."""
        rest = self.rest_m
        fore = [n for n, leg in enumerate(LEGS) if leg.fore]
        hind = [n for n, leg in enumerate(LEGS) if not leg.fore]
        lengths = (
            float(np.linalg.norm(rest[CHEST] - rest[HIPS])),
            _chain(rest, NECK[:3]),
            float(np.linalg.norm(rest[NECK[-1]] - rest[HEAD])),
            _chain(rest, TAIL),
            float(np.mean([rest[LEGS[n].joints[0], 1] for n in fore])),
            float(abs(rest[PAWS[0], 0] - rest[PAWS[2], 0])),
            *self.segments_m[fore].mean(axis=0),
            *self.segments_m[hind].mean(axis=0),
        )
        ratios = np.maximum(np.array(lengths) / self.hip_height_m, _SHORTEST)
        return np.append(np.log(ratios), float(self.family is Family.CANINE)).astype(np.float32)

    @cached_property
    def bends_forward(self) -> Bools:
        """(4,) whether the joint between a leg's last two segments bends forward.

        A horse's carpus does, a dog's elbow and all hocks do not. Of a straight front leg, as the
        free hoofed rigs have them, the family tells.
        """
        joints = self.rest_m[np.array([leg.joints for leg in LEGS])]
        top, middle, paw = joints[:, 1], joints[:, 2], joints[:, 3]
        share = (top[:, 1] - middle[:, 1]) / np.maximum(top[:, 1] - paw[:, 1], 1e-6)
        off = middle[:, 2] - top[:, 2] - share * (paw[:, 2] - top[:, 2])
        forward = self.family is Family.HOOFED
        usual = np.array([leg.fore and forward for leg in LEGS])
        return np.where(np.abs(off) < _STRAIGHT * self.hip_height_m, usual, off > 0)

    @property
    def length_factor(self) -> float:
        """By which this animal's lengths are multiplied in the model's world."""
        return MODEL_HIP_HEIGHT_M / self.hip_height_m

    @property
    def time_factor(self) -> float:
        """By which this animal's times are multiplied in the model's world; speeds likewise."""
        return float(np.sqrt(self.length_factor))

    def at_model_size(self) -> QuadrupedBody:
        """The same with hips at ``MODEL_HIP_HEIGHT_M``."""
        return replace(self, skeleton=self.skeleton.scaled(self.length_factor))


def _chain(rest: Floats, joints: tuple[int, ...]) -> float:
    return float(np.linalg.norm(np.diff(rest[list(joints)], axis=0), axis=1).sum())


def check_tree(skeleton: Skeleton) -> bool:
    """Whether a skeleton is the common one, whatever its proportions."""
    return skeleton.names == JOINTS and bool(np.array_equal(skeleton.parents, PARENTS))
