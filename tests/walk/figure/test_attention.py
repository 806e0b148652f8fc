"""Eyes go before the way turns, down to treads, rest and jump; lids blink every few seconds."""

from __future__ import annotations

import numpy as np
import pytest

from blender_addon.core.maths.rotations import heading_to_quaternion
from blender_addon.core.walk.attention import LIMITS_DEG, look_ahead


def corner(turn_rad, seconds=12.0, speed=1.3):
    """A track that goes straight on, and round a corner in the middle; the head faces along it."""
    frames = np.arange(int(seconds * 60))
    heading = np.where(frames < len(frames) // 2, 0.0, turn_rad)
    step = speed / 60 * np.stack((np.sin(heading), np.cos(heading)), axis=-1)
    return np.column_stack((np.cumsum(step, axis=0), heading))


def look(track, ground=None, seed=0):
    ground = np.zeros(len(track)) if ground is None else ground
    return look_ahead(track, heading_to_quaternion(track[:, 2]), ground, seed)


@pytest.mark.parametrize("turn_deg", [60.0, -60.0])
def test_eyes_go_to_where_the_way_turns_before_the_head_does(turn_deg):
    yaw = [look(corner(np.deg2rad(turn_deg)), seed=seed).eyes_rad[:, 0] for seed in range(12)]
    mean = np.rad2deg(np.mean(yaw, axis=0))
    before, straight = mean[360 - 45 : 360 - 10].mean(), mean[60:200].mean()
    assert np.sign(turn_deg) * before > 6.0
    assert abs(straight) < 2.5


def test_eyes_stay_within_their_limits_and_rest_most_of_the_time():
    eyes = np.rad2deg(look(corner(1.5)).eyes_rad)
    side, up, down = LIMITS_DEG
    assert np.abs(eyes[:, 0]).max() <= side + 1e-6
    assert -down - 1e-6 <= eyes[:, 1].min() <= eyes[:, 1].max() <= up + 1e-6
    moving = np.abs(np.diff(eyes, axis=0)).max(axis=1) > 0.2
    assert 0.01 < moving.mean() < 0.25


def test_eyes_go_down_to_treads():
    track = corner(0.0)
    stairs = 0.17 * np.floor(np.clip(track[:, 1] - 6.0, 0.0, 3.0) / 0.3)
    flat, down = (np.rad2deg(look(track, g).eyes_rad[:, 1]) for g in (None, stairs))
    on_stairs = (stairs > 0.1) & (stairs < 1.5)
    assert down[on_stairs].mean() < flat[on_stairs].mean() - 8.0


def test_blinks_are_two_to_six_seconds_apart_and_reach_shut():
    looked = look(corner(0.0, seconds=90.0))
    shut = looked.blinks > 0.95
    begins = np.flatnonzero(np.diff(shut.astype(int)) == 1) / 60
    assert 15 <= len(begins) <= 45
    assert 1.9 < np.diff(begins).min() < np.diff(begins).max() < 6.1
    assert looked.blinks[0] == looked.blinks[-1] == 0.0


def test_the_same_seed_looks_alike_and_short_walks_are_no_trouble():
    track = corner(0.5)
    assert np.array_equal(look(track, seed=4).eyes_rad, look(track, seed=4).eyes_rad)
    assert not np.array_equal(look(track, seed=4).eyes_rad, look(track, seed=5).eyes_rad)
    for frames in (1, 2, 5):
        looked = look(track[:frames])
        assert looked.eyes_rad.shape == (frames, 2)
        assert np.isfinite(looked.eyes_rad).all()


def test_who_walks_backward_looks_where_the_head_does():
    track = corner(0.0)
    backward = look_ahead(
        track, heading_to_quaternion(track[:, 2] + np.pi), np.zeros(len(track)), 1
    )
    assert np.abs(np.rad2deg(backward.eyes_rad[:, 0].mean())) < 4.0
