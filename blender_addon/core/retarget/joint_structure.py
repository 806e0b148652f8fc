"""Finds the common skeleton's joints by how a character is built, where its names say nothing.

A character that walks upright has two pairs of long limbs: the lower pair leaves the hips, the
upper pair leaves the spine further up, and the neck goes on between the latter. Names, axes, units
and rest pose play no part, except that the toes have to point forward.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np

from ..conventions import Floats
from .bone_names import is_end_name
from .joint_names import COMMON_JOINT_NAMES
from .joint_tree import JointTree
from .limb_structure import find_arm, find_leg

_LEAST_REACH: Final = 0.2  # of the longest limb: ears, fingers and pockets are shorter
_ALIKE: Final = 0.15  # largest difference of the two limbs of a pair, relative
_HEAD_SHARE: Final = 0.55  # height of the skull's joint between the arms' root and the top
_FEWEST_JOINTS: Final = 3  # of a limb: a wing or an antenna may be one long bone
_PELVIS_SHARE: Final = 0.5  # of the sockets' height over the feet, above which a pelvis lies
_GRAFT: Final = 0.02  # of the longest limb: a bone this near to an end may go on from there
_LEAF_LENGTH: Final = 0.6  # of the bone before: an end bone of a head is not longer
_SKULL: Final = 0.15  # of a leg: what is longer than that is a head, no neck
_COLLINEAR: Final = 0.995  # cosine: an end bone goes on as the bone before
_SIDEWAYS: Final = 0.95  # cosine: two eyes lie beside each other as two arms do


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
    tree = _grafted(_without_ends(tree))
    body = _find_limbs(tree)
    if body is None:
        return {}
    legs, arms = body
    up = _upward(tree, legs, arms)
    found = _find_centre(tree, legs, arms, up)
    sides = [find_leg(tree, limb, up) for limb in legs.limbs]
    left = _leftward(tree, sides, up)
    found |= _name_sides(tree, sides, left)
    found |= _name_sides(tree, [find_arm(tree, *limbs) for limbs in _both_ways(arms)], left)
    return {name: tree.names[found[name]] for name in COMMON_JOINT_NAMES if name in found}


def _both_ways(pair: _Pair) -> tuple[tuple[int, int], tuple[int, int]]:
    first, second = pair.limbs
    return (first, second), (second, first)


def _find_limbs(tree: JointTree) -> tuple[_Pair, _Pair] | None:
    """The lower and the upper pair of limbs: the longest two, one above the other."""
    pairs = list(_pairs(tree))
    fitting = [
        (lower, upper)
        for lower in pairs
        for upper in pairs
        if upper.root != lower.root and _is_over(tree, upper, lower)
    ]

    def length(both: tuple[_Pair, _Pair]) -> tuple[float, bool]:
        lower, upper = both
        return min(lower.reach, upper.reach), tree.descends(upper.root, lower.root)

    return max(fitting, key=length, default=None)


def _is_over(tree: JointTree, upper: _Pair, lower: _Pair) -> bool:
    """Whether a pair hangs on what goes up from another pair's root, or from beside it."""
    if any(tree.descends(upper.root, limb) for limb in lower.limbs):
        return False
    if tree.descends(upper.root, lower.root):
        return True
    if any(tree.descends(lower.root, limb) for limb in (*upper.limbs, upper.root)):
        return False
    common = tree.common_ancestor(lower.root, upper.root)
    if common < 0 or _goes_on(tree, upper) != _goes_on(tree, lower):
        return _goes_on(tree, upper) and not _goes_on(tree, lower)
    near, far = (
        float(np.linalg.norm(tree.heads[pair.root] - tree.heads[common])) for pair in (lower, upper)
    )
    return near < far


def _goes_on(tree: JointTree, pair: _Pair) -> bool:
    """Whether something hangs between two limbs, as a neck does between arms."""
    return len(tree.children[pair.root]) > len(pair.limbs)


def _without_ends(tree: JointTree) -> JointTree:
    """The tree without bones whose names say that they only mark where others end."""
    ends = {
        joint
        for joint, name in enumerate(tree.names)
        if not tree.children[joint] and is_end_name(name)
    }
    return _reordered(tree, tree.parents, [j for j in range(len(tree.names)) if j not in ends])


def _grafted(tree: JointTree) -> JointTree:
    """The tree with bones that begin where another chain ends hung on that chain.

    So feet that hang on the root, and are moved by hand, go on from the shins.
    """
    parents = list(tree.parents)
    near = _GRAFT * float(tree.reaches.max(initial=0.0))
    for end in [joint for joint in range(len(parents)) if not tree.children[joint]]:
        for place, onto in ((tree.tails[end], end), (tree.heads[end], tree.parents[end])):
            apart = np.linalg.norm(tree.heads - place, axis=1)
            for joint in np.flatnonzero(apart < near).tolist():
                over = tree.common_ancestor(joint, end)
                if joint != end and over not in (onto, joint) and tree.parents[joint] == over:
                    parents[joint] = onto
    order = sorted(range(len(parents)), key=lambda joint: _depth(parents, joint))
    return _reordered(tree, parents, order)


def _reordered(tree: JointTree, parents: Sequence[int], order: Sequence[int]) -> JointTree:
    """These joints of a tree, with these parents."""
    number = {joint: place for place, joint in enumerate(order)}
    kept = list(order)
    return JointTree(
        names=[tree.names[joint] for joint in kept],
        parents=[number[parents[j]] if parents[j] >= 0 else -1 for j in kept],
        heads=tree.heads[kept],
        tails=tree.tails[kept],
    )


def _depth(parents: Sequence[int], joint: int) -> int:
    depth = 0
    while parents[joint] >= 0:
        joint, depth = parents[joint], depth + 1
    return depth


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
    while (parent := tree.parents[spine[0]]) >= 0 and not tree.descends(legs.root, parent):
        spine.insert(0, parent)
    hips = _find_hips(tree, legs, spine, up)
    spine = spine[spine.index(hips) + 1 :] if hips in spine[:-1] else spine
    places = {"Spine": 0, "Spine1": len(spine) // 2, "Spine2": len(spine) - 1}
    kept = list(places)[: len(spine)]
    found = {"Hips": hips} | {name: spine[places[name]] for name in kept}
    others = [c for c in tree.children[arms.root] if c not in arms.limbs]
    if not others:
        return found
    across = tree.heads[arms.limbs[0]] - tree.heads[arms.limbs[1]]
    across = across / max(float(np.linalg.norm(across)), 1e-9)
    aside = np.abs((tree.tails - tree.heads[arms.root]) @ across)  # a head is not, a wing is
    neck = max(others, key=lambda joint: float(_highest(tree, joint, up) - aside[joint]))
    return found | _split_neck(tree, neck, up, legs.reach, across)


def _find_hips(tree: JointTree, legs: _Pair, spine: Sequence[int], up: Floats) -> int:
    """The legs' root; if that lies near the ground, the bone beside them next to the sockets."""
    feet = np.mean([tree.heads[tree.chain(limb)[-1]] for limb in legs.limbs], axis=0)
    sockets = np.mean([tree.heads[limb] for limb in legs.limbs], axis=0)
    height = float((sockets - feet) @ up)
    if float((tree.heads[legs.root] - feet) @ up) > _PELVIS_SHARE * height:
        return legs.root
    beside = [child for child in tree.children[legs.root] if child not in legs.limbs]
    others = [
        joint
        for joint in {*beside, *spine[:-1]}
        if float((tree.heads[joint] - feet) @ up) > _PELVIS_SHARE * height
        and not (joint == spine[0] and len(spine) == 1)
    ]
    apart = {joint: float(np.linalg.norm(tree.heads[joint] - sockets)) for joint in others}
    return min(others, key=apart.__getitem__, default=legs.root)


def _highest(tree: JointTree, joint: int, up: Floats) -> float:
    below = [n for n in range(len(tree.names)) if tree.descends(n, joint)]
    return max(float(tree.tails[n] @ up) for n in below)


def _split_neck(
    tree: JointTree, neck: int, up: Floats, leg: float, across: Floats
) -> dict[str, int]:
    """Neck and head of the way up from the neck: the head turns where the skull begins."""
    column = [neck]
    while tree.children[column[-1]]:
        if _carries_pair(tree, column[-1], across):
            return {"Head": neck} if len(column) == 1 else {"Neck": neck, "Head": column[-1]}
        column.append(max(tree.children[column[-1]], key=lambda c: _highest(tree, c, up)))
    top = _highest(tree, neck, up)
    if len(column) > 1 and _is_leaf(tree, column, leg):
        top = float(tree.heads[column.pop()] @ up)
    if len(column) == 1:
        return {"Head": neck}
    low = float(tree.heads[neck] @ up)
    desired = low + _HEAD_SHARE * (top - low)
    head = min(column[1:], key=lambda joint: abs(float(tree.heads[joint] @ up) - desired))
    return {"Neck": neck, "Head": head}


def _carries_pair(tree: JointTree, joint: int, across: Floats) -> bool:
    """Whether two bones on it lie beside each other, as eyes and ears do: then it is the skull."""
    apart = [
        tree.heads[one] - tree.heads[other] for one, other in combinations(tree.children[joint], 2)
    ]
    far = [max(float(np.linalg.norm(each)), 1e-9) for each in apart]
    return any(
        abs(float(way @ across)) > _SIDEWAYS * length
        for way, length in zip(apart, far, strict=True)
    )


def _is_leaf(tree: JointTree, column: Sequence[int], leg: float) -> bool:
    """Whether the last of neck and head only marks where the skull ends: it goes on as that does.

    Of two bones the first one has to be a head by all signs, of more by any.
    """
    before = tree.heads[column[-1]] - tree.heads[column[-2]]
    own = tree.tails[column[-1]] - tree.heads[column[-1]]
    lengths = float(np.linalg.norm(before)), float(np.linalg.norm(own))
    if float(before @ own) < _COLLINEAR * lengths[0] * lengths[1]:
        return False
    signs = lengths[1] < _LEAF_LENGTH * lengths[0], lengths[0] > _SKULL * leg
    return all(signs) if len(column) == 2 else any(signs)


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
