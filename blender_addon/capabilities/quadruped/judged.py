"""What is found on an armature, quick enough to be asked at every redraw of a panel."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import bpy
import numpy as np

from ...blender.rig.joint_map import judge_joints
from ...core.errors import SkeletonError
from ...core.maths.directions import snapped
from ...core.quadruped.rig.find import find_quadruped
from ...core.quadruped.rig.rig_map import QuadrupedMap
from ...core.retarget.joint_tree import JointTree
from .joints import joints_by_hand
from .rig.read import name_hints, quadruped_tree


@dataclass(frozen=True, eq=False)
class Judged:
    """What an armature is.

    Args:
        found: its legs and the rest; None if it has not four.
        problem: why not, in the user's words; empty if it has.
    """

    found: QuadrupedMap | None
    problem: str = ""


def judge_animal(armature: bpy.types.Object) -> Judged:
    """Whether an armature is a four-legged animal; quick if nothing changed."""
    if armature.mode == "EDIT":
        return Judged(None, f"Leave Edit Mode of '{armature.name}' first (Tab)")
    tree, turn = quadruped_tree(armature), np.array(armature.matrix_world.to_3x3(), np.float64)
    size = np.linalg.norm(turn, axis=0)
    if not size.min() > 0.0:
        return Judged(None, f"'{armature.name}' has a scale of zero. Set its scale to 1")
    places = tuple(np.asarray(each, np.float64).tobytes() for each in (tree.heads, tree.tails))
    up = tuple(snapped((turn / size)[2]).tolist())
    by_hand = tuple(joints_by_hand(armature).items())
    hints = name_hints(armature)
    return _judge(tuple(tree.names), tuple(tree.parents), *places, up, hints, by_hand)


def reason_not_four_legged(armature: bpy.types.Object) -> str | None:
    """Why an armature cannot go on four legs, in the user's words; None if it can."""
    problem = judge_animal(armature).problem
    return problem[0].upper() + problem[1:] if problem else None


def is_animal(armature: bpy.types.Object) -> bool:
    """Whether an armature goes on four legs, or joints of an animal were set on it by hand."""
    by_hand = len(armature.neural_motion.quadruped.joints) > 0
    return by_hand or judge_animal(armature).found is not None


def may_be_animal(armature: bpy.types.Object) -> bool:
    """Whether an armature goes on four legs, or is at least not known to go on two."""
    return is_animal(armature) or bool(judge_joints(armature)[0].missing)


@lru_cache(maxsize=32)
def _judge(
    names: tuple[str, ...],
    parents: tuple[int, ...],
    heads: bytes,
    tails: bytes,
    up: tuple[float, ...],
    hints: tuple[str, ...],
    by_hand: tuple[tuple[str, str], ...],
) -> Judged:
    places = (np.frombuffer(each, np.float64).reshape(-1, 3) for each in (heads, tails))
    tree = JointTree(names, parents, *places)
    try:
        return Judged(find_quadruped(tree, dict(by_hand), np.array(up), hints))
    except SkeletonError as error:
        return Judged(None, str(error))


def claimed(armature: bpy.types.Object) -> str | None:
    """Why a character is for the Quadruped panel; None if it has not four legs."""
    if judge_animal(armature).found is None:
        return None
    return f"'{armature.name}' has four legs: use the Quadruped panel"
