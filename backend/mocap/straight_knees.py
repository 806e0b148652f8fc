"""Takes an offset of the knees out of recordings.

On the skeletons that come with many recordings a leg is longer than the one that was recorded, so
the knees of somebody who stands upright are bent, by 15 to 25 degrees in the CMU conversions, and
stay so all through a step. What a take shows where its legs are straightest is that offset. It is
taken out where a leg carries: the hips rise, feet stay where they were, and the knees follow.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from blender_addon.core.conventions import UP, Bools, Floats
from blender_addon.core.maths.rotations import (
    axis_angle_to_quaternion,
    quaternion_conjugate,
    quaternion_multiply,
    quaternion_rotate,
)
from blender_addon.core.maths.smoothing import gaussian_smooth, running_maximum
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.kinematics import forward_kinematics, solve_two_bone
from blender_addon.core.motion.skeleton import Skeleton


@dataclass(frozen=True)
class Posture:
    """How straight people's knees are in one gait.

    Args:
        straightest_deg: flexion where they are straightest.
        percentile: of the flexion of carrying knees that counts as the straightest.
        excess: what knees bend more than at their straightest shrinks to this share: the surplus
            of length that makes the offset bends a knee the more, the more it is bent already.
    """

    straightest_deg: float
    percentile: float
    excess: float


STAND: Final = Posture(4.0, 30.0, 0.4)
WALK: Final = Posture(5.0, 4.0, 0.65)
RUN: Final = Posture(12.0, 3.0, 1.0)
"""Running legs are never that straight."""
_POSTURES: Final = (STAND, WALK, RUN)
_MOST_DEG: Final = 24.0
"""A larger offset is no fault of a skeleton but somebody who walks with bent knees."""
_FEWEST_FRAMES: Final = 20
"""On the ground in a gait, below which it says nothing of its own."""
_MOST_M: Final = 0.06
_CARRIES_M: Final = 0.05
_STRIDE_S: Final = 1.2
_SMOOTH_S: Final = 0.05
_CAP_FRAMES: Final = 6
_MOST_TILT: Final = 0.06
_TILT_S: Final = 0.15
_SIDES: Final = ("Left", "Right")
_PARTS: Final = ("UpLeg", "Leg", "Foot")
_FRONT: Final = np.array([0.0, 0.0, 0.03], np.float32)


def knee_flexion_rad(skeleton: Skeleton, positions: Floats) -> Floats:
    """(T, 2) flexion of left and right knee; 0 for a straight leg.

    Args:
        skeleton: with the common joint names.
        positions: (T, J, 3) of its joints.
    """
    flexions = []
    for side in _SIDES:
        hip, knee, ankle = (positions[:, skeleton.index(side + part)] for part in _PARTS)
        thigh, shin = knee - hip, ankle - knee
        lengths = np.linalg.norm(thigh, axis=-1) * np.linalg.norm(shin, axis=-1)
        cosine = (thigh * shin).sum(axis=-1) / lengths
        flexions.append(np.arccos(np.clip(cosine, -1.0, 1.0)))
    return np.stack(flexions, axis=-1)


def straighten_knees(clip: MotionClip, gaits: Floats | None = None) -> MotionClip:
    """The clip without the offset of its knees; without one, as good as unchanged.

    Args:
        clip: with the common joint names, feet on the ground in their lowest frames.
        gaits: (T, 3) weights of standing, walking and running, which have offsets of their own;
            None where all of it is walking.
    """
    skeleton = clip.skeleton
    if gaits is None:
        gaits = np.tile(np.array([0.0, 1.0, 0.0]), (clip.frame_count, 1))
    if gaits[:, 0].any():
        clip = _level_pelvis(clip, gaits[:, 0])
    positions, rotations = forward_kinematics(skeleton, clip.root_positions, clip.rotations_wxyz)
    flexion = knee_flexion_rad(skeleton, positions)
    carries = _carrying(_ankles(skeleton, positions), clip.frame_rate_hz)
    flexions = _without_offset(flexion, carries, gaits)
    rise = _rise(skeleton, positions, flexions, carries, clip.frame_rate_hz)
    root = clip.root_positions + (rise[:, None] * UP).astype(np.float32)
    return _with_feet_of(replace(clip, root_positions=root), positions, rotations)


def _level_pelvis(clip: MotionClip, stands: Floats) -> MotionClip:
    """The pelvis of somebody who stands (T,) tilted so that both legs can be as straight.

    Half a centimetre between the hips is 13 degrees of a knee. The trunk stays as it was.
    """
    skeleton = clip.skeleton
    positions, turned = forward_kinematics(skeleton, clip.root_positions, clip.rotations_wxyz)
    straight = np.full((clip.frame_count, 2), np.deg2rad(STAND.straightest_deg))
    room = _rises_to(skeleton, positions, straight)
    hips = positions[:, skeleton.indices([f"{side}UpLeg" for side in _SIDES])]
    across = hips[:, 0] - hips[:, 1]
    width = np.maximum(np.linalg.norm(across, axis=-1), 1e-3)
    tilt = np.clip((room[:, 0] - room[:, 1]) / width, -_MOST_TILT, _MOST_TILT)
    tilt = gaussian_smooth(stands * tilt, _TILT_S * clip.frame_rate_hz, keep_ends=True)
    forward = np.cross(across, UP)
    forward /= np.maximum(np.linalg.norm(forward, axis=-1, keepdims=True), 1e-6)
    turn = axis_angle_to_quaternion(forward, tilt)
    local = clip.rotations_wxyz.copy()
    local[:, 0] = quaternion_multiply(turn, local[:, 0])
    back = quaternion_conjugate(local[:, 0])
    for joint in np.flatnonzero(skeleton.parents == 0):
        local[:, joint] = quaternion_multiply(back, turned[:, joint])
    shift = positions[:, 0] - _turn_about(hips.mean(axis=1), turn, positions[:, 0])
    root = (clip.root_positions - shift).astype(np.float32)
    tilted = replace(clip, root_positions=root, rotations_wxyz=local.astype(np.float32))
    return _with_feet_of(tilted, positions, turned)


def _turn_about(centre: Floats, turn: Floats, places: Floats) -> Floats:
    return np.asarray(centre + quaternion_rotate(turn, places - centre))


def _ankles(skeleton: Skeleton, positions: Floats) -> Floats:
    """(T, 2, 3)."""
    return positions[:, skeleton.indices([f"{side}Foot" for side in _SIDES])]


def _carrying(ankles: Floats, rate_hz: float) -> Floats:
    """(T, 2) 1 while a foot is on the ground, easing to 0 as it leaves it.

    The ground is where the lower foot was lowest within a stride, so that it may rise and fall.
    """
    frames = round(_STRIDE_S / 2 * rate_hz)
    ground = -running_maximum(-ankles[..., 1].min(axis=1), frames)
    share = np.clip(1.0 - (ankles[..., 1] - ground[:, None]) / _CARRIES_M, 0.0, 1.0)
    return np.asarray(share * share * (3.0 - 2.0 * share))


def _without_offset(flexion: Floats, carries: Floats, gaits: Floats) -> tuple[Floats, Floats]:
    """Desired flexion (T, 2) of carrying knees, and the least (T, 2) that they may come to."""
    desired, least = np.zeros_like(flexion), np.zeros_like(flexion)
    for weight, posture in zip(gaits.T, _POSTURES, strict=True):
        goal = np.minimum(np.deg2rad(posture.straightest_deg), flexion)
        least += weight[:, None] * goal
        for leg in range(2):
            shrunk = _shrunk(flexion[:, leg], carries[:, leg] > 0.5, weight > 0.5, posture)
            desired[:, leg] += weight * np.maximum(shrunk, goal[:, leg])
    return desired, least


def _shrunk(flexion: Floats, down: Bools, gait: Bools, posture: Posture) -> Floats:
    """One knee's flexion (T,) without its offset in a gait, or without that of the whole clip."""
    frames = down & gait if (down & gait).sum() >= _FEWEST_FRAMES else down
    goal = np.deg2rad(posture.straightest_deg)
    if not frames.any():
        return flexion
    straightest = float(np.percentile(flexion[frames], posture.percentile))
    offset = min(max(straightest - goal, 0.0), np.deg2rad(_MOST_DEG))
    if offset == 0.0:
        return flexion
    shrunk = straightest - offset + posture.excess * (flexion - straightest)
    return np.minimum(shrunk, flexion)


def _rise(
    skeleton: Skeleton,
    positions: Floats,
    flexions: tuple[Floats, Floats],
    carries: Floats,
    rate_hz: float,
) -> Floats:
    """(T,) metres by which the hips rise so that carrying knees get their desired flexion.

    Args:
        flexions: desired (T, 2), and the least (T, 2) that either knee may come to.
    """
    asked, most = (_rises_to(skeleton, positions, each) for each in flexions)
    weights = carries + 1e-3
    rise = np.clip((asked * weights).sum(axis=-1) / weights.sum(axis=-1), 0.0, _MOST_M)
    sigma = _SMOOTH_S * rate_hz
    smooth = gaussian_smooth(rise, sigma, keep_ends=True)
    # Near full stretch a knee snaps: what would be too much is taken back a moment before.
    excess = np.maximum(smooth - np.maximum(most.min(axis=-1), 0.0), 0.0)
    taken = gaussian_smooth(running_maximum(excess, _CAP_FRAMES), sigma, keep_ends=True)
    return np.asarray(np.maximum(smooth - np.maximum(taken, excess), 0.0))


def _rises_to(skeleton: Skeleton, positions: Floats, flexion: Floats) -> Floats:
    """(T, 2) how far the hips rise until each knee has a flexion (T, 2), its foot staying."""
    rises = []
    for leg, side in enumerate(_SIDES):
        hip, ankle = (positions[:, skeleton.index(side + part)] for part in ("UpLeg", "Foot"))
        thigh_m, shin_m = _lengths(skeleton, side)
        bent = 2 * thigh_m * shin_m * np.cos(flexion[:, leg])
        across = np.linalg.norm((hip - ankle)[:, [0, 2]], axis=-1)
        height = np.sqrt(np.maximum(thigh_m**2 + shin_m**2 + bent - across**2, 0.0))
        rises.append(height - (hip - ankle)[:, 1])
    return np.stack(rises, axis=-1)


def _lengths(skeleton: Skeleton, side: str) -> tuple[float, float]:
    """Of thigh and shin, metres."""
    joints = skeleton.indices([f"{side}Leg", f"{side}Foot"])
    thigh_m, shin_m = np.linalg.norm(skeleton.offsets[joints], axis=-1)
    return float(thigh_m), float(shin_m)


def _with_feet_of(clip: MotionClip, positions: Floats, turned: Floats) -> MotionClip:
    """The clip, its legs reaching for feet at (T, J, 3), turned (T, J, 4) in the world."""
    skeleton, local = clip.skeleton, clip.rotations_wxyz.copy()
    at, now = forward_kinematics(skeleton, clip.root_positions, clip.rotations_wxyz)
    for side in _SIDES:
        thigh, shin, foot = skeleton.indices([side + part for part in _PARTS])
        front = quaternion_rotate(now[:, thigh], _FRONT)
        pole = at[:, shin] - 0.5 * (at[:, thigh] + at[:, foot]) + front
        upper, lower = solve_two_bone(
            at[:, thigh], at[:, shin], at[:, foot], positions[:, foot], pole
        )
        upper = quaternion_multiply(upper, now[:, thigh])
        lower = quaternion_multiply(lower, now[:, shin])
        parent = now[:, skeleton.parents[thigh]]
        local[:, thigh] = quaternion_multiply(quaternion_conjugate(parent), upper)
        local[:, shin] = quaternion_multiply(quaternion_conjugate(upper), lower)
        local[:, foot] = quaternion_multiply(quaternion_conjugate(lower), turned[:, foot])
    return replace(clip, rotations_wxyz=local)
