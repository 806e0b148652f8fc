"""Damage as captures have it, done to whole clips, so that cleaning can be learned and judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from backend.mocap.common_clips import foot_positions
from blender_addon.core.conventions import Bools, Floats
from blender_addon.core.feet.contacts import detect_contacts, spans
from blender_addon.core.maths.rotations import (
    axis_angle_to_quaternion,
    length,
    normalise,
    quaternion_conjugate,
    quaternion_multiply,
)
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.kinematics import forward_kinematics, solve_two_bone

LIMBS: Final = (
    ("LeftShoulder", "LeftArm", "LeftForeArm", "LeftHand"),
    ("RightShoulder", "RightArm", "RightForeArm", "RightHand"),
    ("LeftUpLeg", "LeftLeg", "LeftFoot", "LeftToe"),
    ("RightUpLeg", "RightLeg", "RightFoot", "RightToe"),
)
"""Joints that are lost together."""
_CONTACT_M_S: Final = 0.3


@dataclass(frozen=True, eq=False)
class Damaged:
    """A damaged clip.

    Args:
        clip: as it was captured.
        missing: (T, 23) root position and joints that are known to be missing.
    """

    clip: MotionClip
    missing: Bools


def undamaged(clip: MotionClip) -> Damaged:
    """A clip as it is."""
    return Damaged(clip, np.zeros((clip.frame_count, 1 + clip.skeleton.joint_count), bool))


def jitter(
    clip: MotionClip,
    spread_rad: Floats,
    rng: np.random.Generator,
    *,
    root_m: Floats | float = 0.0,
    memory: float = 0.0,
) -> Damaged:
    """Every joint trembles.

    Args:
        clip: T frames, J joints.
        spread_rad: standard deviation by axis, a number or anything that broadcasts to (T, J).
        rng: draws.
        root_m: of the root's place, likewise, a number or (T,).
        memory: share of the noise that is left a frame later; 0 is white.
    """
    turns = _noise((clip.frame_count, clip.skeleton.joint_count, 3), rng, memory)
    turns *= np.broadcast_to(spread_rad, turns.shape[:2])[..., None]
    places = _noise((clip.frame_count, 3), rng, memory)
    places *= np.broadcast_to(root_m, len(places))[:, None]
    rotations = quaternion_multiply(clip.rotations_wxyz, _turns(turns))
    root = clip.root_positions + places.astype(np.float32)
    return undamaged(replace(clip, root_positions=root, rotations_wxyz=rotations))


def _noise(shape: tuple[int, ...], rng: np.random.Generator, memory: float) -> Floats:
    noise = rng.normal(size=shape)
    for frame in range(1, len(noise) if memory else 0):
        noise[frame] = memory * noise[frame - 1] + np.sqrt(1 - memory**2) * noise[frame]
    return noise


def _turns(vectors: Floats) -> Floats:
    """Rotation vectors (..., 3) to quaternions."""
    return axis_angle_to_quaternion(normalise(vectors), length(vectors))


def spikes(clip: MotionClip, share: float, angle_rad: float, rng: np.random.Generator) -> Damaged:
    """Single joints are turned far away in single frames.

    Args:
        clip: T frames.
        share: of the frames of each joint.
        angle_rad: by which they are turned, about any axis.
        rng: draws.
    """
    shape = clip.rotations_wxyz.shape[:2]
    axes = normalise(rng.normal(size=(*shape, 3)))
    angles = angle_rad * (rng.random(shape) < share)
    turned = quaternion_multiply(clip.rotations_wxyz, axis_angle_to_quaternion(axes, angles))
    return undamaged(replace(clip, rotations_wxyz=turned))


def without(
    clip: MotionClip, joints: Sequence[str], start: int, count: int, *, root: bool = False
) -> Damaged:
    """Some joints are not captured for a while and stand as they do at rest.

    Args:
        clip: T frames.
        joints: that are missing.
        start, count: frames.
        root: whether the root's place is missing too.
    """
    numbers = clip.skeleton.indices(joints)
    gone = slice(start, start + count)
    rotations, places = clip.rotations_wxyz.copy(), clip.root_positions.copy()
    rotations[gone, numbers] = (1.0, 0.0, 0.0, 0.0)
    missing = np.zeros((clip.frame_count, 1 + clip.skeleton.joint_count), bool)
    missing[gone, [1 + number for number in numbers]] = True
    if root:
        places[gone], missing[gone, 0] = 0.0, True
    return Damaged(replace(clip, root_positions=places, rotations_wxyz=rotations), missing)


def frozen(clip: MotionClip, joints: Sequence[str], start: int, count: int) -> Damaged:
    """Some joints hold the value of frame ``start − 1`` for a while, and nobody says so."""
    rotations = clip.rotations_wxyz.copy()
    for number in clip.skeleton.indices(joints):
        rotations[start : start + count, number] = rotations[start - 1, number]
    return undamaged(replace(clip, rotations_wxyz=rotations))


def sliding(clip: MotionClip, distance_m: float, rng: np.random.Generator) -> Damaged:
    """Feet that carry slide: each by a distance in any direction while it stands.

    Which moment of the stance is where it should be is anybody's guess: its beginning, its middle
    or its end. Between two stances the offset goes over smoothly. The legs follow.
    """
    feet = foot_positions(clip)
    contacts = detect_contacts(
        feet, np.zeros(feet.shape[:2]), clip.frame_rate_hz, speed_m_s=_CONTACT_M_S
    )
    rotations = clip.rotations_wxyz
    for side, columns in (("Left", (0, 1)), ("Right", (2, 3))):
        offsets = _slides(contacts[:, columns].any(axis=1), distance_m, rng)
        rotations = _moved_foot(replace(clip, rotations_wxyz=rotations), side, offsets)
    return undamaged(replace(clip, rotations_wxyz=rotations))


def _slides(carries: Bools, distance_m: float, rng: np.random.Generator) -> Floats:
    """(T, 3) horizontal offsets of a foot."""
    frames, at, values = np.arange(len(carries)), [0.0], [np.zeros(3)]
    for start, stop in spans(carries):
        angle, right = rng.uniform(0, 2 * np.pi), rng.choice((0.0, 0.5, 1.0))
        way = distance_m * np.array([np.sin(angle), 0.0, np.cos(angle)])
        at += [float(start), float(stop - 1)]
        values += [-right * way, (1.0 - right) * way]
    order = np.argsort(at, kind="stable")
    known, there = np.array(at)[order], np.array(values)[order]
    offsets = np.stack([np.interp(frames, known, there[:, axis]) for axis in range(3)], axis=-1)
    return np.asarray(offsets, np.float32)


def _moved_foot(clip: MotionClip, side: str, offsets: Floats) -> Floats:
    """Rotations of the clip with one foot moved by (T, 3), turned as it was."""
    thigh, shin, foot = clip.skeleton.indices([f"{side}UpLeg", f"{side}Leg", f"{side}Foot"])
    places, turns = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    pole = places[:, shin] - 0.5 * (places[:, thigh] + places[:, foot])
    upper, lower = solve_two_bone(
        places[:, thigh], places[:, shin], places[:, foot], places[:, foot] + offsets, pole
    )
    hips, thigh_turn = turns[:, 0], quaternion_multiply(upper, turns[:, thigh])
    shin_turn = quaternion_multiply(lower, turns[:, shin])
    rotations = clip.rotations_wxyz.copy()
    for joint, parent, turn in (
        (thigh, hips, thigh_turn), (shin, thigh_turn, shin_turn), (foot, shin_turn, turns[:, foot]),
    ):  # fmt: skip
        rotations[:, joint] = quaternion_multiply(quaternion_conjugate(parent), turn)
    return rotations
