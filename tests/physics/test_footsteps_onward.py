"""Who was pushed off the path walks on from there, back to it."""

from __future__ import annotations

from typing import Final

import numpy as np

from blender_addon.core.conventions import Floats
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.physics.clip_poses import clip_to_poses
from blender_addon.core.physics.figure import BODY_NAMES
from blender_addon.core.physics.footsteps.anew import walked_anew
from blender_addon.core.physics.footsteps.onward import (
    continued,
    now_of,
    overwrite,
    rest_of,
)
from blender_addon.core.physics.footsteps.prepare import prepare_reference
from blender_addon.core.physics.footsteps.surroundings import Surroundings, surroundings_of
from blender_addon.core.physics.footsteps.walk_on import walk_on
from blender_addon.core.physics.footsteps.walker import WalkAsked
from blender_addon.core.physics.reference import reference_of
from blender_addon.core.physics.world import World

from .walking import marching

_XZ: Final = [0, 2]
_STEP: Final = 70
_CLIP: Final = marching(6.0)


class _Marcher:
    """Walks straight ahead from where a path begins; remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[WalkAsked] = []

    def walk(self, asked: list[WalkAsked]) -> list[MotionClip]:
        """See Walker."""
        self.asked += asked
        return [_shifted(marching(each.path.length_m), each.path.points[0, _XZ]) for each in asked]


def test_walking_on_begins_where_the_figure_is_and_returns() -> None:
    pose = _pose(np.array([0.3, -0.1]))
    found = walk_on(_CLIP, _STEP, pose, _level())
    assert found is not None
    assert np.allclose(found.poses[0, :3], pose[:3], atol=0.03)
    assert np.abs(found.joints[0] - reference_of(_CLIP).joints[_STEP]).max() < 0.6
    ahead = found.poses[45:, 0]  # a second and a half later
    assert np.abs(ahead).max() < 0.12
    speeds = np.linalg.norm(np.diff(found.poses[:, :3], axis=0), axis=1) * 30.0
    assert speeds.max() < 2.0


def test_walking_on_feet_are_lifted_as_before() -> None:
    feet = [BODY_NAMES.index(side + "_foot") for side in ("left", "right")]
    found = [
        walk_on(_CLIP, _STEP, _pose(np.array([0.3, -0.1])), _level(), lift=lift)
        for lift in (0.0, 1.0)
    ]
    low, high = (each.bodies[20:60, feet, 1] for each in found if each is not None)
    assert (high - low).max() > 0.02 and (high - low).min() > -0.02


def test_the_foot_that_stands_stays() -> None:
    pose = _pose(np.array([0.25, 0.0]))
    now = now_of(pose, _level())
    rest = rest_of(_CLIP, _STEP)
    assert rest is not None and now.down.any()
    led = continued(rest, now, _level())
    again = now_of(clip_to_poses(led).poses[0], _level())
    side = int(np.flatnonzero(now.down)[0])
    assert np.linalg.norm(again.feet[side, :2] - now.feet[side, :2]) < 0.06


def test_nothing_is_left_to_walk_at_the_end() -> None:
    assert walk_on(_CLIP, _CLIP.frame_count // 2 - 5, _pose(np.zeros(2)), _level()) is None


def test_what_is_followed_changes_in_place_from_a_step_on() -> None:
    whole, rest = reference_of(_CLIP), reference_of(_CLIP)
    before = whole.poses.copy()
    rest.poses[:, 0] += 1.0
    overwrite(whole, 40, rest, len(before) - 40)
    assert np.array_equal(whole.poses[:40], before[:40])
    assert np.allclose(whole.poses[40:, 0], before[: len(before) - 40, 0] + 1.0)


def test_a_walk_made_anew_has_a_run_up_on_the_line_of_the_figure() -> None:
    walker, rest = _Marcher(), rest_of(_CLIP, _STEP)
    pose = _pose(np.array([0.2, 0.0]))
    now = now_of(pose, _level())
    assert rest is not None
    found = walked_anew(rest, now, _level(), walker)
    assert found is not None and len(walker.asked) == 4
    for each in walker.asked:
        away = np.linalg.norm(each.path.points[:, _XZ] - now.root_xz, axis=1)
        assert away.min() < 0.11
        assert abs(each.path.points[-1, 0]) < 0.05
    assert np.linalg.norm(found.root_positions[0, _XZ] - now.root_xz) < 0.35


def test_a_walker_is_asked_to_go_round() -> None:
    from backend.physics.footsteps.scenes import box

    walker = _Marcher()
    thing = box("post", np.array([0.2, 1.5, 0.2]), np.array([0.05, 3.0]), 0.0)
    world = World(obstacles=(thing,))
    out = prepare_reference(_CLIP, world, walker)
    points = walker.asked[0].path.points[:, _XZ]
    around = surroundings_of(world, points)
    assert out.way_changed and around.clearance(points).min() > 0.36
    assert 0.5 < walker.asked[0].stand_before_s < 1.5


def _level() -> Surroundings:
    return surroundings_of(World(), _CLIP.root_positions[:, _XZ].astype(np.float64))


def _pose(shift: Floats) -> Floats:
    pose: Floats = reference_of(_CLIP).followed.poses[2 * _STEP].copy()
    pose[_XZ] += shift
    return pose


def _shifted(clip: MotionClip, to: Floats) -> MotionClip:
    roots = clip.root_positions.copy()
    roots[:, _XZ] += to - roots[0, _XZ]
    return MotionClip(clip.skeleton, clip.frame_rate_hz, roots, clip.rotations_wxyz, clip.contacts)
