"""The joints set by hand, kept on an armature object, and an armature as a tree of joints.

The map is a property of the object, so that it travels with the file. It is read here without the
extension's settings, which a script may not have registered.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import bpy
import numpy as np

from ...core.errors import SkeletonError
from ...core.retarget.joint_map import JointMap, check_chosen, find_joints
from ...core.retarget.joint_names import find_common_joints
from ...core.retarget.joint_tree import JointTree
from ...core.retarget.joint_words import words_for

_Shape = tuple[tuple[str, ...], tuple[str, ...], bytes, bytes]


def kept_joints(armature: bpy.types.Object) -> dict[str, str]:
    """Bone by common joint name, as set by hand on this armature; joints left open are not in."""
    kept = joints_of(armature)
    return {row.name: row.bone for row in kept.rows if row.bone} if kept is not None else {}


def joints_of(armature: bpy.types.Object) -> Any:
    """The map that the extension keeps on an armature; None while it is not switched on."""
    settings = getattr(armature, "neural_motion", None)
    return None if settings is None else settings.joints


def named_joints(armature: bpy.types.Object) -> dict[str, str]:
    """Bone by common joint name, by names alone; what is set by hand wins.

    For faces: they need no whole character, so the way it is built says nothing.
    """
    bones = armature.data.bones
    kept = {joint: bone for joint, bone in kept_joints(armature).items() if bone in bones}
    return find_common_joints(bones.keys()) | kept


def lost_joints(armature: bpy.types.Object | None) -> tuple[str, ...]:
    """What to tell of joints set by hand whose bones are gone, where the rest goes on without."""
    if armature is None:
        return ()
    return tuple(
        f"the joint {words_for(joint)} is set to the bone '{bone}', which does not exist, and is "
        "looked for by name instead. Choose another bone under Joints"
        for joint, bone in kept_joints(armature).items()
        if bone not in armature.data.bones
    )


def joint_tree(bones: bpy.types.ArmatureBones) -> JointTree:
    """The rest pose of an armature's bones, parents first."""
    return _tree(*_shape(bones))


def automatic_joints(armature: bpy.types.Object) -> JointMap:
    """What is found on an armature without anything set by hand; quick if nothing changed."""
    return _automatic(*_shape(armature.data.bones))


def judge_joints(armature: bpy.types.Object) -> tuple[JointMap, str]:
    """The joints of an armature with what is set by hand, and what is wrong with that.

    Returns:
        The joints, and an empty text or what a walk would refuse; quick if nothing changed.
    """
    return _judge(tuple(kept_joints(armature).items()), *_shape(armature.data.bones))


def _shape(bones: bpy.types.ArmatureBones) -> _Shape:
    """All that the finding depends on, quick to read: panels ask at every redraw."""
    heads, tails = np.empty((2, 3 * len(bones)), np.float32)
    bones.foreach_get("head_local", heads)
    bones.foreach_get("tail_local", tails)
    parents = tuple(bone.parent.name if bone.parent else "" for bone in bones)
    return tuple(bones.keys()), parents, heads.tobytes(), tails.tobytes()


@lru_cache(maxsize=8)
def _tree(
    names: tuple[str, ...], parents: tuple[str, ...], heads: bytes, tails: bytes
) -> JointTree:
    above = dict(zip(names, parents, strict=True))
    depths: dict[str, int] = {"": -1}
    for name in names:
        climbed = []
        while name not in depths:
            climbed.append(name)
            name = above[name]
        for step in reversed(climbed):
            depths[step] = depths[above[step]] + 1
    order = sorted(range(len(names)), key=lambda n: depths[names[n]])
    number = {names[n]: place for place, n in enumerate(order)}
    return JointTree(
        names=tuple(number),
        parents=[number[parents[n]] if parents[n] else -1 for n in order],
        heads=np.frombuffer(heads, np.float32).reshape(-1, 3)[order].astype(np.float64),
        tails=np.frombuffer(tails, np.float32).reshape(-1, 3)[order].astype(np.float64),
    )


@lru_cache(maxsize=8)
def _judge(chosen: tuple[tuple[str, str], ...], *shape: Any) -> tuple[JointMap, str]:
    tree, problem = _tree(*shape), ""
    found = find_joints(tree, dict(chosen))
    try:
        check_chosen(tree, dict(chosen), found)
    except SkeletonError as error:
        problem = str(error)
    return found, problem


@lru_cache(maxsize=8)
def _automatic(*shape: Any) -> JointMap:
    return find_joints(_tree(*shape))
