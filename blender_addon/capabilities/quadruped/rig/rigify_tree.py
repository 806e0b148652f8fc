"""The original bones of a rig that Rigify has generated, linked as those of its meta-rig."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ....core.retarget.joint_tree import JointTree

Array = NDArray[np.float64]

ORIGINAL: Final = "ORG-"
"""What the names of bones begin with that Rigify made of the meta-rig's."""

_SAME_PLACE: Final = 1e-3


def original_tree(bones: bpy.types.ArmatureBones) -> JointTree:
    """The bones that Rigify made of the meta-rig's, linked as these were.

    Spines and tails hang on controls in the generated rig; they go on where another ends.
    """
    kept = [bone for bone in bones if bone.name.startswith(ORIGINAL)]
    heads = np.array([bone.head_local for bone in kept], np.float64)
    tails = np.array([bone.tail_local for bone in kept], np.float64)
    _turn_round(bones, kept, heads, tails)
    number = {bone.name: n for n, bone in enumerate(kept)}
    parents = [
        next((number[up.name] for up in bone.parent_recursive if up.name in number), -1)
        for bone in kept
    ]
    near = _SAME_PLACE * max(float(np.ptp(heads, axis=0).max()), 1e-9)
    for joint in _loose(parents):
        parents[joint] = _grown_on(joint, parents, _near(tails, heads[joint], near))
    for joint in sorted(_loose(parents), key=lambda joint: _size(parents, joint)):
        # Of what begins in one place that hangs on the other which carries less.
        parents[joint] = _grown_on(joint, parents, _near(heads, heads[joint], near))
    order = sorted(range(len(kept)), key=lambda n: _depth(parents, n))
    place = {n: at for at, n in enumerate(order)}
    return JointTree(
        names=tuple(kept[n].name for n in order),
        parents=[place[parents[n]] if parents[n] >= 0 else -1 for n in order],
        heads=heads[order],
        tails=tails[order],
    )


def _turn_round(
    bones: bpy.types.ArmatureBones, kept: Sequence[bpy.types.Bone], heads: Array, tails: Array
) -> None:
    """Let original bones of tails, which run from tip to base, run as their controls do."""
    for n, bone in enumerate(kept):
        control = bones.get(bone.name.removeprefix(ORIGINAL))
        if control is not None:
            ends = np.array([control.head_local, control.tail_local], np.float64)
            if np.abs(ends - (tails[n], heads[n])).max() < _SAME_PLACE * bone.length:
                heads[n], tails[n] = ends


def _loose(parents: Sequence[int]) -> list[int]:
    return [joint for joint, parent in enumerate(parents) if parent < 0]


def _near(ends: Array, place: Array, near: float) -> list[int]:
    """Numbers of the ends (N, 3) that lie at a place."""
    return np.flatnonzero(np.linalg.norm(ends - place, axis=1) < near).tolist()


def _grown_on(joint: int, parents: Sequence[int], others: Sequence[int]) -> int:
    """The first of some bones that does not hang on a joint itself; −1 without."""
    return next((other for other in others if not _hangs_on(parents, other, joint)), -1)


def _size(parents: Sequence[int], joint: int) -> int:
    """How many bones hang on a joint, itself counted."""
    return sum(_hangs_on(parents, other, joint) for other in range(len(parents)))


def _hangs_on(parents: Sequence[int], joint: int, above: int) -> bool:
    while joint >= 0 and joint != above:
        joint = parents[joint]
    return joint == above


def _depth(parents: Sequence[int], joint: int) -> int:
    depth = 0
    while parents[joint] >= 0:
        joint, depth = parents[joint], depth + 1
    return depth
