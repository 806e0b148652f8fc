"""Lifting a tracked person: any length, any rate, any gap; and what is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from blender_addon.core.errors import Cancelled, ContractError, FilmError, SettingsError
from blender_addon.core.inference.contract import TensorSpec
from blender_addon.core.video.lifting.features import INPUT_LAYOUT
from blender_addon.core.video.lifting.lifter import Lifter
from blender_addon.core.video.points import joints_of, middle_of_hips
from blender_addon.core.video.tracked import Seen
from tests.video.lifting.lifting_samples import (
    Echo,
    joint,
    landmarks_m,
    level_camera,
    lifter_contract,
    tracked_walk,
)


def _truth(frames: int, rate_hz: float = 30.0) -> np.ndarray:
    joints = joints_of(level_camera(frames).to_camera(landmarks_m(frames, rate_hz)))
    return joints - middle_of_hips(joints)[:, None]


@pytest.mark.parametrize("rate_hz", [12.0, 24.0, 29.97, 60.0, 240.0])
def test_any_frame_rate_comes_back_as_it_came(rate_hz: float) -> None:
    frames = round(3 * rate_hz)
    lifted = Lifter(Echo()).lift(tracked_walk(frames, rate_hz), level_camera(frames))
    assert lifted.joints_m.shape == (frames, 14, 3)
    off = np.linalg.norm(lifted.joints_m - _truth(frames, rate_hz), axis=-1)
    edge = max(round(0.1 * rate_hz), 1)
    assert off[edge:-edge].max() < 0.015


@pytest.mark.parametrize("frames", [1, 2, 10])
def test_short_films(frames: int) -> None:
    lifted = Lifter(Echo()).lift(tracked_walk(frames), level_camera(frames))
    np.testing.assert_allclose(lifted.joints_m, _truth(frames), atol=0.01)
    np.testing.assert_allclose(lifted.confidence, 1.0)


def test_a_long_film_is_lifted_in_blocks_that_do_not_show() -> None:
    frames, model = 3000, Echo()
    lifted = Lifter(model).lift(tracked_walk(frames), level_camera(frames))
    assert model.longest <= 728
    assert model.frames < 1.3 * frames
    np.testing.assert_allclose(lifted.joints_m, _truth(frames), atol=0.01)


def test_frames_without_anybody_are_filled_and_not_trusted() -> None:
    frames = 200
    tracked = tracked_walk(frames)
    gone = np.zeros(frames, bool)
    gone[:5], gone[50:56], gone[100:160] = True, True, True
    points, world = tracked.points_px.copy(), tracked.world_m.copy()
    points[gone], world[gone] = np.nan, np.nan
    seen = np.where(gone, Seen.EMPTY, Seen.FOUND).astype(np.uint8)
    tracked = replace(tracked, points_px=points, world_m=world, seen=seen)
    lifted = Lifter(Echo()).lift(tracked, level_camera(frames))
    assert np.isfinite(lifted.joints_m).all()
    assert (lifted.confidence[gone] == 0.0).all()
    assert (lifted.confidence[~gone] == 1.0).all()
    hand = lifted.joints_m[:, joint("LeftHand")]
    np.testing.assert_allclose(hand[:5], np.broadcast_to(hand[5], (5, 3)))
    assert np.linalg.norm(np.diff(hand, axis=0), axis=-1).max() < 0.12


def test_a_single_point_that_is_missing_does_not_spoil_the_rest() -> None:
    tracked = tracked_walk(40)
    points = tracked.points_px.copy()
    points[10:20, 15] = np.nan  # the left wrist
    lifted = Lifter(Echo()).lift(replace(tracked, points_px=points), level_camera(40))
    np.testing.assert_allclose(lifted.joints_m, _truth(40), atol=0.02)


def test_gravity_is_told_of_a_camera_that_is_known_alone() -> None:
    told = {}

    class Listening(Echo):
        def run(self, feeds):
            told["down"] = feeds["features"][0, :, INPUT_LAYOUT.slices["down"]]
            return super().run(feeds)

    for known in (True, False):
        Lifter(Listening()).lift(tracked_walk(20), level_camera(20, is_known=known))
        expected = [0.0, 1.0, 0.0] if known else [0.0, 0.0, 0.0]
        np.testing.assert_allclose(told["down"], np.broadcast_to(expected, (20, 3)), atol=0.02)


def test_nobody_in_the_film_is_said() -> None:
    tracked = tracked_walk(5)
    empty = replace(tracked, points_px=np.full((5, 33, 2), np.nan), seen=np.zeros(5, np.uint8))
    with pytest.raises(FilmError, match="5 pictures"):
        Lifter(Echo()).lift(empty, level_camera(5))


def test_a_camera_of_another_part_is_refused() -> None:
    with pytest.raises(SettingsError, match="7 frames"):
        Lifter(Echo()).lift(tracked_walk(5), level_camera(7))
    with pytest.raises(SettingsError, match="pictures a second"):
        Lifter(Echo()).lift(replace(tracked_walk(5), frame_rate_hz=0.0), level_camera(5))


def test_cancelling_stops_it() -> None:
    with pytest.raises(Cancelled):
        Lifter(Echo()).lift(tracked_walk(30), level_camera(30), lambda share: False)


@pytest.mark.parametrize(
    "changes",
    [
        {"task": "motion_filler"},
        {"frame_rate_hz": 60.0},
        {"inputs": (TensorSpec("features", ("batch", "frames", 45)),)},
        {"outputs": (TensorSpec("joints", ("batch", "frames", 51)),)},
    ],
)
def test_a_model_made_for_something_else_is_refused(changes: dict) -> None:
    model = Echo()
    model.contract = lifter_contract(**changes)
    with pytest.raises(ContractError):
        Lifter(model)
