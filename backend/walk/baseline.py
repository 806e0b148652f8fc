"""The sliding baseline: a captured walking and a captured running cycle moved along the path.

The cycle plays as fast as the character advances (stride-matched), its hips stay where the path is
and face along it; over 2 m/s walking fades into running. Nothing keeps the feet still. It is what
an animator gets from cycles and a Follow Path constraint, and hard to beat on path deviation and
naturalness of single poses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from backend.motion_quality.frechet import Reals
from backend.motion_quality.naturalness import NaturalnessReference
from backend.motion_quality.windows import join_windows, pose_features
from blender_addon.core.conventions import MODEL_FRAME_RATE_HZ, Floats
from blender_addon.core.errors import InputError
from blender_addon.core.maths.rotations import (
    heading_to_quaternion,
    quaternion_conjugate,
    quaternion_multiply,
    quaternion_nlerp,
)
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON
from blender_addon.core.motion.kinematics import forward_kinematics
from blender_addon.core.walk.features import ground_under_root
from blender_addon.core.walk.plan import plan_walk

from .captured import CapturedClip
from .metrics import Performance, windows_of
from .suite import WalkCase

WALKING_UP_TO_M_S, RUNNING_FROM_M_S = 1.9, 2.2
_CYCLE_S = {"walk": (0.8, 1.6), "run": (0.6, 0.95)}
_SLOWEST_CYCLE_M_S = 0.8


@dataclass(frozen=True, eq=False)
class WalkCycle:
    """One stride that can be repeated, walking along +Z.

    Args:
        name: of the clip it was cut from.
        offsets: (C, 3) hips relative to a point that moves evenly over the ground, metres.
        rotations_wxyz: (C, J, 4).
        travel_m: how far a stride goes.
        planted_heights_m: (4,) of the clip.
    """

    name: str
    offsets: Floats
    rotations_wxyz: Floats
    travel_m: float
    planted_heights_m: Reals

    def sample(self, strides: Reals) -> tuple[Floats, Floats]:
        """Hips (T, 3) and rotations (T, J, 4) at times (T,) counted in strides."""
        count = len(self.offsets)
        place = (strides % 1.0) * count
        low = np.minimum(place.astype(np.int64), count - 1)
        part = (place - low).astype(np.float32)
        high = (low + 1) % count
        hips = self.offsets[low] + part[:, None] * (self.offsets[high] - self.offsets[low])
        turns = quaternion_nlerp(self.rotations_wxyz[low], self.rotations_wxyz[high], part[:, None])
        return hips, turns


@dataclass(frozen=True, eq=False)
class Cycles:
    """A walking and a running stride that begin with the same foot."""

    walk: WalkCycle
    run: WalkCycle

    def sample(self, distances_m: Reals, speeds_m_s: Reals) -> tuple[Floats, Floats]:
        """Hips (T, 3) and rotations (T, J, 4) for a way (T,) gone at speeds (T,)."""
        share = (speeds_m_s - WALKING_UP_TO_M_S) / (RUNNING_FROM_M_S - WALKING_UP_TO_M_S)
        share = np.clip(share, 0.0, 1.0)
        travel = self.walk.travel_m + share * (self.run.travel_m - self.walk.travel_m)
        strides = np.cumsum(np.gradient(distances_m) / travel)
        hips, turns = self.walk.sample(strides)
        run_hips, run_turns = self.run.sample(strides)
        weight = share[:, None].astype(np.float32)
        return hips + weight * (run_hips - hips), quaternion_nlerp(turns, run_turns, weight)


def slide_along(case: WalkCase, cycles: Cycles) -> Performance:
    """The baseline's performance of one case."""
    plan = plan_walk(case.path, case.stand_s, case.stand_s)
    places, headings = plan.positions_xz, plan.headings_rad
    hips, turns = cycles.sample(plan.distances_m, plan.speeds_m_s)
    facing_wxyz = heading_to_quaternion(headings.astype(np.float32))
    sine, cosine = np.sin(headings), np.cos(headings)
    root = np.stack(
        (
            places[:, 0] + cosine * hips[:, 0] + sine * hips[:, 2],
            hips[:, 1] + ground_under_root(case.terrain, places, headings),
            places[:, 1] - sine * hips[:, 0] + cosine * hips[:, 2],
        ),
        axis=-1,
    )
    turns[:, 0] = quaternion_multiply(facing_wxyz, turns[:, 0])
    clip = MotionClip(COMMON_SKELETON, MODEL_FRAME_RATE_HZ, root, turns)
    return Performance(
        case.name,
        clip,
        case.terrain,
        case.path,
        plan.speeds_m_s,
        places,
        cycles.walk.planted_heights_m,
    )


def find_cycle(captured: CapturedClip) -> WalkCycle | None:
    """The stride of a clip whose end is most like its beginning; None if there is none."""
    clip = captured.clip
    joints, _ = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    poses = pose_features(joints.astype(np.float64), 0.0, clip.frame_rate_hz, clip.skeleton.names)
    shortest, longest = (round(s * clip.frame_rate_hz) for s in _CYCLE_S[captured.label])
    best: tuple[float, int, int] | None = None
    for length in range(shortest, min(longest, len(poses) - 1) + 1):
        gaps = np.linalg.norm(poses[length:] - poses[:-length], axis=-1)
        start = int(np.argmin(gaps))
        if best is None or gaps[start] < best[0]:
            best = float(gaps[start]), start, length
    return _cut_cycle(captured, best[1], best[2]) if best else None


def _cut_cycle(captured: CapturedClip, start: int, length: int) -> WalkCycle | None:
    clip = captured.clip
    root = clip.root_positions[start : start + length + 1].astype(np.float64)
    travel = root[-1] - root[0]
    distance = float(np.hypot(travel[0], travel[2]))
    if distance * clip.frame_rate_hz / length < _SLOWEST_CYCLE_M_S:
        return None
    heading = float(np.arctan2(travel[0], travel[2]))
    share = np.linspace(0.0, 1.0, length + 1)[:, None]
    # What the end differs from the beginning in is spread over the stride, so that it closes.
    even = root[0] + share * travel
    even[:, 1] = share[:, 0] * travel[1]
    offsets = _turn_back(root - even, heading)[:-1]
    offsets[:, [0, 2]] -= offsets[:, [0, 2]].mean(axis=0)
    turns = clip.rotations_wxyz[start : start + length + 1].copy()
    back = heading_to_quaternion(np.float32(-heading))
    turns[:, 0] = quaternion_multiply(np.broadcast_to(back, turns[:, 0].shape), turns[:, 0])
    return WalkCycle(
        captured.name,
        offsets.astype(np.float32),
        _close_loop(turns),
        distance,
        captured.planted_heights_m,
    )


def _turn_back(vectors: Reals, heading_rad: float) -> Reals:
    sine, cosine = np.sin(heading_rad), np.cos(heading_rad)
    x, y, z = vectors.T
    return np.stack((cosine * x - sine * z, y, sine * x + cosine * z), axis=-1)


def _close_loop(turns_wxyz: Floats) -> Floats:
    """Rotations (C + 1, J, 4) to (C, J, 4) that go round; the misfit is spread over the stride."""
    misfit = quaternion_multiply(turns_wxyz[-1], quaternion_conjugate(turns_wxyz[0]))
    still = np.zeros_like(misfit)
    still[:, 0] = 1.0
    share = np.linspace(0.5, -0.5, len(turns_wxyz), dtype=np.float32)[:, None]
    ahead = quaternion_nlerp(still, misfit, np.abs(share))
    part = np.where(share[..., None] > 0, ahead, quaternion_conjugate(ahead))
    return quaternion_multiply(part, turns_wxyz)[:-1]


def align_cycle(cycle: WalkCycle, other: WalkCycle) -> WalkCycle:
    """The same stride begun where its poses, all along, are most like the other's."""
    strides = np.linspace(0.0, 1.0, 32, endpoint=False)
    shifts = np.linspace(0.0, 1.0, 64, endpoint=False)
    aim = _limb_poses(other, strides)
    shifted = _limb_poses(cycle, (shifts[:, None] + strides).ravel())
    gaps = shifted.reshape(len(shifts), -1) - aim.ravel()
    start = float(shifts[int(np.argmin(np.linalg.norm(gaps, axis=1)))])
    count = len(cycle.offsets)
    offsets, turns = cycle.sample(start + np.arange(count) / count)
    return replace(cycle, offsets=offsets, rotations_wxyz=turns)


def _limb_poses(cycle: WalkCycle, strides: Reals) -> Floats:
    hips, turns = cycle.sample(strides)
    joints, _ = forward_kinematics(COMMON_SKELETON, hips, turns)
    return joints - joints[:, :1]


def best_cycles(
    captured: Sequence[CapturedClip], cases: Sequence[WalkCase], reference: NaturalnessReference
) -> Cycles:
    """Of every clip's cycle the walking and the running one that look most natural on the cases."""
    walks, runs = (
        [cycle for c in captured if c.label == label and (cycle := find_cycle(c))]
        for label in ("walk", "run")
    )
    if not walks or not runs:
        raise InputError(
            f"the baseline needs a walking and a running stride; found {len(walks)} and "
            f"{len(runs)} among {len(captured)} clips. Give the whole folder with --data"
        )

    def distance(walk: WalkCycle, run: WalkCycle) -> float:
        cycles = Cycles(walk, align_cycle(run, walk))
        windows = join_windows([windows_of(slide_along(case, cycles)) for case in cases])
        found = reference.distance(windows)
        return found.total if found else np.inf

    best_walk = min(walks, key=lambda walk: distance(walk, runs[0]))
    best_run = min(runs, key=lambda run: distance(best_walk, run))
    return Cycles(best_walk, align_cycle(best_run, best_walk))
