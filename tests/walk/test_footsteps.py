"""Motion whose feet are set anew: backward, sideways, on the spot, tread by tread; and standing."""

from __future__ import annotations

import numpy as np
import pytest

from backend.walk.footsteps.directions import Directions, play_backward, step_along
from backend.walk.footsteps.profiles import (
    FacingProfile,
    random_facing,
    random_pivots,
    random_standing,
)
from backend.walk.footsteps.treads import climb, landing_offsets_m
from backend.walk.standing.captured_idle import CapturedIdle, stand_on_the_spot
from backend.walk.takes import Take, foot_positions
from backend.walk.windows import take_to_sequence
from blender_addon.core.ground.terrain import FlatTerrain
from blender_addon.core.maths.headings import world_to_root
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON, PLANTED_HEIGHTS_M
from blender_addon.core.motion.gait import GAITS
from blender_addon.core.walk.features import INPUT_LAYOUT, PAST_SAMPLES
from tests.walk.take_samples import largest_step, standing_take, walking_take, world_joints

RATE = 60.0
HEAD = COMMON_SKELETON.index("Head")


@pytest.fixture(scope="module")
def walk() -> Directions:
    made = Directions.from_take(walking_take(6))
    assert made is not None
    return made


@pytest.fixture(scope="module")
def idle() -> CapturedIdle:
    return CapturedIdle([stand_on_the_spot(standing_take(180))], 3)


def steady(beside: float, ahead: float, turn: float, seconds: float = 4.0) -> FacingProfile:
    frames = int(seconds * RATE)
    return FacingProfile(np.tile([beside, ahead], (frames, 1)), np.full(frames, turn))


@pytest.mark.parametrize(
    ("beside", "ahead"), [(0.6, 0.0), (-0.9, 0.0), (0.0, -1.0), (0.5, 0.6), (-0.4, -0.5)]
)
def test_somebody_goes_one_way_and_faces_another(
    walk: Directions, idle: CapturedIdle, beside: float, ahead: float
) -> None:
    take = step_along(steady(beside, ahead, 0.0), walk, idle, 0.3, "made").with_feet_locked()
    way = np.diff(take.root_xz, axis=0) * RATE
    np.testing.assert_allclose(way, np.tile([beside, ahead], (len(way), 1)), atol=1e-5)
    np.testing.assert_allclose(take.heading_rad, 0.0, atol=1e-6)
    joints = world_joints(take)
    assert largest_step(joints) < 0.1
    feet = foot_positions(joints)
    apart = world_to_root((feet[:, 0] - feet[:, 2])[:, [0, 2]], take.heading_rad)
    assert apart[:, 0].min() > 0.04, "feet never cross"
    lift = feet[:, [1, 3], 1].max(axis=0) - PLANTED_HEIGHTS_M[1]
    assert (lift > 0.02).all(), "each foot is lifted"
    held = take.contacts[1:] & take.contacts[:-1]
    slides = np.linalg.norm(np.diff(feet[..., [0, 2]], axis=0), axis=-1) * RATE
    assert np.percentile(slides[held], 90) < 0.05


def test_a_walk_played_backward_walks_on() -> None:
    take = walking_take(6)
    back = play_backward(take)
    assert np.diff(back.phase_rad).min() >= 0
    np.testing.assert_allclose(back.root_xz[-1], take.root_xz[0])
    np.testing.assert_allclose(back.heading_rad, 0.0, atol=0.05)


def test_turning_on_the_spot_is_stepping(walk: Directions, idle: CapturedIdle) -> None:
    take = step_along(steady(0.0, 0.0, np.radians(90.0)), walk, idle, 0.0, "made")
    take = take.with_feet_locked()
    assert np.ptp(take.root_xz, axis=0).max() < 1e-6
    assert take.heading_rad[-1] == pytest.approx(2 * np.pi, abs=0.1)
    feet = foot_positions(world_joints(take))
    assert np.linalg.norm(np.ptp(feet[:, 0, [0, 2]], axis=0)) > 0.2, "the foot goes round"
    assert (take.contacts.any(axis=1)).mean() > 0.95
    sequence = take_to_sequence(take, FlatTerrain())
    gaits = sequence.trajectory[:, INPUT_LAYOUT.slices["trajectory_gaits"]]
    now = gaits.reshape(len(gaits), -1, len(GAITS))[:, PAST_SAMPLES]
    assert (now.argmax(axis=-1) == GAITS.index("walk")).all()


def test_profiles_stay_within_what_people_do() -> None:
    for seed in range(20):
        rng = np.random.default_rng(seed)
        facing = random_facing(rng, 12.0)
        beside, ahead = np.abs(facing.velocities_m_s[:, 0]), facing.velocities_m_s[:, 1]
        assert beside.max() < 1.15 and -1.35 < ahead.min() and ahead.max() < 1.55
        pivots = random_pivots(rng, 12.0)
        assert np.abs(pivots.turns_rad_s).max() < np.radians(120.0)
        assert np.degrees(np.ptp(pivots.heading_rad())) > 30.0
        standing = random_standing(rng, 12.0)
        still = np.linalg.norm(standing.velocities_m_s, axis=-1) < 0.05
        assert len(standing.turns_rad_s) == 720 and still.mean() > 0.5


def test_who_stands_shifts_the_weight_and_looks_round(idle: CapturedIdle) -> None:
    times = np.arange(1800) / RATE
    body, again = idle.body(times), idle.body(times)
    np.testing.assert_array_equal(body.hips, again.hips)
    take = Take(
        "stands", "stand", 0, np.zeros((1800, 2)), np.zeros(1800), body.hips,
        body.rotations_wxyz, body.contacts, np.zeros(1800),
    )  # fmt: skip
    joints = world_joints(take)
    spans = [joints[at : at + 108, HEAD] for at in range(0, 1690, 54)]
    travel = [np.linalg.norm(np.ptp(span, axis=0)) for span in spans]
    assert 0.005 < np.percentile(travel, 90) < 0.06
    feet = foot_positions(joints)
    assert np.ptp(feet, axis=0).max() < 5e-3
    np.testing.assert_allclose(feet[0, :, 1], PLANTED_HEIGHTS_M, atol=0.01)


def test_stairs_are_taken_one_foot_a_tread(walk: Directions, idle: CapturedIdle) -> None:
    for seed in range(3):
        made = climb(np.random.default_rng(seed), walk, idle, "stairs")
        assert made is not None
        take, stairs = made
        offsets = landing_offsets_m(take, stairs)
        assert len(offsets) == pytest.approx(stairs.steps - 1, abs=1)
        assert np.abs(offsets).max() < 0.07
        locked = take.with_feet_locked(stairs)
        assert np.isfinite(locked.hips).all()
        steady_part = np.abs(take.root_xz[:, 1] - stairs.origin_xz[1] - stairs.run_m) < 0.1
        assert 0.4 < take.speeds_m_s()[steady_part].mean() < 0.8
