"""The measures of walking, over a set of performances."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from backend.motion_quality.frechet import Reals
from backend.motion_quality.naturalness import ALL_COMPONENTS, NaturalnessReference
from backend.motion_quality.ways import StairsTerrain
from backend.motion_quality.windows import STANDING_M_S, Windows, cut_windows, facing, join_windows
from blender_addon.core.conventions import Floats
from blender_addon.core.feet import measures
from blender_addon.core.ground.path import Path
from blender_addon.core.ground.terrain import FlatTerrain, Terrain
from blender_addon.core.maths.headings import directions_to_headings
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import FOOT_JOINTS, PLANTED_HEIGHTS_M
from blender_addon.core.motion.kinematics import forward_kinematics
from blender_addon.core.walk.features import ground_under_root

RUNNING_M_S = 2.2
SPEED_WINDOW_S = 1.0
SPEED_COUNTS_FROM_M_S = 0.3
PATH_KEYS = (
    "path_deviation_mean_m",
    "path_deviation_p95_m",
    "speed_error",
    "speed_error_worst_path",
    "paths_completed",
)
FOOT_KEYS = (
    "slip_walk_cm_s",
    "slip_run_cm_s",
    "slip_stand_cm_s",
    "skate_cm_s",
    "skate_zhang_cm_s",
    "penetration_mean_cm",
    "penetration_max_cm",
)
NATURAL_KEYS = ("frechet", "frechet_mean", "frechet_spread", "frechet_full", "jerk_ratio")


@dataclass(frozen=True, eq=False)
class Performance:
    """A motion to be judged, and what was asked for.

    Args:
        name: of the path or clip.
        clip: on the common skeleton, 60 frames a second.
        terrain: the ground.
        path: the desired way; None where the motion was captured, not asked for.
        desired_speeds_m_s: (T,) desired speed at each frame; None likewise.
        desired_positions_xz: (T, 2) desired positions; for export alone.
        planted_heights_m: (4,) height of heels and toes over the ground when planted.
    """

    name: str
    clip: MotionClip
    terrain: Terrain = FlatTerrain()
    path: Path | None = None
    desired_speeds_m_s: Reals | None = None
    desired_positions_xz: Reals | None = None
    planted_heights_m: Floats = field(default_factory=lambda: PLANTED_HEIGHTS_M)

    @property
    def root_xz(self) -> Reals:
        """(T, 2) place of the hips."""
        return self.clip.root_positions[:, [0, 2]].astype(np.float64)


@dataclass(frozen=True, eq=False)
class FootRecord:
    """Feet of a performance per frame; T − 1 frames of speeds, T of depths.

    Args:
        speeds_m_s: (T − 1,) speed of the smoothed root.
        slip_m_s: (T − 1,) NaN while nothing is near the ground.
        skate_m_s: (T − 1, 4) NaN for joints in the air.
        skate_zhang_m_s: (T − 1, 4).
        depth_m: (T, 4).
    """

    speeds_m_s: Reals
    slip_m_s: Reals
    skate_m_s: Reals
    skate_zhang_m_s: Reals
    depth_m: Reals


def record_feet(performance: Performance) -> FootRecord:
    """Slip, skate and depth of one performance, frame by frame."""
    clip = performance.clip
    joints, _ = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    feet = joints[:, clip.skeleton.indices(FOOT_JOINTS)].astype(np.float64)
    ground = ground_under_feet(feet, performance.terrain, performance.planted_heights_m)
    heights = measures.heights_over_ground(feet, ground, performance.planted_heights_m)
    rate = clip.frame_rate_hz
    return FootRecord(
        smoothed_speeds(performance.root_xz, rate),
        measures.slip_speed(feet, heights, rate).values,
        measures.skate_speed(feet, heights, rate).values,
        measures.weighted_skate_speed(feet, heights, rate).values,
        measures.penetration(heights).values,
    )


def ground_under_feet(feet: Reals, terrain: Terrain, planted_heights_m: Floats) -> Reals:
    """(T, 4) ground under heels and toes; on stairs never above the tread that foot stands on.

    A toe inside the next step's riser stands on the tread below: that tread counts, not the one
    half a shoe further.
    """
    ground = np.asarray(terrain.heights(feet[..., [0, 2]]), np.float64)
    if not isinstance(terrain, StairsTerrain):
        return ground
    soles = feet[..., 1] - planted_heights_m
    lower = np.repeat(soles.reshape(-1, 2, 2).min(axis=-1), 2, axis=-1)
    return np.minimum(ground, terrain.tread_near(lower))


def smoothed_speeds(root_xz: Reals, frame_rate_hz: float) -> Reals:
    """(T − 1,) speed of the root after the same 0.5 s smoothing as the path deviation's."""
    smooth = measures.moving_average(root_xz, round(measures.SMOOTHING_S * frame_rate_hz))
    return np.asarray(np.linalg.norm(np.diff(smooth, axis=0), axis=-1) * frame_rate_hz)


def speed_error(performance: Performance) -> float | None:
    """Mean of |v − desired| / desired over 1 s windows in which more than 0.3 m/s is desired."""
    if performance.desired_speeds_m_s is None:
        return None
    rate = performance.clip.frame_rate_hz
    width = round(SPEED_WINDOW_S * rate)
    desired = performance.desired_speeds_m_s[:-1]
    if len(desired) < width:
        return None
    found = _window_means(smoothed_speeds(performance.root_xz, rate), width)
    asked = _window_means(desired, width)
    moving = _window_means(1.0 * (desired > SPEED_COUNTS_FROM_M_S), width) > 1.0 - 1e-6
    return _mean_or_none(np.abs(found - asked)[moving] / asked[moving])


def _window_means(values: Reals, width: int) -> Reals:
    sums = np.concatenate(([0.0], np.cumsum(values, dtype=np.float64)))
    return np.asarray((sums[width:] - sums[:-width]) / width)


def windows_of(performance: Performance) -> Windows:
    """Naturalness windows over this performance's ground."""
    clip = performance.clip
    joints, _ = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    ahead = facing(joints.astype(np.float64), clip.skeleton.names)
    headings = directions_to_headings(ahead)
    return cut_windows(clip, ground_under_root(performance.terrain, performance.root_xz, headings))


def follow_path(performance: Performance) -> measures.PathDeviation | None:
    """Distance to the desired path per frame; None where no path was asked."""
    if performance.path is None:
        return None
    points = performance.path.points[:, [0, 2]]
    return measures.path_deviation(performance.root_xz, points, performance.clip.frame_rate_hz)


def measure_paths(performances: Sequence[Performance]) -> dict[str, Any]:
    """Deviation pooled over frames, speed error over paths, and how many paths were finished.

    Everything is None where no path was asked.
    """
    followed = [found for p in performances if (found := follow_path(p)) is not None]
    if not followed:
        return dict.fromkeys(PATH_KEYS)
    distances = np.concatenate([found.distances_m for found in followed])
    errors = [error for p in performances if (error := speed_error(p)) is not None]
    return {
        "path_deviation_mean_m": float(np.nanmean(distances)),
        "path_deviation_p95_m": float(np.nanpercentile(distances, 95)),
        "speed_error": float(np.mean(errors)) if errors else None,
        "speed_error_worst_path": max(errors, default=None),
        "paths_completed": sum(found.completed() for found in followed),
    }


def measure_feet(records: Sequence[FootRecord]) -> dict[str, float | None]:
    """Foot measures pooled over performances, in centimetres; standing counts for depth alone.

    Everything is None where there is no performance.
    """
    if not records:
        return dict.fromkeys(FOOT_KEYS)
    speeds = np.concatenate([record.speeds_m_s for record in records])
    slip = np.concatenate([record.slip_m_s for record in records])
    skate = np.concatenate([record.skate_m_s for record in records])
    zhang = np.concatenate([record.skate_zhang_m_s for record in records])
    depth = np.concatenate([record.depth_m for record in records])
    moving, running = speeds >= STANDING_M_S, speeds >= RUNNING_M_S
    return {
        "slip_walk_cm_s": _centimetres(slip[moving & ~running]),
        "slip_run_cm_s": _centimetres(slip[running]),
        "slip_stand_cm_s": _centimetres(slip[~moving]),
        "skate_cm_s": _centimetres(skate[moving]),
        "skate_zhang_cm_s": _centimetres(zhang[moving]),
        "penetration_mean_cm": _centimetres(depth),
        "penetration_max_cm": _centimetres(depth, np.max),
    }


def _centimetres(
    values_m: Reals, pool: Callable[[Reals], np.floating[Any]] = np.mean
) -> float | None:
    counted = values_m[np.isfinite(values_m)]
    return float(100.0 * pool(counted)) if counted.size else None


def _mean_or_none(values: Reals) -> float | None:
    return float(values.mean()) if len(values) else None


def measure_naturalness(
    windows: Windows, reference: NaturalnessReference
) -> dict[str, float | None]:
    """Fréchet distance with both terms, that on all components, and the jerk ratio."""
    distance = reference.distance(windows)
    full = reference.distance(windows, ALL_COMPONENTS)
    return {
        "frechet": distance.total if distance else None,
        "frechet_mean": distance.mean_term if distance else None,
        "frechet_spread": distance.spread_term if distance else None,
        "frechet_full": full.total if full else None,
        "jerk_ratio": reference.jerk_ratio(windows),
    }


def measure_all(
    performances: Sequence[Performance], reference: NaturalnessReference
) -> dict[str, Any]:
    """Every measure, pooled over the performances and for each alone."""
    records = {p.name: record_feet(p) for p in performances}
    windows = {p.name: windows_of(p) for p in performances}
    flat = [windows[p.name] for p in performances if isinstance(p.terrain, FlatTerrain)]
    level = reference.distance(join_windows(flat)) if flat else None
    return {
        **measure_paths(performances),
        **measure_feet(list(records.values())),
        **(
            measure_naturalness(join_windows(list(windows.values())), reference)
            if windows
            else dict.fromkeys(NATURAL_KEYS)
        ),
        "frechet_flat": level.total if level else None,
        "per_path": {
            p.name: measure_paths([p])
            | measure_feet([records[p.name]])
            | measure_naturalness(windows[p.name], reference)
            for p in performances
        },
    }
