"""Motions set elsewhere on the ground: turned about the vertical, and moved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..conventions import UP, Bools, Floats, Ints
from ..maths.rotations import heading_to_quaternion, quaternion_multiply, quaternion_rotate
from ..motion.clip import MotionClip


@dataclass(frozen=True, eq=False)
class Placing:
    """A turn about the vertical through the origin, then a move.

    Args:
        heading_rad: by which is turned.
        move: (3,) metres.
    """

    heading_rad: float
    move: Floats

    @classmethod
    def onto(cls, heading_rad: float, here: Floats, there: Floats) -> Placing:
        """The placing with this turn that brings one point (3,) to another; heights are kept."""
        turned = quaternion_rotate(heading_to_quaternion(heading_rad), np.asarray(here, np.float64))
        move = np.asarray(there, np.float64) - turned
        move[1] = 0.0
        return cls(heading_rad, move)

    @classmethod
    def nowhere(cls) -> Placing:
        """The one that leaves all where it is."""
        return cls(0.0, np.zeros(3))

    def points(self, points: Floats) -> Floats:
        """Points (..., 3) where it brings them."""
        return np.asarray(quaternion_rotate(heading_to_quaternion(self.heading_rad), points)) + (
            self.move.astype(np.float32)
        )

    def clip(self, clip: MotionClip) -> MotionClip:
        """A clip where it brings it."""
        rotations = clip.rotations_wxyz.copy()
        turn = heading_to_quaternion(self.heading_rad)
        rotations[:, 0] = quaternion_multiply(turn, rotations[:, 0])
        return replace(
            clip, root_positions=self.points(clip.root_positions), rotations_wxyz=rotations
        )

    @property
    def back(self) -> Placing:
        """What undoes it."""
        turn = heading_to_quaternion(-self.heading_rad)
        return Placing(-self.heading_rad, -quaternion_rotate(turn, self.move))


def bent(clip: MotionClip, turns_rad: Floats, pivots: Floats | None = None) -> MotionClip:
    """A clip whose way is bent: each frame's turn is added to how it looks and where it steps to.

    Args:
        clip: T frames; its first root position is kept.
        turns_rad: (T,) about the vertical.
        pivots: (T − 1, 3) about which the body turns from each frame to the next, such as the foot
            that carries; the root where not given.
    """
    turns = _about_up(turns_rad)
    rotations = clip.rotations_wxyz.copy()
    rotations[:, 0] = quaternion_multiply(turns, rotations[:, 0])
    root = clip.root_positions.astype(np.float64)
    if pivots is None:
        pivots = 0.5 * (root[1:] + root[:-1])
    # What stands at the pivot stays where it is: the root goes round it.
    steps = quaternion_rotate(turns[1:], root[1:] - pivots)
    steps -= quaternion_rotate(turns[:-1], root[:-1] - pivots)
    root[1:] = root[0] + np.cumsum(steps, axis=0)
    return replace(clip, root_positions=root, rotations_wxyz=rotations)


def _about_up(turns_rad: Floats) -> Floats:
    half = 0.5 * np.asarray(turns_rad, np.float64)
    return np.stack([np.cos(half), *(np.sin(half) * UP[:, None])], axis=-1)


def standing_points(joints: Floats, feet: Sequence[int], contacts: Bools) -> Floats:
    """(T − 1, 3) about what a body turns from frame to frame: what carries in both, or the root.

    Args:
        joints: (T, J, 3) metres, the root first.
        feet: joints of the four contacts.
        contacts: (T, 4) which of them carry.
    """
    both = (contacts[1:] & contacts[:-1]).astype(np.float64)[..., None]
    middle = 0.5 * (joints[1:] + joints[:-1])
    count = both.sum(axis=1)
    mean = (middle[:, feet] * both).sum(axis=1) / np.maximum(count, 1.0)
    return np.where(count > 0, mean, middle[:, 0])


def frames(clip: MotionClip, at: Floats | Ints) -> MotionClip:
    """The frames (N,) of a clip, whole numbers, in any order."""
    where = np.asarray(at, np.int64)
    contacts = None if clip.contacts is None else clip.contacts[where]
    return replace(
        clip,
        root_positions=clip.root_positions[where],
        rotations_wxyz=clip.rotations_wxyz[where],
        contacts=contacts,
    )


def joined(*clips: MotionClip) -> MotionClip:
    """Clips of one skeleton and rate one after another; contacts are left out."""
    return replace(
        clips[0],
        root_positions=np.concatenate([each.root_positions for each in clips]),
        rotations_wxyz=np.concatenate([each.rotations_wxyz for each in clips]),
        contacts=None,
    )
