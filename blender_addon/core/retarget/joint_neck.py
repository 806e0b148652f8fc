"""The neck begins above the arms: a bone of the trunk that a family's names call one is none.

Names count along the spine, as Rigify's do: the fifth bone is the neck's first in a trunk of four,
and the chest's last in a trunk of five.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from .joint_tree import JointTree

_SAME_PLACE: Final = 0.01  # of the way to the head, within which two bones are copies of one
_ARMS: Final = ("LeftShoulder", "RightShoulder", "LeftArm", "RightArm")


def with_neck_above_arms(tree: JointTree, found: Mapping[str, str]) -> dict[str, str]:
    """The joints, with the neck moved up from a bone on which the arms hang.

    Where no bone is left between that one and the head it stays, as in 3ds Max's Biped, whose
    collar bones hang on the neck.

    Args:
        tree: the character at rest.
        found: bone by common joint name.
    """
    number = {name: n for n, name in enumerate(tree.names)}
    joints = {joint: number[bone] for joint, bone in found.items()}
    if "Neck" not in joints or "Head" not in joints:
        return dict(found)
    above = tree.ancestors(joints["Head"])[1:]
    between = above[: above.index(joints["Neck"])] if joints["Neck"] in above else []
    near = _SAME_PLACE * _way(tree, joints["Neck"], joints["Head"])
    carrying = {
        bone
        for joint in _ARMS
        if joint in joints
        for bone in tree.ancestors(joints[joint])[1:]
        if tree.parents[bone] >= 0
    }
    moved = dict(found)
    for bone in reversed(between):
        if not any(_alike(tree, number[moved["Neck"]], other, near) for other in carrying):
            break
        if bone not in joints.values():
            moved["Neck"] = tree.names[bone]
    return moved


def _way(tree: JointTree, one: int, other: int) -> float:
    return float(np.linalg.norm(tree.heads[one] - tree.heads[other]))


def _alike(tree: JointTree, one: int, other: int, near: float) -> bool:
    """Whether two bones are one, or lie in one place as controls and deforming bones do."""
    if one == other:
        return True
    ends = np.array([tree.tails[one] - tree.tails[other], tree.heads[one] - tree.heads[other]])
    return bool(np.linalg.norm(ends, axis=1).max() < near)
