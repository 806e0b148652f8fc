"""Motions whose measures are known beforehand get exactly those."""

from __future__ import annotations

import numpy as np
import pytest

from backend.motion_quality.naturalness import NaturalnessReference
from backend.motion_quality.windows import Windows
from backend.walk.metrics import (
    Performance,
    ground_under_feet,
    measure_all,
    measure_feet,
    measure_paths,
    record_feet,
    speed_error,
)
from backend.walk.suite import (
    BumpyTerrain,
    SlopeTerrain,
    StairsTerrain,
    locomotion_suite,
    random_walk_case,
)
from blender_addon.core.ground.path import Path
from blender_addon.core.ground.terrain import FlatTerrain
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import (
    COMMON_SKELETON,
    HIPS_REST_HEIGHT_M,
    PLANTED_HEIGHTS_M,
)

RATE_HZ = 60.0


def sliding(
    speed_m_s: float, seconds: float = 6.0, aside_m: float = 0.0, sunk_m: float = 0.0
) -> Performance:
    """A stiff character that slides along +Z beside its path, its feet on or in the ground."""
    time = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    turns = np.zeros((len(time), COMMON_SKELETON.joint_count, 4), np.float32)
    turns[..., 0] = 1.0
    height = HIPS_REST_HEIGHT_M - sunk_m
    root = np.stack((0 * time + aside_m, 0 * time + height, speed_m_s * time), axis=-1)
    path = Path.from_points([[0, 0, 0], [0, 0, speed_m_s * seconds]], speed_m_s)
    clip = MotionClip(COMMON_SKELETON, RATE_HZ, root, turns)
    return Performance("slide", clip, FlatTerrain(), path, np.full(len(time), speed_m_s))


@pytest.mark.parametrize(("speed", "key"), [(1.2, "slip_walk_cm_s"), (3.0, "slip_run_cm_s")])
def test_a_sliding_character_slips_at_its_speed(speed: float, key: str) -> None:
    found = measure_feet([record_feet(sliding(speed))])
    assert found[key] == pytest.approx(100 * speed, rel=1e-3)
    assert found["skate_cm_s"] == pytest.approx(100 * speed, rel=1e-3)
    assert found["skate_zhang_cm_s"] == pytest.approx(100 * speed, rel=1e-3)
    assert found["slip_stand_cm_s"] is None
    other = {"slip_walk_cm_s", "slip_run_cm_s"} - {key}
    assert found[other.pop()] is None


def test_depth_is_how_far_the_feet_are_in_the_ground() -> None:
    found = measure_feet([record_feet(sliding(1.0, sunk_m=0.012))])
    assert found["penetration_mean_cm"] == pytest.approx(1.2, abs=1e-3)
    assert found["penetration_max_cm"] == pytest.approx(1.2, abs=1e-3)
    afloat = measure_feet([record_feet(sliding(1.0, sunk_m=-0.05))])
    assert afloat["penetration_max_cm"] == 0.0
    assert afloat["slip_walk_cm_s"] is None


def test_on_the_path_at_the_desired_speed_scores_zero() -> None:
    found = measure_paths([sliding(1.3)])
    assert found["path_deviation_mean_m"] == pytest.approx(0.0, abs=1e-6)
    assert found["speed_error"] == pytest.approx(0.0, abs=1e-4)
    assert found["paths_completed"] == 1


def test_deviation_is_pooled_over_frames_and_speed_over_paths() -> None:
    found = measure_paths([sliding(1.3, 11.0), sliding(1.3, 6.0, aside_m=0.09)])
    assert found["path_deviation_mean_m"] == pytest.approx(0.09 * 5 / 15, rel=1e-3)
    assert found["path_deviation_p95_m"] == pytest.approx(0.09, rel=1e-3)


def test_speed_error_is_relative_and_leaves_standing_out() -> None:
    slow = sliding(1.0)
    desired = np.full(slow.clip.frame_count, 1.25)
    desired[:120] = 0.0
    asked = Performance("slow", slow.clip, path=slow.path, desired_speeds_m_s=desired)
    assert speed_error(asked) == pytest.approx(0.2, abs=1e-4)


def test_captured_motion_has_no_path_measures() -> None:
    assert set(measure_paths([Performance("mocap", sliding(1.0).clip)]).values()) == {None}


def test_on_stairs_the_tread_counts_that_the_foot_stands_on() -> None:
    stairs = StairsTerrain()
    # Heel on the first tread, toe over the second but at the first one's height: in the riser.
    feet = np.zeros((1, 4, 3))
    feet[0, :, 1] = 0.15 + PLANTED_HEIGHTS_M
    feet[0, :, 2] = [2.2, 2.35, 2.2, 2.35]
    np.testing.assert_allclose(ground_under_feet(feet, stairs, PLANTED_HEIGHTS_M), 0.15, atol=1e-6)
    feet[0, :, 1] += 0.11  # 4 cm below the second tread: the toe is in that one
    ground = ground_under_feet(feet, stairs, PLANTED_HEIGHTS_M)
    np.testing.assert_allclose(ground[0], [0.15, 0.3, 0.15, 0.3], atol=1e-6)


def test_terrains_are_as_high_and_steep_as_they_say() -> None:
    along = np.stack((np.zeros(2001), np.linspace(0, 20, 2001)), axis=-1)
    bumps = BumpyTerrain().heights(along)
    assert (bumps.max(), bumps.min()) == pytest.approx((0.3, -0.3), abs=1e-3)
    stairs = StairsTerrain().heights(along)
    assert sorted(set(np.round(stairs, 3))) == pytest.approx(np.arange(9) * 0.15)
    assert np.abs(np.diff(stairs)).max() == pytest.approx(0.15, abs=1e-6)
    assert stairs[0] == stairs[-1] == 0.0
    slope = SlopeTerrain().heights(along)
    assert np.gradient(slope, 0.01).max() == pytest.approx(np.tan(np.radians(15)), rel=1e-3)


def test_the_suite_is_the_one_of_the_design() -> None:
    cases = {case.name: case for case in locomotion_suite()}
    assert len(cases) == 12
    assert all(case.stand_s == 2.0 for case in cases.values())
    assert cases["straight"].path.length_m == pytest.approx(10.0)
    radius = np.linalg.norm(cases["circle"].path.points[:, [0, 2]] - [2.0, 0.0], axis=1)
    np.testing.assert_allclose(radius, 2.0, atol=1e-6)
    ramp = cases["speed_ramp"].path.speeds_m_s
    assert (ramp[0], ramp.max(), ramp[-1]) == pytest.approx((0.8, 3.2, 0.8))
    assert len(cases["stop_and_go"].path.stops) == 2
    legs = cases["corners"].path.length_m
    assert legs == pytest.approx(15.0)
    for case in cases.values():
        first, second = case.path.points[0], case.path.points[1]
        assert second[2] > first[2], f"{case.name} starts toward +Z"


def test_the_last_random_minute_repeats_the_first() -> None:
    path = random_walk_case(4).path
    assert 220 < np.sum(np.diff(path.arc_lengths_m) / path.speeds_m_s[1:]) < 280
    quarter = len(path.speeds_m_s) // 4
    first, last = path.speeds_m_s[:quarter], path.speeds_m_s[-quarter:]
    np.testing.assert_array_equal(first, last)
    assert not np.array_equal(first, path.speeds_m_s[quarter : 2 * quarter])
    again = random_walk_case(4).path
    np.testing.assert_array_equal(path.points, again.points)


def test_a_motion_is_natural_against_itself_and_unnatural_when_frozen() -> None:
    generator = np.random.default_rng(0)
    features = generator.normal(size=(600, 5 * 22 * 6)) * 0.1
    windows = Windows(features, generator.uniform(0.8, 2.0, 600), np.full(600, 40.0))
    reference = NaturalnessReference.from_windows(windows)
    itself = reference.distance(windows)
    frozen = Windows(np.repeat(features[:1], 600, 0), windows.speeds_m_s, np.full(600, 4.0))
    stiff = reference.distance(frozen)
    assert itself and stiff
    assert stiff.spread_term > 4 * itself.total
    assert reference.jerk_ratio(frozen) == pytest.approx(0.1)


def test_every_key_is_there_for_all_and_for_each_path() -> None:
    performance = sliding(1.3)
    reference = NaturalnessReference.from_windows(_noisy_windows())
    found = measure_all([performance], reference)
    keys = {"slip_walk_cm_s", "skate_cm_s", "penetration_max_cm", "frechet", "frechet_spread"}
    assert keys <= found.keys() and keys <= found["per_path"]["slide"].keys()
    assert found["jerk_ratio"] == pytest.approx(0.0, abs=0.1)


def _noisy_windows() -> Windows:
    generator = np.random.default_rng(1)
    features = generator.normal(size=(300, 5 * 22 * 6)) * 0.1
    return Windows(features, generator.uniform(0.8, 2.0, 300), np.full(300, 40.0))
