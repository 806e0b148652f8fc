"""Finds the common skeleton's joints by how a character is built, where its names say nothing.

A character that walks upright has two pairs of long limbs: the lower pair leaves the hips, the
upper pair leaves the spine further up, and the neck goes on between the latter. Names, axes, units
and rest pose play no part, except that the toes have to point forward.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, pairwise
from typing import Final

import numpy as np

from ..conventions import Floats
from .joint_names import COMMON_JOINT_NAMES

_LEAST_REACH: Final = 0.2  # of the longest limb: ears, fingers and pockets are shorter
_ALIKE: Final = 0.15  # largest difference of the two limbs of a pair, relative
_HEAD_SHARE: Final = 0.55  # height of the skull's joint between the arms' root and the top
_STEEP: Final = 0.7  # cosine to the vertical: thighs and shins, but neither hip bones nor feet
_LEG_DROP: Final = (0.5, 0.8)  # share of the way down above which an ankle may be, must be
_ARM_SHARE: Final = 0.6  # of an arm's reach above which a fork is a hand, no elbow
_FEWEST_JOINTS: Final = 3  # of a limb: a wing or an antenna may be one long bone
_UNEQUAL: Final = 1.6  # how much unequal halves of a limb count against its length


@dataclass(frozen=True, eq=False)
class JointTree:
    """Joints of any character at rest.

    Args:
        names: N names, each once; parents before children.
        parents: N indices, −1 for roots.
        heads, tails: (N, 3) where each bone begins and ends, in any axes and unit.
    """

    names: Sequence[str]
    parents: Sequence[int]
    heads: Floats
    tails: Floats

    @cached_property
    def children(self) -> list[list[int]]:
        """Indices of the joints below each."""
        below: list[list[int]] = [[] for _ in self.names]
        for joint, parent in enumerate(self.parents):
            if parent >= 0:
                below[parent].append(joint)
        return below

    @cached_property
    def reaches(self) -> Floats:
        """(N,) longest way along bones from each head to an end below it."""
        reach = np.linalg.norm(self.tails - self.heads, axis=1).astype(np.float64)
        for joint in range(len(self.names) - 1, -1, -1):
            for child in self.children[joint]:
                step = float(np.linalg.norm(self.heads[child] - self.heads[joint]))
                reach[joint] = max(reach[joint], step + reach[child])
        return np.asarray(reach)

    def chain(self, joint: int) -> list[int]:
        """The joint and those below it on the longest way to an end."""
        found = [joint]
        while self.children[found[-1]]:
            here = found[-1]
            found.append(max(self.children[here], key=lambda c: self._way(here, c)))
        return found

    def ancestors(self, joint: int) -> list[int]:
        """The joint itself, its parent, and so on up to the root."""
        path = []
        while joint >= 0:
            path.append(joint)
            joint = self.parents[joint]
        return path

    def descends(self, joint: int, ancestor: int) -> bool:
        """Whether a joint lies below another."""
        while joint >= 0 and joint != ancestor:
            joint = self.parents[joint]
        return joint == ancestor

    def _way(self, parent: int, child: int) -> float:
        return float(np.linalg.norm(self.heads[child] - self.heads[parent]) + self.reaches[child])


@dataclass(frozen=True)
class _Pair:
    root: int
    limbs: tuple[int, int]
    reach: float


def find_joints_by_structure(tree: JointTree) -> dict[str, str]:
    """Match joints to the common skeleton's by structure.

    Args:
        tree: the character at rest.

    Returns:
        Given name by common name, in the common skeleton's order; empty where there are no two
        pairs of limbs, one above the other.
    """
    body = _find_limbs(tree)
    if body is None:
        return {}
    legs, arms = body
    up = _upward(tree, legs, arms)
    found = {"Hips": legs.root, **_find_centre(tree, legs, arms, up)}
    sides = [_find_leg(tree, limb, up) for limb in legs.limbs]
    left = _leftward(tree, sides, up)
    found |= _name_sides(tree, sides, left)
    found |= _name_sides(tree, [_find_arm(tree, limb) for limb in arms.limbs], left)
    return {name: tree.names[found[name]] for name in COMMON_JOINT_NAMES if name in found}


def _find_limbs(tree: JointTree) -> tuple[_Pair, _Pair] | None:
    """The lower and the upper pair of limbs: the longest two, one rooted above the other."""
    pairs = list(_pairs(tree))
    fitting = [
        (lower, upper)
        for lower in pairs
        for upper in pairs
        if upper.root != lower.root
        and tree.descends(upper.root, lower.root)
        and not any(tree.descends(upper.root, limb) for limb in lower.limbs)
    ]
    return max(fitting, key=lambda both: min(both[0].reach, both[1].reach), default=None)


def _pairs(tree: JointTree) -> Iterator[_Pair]:
    """Children of one joint that reach equally far."""
    longest = max((tree.reaches[limb] for row in tree.children for limb in row), default=0.0)
    for root, children in enumerate(tree.children):
        for limbs in combinations(children, 2):
            reaches = [float(tree.reaches[limb]) for limb in limbs]
            apart = np.linalg.norm(tree.tails[limbs[0]] - tree.tails[limbs[1]])
            if (
                min(reaches) > _LEAST_REACH * longest
                and max(reaches) - min(reaches) < _ALIKE * max(reaches)
                and apart > 0.02 * max(reaches)
                and min(len(tree.chain(limb)) for limb in limbs) >= _FEWEST_JOINTS
            ):
                yield _Pair(root, limbs, min(reaches))


def _upward(tree: JointTree, legs: _Pair, arms: _Pair) -> Floats:
    feet = np.mean([tree.heads[tree.chain(limb)[-1]] for limb in legs.limbs], axis=0)
    way = np.asarray(tree.heads[arms.root] - feet, np.float64)
    return np.asarray(way / max(float(np.linalg.norm(way)), 1e-9))


def _find_centre(tree: JointTree, legs: _Pair, arms: _Pair, up: Floats) -> dict[str, int]:
    spine = [arms.root]
    while tree.parents[spine[0]] != legs.root:
        spine.insert(0, tree.parents[spine[0]])
    places = {"Spine": 0, "Spine1": len(spine) // 2, "Spine2": len(spine) - 1}
    kept = list(places)[: len(spine)]
    found = {name: spine[places[name]] for name in kept}
    others = [c for c in tree.children[arms.root] if c not in arms.limbs]
    if not others:
        return found
    across = tree.heads[arms.limbs[0]] - tree.heads[arms.limbs[1]]
    across = across / max(float(np.linalg.norm(across)), 1e-9)
    aside = np.abs((tree.tails - tree.heads[arms.root]) @ across)  # a head is not, a wing is
    neck = max(others, key=lambda joint: float(_highest(tree, joint, up) - aside[joint]))
    return found | _split_neck(tree, neck, up)


def _highest(tree: JointTree, joint: int, up: Floats) -> float:
    below = [n for n in range(len(tree.names)) if tree.descends(n, joint)]
    return max(float(tree.tails[n] @ up) for n in below)


def _split_neck(tree: JointTree, neck: int, up: Floats) -> dict[str, int]:
    """Neck and head of the way up from the neck: the head turns where the skull begins."""
    column = [neck]
    while tree.children[column[-1]]:
        column.append(max(tree.children[column[-1]], key=lambda c: _highest(tree, c, up)))
    if len(column) == 1:
        return {"Head": neck}
    low, top = float(tree.heads[neck] @ up), _highest(tree, neck, up)
    desired = low + _HEAD_SHARE * (top - low)
    head = min(column[1:], key=lambda joint: abs(float(tree.heads[joint] @ up) - desired))
    return {"Neck": neck, "Head": head}


def _find_leg(tree: JointTree, limb: int, up: Floats) -> dict[str, int]:
    chain = tree.chain(limb)
    height = tree.heads[chain] @ up
    drop = height[0] - height
    share = drop / max(float(drop.max()), 1e-9)
    ankle = next(n for n in range(len(chain)) if _may_be_ankle(tree, chain, n, share, up))
    upper = [n for n in range(ankle) if _is_steep(tree, chain[n], chain[n + 1], up)]
    start, knee = _hinge(tree, chain, upper[0] if upper else 0, ankle)
    found = {"UpLeg": chain[start], "Leg": chain[knee], "Foot": chain[ankle]}
    if ankle + 1 < len(chain):
        found["Toe"] = chain[ankle + 1]
    return found


def _may_be_ankle(tree: JointTree, chain: list[int], n: int, share: Floats, up: Floats) -> bool:
    """Whether the way down ends here: most of it is done, or the next bone goes forward."""
    if n + 1 == len(chain) or share[n] >= _LEG_DROP[1]:
        return True
    return bool(share[n] >= _LEG_DROP[0]) and not _is_steep(tree, chain[n], chain[n + 1], up)


def _is_steep(tree: JointTree, start: int, end: int, up: Floats) -> bool:
    way = tree.heads[end] - tree.heads[start]
    return bool(-(way @ up) > _STEEP * np.linalg.norm(way))


def _find_arm(tree: JointTree, limb: int) -> dict[str, int]:
    chain = tree.chain(limb)
    share = 1.0 - tree.reaches[chain] / tree.reaches[limb]
    forks = [
        n
        for n, joint in enumerate(chain)
        if n >= 2 and share[n] > _ARM_SHARE and len(tree.children[joint]) >= 2
    ]
    hand = forks[0] if forks else len(chain) - 1
    start, elbow = _hinge(tree, chain, 0, hand)
    found = {"Arm": chain[start], "ForeArm": chain[elbow], "Hand": chain[hand]}
    if start > 0:
        found["Shoulder"] = chain[0]
    return found


def _hinge(tree: JointTree, chain: Sequence[int], first: int, end: int) -> tuple[int, int]:
    """Places in a chain of a limb's upper joint and of its elbow or knee.

    The two halves of a limb are about equally long, each nearly straight, and together most of it;
    twist bones and a collar bone lie between or before.
    """
    places = tree.heads[list(chain[: end + 1])]
    steps = [float(np.linalg.norm(b - a)) for a, b in pairwise(places)]
    along = np.concatenate(([0.0], np.cumsum(steps)))
    best, choice = -np.inf, (first, max(end - 1, first))
    for start in range(first, end):
        for middle in range(start + 1, end):
            upper, lower = along[middle] - along[start], along[end] - along[middle]
            if min(upper, lower) <= 0:
                continue
            covered = _straight(places, start, middle) + _straight(places, middle, end)
            score = covered / along[end] - _UNEQUAL * abs(np.log(upper / lower))
            if score > best:
                best, choice = score, (start, middle)
    return choice


def _straight(places: Floats, start: int, end: int) -> float:
    """Length of a part of a chain, the less the more it is bent: squared chord over length."""
    length = float(np.linalg.norm(np.diff(places[start : end + 1], axis=0), axis=1).sum())
    return float(np.sum((places[end] - places[start]) ** 2)) / max(length, 1e-9)


def _leftward(tree: JointTree, legs: Sequence[dict[str, int]], up: Floats) -> Floats:
    """Direction to the character's left: its feet point forward."""
    forward = np.zeros(3)
    for leg in legs:
        tip = tree.heads[leg["Toe"]] if "Toe" in leg else tree.tails[leg["Foot"]]
        way = tip - tree.heads[leg["Foot"]]
        forward += way - (way @ up) * up
    return np.asarray(np.cross(up, forward))


def _name_sides(tree: JointTree, limbs: Sequence[dict[str, int]], left: Floats) -> dict[str, int]:
    """Prefix a pair of limbs with Left and Right."""
    first, second = (np.mean([tree.heads[j] for j in limb.values()], axis=0) for limb in limbs)
    sides = ("Left", "Right") if (first - second) @ left > 0 else ("Right", "Left")
    return {
        side + part: joint
        for side, limb in zip(sides, limbs, strict=True)
        for part, joint in limb.items()
    }
