"""The common skeleton of four-legged animals: 27 joints that every free rig shares.

Four joints a leg. Hind: hip, stifle (knee), hock, paw. Front: *scapula* (the top of the shoulder
blade, about which the whole leg swings), *upper* (the top of the free leg: the elbow of a hoofed
animal, whose upper arm is bound in the trunk; the shoulder point of a dog or cat), *lower* (where
the leg bends: the carpus of a hoofed animal, forward; the elbow of a dog or cat, backward; of a
rig's joints the one nearest to 0.42 hip heights), paw. A *paw* is the point that stands: the tip of
a hoof, the base of the toes of a paw or sole. What lies between two of them on a rig (fetlock,
wrist) follows by a rule of its own.

Source: Zhang, Starke, Komura, Saito 2018, section 4, whose dog has 27 joints as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ..conventions import Floats, Ints
from ..motion.skeleton import Skeleton

_TRUNK: Final = (
    ("hips", ""),
    ("spine", "hips"),
    ("spine_1", "spine"),
    ("chest", "spine_1"),
    ("neck", "chest"),
    ("neck_1", "neck"),
    ("head", "neck_1"),
    ("nose", "head"),
    ("tail", "hips"),
    ("tail_1", "tail"),
    ("tail_2", "tail_1"),
)
_FORE: Final = ("scapula", "upper", "lower", "paw")
_HIND: Final = ("hip", "stifle", "hock", "paw")


@dataclass(frozen=True)
class Leg:
    """Four joints of a leg, from its top to the paw.

    Args:
        name: "left_hind", "left_fore", "right_hind" or "right_fore".
        joints: their numbers in the common skeleton.
        fore: whether it is a front leg.
        left: whether it is on the left.
    """

    name: str
    joints: tuple[int, int, int, int]
    fore: bool
    left: bool


def _tree() -> list[tuple[str, str]]:
    tree = list(_TRUNK)
    for side in ("left", "right"):
        for end, parts, above in (("fore", _FORE, "chest"), ("hind", _HIND, "hips")):
            for part in parts:
                tree.append((f"{side}_{end}_{part}", above))
                above = f"{side}_{end}_{part}"
    return tree


_TREE: Final = _tree()

JOINTS: Final = tuple(name for name, _ in _TREE)
"""Names of the 27 joints, parents first."""

PARENTS: Final[Ints] = np.array([JOINTS.index(above) if above else -1 for _, above in _TREE])
"""(27,) index of each joint's parent."""

HIPS: Final = JOINTS.index("hips")
CHEST: Final = JOINTS.index("chest")
HEAD: Final = JOINTS.index("head")
SPINE: Final = tuple(JOINTS.index(n) for n in ("hips", "spine", "spine_1", "chest"))
NECK: Final = tuple(JOINTS.index(n) for n in ("neck", "neck_1", "head", "nose"))
TAIL: Final = tuple(JOINTS.index(n) for n in ("tail", "tail_1", "tail_2"))


def _leg(side: str, end: str) -> Leg:
    a, b, c, d = (JOINTS.index(f"{side}_{end}_{p}") for p in (_FORE if end == "fore" else _HIND))
    return Leg(f"{side}_{end}", (a, b, c, d), end == "fore", side == "left")


LEGS: Final = (
    _leg("left", "hind"),
    _leg("left", "fore"),
    _leg("right", "hind"),
    _leg("right", "fore"),
)
"""In the order of every array of four feet (contacts, footfalls, paws): LH, LF, RH, RF."""

PAWS: Final = tuple(leg.joints[3] for leg in LEGS)


def _mirrored(name: str) -> str:
    side, _, rest = name.partition("_")
    return {"left": f"right_{rest}", "right": f"left_{rest}"}.get(side, name)


MIRROR: Final[Ints] = np.array([JOINTS.index(_mirrored(name)) for name in JOINTS])
"""(27,) each joint's partner on the other side."""


def quadruped_skeleton(rest_positions_m: Floats) -> Skeleton:
    """The common skeleton of one animal.

    Args:
        rest_positions_m: (27, 3) where its joints are as it stands square, ground at y = 0, looking
            along +Z, its left at +X.
    """
    rest = np.asarray(rest_positions_m, np.float64)
    offsets = rest - np.where(PARENTS[:, None] >= 0, rest[PARENTS], 0.0)
    return Skeleton(JOINTS, PARENTS, offsets.astype(np.float32))
