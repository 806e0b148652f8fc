"""Feet that stand are held where they stand, in what was filled and only there.

While a foot stands, the steps of its slower joint are undone: from known frames on, or about the
middle of a stretch that lies within a gap. Between stretches the foot's offset eases from one to
the next. Legs reach it by two-bone inverse kinematics, and the hips stay: they are the network's
best guess.
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
_LOW_M: Final = 0.025
_SHORT_S: Final = 0.27
_LEAST_FRAMES: Final = 2
_FARTHEST_M: Final = 0.3
_STRETCHED: Final = 0.985
_ROUNDED: Final = np.array([1.0, 2.0, 3.0, 2.0, 1.0]) / 9.0
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
        fixed = _fix_short(fixed, round(_SHORT_S * filled.frame_rate_hz))
        offsets = _offsets(feet[:, first : first + 2], contacts[:, first : first + 2], fixed)
        moved = (np.linalg.norm(offsets, axis=-1) > _MOVED_M) & ~fixed
        if moved.any():
            _reach(rotations, pose, leg, offsets, moved)
    rotations = np.where(known[:, 1:, None], filled.rotations_wxyz, rotations)
    return replace(filled, rotations_wxyz=rotations)


def _fix_short(fixed: Bools, frames: int) -> Bools:
    """Gaps up to so many frames are left alone: there is hardly time to slide in."""
    fixed = fixed.copy()
    for start, stop in spans(~fixed):
        if stop - start <= frames:
            fixed[start:stop] = True
    return fixed


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
    offsets = np.zeros((len(feet), 3))
    steps = np.diff(feet, axis=0, prepend=feet[:1])
    speeds = np.where(contacts, np.linalg.norm(steps[..., [0, 2]], axis=-1), np.inf)
    carrying = steps[np.arange(len(feet)), speeds.argmin(axis=1)]
    standing = contacts.any(axis=1)
    for start, stop in spans(standing):
        offsets[start:stop] = _undone(carrying[start:stop], fixed[start:stop])
    offsets[:, 1] = 0.0
    size = np.linalg.norm(offsets, axis=-1, keepdims=True)
    # A foot that would have to be held far from where it is was not standing: it may slide.
    offsets /= np.sqrt(1.0 + (size / _FARTHEST_M) ** 2)
    offsets = _smooth(_ease_between(offsets, standing | fixed))
    offsets[fixed] = 0.0
    return offsets


def _undone(steps: Floats, fixed: Bools) -> Floats:
    """What undoes the steps (N, 3) of a standing foot: none where it is fixed, else least of all.

    The heel hands over to the toe without a jump, since only steps count.
    """
    moved = -np.cumsum(np.concatenate((np.zeros((1, 3)), steps[1:])), axis=0)
    at = np.flatnonzero(fixed)
    if not len(at):
        return np.asarray(moved - moved.mean(axis=0))
    frames = np.arange(len(moved))
    known = [np.interp(frames, at, moved[at, axis]) for axis in range(3)]
    return np.asarray(moved - np.stack(known, axis=-1))


def _smooth(offsets: Floats) -> Floats:
    """Rounded a little, where stretches of contact follow upon each other."""
    reach = len(_ROUNDED) // 2
    wide = np.pad(offsets, ((reach, reach), (0, 0)), mode="edge")
    return np.stack(
        [np.convolve(wide[:, axis], _ROUNDED, mode="valid") for axis in range(3)], axis=-1
    )


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
    target = _within_reach(at, at[2] + offsets[moved]).astype(np.float32)
    turns = solve_two_bone(at[0], at[1], at[2], target, pole)
    hips = pose.turns[moved, COMMON_SKELETON.parents[thigh]]
    upper = quaternion_multiply(turns[0], pose.turns[moved, thigh])
    lower = quaternion_multiply(turns[1], pose.turns[moved, shin])
    chain = (hips, upper, lower, pose.turns[moved, foot])
    for joint, parent, own in zip((thigh, shin, foot), chain, chain[1:], strict=False):
        rotations[moved, joint] = quaternion_multiply(quaternion_conjugate(parent), own)


def _within_reach(leg: list[Floats], target: Floats) -> Floats:
    """Targets (N, 3) no farther from the hip than a hardly bent leg reaches, or than now."""
    thigh, shin, foot = leg
    longest = np.linalg.norm(shin - thigh, axis=-1) + np.linalg.norm(foot - shin, axis=-1)
    now = np.linalg.norm(foot - thigh, axis=-1)
    away = target - thigh
    far = np.linalg.norm(away, axis=-1)
    share = np.minimum(1.0, np.maximum(now, _STRETCHED * longest) / np.maximum(far, 1e-6))
    return np.asarray(thigh + share[:, None] * away)
