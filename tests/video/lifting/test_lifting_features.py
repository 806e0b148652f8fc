"""What the lifter's network sees does not depend on what it should not."""

from __future__ import annotations

import numpy as np
import pytest

from blender_addon.core.video.lifting.features import (
    INPUT_LAYOUT,
    joints_back,
    joints_seen,
    look_at,
    point_confidence,
    points_of,
)
from blender_addon.core.video.lifting.mirror import (
    OTHER_SIDE,
    mirrored_features,
    mirrored_joints,
)
from blender_addon.core.video.lifting.viewpoint import turned, turned_rays, turns_to
from tests.video.lifting.lifting_samples import joint, landmarks_m, level_camera

FRAMES = 40
_PART = INPUT_LAYOUT.slices
_FLIP = np.array([-1.0, 1.0, 1.0])


def _walk(away_m: float = 4.0) -> np.ndarray:
    """(1, T, 19, 3) in the camera's axes."""
    return points_of(level_camera(FRAMES, away_m).to_camera(landmarks_m(FRAMES)))[None]


def _seen(places: np.ndarray, **more) -> np.ndarray:
    confidence = np.ones(places.shape[:3])
    return look_at(places[..., :2] / places[..., 2:], confidence, **more).features


def _random_turn(seed: int) -> np.ndarray:
    ray = np.random.default_rng(seed).uniform(-0.4, 0.4, 2)
    return turns_to(ray)


def test_a_ray_is_turned_onto_the_axis_ahead() -> None:
    rays = np.random.default_rng(1).normal(size=(50, 2))
    turns = turns_to(rays)
    ahead = np.concatenate((rays, np.ones((50, 1))), axis=1)
    ahead /= np.linalg.norm(ahead, axis=1, keepdims=True)
    np.testing.assert_allclose(turned(ahead[:, None], turns)[:, 0], [[0, 0, 1]] * 50, atol=1e-12)
    np.testing.assert_allclose(np.linalg.det(turns), 1.0)
    np.testing.assert_allclose(turned_rays(rays[:, None], turns), 0.0, atol=1e-12)


def test_a_camera_twice_as_far_with_a_body_twice_as_large_sees_the_same() -> None:
    near, far = _seen(_walk()), _seen(2.0 * _walk())
    np.testing.assert_allclose(near, far, atol=1e-5)


def test_distance_alone_changes_the_size_that_is_told_and_little_else() -> None:
    near, far = _seen(_walk(4.0)), _seen(_walk(8.0))
    told = near[..., _PART["size"]] - far[..., _PART["size"]]
    np.testing.assert_allclose(told, np.log(2.0), atol=0.03)
    np.testing.assert_allclose(near[..., _PART["points"]], far[..., _PART["points"]], atol=0.15)


@pytest.mark.parametrize("seed", range(3))
def test_a_camera_that_looks_aside_sees_the_same_pose(seed: int) -> None:
    places = _walk()
    aside = places @ _random_turn(seed).T
    straight, slanted = _seen(places), _seen(aside)
    # The smallest turn onto the hips leaves a roll of the second order.
    np.testing.assert_allclose(
        straight[..., _PART["points"]], slanted[..., _PART["points"]], atol=0.2
    )
    np.testing.assert_allclose(straight[..., _PART["size"]], slanted[..., _PART["size"]], atol=0.01)


def test_a_mirror_swaps_sides_and_nothing_else() -> None:
    places = _walk() + np.array([0.4, 0.1, 0.0])
    down = np.broadcast_to(np.array([0.1, 0.9, 0.42]), (1, FRAMES, 3))
    every = np.ones((1, FRAMES), bool)
    told = {"has_world": every, "has_down": every}
    mirror = places[:, :, OTHER_SIDE] * _FLIP
    one = _seen(places, world_m=places, down=down, **told)
    other = _seen(mirror, world_m=mirror, down=down * _FLIP, **told)
    np.testing.assert_allclose(mirrored_features(one), other, atol=1e-5)
    np.testing.assert_array_equal(mirrored_features(mirrored_features(one)), one)


def test_mirrored_joints_are_those_of_the_mirrored_body() -> None:
    joints = _walk()[:, :, :14]
    mirror = _walk()[:, :, OTHER_SIDE][:, :, :14] * _FLIP
    made = mirrored_joints(joints.reshape(1, FRAMES, -1)).reshape(mirror.shape)
    np.testing.assert_allclose(made, mirror, atol=1e-12)


def test_what_the_network_is_to_write_comes_back() -> None:
    places = _walk() + np.array([0.7, -0.3, 0.0])
    sight = look_at(places[..., :2] / places[..., 2:], np.ones(places.shape[:3]))
    joints = places[:, :, :14]
    written = joints_seen(joints, sight.turns).reshape(1, FRAMES, -1)
    hips = joints[..., [joint("LeftUpLeg"), joint("RightUpLeg")], :].mean(axis=-2, keepdims=True)
    np.testing.assert_allclose(joints_back(written, sight.turns), joints - hips, atol=1e-6)


def test_gravity_is_told_as_the_view_straight_on_has_it() -> None:
    places = _walk()
    every = np.ones((1, FRAMES), bool)
    down = np.broadcast_to(np.array([0.0, 1.0, 0.0]), (1, FRAMES, 3))
    told = _seen(places, down=down, has_down=every)
    np.testing.assert_allclose(told[..., _PART["down"]], down, atol=0.03)
    untold = _seen(places, down=down, has_down=~every)
    assert not untold[..., _PART["down"]].any()
    assert not untold[..., _PART["has_down"]].any()


def test_wild_places_of_the_landmark_network_stay_within_bounds() -> None:
    places = _walk()
    every = np.ones((1, FRAMES), bool)
    told = _seen(places, world_m=1e6 * places, has_world=every)
    assert np.abs(told).max() <= 3.0 + 1e-6


def test_confidence_of_a_point_is_that_of_its_least_sure_landmark() -> None:
    sure = np.ones((1, 33))
    sure[0, 17] = 0.2  # the left little finger
    found = point_confidence(sure)
    assert found.shape == (1, 19)
    assert found[0, 15] == pytest.approx(0.2)
    assert (np.delete(found, 15) == 1.0).all()
