"""Motion as the manifold knows it: joint positions in the body's frame, root velocities, contacts.

The body's frame stands on the ground under the hips and looks where the body faces, smoothed.

Source: Holden, Saito, Komura 2016, *A deep learning framework for character motion synthesis and
editing*, ACM TOG 35(4):138, section 4 (60 frames per second, windows of 240 frames). Theirs are 21
joints, ours are the 22 of the common skeleton.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ...conventions import UP, Bools, Floats
from ...errors import ClipError
from ...feet.contacts import detect_contacts
from ...inference.layout import Layout
from ...maths.rotations import (
    cross,
    heading_to_quaternion,
    normalise,
    quaternion_rotate,
    wrap_angle,
)
from ...maths.smoothing import gaussian_smooth
from ...motion.clip import MotionClip
from ...motion.common_skeleton import COMMON_SKELETON, FOOT_JOINTS
from ...motion.kinematics import forward_kinematics

RATE_HZ: Final = 60.0
WINDOW_FRAMES: Final = 240
"""Frames of a window that the manifold learns from."""
POOL: Final = 2
"""Frames that share a hidden unit."""
JOINTS: Final = COMMON_SKELETON.joint_count
LAYOUT: Final = Layout({"positions_m": 3 * JOINTS, "root_velocity": 3, "contacts": 4})
"""Of a frame: positions in the body's frame; metres to the left and ahead and radians turned until
the next frame; which of left heel, left toe, right heel, right toe carry."""
_HEADING_FRAMES: Final = 20.0
_SIDES: Final = (("LeftArm", "RightArm"), ("LeftUpLeg", "RightUpLeg"))


@dataclass(frozen=True, eq=False)
class Places:
    """Where joints are in the world.

    Args:
        positions: (T, 22, 3) metres.
        headings: (T,) of the body's frame, radians, unwrapped.
        contacts: (T, 4) left heel, left toe, right heel, right toe.
    """

    positions: Floats
    headings: Floats
    contacts: Bools

    @property
    def ground(self) -> Floats:
        """(T, 3) of the body's frame: under the hips."""
        return np.asarray(self.positions[:, 0] * np.array([1, 0, 1], np.float32))


def places_of(clip: MotionClip, contacts: Bools | None = None) -> Places:
    """Where a clip's joints are.

    Args:
        clip: at 60 Hz, of the common skeleton, its floor at y = 0.
        contacts: (T, 4) if known; None uses the clip's own, or finds them.

    Raises:
        ClipError: another rate or skeleton.
    """
    if clip.frame_rate_hz != RATE_HZ or clip.skeleton.joint_count != JOINTS:
        raise ClipError(
            f"expected {JOINTS} joints at {RATE_HZ:g} Hz; found {clip.skeleton.joint_count} at "
            f"{clip.frame_rate_hz:g} Hz; retarget and resample the clip first"
        )
    positions, _ = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    if contacts is None:
        contacts = clip.contacts if clip.contacts is not None else find_contacts(positions)
    return Places(positions, facing(positions), contacts)


def find_contacts(positions: Floats) -> Bools:
    """(T, 4) which feet carry, of joint positions (T, 22, 3) at 60 Hz, the floor at y = 0."""
    feet = positions[:, COMMON_SKELETON.indices(FOOT_JOINTS)]
    if len(feet) < 2:
        return np.zeros((len(feet), 4), bool)
    return detect_contacts(feet, np.zeros(feet.shape[:2], np.float32), RATE_HZ)


def facing(positions: Floats, sigma_frames: float = _HEADING_FRAMES) -> Floats:
    """(T,) smoothed heading of a body, radians, unwrapped, of positions (T, 22, 3).

    Across the shoulders and across the hips, averaged, at right angles to up.
    """
    index = COMMON_SKELETON.index
    across = sum(
        (normalise(positions[:, index(left)] - positions[:, index(right)])
         for left, right in _SIDES),
        np.zeros((len(positions), 3), np.float32),
    )  # fmt: skip
    ahead = normalise(cross(across, np.broadcast_to(UP, across.shape)))
    ahead = gaussian_smooth(ahead, sigma_frames)
    return np.unwrap(np.arctan2(ahead[:, 0], ahead[:, 2]))


def to_features(places: Places) -> Floats:
    """(T, 73) as ``LAYOUT`` says; the last frame moves on as the one before."""
    turn = heading_to_quaternion(-places.headings)
    local = quaternion_rotate(turn[:, None], places.positions - places.ground[:, None])
    steps = np.diff(places.ground, axis=0)
    ahead = quaternion_rotate(turn[:-1], steps)[:, [0, 2]]
    turned = wrap_angle(np.diff(places.headings))
    velocity = np.column_stack((ahead, turned)) if len(steps) else np.zeros((1, 3))
    velocity = np.concatenate((velocity, velocity[-1:]))[: len(local)]
    flat = local.reshape(len(local), -1)
    return np.asarray(np.concatenate((flat, velocity, places.contacts), axis=1), np.float32)


def trajectory(
    velocity: Floats, start: Floats | None = None, heading: float = 0.0
) -> tuple[Floats, Floats]:
    """Ground positions (T, 3) and headings (T,) of root velocities (T, 3) as in ``LAYOUT``.

    Args:
        velocity: per frame.
        start: (3,) ground position of the first frame; None for the origin.
        heading: of the first frame, radians.
    """
    headings = heading + np.concatenate(([0.0], np.cumsum(velocity[:-1, 2], dtype=np.float64)))
    steps = np.zeros((len(velocity), 3))
    steps[:, [0, 2]] = velocity[:, :2]
    moved = quaternion_rotate(heading_to_quaternion(headings), steps)[:-1]
    first = np.zeros(3) if start is None else np.asarray(start, np.float64) * [1, 0, 1]
    return first + np.concatenate((np.zeros((1, 3)), np.cumsum(moved, axis=0))), headings


def to_places(features: Floats, ground: Floats, headings: Floats) -> Places:
    """Joints in the world, of features (T, 73) on a way over the ground.

    Args:
        features: as ``LAYOUT``.
        ground: (T, 3) under the hips.
        headings: (T,) radians.
    """
    parts = LAYOUT.slices
    local = features[:, parts["positions_m"]].reshape(len(features), JOINTS, 3)
    turned = quaternion_rotate(heading_to_quaternion(headings)[:, None], local)
    positions = (turned + ground[:, None]).astype(np.float32)
    return Places(positions, headings, features[:, parts["contacts"]] > 0.5)


def even(features: Floats) -> Floats:
    """Features (T, 73) with the last frame repeated where T is odd, as pooling wants it."""
    odd = len(features) % POOL
    return np.concatenate((features, features[-1:])) if odd else features
