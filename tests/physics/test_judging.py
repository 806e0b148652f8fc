"""Judging figures with weight: poses made by hand whose figures are known."""

from __future__ import annotations

import numpy as np
import pytest

from backend.physics.judging import looks
from backend.physics.judging.falls import judge_fall
from backend.physics.judging.feet import (
    depths,
    fell_at,
    foot_slip_speeds,
    slip_speeds,
    swing_clearance,
)
from backend.physics.judging.following import effort, follow
from backend.physics.judging.recording import Recording
from backend.physics.judging.shapes import (
    Placed,
    centre_of_mass,
    figure_shapes,
    joint_limits,
    shape_bottoms,
    sole_corners,
)
from blender_addon.core.conventions import Floats
from blender_addon.core.maths.rotations import axis_angle_to_quaternion
from blender_addon.core.physics.engine import Engine, why_no_engine
from blender_addon.core.physics.figure import (
    BODY_NAMES,
    GRAVITY_M_S2,
    LEVEL_GROUND,
    MASS_KG,
    PARTS,
    figure_mjcf,
)
from blender_addon.core.physics.joints import joint_vectors, still_pose, with_joint_vectors

FRAMES = 120
RATE_HZ = 60.0
X, Y = np.array([1.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0])


def level(xz: Floats) -> Floats:
    return np.zeros(xz.shape[:-1])


def standing(frames: int = FRAMES) -> Floats:
    """Soles on the ground, to the hair."""
    poses = np.tile(still_pose(), (frames, 1))
    poses[:, 1] -= shape_bottoms(Placed.of(poses[:1]), level).min()
    return poses


def gliding(speed_m_s: float) -> Floats:
    poses = standing()
    poses[:, 2] = speed_m_s * np.arange(FRAMES) / RATE_HZ
    return poses


def bent(poses: Floats, part: str, radians: Floats | float) -> Floats:
    vectors = joint_vectors(poses)
    names = [each.name for each in PARTS for _ in range(each.degrees)]
    vectors[:, names.index(part)] += radians
    return with_joint_vectors(poses, vectors)


def recorded(poses: Floats, followed: Floats | None = None) -> Recording:
    asked = standing(len(poses)) if followed is None else followed
    return Recording(poses, asked, *np.zeros((3, len(poses))))


@pytest.mark.skipif(why_no_engine() is not None, reason="no physics engine here")
def test_bodies_are_where_the_engine_has_them() -> None:
    rng = np.random.default_rng(1)
    poses = with_joint_vectors(
        np.tile(still_pose(), (8, 1)), rng.uniform(-0.6, 0.6, (8, sum(p.degrees for p in PARTS)))
    )
    poses[:, 1] = 2.0
    engine = Engine(figure_mjcf(LEVEL_GROUND), 8)
    engine.qpos[:] = poses
    engine.forward()
    np.testing.assert_allclose(
        Placed.of(poses).positions, engine.positions[:, 1 : 1 + len(BODY_NAMES)], atol=2e-4
    )


def test_shapes_weigh_what_the_figure_weighs() -> None:
    assert figure_shapes().masses.sum() == pytest.approx(MASS_KG, abs=0.01)
    centre = centre_of_mass(Placed.of(standing(1)))[0]
    assert abs(centre[0]) < 1e-3 and 0.8 < centre[1] < 1.1


def test_who_stands_touches_with_the_soles_alone() -> None:
    placed = Placed.of(standing())
    assert fell_at(placed, level) is None
    assert depths(placed, level).max() < 1e-9
    assert np.abs(sole_corners(placed)[..., 1]).max() < 1e-4


def test_depth_and_ground_are_told_apart() -> None:
    sunk = standing()
    sunk[:, 1] -= 0.01
    assert depths(Placed.of(sunk), level).mean() == pytest.approx(0.01, abs=1e-4)
    raised = depths(Placed.of(standing()), lambda xz: np.full(xz.shape[:-1], 0.02))
    assert raised.mean() == pytest.approx(0.02, abs=1e-4)


def test_who_lies_down_fell_at_that_frame() -> None:
    poses = standing()
    poses[70:, 3:7] = axis_angle_to_quaternion(X, 0.5 * np.pi)
    poses[70:, 1] = 0.1
    assert fell_at(Placed.of(poses), level) == 70


def test_slip_is_the_speed_of_what_carries() -> None:
    placed = Placed.of(gliding(0.1))
    np.testing.assert_allclose(slip_speeds(placed, level), 0.1, atol=1e-6)
    high = gliding(0.1)
    high[:, 1] += 0.02
    assert np.isnan(slip_speeds(Placed.of(high), level)).all()


def test_a_foot_in_the_air_does_not_slip_and_the_other_holds() -> None:
    poses = bent(standing(), "left_thigh", -np.linspace(0.3, 0.9, FRAMES))
    speeds = foot_slip_speeds(Placed.of(poses), level)
    assert np.isnan(speeds[:, 0]).all()
    assert speeds[:, 1].max() < 1e-9


def test_a_swing_s_clearance_is_its_lowest_amid_the_way() -> None:
    poses = gliding(1.0)
    poses[:, 1] += 0.03
    assert swing_clearance(Placed.of(poses), level) == pytest.approx(0.03, abs=1e-3)
    assert swing_clearance(Placed.of(standing()), level) is None


def test_the_animation_itself_is_imitated_wholly() -> None:
    found = follow(recorded(gliding(1.0), gliding(1.0)))
    np.testing.assert_allclose(found.reward, 1.0)
    np.testing.assert_allclose(found.reward_sums, 1.0)
    assert found.angles_deg.max() < 1e-3


def test_one_knee_is_a_fourteenth_of_the_error() -> None:
    found = follow(recorded(bent(standing(), "left_shin", np.radians(14.0))))
    assert found.angles_deg.mean() == pytest.approx(1.0, abs=1e-4)
    at_most = 0.35 + 0.65 * np.exp(-2.0 * np.radians(14.0) ** 2 / 15.0)
    assert at_most - 0.16 < found.reward[60] < at_most


def test_a_place_beside_costs_the_centre_s_share_alone() -> None:
    moved = standing()
    moved[:, 0] += 0.2
    found = follow(recorded(moved))
    np.testing.assert_allclose(found.reward, 0.9 + 0.1 * np.exp(-10.0 * 0.04), atol=1e-6)


def test_effort_is_work_over_weight_and_way() -> None:
    speed = 1.2
    power = np.full(FRAMES, 0.3 * MASS_KG * GRAVITY_M_S2 * speed)
    walk = Recording(gliding(speed), gliding(speed), *np.zeros((2, FRAMES)), power)
    assert effort(walk) == pytest.approx(0.3, rel=0.02)
    assert effort(recorded(standing())) is None


def test_looks_tell_lateness_leaning_and_sinking() -> None:
    ahead = gliding(1.0)
    late = ahead.copy()
    late[:, 2] -= 0.2
    late[:, 1] -= 0.03
    late[:, 3:7] = axis_angle_to_quaternion(X, np.radians(10.0))
    record = recorded(late, ahead)
    assert looks.late_s(record.cut(30, 100)) == pytest.approx(0.2, abs=0.01)
    assert looks.lean_deg(record) == pytest.approx(10.0, abs=0.5)
    assert looks.sunk_cm(record) == pytest.approx(3.0, abs=1e-6)


def test_trembling_shows_and_slow_motion_does_not() -> None:
    times = np.arange(FRAMES) / RATE_HZ
    calm = bent(standing(), "left_shin", 0.5 + 0.3 * np.sin(2 * np.pi * times))
    slower = bent(standing(), "left_shin", 0.5 + 0.4 * np.sin(2 * np.pi * times))
    shaky = bent(calm, "right_shin", 0.5 + 0.02 * np.sin(2 * np.pi * 10.0 * times))
    little = looks.tremble_ratio(recorded(slower, calm))
    much = looks.tremble_ratio(recorded(shaky, calm))
    assert little is not None and little < 2.0
    assert much is not None and much > 100.0


def test_stiff_arms_swing_not() -> None:
    times = np.arange(FRAMES) / RATE_HZ
    swung = standing()
    for part in ("left_upper_arm", "right_upper_arm"):
        swung = bent(swung, part, 0.4 * np.sin(2 * np.pi * times))
    assert looks.arm_swing_ratio(recorded(standing(), swung)) == pytest.approx(0.0, abs=1e-6)
    assert looks.arm_swing_ratio(recorded(swung, swung)) == pytest.approx(1.0)


def test_jerk_is_compared_with_the_animation_s() -> None:
    times = np.arange(FRAMES) / RATE_HZ
    asked, done = gliding(1.0), gliding(1.0)
    asked[:, 0], done[:, 0] = 0.1 * np.sin(5 * times), 0.2 * np.sin(5 * times)
    assert looks.jerk_ratio(recorded(done, asked)) == pytest.approx(2.0, rel=1e-3)


def test_the_distance_to_a_way() -> None:
    way = np.array([[0.0, 0.0], [0.0, 2.0], [2.0, 2.0]])
    places = np.array([[0.3, 1.0], [1.0, 2.5], [-0.3, -0.4]])
    np.testing.assert_allclose(looks.path_distances(places, way), [0.3, 0.5, 0.5])


def lying() -> Floats:
    poses = np.tile(still_pose(), (300, 1))
    poses[:, 3:7] = axis_angle_to_quaternion(X, -0.5 * np.pi)
    poses[:, 1] -= shape_bottoms(Placed.of(poses[:1]), level).min()
    return poses


def test_who_lies_still_fell_well() -> None:
    found = judge_fall(lying(), lying())
    assert found.is_ok
    assert found.speed_m_s == 0.0


@pytest.mark.parametrize("fault", ["moves", "bends backward", "turns its head round", "sinks"])
def test_a_bad_fall_is_seen(fault: str) -> None:
    poses = lying()
    if fault == "moves":
        poses[:, 0] += 0.2 * np.arange(300) / RATE_HZ
    elif fault == "bends backward":
        low, _ = joint_limits()["left_shin"]
        poses = bent(poses, "left_shin", low - np.radians(6.0))
    elif fault == "turns its head round":
        poses = bent(poses, "head", np.radians(75.0))
    else:
        poses[100:, 1] -= 0.06
    assert not judge_fall(poses, lying()).is_ok
