"""Brings a talker's gestures onto a character, over what it does already; without Blender data."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...blender.rig.cleared import clear_of_body
from ...blender.rig.posed import PosedBones
from ...blender.rig.skeleton import RigSkeleton
from ...core.conventions import Floats
from ...core.gesture.fingers import RELAXED
from ...core.gesture.layering import Laid, Overlay, Ways, lay_over
from ...core.gesture.request import Stroke, TalkResult
from ...core.maths.rotations import make_continuous, quaternion_nlerp
from ...core.motion.clip import MotionClip
from ...core.retarget.body_shape import Girth
from ...core.retarget.clip import retarget_clip

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class TalkPose:
    """A character as it is posed while it is to talk; holds no Blender data.

    Args:
        posed: its bones.
        base: the same as a clip of its skeleton.
        ways: what of it may be moved, and how.
        nods: whether the head may nod.
        hands: sides, "Left" and "Right", whose fingers may be moved.
        girth: how thick the character is; None for as people are.
    """

    posed: PosedBones
    base: MotionClip
    ways: Ways
    nods: bool = True
    hands: tuple[str, ...] = ()
    girth: Girth | None = None


@dataclass(frozen=True, eq=False)
class Talk:
    """Finished gestures of a talker, ready to be written.

    Args:
        laid: what the character shall do, on its own skeleton and frames.
        strokes: in seconds from the first frame.
        openness: (K, 2) of the hands.
        result: what the pipeline gave.
    """

    laid: Laid
    strokes: tuple[Stroke, ...]
    openness: Floats
    result: TalkResult


def lay_talk(rig: RigSkeleton, pose: TalkPose, result: TalkResult) -> Talk:
    """Lay gestures over what a character does.

    Args:
        rig: whose they are.
        pose: how it is posed, K frames.
        result: what a pipeline gave.
    """
    count, rate = pose.base.frame_count, pose.base.frame_rate_hz
    clip = _fitted(rig, result.clip)
    stance = _fitted(
        rig,
        MotionClip(
            result.clip.skeleton, result.clip.frame_rate_hz,
            result.clip.root_positions[:1], result.stance[None],
        ),
    )  # fmt: skip
    at = np.arange(count) * (clip.frame_rate_hz / rate)
    at = np.minimum(at, clip.frame_count - 1)
    gesture = MotionClip(
        rig.skeleton, rate, pose.base.root_positions, _turns_at(clip.rotations_wxyz, at)
    )
    standing = clear_of_body(rig, stance, np.ones((1, 2), np.float32), pose.girth)
    overlay = Overlay(
        gesture,
        standing[0],
        _values_at(result.arms, at),
        _values_at(result.trunk, at),
    )
    laid = lay_over(pose.base, overlay, rig.joint_map, pose.ways)
    turns = clear_of_body(rig, laid.clip, laid.arms, pose.girth)
    laid = replace(laid, clip=replace(laid.clip, rotations_wxyz=make_continuous(turns)))
    openness = result.openness
    if openness is None:
        openness = np.full((len(result.arms), 2), RELAXED, np.float32)
    strokes = tuple(each for each in result.strokes if each.size > 0)
    return Talk(laid, strokes, _values_at(openness, at), result)


def _fitted(rig: RigSkeleton, clip: MotionClip) -> MotionClip:
    return retarget_clip(clip, rig.skeleton, rig.joint_map, keep_feet=False)


def _values_at(values: Floats, at: Array) -> Floats:
    """Values (K, …) between frames, linearly."""
    before = np.floor(at + 1e-9).astype(np.int64)
    after = np.minimum(before + 1, len(values) - 1)
    part = np.clip(at - before, 0.0, 1.0).reshape(-1, *(1,) * (np.ndim(values) - 1))
    start = np.asarray(values[before], np.float32)
    return np.asarray(start + part * (values[after] - start), np.float32)


def _turns_at(turns: Floats, at: Array) -> Floats:
    """Rotations (K, J, 4) between frames."""
    turns = make_continuous(turns)
    before = np.floor(at + 1e-9).astype(np.int64)
    after = np.minimum(before + 1, len(turns) - 1)
    weight = np.clip(at - before, 0.0, 1.0).astype(np.float32)
    return quaternion_nlerp(turns[before], turns[after], weight[:, None])
