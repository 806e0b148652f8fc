"""Honest stand-ins for the edits: small changes whose result is known."""

from __future__ import annotations

import numpy as np

from blender_addon.core.editing.edited import Edited, unmoved
from blender_addon.core.maths.rotations import (
    axis_angle_to_quaternion,
    quaternion_multiply,
    quaternion_nlerp,
    quaternion_rotate,
)
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON

ACROSS, UP = np.array([1.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0])


def turned(clip, joints, angle, axis=ACROSS):
    """A clip with some joints turned further."""
    turns = clip.rotations_wxyz.copy()
    turn = axis_angle_to_quaternion(axis, np.asarray(angle, float)).astype(np.float32)
    for name in joints:
        joint = COMMON_SKELETON.index(name)
        turns[:, joint] = quaternion_multiply(turn, turns[:, joint])
    return MotionClip(clip.skeleton, clip.frame_rate_hz, clip.root_positions, turns)


def sampled(clip, source):
    """A clip at fractions of frames."""
    before = np.clip(np.floor(source).astype(int), 0, clip.frame_count - 1)
    after = np.minimum(before + 1, clip.frame_count - 1)
    w = (source - before).astype(np.float32)[:, None]
    roots = (1 - w) * clip.root_positions[before] + w * clip.root_positions[after]
    turns = quaternion_nlerp(clip.rotations_wxyz[before], clip.rotations_wxyz[after], w)
    return MotionClip(clip.skeleton, clip.frame_rate_hz, roots, turns)


class Turning:
    """Turns joints by an angle on every frame; a variant more turns further."""

    def __init__(self, *joints, angle=0.3, markers=None):
        self.joints, self.angle, self.markers = joints, angle, markers or {}

    def edit(self, job, progress):
        clip = job.take.common
        return tuple(
            Edited(turned(clip, self.joints, self.angle * (1 + n)), unmoved(clip),
                   markers=self.markers, means="turned", measures={"turn_rad": self.angle})
            for n in range(job.variants)
        )  # fmt: skip


class Unchanged:
    """Gives back what it was given."""

    def edit(self, job, progress):
        return (Edited(job.take.common, unmoved(job.take.common)),)


class Straight:
    """Fills what is not known along a straight way and the shortest turn."""

    def edit(self, job, progress):
        clip, known = job.take.common, job.known
        roots, turns = clip.root_positions.copy(), clip.rotations_wxyz.copy()
        for column in range(known.shape[1]):
            there = np.flatnonzero(known[:, column])
            gone = np.flatnonzero(~known[:, column])
            if not len(gone):
                continue
            after = there[np.searchsorted(there, gone)]
            before = there[np.searchsorted(there, gone) - 1]
            w = ((gone - before) / (after - before)).astype(np.float32)[:, None]
            if column == 0:
                roots[gone] = (1 - w) * roots[before] + w * roots[after]
            else:
                own = turns[:, column - 1]
                turns[gone, column - 1] = quaternion_nlerp(own[before], own[after], w[:, 0])
        return (Edited(MotionClip(clip.skeleton, clip.frame_rate_hz, roots, turns), unmoved(clip)),)


class Faster:
    """Half as long again in the same time, one arm turned."""

    def edit(self, job, progress):
        clip = job.take.common
        source = np.arange(0, clip.frame_count - 1, 1.5).astype(np.float32)
        return (Edited(turned(sampled(clip, source), ["LeftArm"], 0.3), source),)


class Cycle:
    """A cycle of so many frames, whose last ones go over into what came before the first."""

    def __init__(self, first=10, frames=36, seam=8):
        self.first, self.frames, self.seam = first, frames, seam

    def edit(self, job, progress):
        clip, count = job.take.common, self.frames + 1
        source = (self.first + np.arange(count)).astype(np.float32)
        other = (source - self.frames).clip(0)
        share = np.clip((np.arange(count) - count + 1 + self.seam) / self.seam, 0, 1)
        end, begin = sampled(clip, source), sampled(clip, other)
        way = clip.root_positions[self.first + self.frames] - clip.root_positions[self.first]
        w = share.astype(np.float32)[:, None]
        roots = (1 - w) * end.root_positions + w * (begin.root_positions + way * [1, 0, 1])
        turns = quaternion_nlerp(end.rotations_wxyz, begin.rotations_wxyz, w)
        clip = MotionClip(clip.skeleton, clip.frame_rate_hz, roots, turns)
        return (Edited(clip, source, other, share.astype(np.float32)),)


class Joining:
    """Cuts from one motion to another, which goes on in another direction."""

    def edit(self, job, progress):
        first, second = job.take.common, job.second.common
        source = np.concatenate(
            (np.arange(30), first.frame_count + np.arange(10, second.frame_count))
        )
        turn = axis_angle_to_quaternion(UP, np.array(0.6)).astype(np.float32)
        away = second.root_positions[10:] - second.root_positions[10] * [1, 0, 1]
        roots = quaternion_rotate(turn, away) + first.root_positions[29] * [1, 0, 1]
        turns = second.rotations_wxyz[10:].copy()
        turns[:, 0] = quaternion_multiply(turn, turns[:, 0])
        clip = MotionClip(
            first.skeleton, first.frame_rate_hz,
            np.vstack((first.root_positions[:30], roots)),
            np.concatenate((first.rotations_wxyz[:30], turns)),
        )  # fmt: skip
        return (Edited(clip, source.astype(np.float32)),)
