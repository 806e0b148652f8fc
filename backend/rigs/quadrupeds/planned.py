"""A way of an animal from plan and legs alone, with neither a network nor borrowed manner."""

from __future__ import annotations

from typing import Final

import numpy as np

from backend.quadruped.footfalls import plan_footfalls
from blender_addon.core.conventions import MODEL_FRAME_RATE_HZ, Floats
from blender_addon.core.ground.path import Path
from blender_addon.core.ground.terrain import FlatTerrain, Terrain
from blender_addon.core.maths.rotations import (
    axis_angle_to_quaternion,
    heading_to_quaternion,
    quaternion_multiply,
    quaternion_rotate,
)
from blender_addon.core.maths.smoothing import gaussian_smooth
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.resample import resample_clip
from blender_addon.core.quadruped.body import QuadrupedBody
from blender_addon.core.quadruped.legs import clip_of_pose, solve_legs
from blender_addon.core.quadruped.plan_making import plan_request
from blender_addon.core.quadruped.request import QuadrupedRequest
from blender_addon.core.quadruped.skeleton import CHEST, HIPS, PARENTS

_TRUNK: Final = 11
_CURVE: Final = np.array(
    [[0.0, 0.0, 0.0], [0.0, 0.0, 4.0], [0.8, 0.0, 6.5], [2.6, 0.0, 8.2], [5.0, 0.0, 9.0]]
)
"""In hip heights."""


def planned_way(
    body: QuadrupedBody,
    froude: float = 0.15,
    frame_rate_hz: float = 24.0,
    terrain: Terrain | None = None,
    seed: int = 0,
) -> tuple[MotionClip, Floats]:
    """A short curved way at an even pace.

    Args:
        body: at its own size.
        froude: speed squared over gravity and hip height.
        frame_rate_hz: of the clip.
        terrain: in the model's world; flat where it is None.
        seed: of the strides.

    Returns:
        The clip in the animal's own metres and seconds, and (T, 3) x, z and heading of its root.
    """
    small = body.at_model_size()
    terrain = terrain or FlatTerrain()
    height = small.hip_height_m
    speed = float(np.sqrt(froude * 9.81 * height))
    points = _CURVE * height
    path = Path(points, np.full(len(points), speed))
    plan = plan_request(QuadrupedRequest(small, path))
    footfalls = plan_footfalls(plan, small, terrain, np.random.default_rng(seed))
    root = np.column_stack((plan.positions_xz, plan.headings_rad)).astype(np.float64)
    hips, trunk = _trunk(small, root, terrain)
    places = _places(small, hips, trunk)
    legs = solve_legs(small, places[:, [HIPS, CHEST]], trunk[:, [HIPS, CHEST]], footfalls.paws_m)
    clip = clip_of_pose(small, hips, trunk, legs, MODEL_FRAME_RATE_HZ, footfalls.contacts)
    return _at_own_size(clip, root, body, frame_rate_hz)


def _trunk(body: QuadrupedBody, root: Floats, terrain: Terrain) -> tuple[Floats, Floats]:
    """(T, 3) hips and (T, 11, 4) turns: along the track, a little lower, pitched by the ground."""
    headings = heading_to_quaternion(root[:, 2]).astype(np.float64)
    rest = body.rest_m.astype(np.float64)
    middle = (rest[HIPS] + rest[CHEST]) / 2
    ahead = quaternion_rotate(headings, np.array([0.0, 0.0, 1.0]))
    half = float(rest[CHEST, 2] - rest[HIPS, 2]) / 2
    ground = np.stack(
        [terrain.heights(root[:, :2] + side * half * ahead[:, [0, 2]]) for side in (-1, 1)], axis=1
    )
    ground = gaussian_smooth(ground.astype(np.float64), 12.0)
    pitch = -np.arctan2(ground[:, 1] - ground[:, 0], 2 * half)
    side = np.broadcast_to(np.array([1.0, 0.0, 0.0]), (len(root), 3))
    turns = quaternion_multiply(headings, axis_angle_to_quaternion(side, pitch))
    off = rest[HIPS] - np.array([0.0, 0.03 * body.hip_height_m, middle[2]])
    place = np.column_stack((root[:, 0], ground.mean(axis=1), root[:, 1]))
    hips = place + quaternion_rotate(turns, np.broadcast_to(off, place.shape))
    return hips, np.repeat(turns[:, None], _TRUNK, axis=1)


def _places(body: QuadrupedBody, hips: Floats, turns: Floats) -> Floats:
    places = np.empty((len(hips), _TRUNK, 3))
    places[:, HIPS] = hips
    for joint in range(1, _TRUNK):
        above = int(PARENTS[joint])
        off = np.broadcast_to(body.skeleton.offsets[joint].astype(np.float64), hips.shape)
        places[:, joint] = places[:, above] + quaternion_rotate(turns[:, above], off)
    return places


def _at_own_size(
    clip: MotionClip, root: Floats, body: QuadrupedBody, frame_rate_hz: float
) -> tuple[MotionClip, Floats]:
    """Out of the model's world: lengths by the size, times by its root."""
    rate = clip.frame_rate_hz * body.time_factor
    own = MotionClip(
        body.skeleton,
        rate,
        clip.root_positions / body.length_factor,
        clip.rotations_wxyz,
        clip.contacts,
    )
    resampled = resample_clip(own, frame_rate_hz)
    seconds = np.arange(resampled.frame_count) / frame_rate_hz
    known = np.arange(len(root)) / rate
    track = np.column_stack([np.interp(seconds, known, column) for column in root.T])
    track[:, :2] /= body.length_factor
    return resampled, track
