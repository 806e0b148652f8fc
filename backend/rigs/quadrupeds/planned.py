"""An animal's motion from plan and legs alone, with neither a network nor borrowed manner."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from scipy.ndimage import gaussian_filter1d, maximum_filter1d

from backend.quadruped.footfalls import plan_footfalls
from backend.quadruped.footing import within_reach
from blender_addon.core.conventions import MODEL_FRAME_RATE_HZ, Floats
from blender_addon.core.ground.terrain import Terrain
from blender_addon.core.jobs import OnProgress, Progress
from blender_addon.core.maths.rotations import (
    axis_angle_to_quaternion,
    heading_to_quaternion,
    quaternion_multiply,
    quaternion_rotate,
)
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.resample import resample_clip
from blender_addon.core.quadruped.body import QuadrupedBody
from blender_addon.core.quadruped.legs import SolvedLegs, clip_of_pose, folding_styles, solve_legs
from blender_addon.core.quadruped.plan_making import plan_request
from blender_addon.core.quadruped.request import QuadrupedRequest, QuadrupedResult
from blender_addon.core.quadruped.sizing import at_model_size
from blender_addon.core.quadruped.skeleton import CHEST, HIPS, PARENTS

_TRUNK: Final = 11
_LOWER: Final = 0.01
"""Of the hip height, by which a moving trunk is lower than a standing one."""

_SINKINGS: Final = 5
_SIDE: Final = np.array([1.0, 0.0, 0.0])
_AHEAD: Final = np.array([0.0, 0.0, 1.0])


class PlannedPipeline:
    """Gives what a pipeline with a network gives."""

    def generate(
        self,
        requests: Sequence[QuadrupedRequest],
        *,
        on_progress: Progress | OnProgress | None = None,
    ) -> list[QuadrupedResult]:
        """Motions of several animals, one after the other."""
        return [_generate(request) for request in requests]


def _generate(request: QuadrupedRequest) -> QuadrupedResult:
    small = at_model_size(request)
    plan = plan_request(small, request.body.hip_height_m)
    rng = np.random.default_rng(request.seed)
    falls = plan_footfalls(plan, small.body, small.terrain, rng)
    falls = within_reach(falls, plan, small.body, small.terrain)
    root = np.column_stack((plan.positions_xz, plan.headings_rad)).astype(np.float64)
    hips, trunk, legs = _reaching(small.body, root, small.terrain, falls.paws_m, falls.contacts)
    clip = clip_of_pose(small.body, hips, trunk, legs, MODEL_FRAME_RATE_HZ, falls.contacts)
    own = _at_own_size(clip, request.body)
    track = _own_track(root, request.body, own)
    return QuadrupedResult(own, track, track[:, :2], True, plan, plan.notes)


def _reaching(
    body: QuadrupedBody, root: Floats, terrain: Terrain, paws: Floats, contacts: Floats
) -> tuple[Floats, Floats, SolvedLegs]:
    """Hips, trunk and legs, the trunk's ends let down where a leg would be too short."""
    sunk = np.full((len(root), 2), _LOWER * body.hip_height_m)
    for _ in range(_SINKINGS):
        hips, trunk = _trunk(body, root, terrain, sunk)
        ends = _places(body, hips, trunk)[:, [HIPS, CHEST]]
        turns = trunk[:, [HIPS, CHEST]]
        styles = folding_styles(body, ends, turns, paws)
        legs = solve_legs(body, ends, turns, paws, styles)
        lacking = np.where(contacts, legs.lacking_m, 0.0)
        more = np.stack((lacking[:, [0, 2]].max(axis=1), lacking[:, [1, 3]].max(axis=1)), axis=1)
        if more.max() < 1e-4:
            break
        sunk += gaussian_filter1d(maximum_filter1d(2.0 * more, 9, axis=0), 4.0, axis=0)
    return hips, trunk, legs


def _trunk(
    body: QuadrupedBody, root: Floats, terrain: Terrain, sunk: Floats
) -> tuple[Floats, Floats]:
    """(T, 3) hips and (T, 11, 4) turns: along the track, each end as high as the ground has it."""
    headings = heading_to_quaternion(root[:, 2]).astype(np.float64)
    rest = body.rest_m.astype(np.float64)
    ahead = quaternion_rotate(headings, _AHEAD)
    half = float(rest[CHEST, 2] - rest[HIPS, 2]) / 2
    ground = np.stack(
        [terrain.heights(root[:, :2] + side * half * ahead[:, [0, 2]]) for side in (-1, 1)], axis=1
    )
    ground = gaussian_filter1d(ground.astype(np.float64), 12.0, axis=0) - sunk
    pitch = -np.arctan2(ground[:, 1] - ground[:, 0], 2 * half)
    turns = quaternion_multiply(
        headings, axis_angle_to_quaternion(np.broadcast_to(_SIDE, (len(root), 3)), pitch)
    )
    middle = (rest[HIPS] + rest[CHEST]) / 2
    place = np.column_stack((root[:, 0], ground.mean(axis=1), root[:, 1]))
    off = rest[HIPS] - np.array([0.0, 0.0, middle[2]])
    return place + quaternion_rotate(turns, off), np.repeat(turns[:, None], _TRUNK, axis=1)


def _places(body: QuadrupedBody, hips: Floats, turns: Floats) -> Floats:
    places = np.empty((len(hips), _TRUNK, 3))
    places[:, HIPS] = hips
    for joint in range(1, _TRUNK):
        above = int(PARENTS[joint])
        off = body.skeleton.offsets[joint].astype(np.float64)
        places[:, joint] = places[:, above] + quaternion_rotate(turns[:, above], off)
    return places


def _at_own_size(clip: MotionClip, body: QuadrupedBody) -> MotionClip:
    """Out of the model's world, at 60 Hz of true time."""
    own = MotionClip(
        body.skeleton,
        clip.frame_rate_hz * body.time_factor,
        clip.root_positions / body.length_factor,
        clip.rotations_wxyz,
        clip.contacts,
    )
    return resample_clip(own, MODEL_FRAME_RATE_HZ)


def _own_track(root: Floats, body: QuadrupedBody, own: MotionClip) -> Floats:
    seconds = np.arange(own.frame_count) / own.frame_rate_hz
    known = np.arange(len(root)) / (MODEL_FRAME_RATE_HZ * body.time_factor)
    track = np.column_stack([np.interp(seconds, known, column) for column in root.T])
    track[:, :2] /= body.length_factor
    return track
