"""The sliding baseline: one captured walking cycle moved along the path.

The cycle plays as fast as the figure advances (stride-matched), its hips stay where the path is and
face along it. Nothing keeps the feet still. It is what an animator gets from a walk cycle and a
Follow Path constraint, and hard to beat on path deviation and naturalness of single poses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from blender_addon.core.conventions import MODEL_FRAME_RATE_HZ, Floats
from blender_addon.core.features.locomotion_features import (
    directions_to_headings,
    ground_under_root,
)
from blender_addon.core.features.path import Path
from blender_addon.core.maths.rotations import (
    heading_to_quaternion,
    quaternion_conjugate,
    quaternion_multiply,
    quaternion_nlerp,
)
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON
from blender_addon.core.motion.kinematics import forward_kinematics

from .captured import CapturedClip
from .frechet import Reals
from .locomotion_metrics import Performance, windows_of
from .locomotion_suite import WalkCase
from .motion_windows import join_windows, pose_features
from .naturalness import NaturalnessReference

ACCELERATION_M_S2 = 1.0
_CYCLE_S = (0.8, 1.6)
_AHEAD_M = 0.25
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
        turns = quaternion_nlerp(
            self.rotations_wxyz[low], self.rotations_wxyz[high], part[:, None]
        )
        return hips, turns


def wanted_progress(case: WalkCase) -> tuple[Reals, Reals]:
    """Where to be and how fast, frame by frame at 60 Hz, starting and stopping at 1 m/s².

    Returns:
        distances (T,) along the path, metres, and speeds (T,), with the standing before and after.
    """
    rest, step = round(case.stand_s * MODEL_FRAME_RATE_HZ), 1.0 / MODEL_FRAME_RATE_HZ
    distances, way = [np.zeros(rest)], 0.0
    halts = [(stop.at_m, stop.seconds) for stop in case.path.stops]
    for at_m, seconds in [*halts, (case.path.length_m, case.stand_s)]:
        leg = _walk_leg(case.path, way, at_m, step)
        distances += [leg, np.full(round(seconds * MODEL_FRAME_RATE_HZ), at_m)]
        way = at_m
    track = np.concatenate(distances)
    return track, np.gradient(track) * MODEL_FRAME_RATE_HZ


def _walk_leg(path: Path, start_m: float, end_m: float, step_s: float) -> Reals:
    """Distances from standing at ``start_m`` to standing at ``end_m``."""
    way, speed, track = start_m, 0.0, []
    while end_m - way > 1e-3:
        brake = np.sqrt(2.0 * ACCELERATION_M_S2 * (end_m - way))
        limit = min(float(path.speeds(np.asarray(way))), float(brake))
        speed = max(min(speed + ACCELERATION_M_S2 * step_s, limit), 0.02)
        way = min(way + speed * step_s, end_m)
        track.append(way)
    return np.array(track)


def slide_along(case: WalkCase, cycle: WalkCycle) -> Performance:
    """The baseline's performance of one case."""
    distances, speeds = wanted_progress(case)
    places = case.path.positions(distances)
    headings = _path_headings(case.path, distances)
    hips, turns = cycle.sample(distances / cycle.travel_m)
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
        case.name, clip, case.terrain, case.path, speeds, cycle.planted_heights_m
    )


def _path_headings(path: Path, distances_m: Reals) -> Reals:
    """Heading of the chord from a quarter metre behind to a quarter metre ahead."""
    ahead = path.positions(np.minimum(distances_m + _AHEAD_M, path.length_m))
    behind = path.positions(np.maximum(distances_m - _AHEAD_M, 0.0))
    return np.asarray(directions_to_headings(ahead - behind), np.float64)


def find_cycle(captured: CapturedClip) -> WalkCycle | None:
    """The stride of a clip whose end is most like its beginning; None if there is none."""
    clip = captured.clip
    joints, _ = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    poses = pose_features(joints.astype(np.float64), 0.0, clip.frame_rate_hz, clip.skeleton.names)
    shortest, longest = (round(s * clip.frame_rate_hz) for s in _CYCLE_S)
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


def best_cycle(
    captured: Sequence[CapturedClip], cases: Sequence[WalkCase], reference: NaturalnessReference
) -> WalkCycle:
    """Of every clip's cycle the one that looks most natural on the cases."""
    cycles = [cycle for c in captured if c.label == "walk" and (cycle := find_cycle(c))]
    return min(cycles, key=lambda cycle: _distance(cycle, cases, reference))


def _distance(
    cycle: WalkCycle, cases: Sequence[WalkCase], reference: NaturalnessReference
) -> float:
    windows = join_windows([windows_of(slide_along(case, cycle)) for case in cases])
    found = reference.distance(windows)
    return found.total if found else np.inf
