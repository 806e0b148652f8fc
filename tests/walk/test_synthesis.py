"""Made motion does what was asked of it: turns, paces, starts and stops."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from backend.walk.idles import Idle
from backend.walk.loops import Loop
from backend.walk.profiles import random_profile
from backend.walk.sources import Source, read_stances, read_take
from backend.walk.synthesis import Profile, Walks, bend, change_pace, synthesise
from backend.walk.takes import Take, foot_positions
from blender_addon.core.conventions import Floats
from blender_addon.core.maths.smoothing import gaussian_smooth
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON
from tests.walk.take_samples import largest_step, standing_take, walking_take, world_joints

RATE = 60.0


def a_turn(frames: int, angle_rad: float) -> Floats:
    """Rates of turning that add up to an angle, begun and ended gently."""
    rate = np.zeros(frames)
    rate[frames // 4 : 3 * frames // 4] = angle_rad / (frames // 2) * RATE
    return gaussian_smooth(rate, 10.0)


@pytest.mark.parametrize("angle", [1.5, -0.7, 3.0])
def test_a_bend_changes_the_heading_by_the_sum_of_its_turns(angle: float) -> None:
    take = walking_take()
    bent = bend(take, a_turn(take.frame_count, angle))
    assert bent.heading_rad[-1] - take.heading_rad[-1] == pytest.approx(angle, abs=1e-3)
    steps = bent.root_xz[-1] - bent.root_xz[-2]
    way = np.arctan2(steps[0], steps[1])
    assert (way - angle + np.pi) % (2 * np.pi) - np.pi == pytest.approx(0, abs=0.02)


def test_a_bend_makes_the_way_neither_longer_nor_shorter() -> None:
    take = walking_take()
    bent = bend(take, a_turn(take.frame_count, 2.0))
    np.testing.assert_allclose(
        np.linalg.norm(np.diff(bent.root_xz, axis=0), axis=-1),
        np.linalg.norm(np.diff(take.root_xz, axis=0), axis=-1),
        atol=1e-9,
    )
    np.testing.assert_array_equal(bent.root_xz[0], take.root_xz[0])
    np.testing.assert_array_equal(bent.phase_rad, take.phase_rad)
    np.testing.assert_array_equal(bent.contacts, take.contacts)


def test_no_bend_is_no_change() -> None:
    take = walking_take()
    bent = bend(take, np.zeros(take.frame_count))
    np.testing.assert_allclose(world_joints(bent), world_joints(take), atol=1e-5)
    assert take.captured and not bent.captured


@pytest.mark.parametrize("side", [1.0, -1.0])
def test_a_left_turn_goes_and_leans_to_the_left(side: float) -> None:
    take = walking_take(6)
    bent = bend(take, np.full(take.frame_count, side * 1.0))
    middle = 180
    assert side * bent.hips[middle, 0] > 0.02
    upright = np.linalg.norm(take.hips[middle])
    assert np.linalg.norm(bent.hips[middle]) == pytest.approx(upright, abs=0.01)
    early = bend(take, a_turn(take.frame_count, side * 1.0))
    assert side * (early.root_xz[-1, 0] - take.root_xz[-1, 0]) > 0.5


def test_the_chest_turns_ahead_of_the_hips() -> None:
    take = walking_take(6)
    bent = bend(take, np.full(take.frame_count, 1.0))
    positions, plain = world_joints(bent)[180], world_joints(take)[180]
    arms = COMMON_SKELETON.indices(("LeftArm", "RightArm"))
    hips = COMMON_SKELETON.indices(("LeftUpLeg", "RightUpLeg"))

    def heading(joints: Floats, pair: list[int]) -> float:
        across = joints[pair[0]] - joints[pair[1]]
        return float(np.arctan2(-across[2], across[0]))

    twist = heading(positions, arms) - heading(positions, hips)
    before = heading(plain, arms) - heading(plain, hips)
    assert twist - before > 0.02


@pytest.mark.parametrize("factor", [0.87, 1.0, 1.15])
def test_pace_changes_time_and_nothing_else(factor: float) -> None:
    take = walking_take(6)
    paced = change_pace(take, factor)
    assert paced.frame_count == pytest.approx(take.frame_count / factor, abs=1.5)
    frames = np.arange(paced.frame_count) * factor
    exact = np.interp(frames, np.arange(take.frame_count), take.root_xz[:, 1])
    np.testing.assert_allclose(paced.root_xz[:, 1], exact, atol=1e-6)
    middle = slice(60, -60)
    np.testing.assert_allclose(paced.speeds_m_s()[middle], factor, rtol=0.02)
    rate = np.diff(paced.phase_rad)[middle].mean() * RATE
    assert rate == pytest.approx(2 * np.pi * factor, rel=0.01)
    assert largest_step(world_joints(paced)) < 1.05 * factor * largest_step(world_joints(take))


def test_pace_of_one_is_the_take_itself() -> None:
    take = walking_take(4)
    same = change_pace(take, 1.0)
    np.testing.assert_allclose(world_joints(same), world_joints(take), atol=1e-5)
    np.testing.assert_array_equal(same.contacts, take.contacts)


def loops_of(slow: float = 0.8, fast: float = 1.05) -> tuple[Walks, Loop]:
    """Two paces of the drawn walk, and the same walk played as if it were a run."""
    loops = [Loop.from_take(walking_take(6, speed)) for speed in (slow, fast)]
    run = walking_take(6, 1.0)
    run = replace(run, root_xz=run.root_xz * 2.8)
    return Walks(*loops, style=5), Loop.from_take(run)


def make(profile: Profile, start: float = 0.0) -> Take:
    walks, run = loops_of()
    return synthesise(profile, walks, run, Idle(standing_take(), 0), start, "made")


def steady(speed: float, seconds: float = 4.0, turn: float = 0.0) -> Profile:
    frames = int(seconds * RATE)
    return Profile(np.full(frames, speed), np.full(frames, turn))


@pytest.mark.parametrize("speed", [0.0, 0.6, 1.0, 2.8])
def test_a_course_is_followed_at_its_speed(speed: float) -> None:
    take = make(steady(speed))
    np.testing.assert_allclose(take.speeds_m_s(), speed, atol=1e-6)
    assert take.root_xz[-1, 0] == pytest.approx(0, abs=1e-9)


def test_a_course_is_followed_around_its_turns() -> None:
    take = make(steady(1.0, 4.0, 0.8))
    assert take.heading_rad[-1] == pytest.approx(3.2, abs=1e-6)
    # A circle of radius v / turn, entered along +Z and left of it.
    centre = np.array([1.0 / 0.8, 0.0])
    distance = np.linalg.norm(take.root_xz - centre, axis=-1)
    np.testing.assert_allclose(distance, 1.0 / 0.8, atol=0.02)


def test_what_is_made_moves_without_a_jump() -> None:
    rng = np.random.default_rng(4)
    for number in range(4):
        profile = random_profile(rng, 8.0)
        take = make(profile, float(number))
        joints = world_joints(take)
        fastest = max(profile.speeds_m_s.max(), 1.0)
        assert np.isfinite(joints).all()
        assert largest_step(joints) < 0.09 * fastest
        assert np.diff(take.phase_rad).min() > 0
        assert take.style == 5 and not take.captured


def test_standing_stands() -> None:
    take = make(steady(0.0))
    assert take.contacts.all()
    feet = foot_positions(world_joints(take.with_feet_locked()))
    assert np.ptp(feet, axis=0).max() < 1e-3


def test_walking_at_a_loops_own_speed_is_the_loop() -> None:
    walks, _ = loops_of()
    take = make(steady(walks.slow.speed_m_s), 1.0)
    body = walks.slow.body(take.phase_rad)
    np.testing.assert_allclose(take.hips[30:-30], body.hips[30:-30], atol=5e-3)


def test_paces_between_are_blends() -> None:
    walks, _ = loops_of()
    middle = (walks.slow.speed_m_s + walks.fast.speed_m_s) / 2
    speeds = np.array([0.0, walks.slow.speed_m_s, middle, walks.fast.speed_m_s, 9.0])
    np.testing.assert_allclose(walks.share_of_fast(speeds), [0, 0, 0.5, 1, 1], atol=1e-6)
    assert (np.diff(walks.phase_rate_rad_s(np.linspace(0.1, 3.0, 50))) >= -1e-9).all()


def test_one_walk_may_be_both_paces() -> None:
    loop = Loop.from_take(walking_take())
    walks = Walks(loop, loop, 0)
    phase, speeds = np.linspace(0, 9, 40), np.linspace(0, 2, 40)
    body = walks.body(phase, speeds)
    np.testing.assert_allclose(body.hips, loop.body(phase).hips, atol=1e-5)
    assert np.isfinite(walks.phase_rate_rad_s(speeds)).all()


def test_an_idle_breathes_within_bounds_and_repeats_from_its_seed() -> None:
    times = np.arange(1200) / RATE
    one, again, other = (Idle(standing_take(), seed).body(times) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.hips, again.hips)
    assert np.abs(one.hips - other.hips).max() > 1e-4
    assert 1e-3 < np.ptp(one.hips, axis=0).max() < 0.03
    assert np.abs(np.diff(one.hips, axis=0)).max() * RATE < 0.05
    np.testing.assert_allclose(np.linalg.norm(one.rotations_wxyz, axis=-1), 1.0, atol=1e-4)


@pytest.mark.data
def test_recordings_become_a_walk_that_stops_and_jogs(data_dir: Path) -> None:
    folder = data_dir / "mocap"
    names = ("amc_02_01", "expmap_train_walkx_13", "amc_02_03")
    loops = [
        Loop.from_take(read_take(Source(folder / "cmu" / f"{name}.bvh", "walk", "train"), 0))
        for name in names
    ]
    slow, fast = sorted(loops[:2], key=lambda loop: loop.speed_m_s)
    knots = np.array([0.0, 0.0, 1.2, 1.2, 3.0, 3.0, 0.0, 0.0])
    speeds = gaussian_smooth(np.interp(np.arange(840), np.arange(8) * 120, knots), 9.0)
    profile = Profile(speeds, a_turn(840, 1.0))
    idle = Idle(read_stances(folder)[0], 0)
    take = synthesise(profile, Walks(slow, fast, 0), loops[2], idle, 0.0, "made")
    locked = take.with_feet_locked()
    joints = world_joints(locked)
    assert largest_step(joints) < 0.25
    feet = foot_positions(joints)
    assert feet[..., 1].min() > -0.03
    slides = np.linalg.norm(np.diff(feet[..., [0, 2]], axis=0), axis=-1) * RATE
    held = take.contacts[1:] & take.contacts[:-1]
    assert np.percentile(slides[held], 75) < 0.02
