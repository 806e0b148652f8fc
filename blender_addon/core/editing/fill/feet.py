"""Feet that stand are held where they stand, in what was filled and only there.

A stretch of contact that begins or ends in known frames is held where it is there; one within a gap
where it is on average. Between stretches the foot's offset eases from one to the next. Legs reach
it by two-bone inverse kinematics, and the hips stay: they are the network's best guess.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from ...conventions import Bools, Floats
from ...feet.contacts import detect_contacts, median_filter, spans
from ...maths.rotations import quaternion_conjugate, quaternion_multiply, quaternion_rotate
from ...motion.clip import MotionClip
from ...motion.common_skeleton import COMMON_SKELETON, FOOT_JOINTS, PLANTED_HEIGHTS_M
from ...motion.kinematics import forward_kinematics, solve_two_bone

_MOVED_M: Final = 1e-4
_STANDING_M_S: Final = 0.6
_SLIDING_M_S: Final = 2.5
_LOW_M: Final = 0.03
_LEAST_FRAMES: Final = 2
_FORWARD: Final = np.array([0.0, 0.0, 0.03], np.float32)
_PARTS: Final = ("UpLeg", "Leg", "Foot", "Toe")


@dataclass(frozen=True, eq=False)
class _Pose:
    """World positions (T, J, 3) and rotations (T, J, 4)."""

    places: Floats
    turns: Floats


def hold_feet(filled: MotionClip, known: Bools) -> MotionClip:
    """Hold feet that stand in what was filled.

    Args:
        filled: on ground at y = 0, its gaps filled.
        known: (T, 1 + J) before it was filled: nothing known is touched.
    """
    pose = _Pose(*forward_kinematics(filled.skeleton, filled.root_positions, filled.rotations_wxyz))
    feet = pose.places[:, COMMON_SKELETON.indices(FOOT_JOINTS)]
    contacts = _find_contacts(feet, filled.frame_rate_hz)
    rotations = filled.rotations_wxyz.copy()
    for side, first in (("Left", 0), ("Right", 2)):
        leg = COMMON_SKELETON.indices([side + part for part in _PARTS])
        fixed = known[:, [0, 1, *(1 + joint for joint in leg)]].all(axis=1)
        offsets = _offsets(feet[:, first : first + 2], contacts[:, first : first + 2], fixed)
        moved = (np.linalg.norm(offsets, axis=-1) > _MOVED_M) & ~fixed
        if moved.any():
            _reach(rotations, pose, leg, offsets, moved)
    rotations = np.where(known[:, 1:, None], filled.rotations_wxyz, rotations)
    return replace(filled, rotations_wxyz=rotations)


def _find_contacts(feet: Floats, frame_rate_hz: float) -> Bools:
    """(T, 4) heels and toes (T, 4, 3) that stand, or that should: something carries the body.

    What is filled slides a little, so the slowest joint near the ground counts even where it is
    faster than any that stands.
    """
    level = np.zeros(feet.shape[:2])
    standing = detect_contacts(feet, level, frame_rate_hz, speed_m_s=_STANDING_M_S)
    if len(feet) < _LEAST_FRAMES:
        return standing
    speeds = np.linalg.norm(np.gradient(feet, axis=0), axis=-1) * frame_rate_hz
    low = feet[..., 1] - PLANTED_HEIGHTS_M < _LOW_M
    speeds = np.where(low, speeds, np.inf)
    carrying = np.zeros_like(low)
    slowest = speeds.argmin(axis=1)
    carrying[np.arange(len(feet)), slowest] = speeds.min(axis=1) < _SLIDING_M_S
    return standing | median_filter(carrying)


def _offsets(feet: Floats, contacts: Bools, fixed: Bools) -> Floats:
    """(T, 3) how far the foot is moved, of heel and toe (T, 2, 3); level, 0 where it is fixed."""
    count = len(feet)
    total, weights = np.zeros((count, 3)), np.zeros(count)
    for joint in range(contacts.shape[1]):
        for start, stop in spans(contacts[:, joint]):
            part = slice(start, stop)
            total[part] += _held_at(feet[part, joint], fixed[part]) - feet[part, joint]
            weights[part] += 1
    offsets = total / np.maximum(weights, 1)[:, None]
    offsets[:, 1] = 0.0
    offsets[fixed] = 0.0
    return _ease_between(offsets, (weights > 0) | fixed)


def _held_at(places: Floats, fixed: Bools) -> Floats:
    """Where a joint in contact is held: where known frames have it, else in the middle."""
    at = np.flatnonzero(fixed)
    if not len(at):
        return np.repeat(places.mean(axis=0, keepdims=True), len(places), axis=0)
    frames = np.arange(len(places))
    return np.stack([np.interp(frames, at, places[at, axis]) for axis in range(3)], axis=-1)


def _ease_between(offsets: Floats, given: Bools) -> Floats:
    """Offsets (T, 3) where they are given, and easing from each to the next in between."""
    at = np.flatnonzero(given)
    if not len(at):
        return np.zeros_like(offsets)
    frames = np.arange(len(offsets))
    after = np.minimum(np.searchsorted(at, frames), len(at) - 1)
    before = np.maximum(np.searchsorted(at, frames, side="right") - 1, 0)
    low, high = at[before], at[after]
    share = np.clip((frames - low) / np.maximum(high - low, 1), 0.0, 1.0)[:, None]
    ease = share * share * (3 - 2 * share)
    return np.asarray(offsets[low] + ease * (offsets[high] - offsets[low]))


def _reach(rotations: Floats, pose: _Pose, leg: list[int], offsets: Floats, moved: Bools) -> None:
    """Turn thigh and shin so that the foot goes to its place, turned as it was; in place."""
    thigh, shin, foot, _ = leg
    at = [pose.places[moved, joint] for joint in (thigh, shin, foot)]
    # A nearly straight leg gives no bend direction; the thigh's front then decides.
    ahead = quaternion_rotate(pose.turns[moved, thigh], np.broadcast_to(_FORWARD, at[0].shape))
    pole = at[1] - 0.5 * (at[0] + at[2]) + ahead
    target = (at[2] + offsets[moved]).astype(np.float32)
    turns = solve_two_bone(at[0], at[1], at[2], target, pole)
    hips = pose.turns[moved, COMMON_SKELETON.parents[thigh]]
    upper = quaternion_multiply(turns[0], pose.turns[moved, thigh])
    lower = quaternion_multiply(turns[1], pose.turns[moved, shin])
    chain = (hips, upper, lower, pose.turns[moved, foot])
    for joint, parent, own in zip((thigh, shin, foot), chain, chain[1:], strict=False):
        rotations[moved, joint] = quaternion_multiply(quaternion_conjugate(parent), own)
