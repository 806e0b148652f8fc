"""A walk drawn by hand: feet that stand exactly still, so that every truth about it is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from blender_addon.core.conventions import FORWARD, MODEL_FRAME_RATE_HZ, Bools, Floats
from blender_addon.core.ground.terrain import Terrain
from blender_addon.core.maths.rotations import (
    axis_angle_to_quaternion,
    heading_to_quaternion,
    quaternion_conjugate,
    quaternion_multiply,
    quaternion_rotate,
)
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import (
    COMMON_SKELETON,
    FOOT_JOINTS,
    HEEL_HEIGHT_M,
    HIPS_REST_HEIGHT_M,
    PLANTED_HEIGHTS_M,
)
from blender_addon.core.motion.kinematics import forward_kinematics, solve_two_bone

CYCLE_FRAMES = 60
"""Two steps: one second."""

STANCE = 0.6
"""Share of the cycle for which a foot stands."""

_FEET = COMMON_SKELETON.indices(FOOT_JOINTS)


def walking_clip(
    cycles: int = 5, speed_m_s: float = 1.0, *, sunk_m: float = 0.08, lift_m: float = 0.1
) -> MotionClip:
    """A straight walk along +Z; the left foot lands at whole cycles, the right half-way between.

    Args:
        cycles: of one second each.
        speed_m_s: up to about 1.0 without overstretching a leg.
        sunk_m: how far the hips are below their rest height.
        lift_m: how far a swinging foot rises.
    """
    time = np.arange(cycles * CYCLE_FRAMES + 1) / CYCLE_FRAMES
    root = np.zeros((len(time), 3), np.float32)
    root[:, 1] = HIPS_REST_HEIGHT_M - sunk_m + 0.01 * np.sin(4 * np.pi * time)
    root[:, 2] = speed_m_s * time
    rotations = resting(len(time))
    contacts = np.zeros((len(time), 4), bool)
    for column, side, start in ((0, "Left", 0.0), (2, "Right", 0.5)):
        way, height, planted = _foot_track(time - start, speed_m_s, lift_m)
        heel = np.stack((0 * way, height, way + speed_m_s * start), axis=-1).astype(np.float32)
        contacts[:, column : column + 2] = planted[:, None]
        swing = 0.3 * np.sin(2 * np.pi * (time - start)).astype(np.float32)
        arm = COMMON_SKELETON.index(side + "Arm")
        rotations[:, arm] = axis_angle_to_quaternion(np.array([1, 0, 0], np.float32), swing)
        _step(root, rotations, side, heel)
    return MotionClip(COMMON_SKELETON, MODEL_FRAME_RATE_HZ, root, rotations, contacts)


def standing_clip(frames: int = 120, sunk_m: float = 0.05) -> MotionClip:
    """A character that stands with bent knees, both feet flat on the ground at their rest
    places.
    """
    root = np.zeros((frames, 3), np.float32)
    root[:, 1] = HIPS_REST_HEIGHT_M - sunk_m
    rotations = resting(frames)
    heel = np.zeros((frames, 3), np.float32) + np.array([0, HEEL_HEIGHT_M, 0], np.float32)
    for side in ("Left", "Right"):
        _step(root, rotations, side, heel)
    contacts = np.ones((frames, 4), bool)
    return MotionClip(COMMON_SKELETON, MODEL_FRAME_RATE_HZ, root, rotations, contacts)


def resting(frames: int) -> Floats:
    """Identity rotations (T, J, 4)."""
    rotations = np.zeros((frames, COMMON_SKELETON.joint_count, 4), np.float32)
    rotations[..., 0] = 1.0
    return rotations


def moved(
    clip: MotionClip, offset: tuple[float, float, float] | Floats = (0, 0, 0), turn_rad: float = 0.0
) -> MotionClip:
    """The whole motion turned about the world's upright axis, then shifted by (3,) or (T, 3)."""
    turn = heading_to_quaternion(np.float32(turn_rad))
    rotations = clip.rotations_wxyz.copy()
    rotations[:, 0] = quaternion_multiply(turn, rotations[:, 0])
    root = quaternion_rotate(turn, clip.root_positions) + np.asarray(offset, np.float32)
    return replace(clip, root_positions=root, rotations_wxyz=rotations)


def feet(clip: MotionClip) -> Floats:
    """(T, 4, 3) left heel, left toe, right heel, right toe."""
    positions, _ = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    return positions[:, _FEET]


def heights_over_planted(clip: MotionClip, terrain: Terrain) -> Floats:
    """(T, 4) how far each foot joint is above the height it has when planted there."""
    places = feet(clip)
    return places[..., 1] - terrain.heights(places[..., [0, 2]]) - PLANTED_HEIGHTS_M


def _foot_track(time: Floats, speed: float, lift: float) -> tuple[Floats, Floats, Bools]:
    """Way and height of a heel and whether it stands, (T,) each, for steps at whole seconds."""
    cycle, part = np.floor(time), time % 1.0
    swing = np.clip((part - STANCE) / (1 - STANCE), 0, 1)
    eased = swing**3 * (swing * (6 * swing - 15) + 10)
    way = speed * (cycle + STANCE / 2 + eased)
    height = HEEL_HEIGHT_M + lift * np.sin(np.pi * swing) ** 2
    return way, height, part < STANCE + 1e-9


def _step(root: Floats, rotations: Floats, side: str, heel: Floats) -> None:
    """Bend one leg, in place, so that its flat foot is at heel (T, 3); x is the hip's own."""
    thigh, shin, foot = COMMON_SKELETON.indices([side + "UpLeg", side + "Leg", side + "Foot"])
    positions, _ = forward_kinematics(COMMON_SKELETON, root, rotations)
    target = heel.copy()
    target[:, 0] = positions[:, thigh, 0]
    joints = (positions[:, thigh], positions[:, shin], positions[:, foot])
    rotations[:, thigh], shin_world = solve_two_bone(*joints, target, FORWARD)
    rotations[:, shin] = quaternion_multiply(quaternion_conjugate(rotations[:, thigh]), shin_world)
    rotations[:, foot] = quaternion_conjugate(shin_world)
