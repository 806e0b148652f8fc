"""Loops never end and never jump; takes go on in them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from backend.walk.loops import Body, Loop, blend_bodies, extend
from backend.walk.sources import Source, read_take
from backend.walk.takes import Take
from blender_addon.core.conventions import Floats
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON
from blender_addon.core.motion.kinematics import forward_kinematics
from tests.walk.take_samples import largest_step, standing_take, walking_take, world_joints

TURN = 2 * np.pi


def limping_take() -> Take:
    """A walk that does not repeat: its hips sink and its arms rise as it goes."""
    take = walking_take(8, 1.0)
    time = np.arange(take.frame_count, dtype=np.float32) / 60
    hips = take.hips + np.stack((0.004 * time, -0.005 * time, 0.003 * time), axis=-1)
    # A rate of the phase that ends a cycle between two frames, as recordings do.
    return replace(take, hips=hips, phase_rad=take.phase_rad * 0.957)


@pytest.fixture(params=["drawn", "limping"])
def loop(request: pytest.FixtureRequest) -> Loop:
    found = Loop.from_take(walking_take() if request.param == "drawn" else limping_take())
    assert found is not None
    return found


def joints(body: Body) -> Floats:
    hips, rotations = body.hips.astype(np.float32), body.rotations_wxyz.astype(np.float32)
    return forward_kinematics(COMMON_SKELETON, hips, rotations)[0]


def test_the_seam_is_closed(loop: Loop) -> None:
    start, length = loop.take.phase_rad[0], loop.cycles * TURN
    around = start + length + np.array([-1e-7, 0.0, 1e-7])
    assert largest_step(joints(loop.body(around))) < 1e-4


def test_no_step_over_the_seam_is_longer_than_elsewhere(loop: Loop) -> None:
    start, length = loop.take.phase_rad[0], loop.cycles * TURN
    step = loop.phase_rate_rad_s / 60
    inside = joints(loop.body(start + np.arange(0, length, step)))
    across = joints(loop.body(start + length + step * np.arange(-5, 6)))
    assert largest_step(across) < 1.2 * largest_step(inside)


def test_it_repeats_for_ever(loop: Loop) -> None:
    phase = np.linspace(0, 7, 40)
    length = loop.cycles * TURN
    for times in (-3, 1, 100):
        again = joints(loop.body(phase + times * length))
        np.testing.assert_allclose(again, joints(loop.body(phase)), atol=1e-4)


def test_a_loop_of_what_repeats_is_what_it_was() -> None:
    take = walking_take()
    loop = Loop.from_take(take)
    body = loop.body(loop.take.phase_rad[:-1])
    np.testing.assert_allclose(body.hips, loop.take.hips[:-1], atol=2e-3)
    same = np.abs(np.sum(body.rotations_wxyz * loop.take.rotations_wxyz[:-1], axis=-1))
    np.testing.assert_allclose(same, 1.0, atol=1e-4)
    assert (body.contacts == loop.take.contacts[:-1]).mean() > 0.99


def test_speed_and_rate_are_the_walks() -> None:
    loop = Loop.from_take(walking_take(6, 0.9))
    assert loop.speed_m_s == pytest.approx(0.9, abs=0.01)
    assert loop.phase_rate_rad_s == pytest.approx(TURN, rel=1e-3)
    assert loop.cycles >= 3


def test_rotations_stay_rotations(loop: Loop) -> None:
    lengths = np.linalg.norm(loop.body(np.linspace(0, 30, 200)).rotations_wxyz, axis=-1)
    np.testing.assert_allclose(lengths, 1.0, atol=1e-5)


def test_starts_and_stops_are_left_out() -> None:
    walk = walking_take(6)
    still = standing_take(90)
    parts = [still, walk, still]
    shift = [np.zeros(2), np.zeros(2), walk.root_xz[-1]]
    joined = replace(
        walk,
        root_xz=np.concatenate([p.root_xz + s for p, s in zip(parts, shift, strict=True)]),
        phase_rad=np.linspace(0, 9 * TURN, 90 + walk.frame_count + 90),
        **{
            name: np.concatenate([getattr(part, name) for part in parts])
            for name in ("heading_rad", "hips", "rotations_wxyz", "contacts")
        },
    )
    loop = Loop.from_take(joined)
    assert loop.take.speeds_m_s()[1:-1].min() > 0.8


def test_standing_has_no_loop() -> None:
    assert Loop.from_take(standing_take()) is None


def test_less_than_a_cycle_has_no_loop() -> None:
    assert Loop.from_take(walking_take(2).cut(0, 50)) is None


def test_a_blend_begins_and_ends_at_its_two_bodies() -> None:
    loop = Loop.from_take(walking_take())
    phase = np.linspace(0, 5, 30)
    one, two = loop.body(phase), loop.body(phase + 1.0)
    for weight, desired in ((0.0, one), (1.0, two)):
        blend = blend_bodies(one, two, np.full(30, weight, np.float32))
        np.testing.assert_allclose(joints(blend), joints(desired), atol=1e-5)
        np.testing.assert_array_equal(blend.contacts, desired.contacts)
    half = blend_bodies(one, two, np.full(30, 0.5, np.float32))
    np.testing.assert_allclose(half.hips, (one.hips + two.hips) / 2, atol=1e-5)


@pytest.mark.parametrize("turn_rad", [0.0, 2.0])
def test_a_take_goes_on_before_and_after(turn_rad: float) -> None:
    take = walking_take(5, 1.0, turn_rad)
    longer = extend(take, Loop.from_take(take), 1.5)
    assert longer.frame_count == take.frame_count + 2 * 90
    np.testing.assert_allclose(world_joints(longer)[90:-90], world_joints(take), atol=1e-5)
    assert largest_step(world_joints(longer)) < 1.3 * largest_step(world_joints(take))
    assert np.diff(longer.phase_rad).min() > 0
    way = longer.root_xz[-1] - longer.root_xz[0]
    along = way @ np.array([np.sin(turn_rad), np.cos(turn_rad)])
    assert along == pytest.approx(5.0 + 3.0, abs=0.1)


def test_who_stands_goes_on_standing() -> None:
    take = standing_take()
    longer = extend(take, Loop.from_take(walking_take()), 1.0)
    joints_now = world_joints(longer)
    assert np.ptp(joints_now, axis=0).max() < 1e-4
    assert longer.contacts.all()


@pytest.mark.data
@pytest.mark.parametrize("name", ["amc_02_01", "amc_02_03", "expmap_train_walkx_13"])
def test_recordings_loop_and_go_on(data_dir: Path, name: str) -> None:
    source = Source(data_dir / "mocap" / "cmu" / f"{name}.bvh", "walk", "train")
    take = read_take(source, 0)
    found = Loop.from_take(take)
    assert found is not None
    test_the_seam_is_closed(found)
    test_no_step_over_the_seam_is_longer_than_elsewhere(found)
    longer = extend(take, found, 1.4)
    assert longer.frame_count == take.frame_count + 2 * 84
    assert largest_step(world_joints(longer)) < 1.5 * largest_step(world_joints(take))
