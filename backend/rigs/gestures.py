"""Talkers of many builds: whether their hands go through what is seen of their bodies."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import bpy
import numpy as np
from numpy.typing import NDArray

from blender_addon.blender.rig.girth import read_girth
from blender_addon.blender.rig.skeleton import RigSkeleton, read_skeleton
from blender_addon.core.gesture.request import TalkResult
from blender_addon.core.maths.rotations import quaternion_nlerp
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.retarget.body_shape import Girth
from blender_addon.core.retarget.clearance import clear_body, through_body
from blender_addon.core.retarget.clip import retarget_clip
from blender_addon.core.retarget.pairs import ancestors

from .measure import all_rigs

SEVEN: Final = (
    "quaternius_women",
    "added heavy woman, Mixamo names",
    "thin young female default",
    "heavy old male default",
    "average child male mixamo",
    "female_unreal",
    "mannequin_def",
)
"""Bones alone, heavy, thin and old people, a child, a narrow and a broad character."""

_log = logging.getLogger(__name__)


def hands_through_bodies(
    data: Path, talks: Sequence[TalkResult], rigs: Sequence[str] = SEVEN
) -> dict[str, float]:
    """Share of frames on which a hand or forearm is in the body, by rig.

    Every rig stands with its arms clear of its sides, and talks over that. Depth is measured
    against capsules of the widths and depths of its mesh.

    Args:
        data: holds human and rigs.
        talks: to be played on each.
        rigs: by their names in ``backend rigs``.
    """
    found = {}
    for name, make, _ in all_rigs(data):
        if name not in rigs:
            continue
        bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
        rig = read_skeleton(bpy.context, make())
        girth = read_girth(bpy.context, rig)
        inside = [through(rig, girth, talk).any(axis=1) for talk in talks]
        found[name] = float(np.concatenate(inside).mean())
        _log.info("%s: %.4f of frames through the body", name, found[name])
    return found


def through(rig: RigSkeleton, girth: Girth, talk: TalkResult) -> NDArray[np.bool_]:
    """(T, 2) whether a hand of a talking rig is in its body."""
    roles = {common: rig.skeleton.index(bone) for bone, common in rig.joint_map.items()}
    stance = replace(
        talk.clip,
        root_positions=talk.clip.root_positions[:2],
        rotations_wxyz=np.repeat(talk.stance[None], 2, axis=0),
        contacts=None,
    )
    standing = clear_body(_on_rig(stance, rig), roles, None, girth)
    clip = _over(_on_rig(talk.clip, rig), standing, roles, talk)
    return through_body(clear_body(clip, roles, talk.arms, girth), roles, girth)


def _on_rig(clip: MotionClip, rig: RigSkeleton) -> MotionClip:
    return retarget_clip(clip, rig.skeleton, dict(rig.joint_map), keep_feet=False)


def _over(
    clip: MotionClip, standing: MotionClip, roles: dict[str, int], talk: TalkResult
) -> MotionClip:
    """The clip where arms gesture, the one that stands where they do not."""
    turns = clip.rotations_wxyz.copy()
    for side, name in enumerate(("LeftArm", "RightArm")):
        count = clip.skeleton.joint_count
        arm = [j for j in range(count) if roles[name] in ancestors(clip.skeleton, j)]
        still = np.broadcast_to(standing.rotations_wxyz[:1, arm], turns[:, arm].shape)
        turns[:, arm] = quaternion_nlerp(still, turns[:, arm], talk.arms[:, side, None])
    return replace(clip, rotations_wxyz=turns)
