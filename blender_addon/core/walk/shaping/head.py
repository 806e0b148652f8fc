"""A head that looks where the way goes: into turns before the body, down where the ground steps.

People turn eyes and head toward a bend 0.2 to 0.4 s before their body follows, and on stairs look
at the treads ahead.

Source: Grasso, Prévost, Ivanenko, Berthoz 1998, Eye-head coordination for the steering of
locomotion in humans.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ...conventions import FORWARD, LEFTWARD, UP, Floats, Ints
from ...maths.rotations import (
    axis_angle_to_quaternion,
    heading_to_quaternion,
    quaternion_conjugate,
    quaternion_multiply,
    quaternion_rotate,
    wrap_angle,
)
from ...motion.common_skeleton import COMMON_SKELETON
from .cycles import Cycles

LEAD_S: Final = 0.35
"""How far ahead of the body's heading the head looks."""
LOOK_M: Final = 0.8
"""How far ahead the ground is that the head is lowered for."""
_LARGEST_RAD: Final = np.deg2rad(40.0)
_IGNORED_RAD: Final = np.deg2rad(0.5)
"""Nobody's head follows how a root trembles about a straight way."""
_SMALLEST_RAD: Final = 1e-4
_NECK: Final = 0.4
_LOOK_DOWN_RAD: Final = np.deg2rad(16.0)
"""For a slope of one; stairs of 15 on 30 cm have half of it."""
_DOWN_LIMIT_RAD: Final = np.deg2rad(9.0)
_DOWNWARD: Final = 1.3
"""Who goes down looks down more than who goes up."""
_TRUNK: Final = COMMON_SKELETON.indices(("Hips", "Spine", "Spine1", "Spine2"))
_NECK_JOINT, _HEAD_JOINT = COMMON_SKELETON.indices(("Neck", "Head"))


def lead_head(
    rotations: Floats, headings: Floats, ahead_rad: Floats, slope: Floats, cycles: Cycles
) -> None:
    """Turn neck and head toward where the body is going to face, in place.

    Where a head already looks that way, it is turned by what is missing alone.

    Args:
        rotations: (N, J, 4) relative to the parent, the hips' in the world.
        headings: (N,) of the root.
        ahead_rad: (N,) by which the root's heading is going to turn within ``LEAD_S``.
        slope: (N,) rise of the ground ahead, by the metre.
        cycles: smooths what is added.
    """
    need = np.sign(ahead_rad) * np.maximum(np.abs(ahead_rad) - _IGNORED_RAD, 0.0)
    need = _LARGEST_RAD * np.tanh(need / _LARGEST_RAD)
    yaw = cycles.smooth("lead", _missing(rotations, headings, need))
    steep = np.where(slope < 0, -_DOWNWARD * slope, slope) * _LOOK_DOWN_RAD
    pitch = cycles.smooth("look down", _DOWN_LIMIT_RAD * np.tanh(steep / _DOWN_LIMIT_RAD))
    at = np.flatnonzero((np.abs(yaw) > _SMALLEST_RAD) | (np.abs(pitch) > _SMALLEST_RAD))
    if len(at):
        _turn_head(rotations, at, headings[at], yaw[at], pitch[at])


def _missing(rotations: Floats, headings: Floats, need: Floats) -> Floats:
    """(N,) of the turns needed, what the head does not do by itself."""
    missing = np.zeros_like(need)
    at = np.flatnonzero(np.abs(need) > _SMALLEST_RAD)
    if len(at):
        neck = quaternion_multiply(_chest(rotations, at), rotations[at, _NECK_JOINT])
        head = quaternion_multiply(neck, rotations[at, _HEAD_JOINT])
        face = quaternion_rotate(head, FORWARD)
        have = wrap_angle(np.arctan2(face[:, 0], face[:, 2]) - headings[at])
        toward = np.clip(have * np.sign(need[at]), 0.0, np.abs(need[at]))
        missing[at] = need[at] - np.sign(need[at]) * toward
    return missing


def _turn_head(rotations: Floats, at: Ints, headings: Floats, yaw: Floats, pitch: Floats) -> None:
    chest = _chest(rotations, at)
    neck = quaternion_multiply(chest, rotations[at, _NECK_JOINT])
    head = quaternion_multiply(neck, rotations[at, _HEAD_JOINT])
    across = quaternion_rotate(heading_to_quaternion(headings + yaw), LEFTWARD)
    neck_turn, head_turn = (
        quaternion_multiply(
            axis_angle_to_quaternion(across, share * pitch),
            axis_angle_to_quaternion(UP, share * yaw),
        )
        for share in (_NECK, 1.0)
    )
    neck, head = quaternion_multiply(neck_turn, neck), quaternion_multiply(head_turn, head)
    rotations[at, _NECK_JOINT] = quaternion_multiply(quaternion_conjugate(chest), neck)
    rotations[at, _HEAD_JOINT] = quaternion_multiply(quaternion_conjugate(neck), head)


def _chest(rotations: Floats, at: Ints) -> Floats:
    """(K, 4) world rotations of the chest in some frames."""
    chest = rotations[at, _TRUNK[0]]
    for joint in _TRUNK[1:]:
        chest = quaternion_multiply(chest, rotations[at, joint])
    return np.asarray(chest)
