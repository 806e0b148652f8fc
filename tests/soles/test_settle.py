"""A foot's sole stays on the ground: toes lie flat, heels roll, a stiff foot turns on its tip."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from blender_addon.core.conventions import FORWARD, LEFTWARD, Floats
from blender_addon.core.feet.foot_lock import lock_feet
from blender_addon.core.feet.soles import MOST_BEND_RAD, FootPose, Sole, clearance, settle
from blender_addon.core.ground.terrain import FlatTerrain, HeightField, Terrain
from blender_addon.core.maths.rotations import (
    axis_angle_to_quaternion,
    heading_to_quaternion,
    quaternion_multiply,
    quaternion_rotate,
)
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON
from blender_addon.core.motion.kinematics import forward_kinematics
from blender_addon.core.motion.skeleton import Skeleton
from blender_addon.core.retarget.clip import retarget_clip
from blender_addon.core.retarget.rest import rests_level
from tests.walk.samples import standing_clip, walking_clip

FLAT = FlatTerrain()
ANKLE_M, BALL_M, TIP_M, HEEL_M = 0.08, 0.125, 0.2, -0.06
BALL = np.array([0.0, -0.06, BALL_M], np.float32)


def make_sole(*, toe: bool = True, soft: bool = False) -> Sole:
    along = np.array([HEEL_M, 0.02, BALL_M - 0.02, BALL_M, BALL_M + 0.02, 0.17, TIP_M])
    points = np.array([(x, -ANKLE_M, z) for x in (-0.04, 0.04) for z in along], np.float32)
    width = 0.04 if soft else 1e-6
    shares = np.clip((points[:, 2] - BALL_M) / width + 0.5, 0, 1) if toe else 0 * points[:, 2]
    return Sole(points, shares.astype(np.float32), BALL, FORWARD, LEFTWARD)


def pitched(angles_deg: Floats) -> Floats:
    return axis_angle_to_quaternion(LEFTWARD, np.radians(np.asarray(angles_deg, np.float32)))


def on_ball(angles_deg: Floats, roll_deg: float = 0.0, heading_rad: float = 0.0) -> FootPose:
    """A foot turned about a ball that stands where it stands flat, its toes in line with it."""
    foot = quaternion_multiply(heading_to_quaternion(heading_rad), pitched(angles_deg))
    roll = axis_angle_to_quaternion(FORWARD, np.float32(np.radians(roll_deg)))
    foot = quaternion_multiply(foot, np.broadcast_to(roll, foot.shape))
    stands = np.array([0.3, ANKLE_M + BALL[1], -0.2], np.float32)
    return FootPose(stands - quaternion_rotate(foot, BALL), foot, foot)


def ball_of(pose: FootPose) -> Floats:
    return pose.ankle + quaternion_rotate(pose.foot, BALL)


def bend_of(pose: FootPose) -> Floats:
    ahead = (quaternion_rotate(q, FORWARD) for q in (pose.foot, pose.toe))
    pitches = [np.arcsin(-vector[:, 1]) for vector in ahead]
    return pitches[0] - pitches[1]


def one_by_one(sole: Sole, pose: FootPose, terrain: Terrain = FLAT) -> FootPose:
    """Every frame for itself, as what is driven live is shown."""
    rows = [
        settle(
            sole,
            FootPose(*(part[n : n + 1] for part in (pose.ankle, pose.foot, pose.toe))),
            terrain,
        )
        for n in range(len(pose.ankle))
    ]
    return FootPose(
        *(np.concatenate([getattr(r, p) for r in rows]) for p in ("ankle", "foot", "toe"))
    )


@pytest.mark.parametrize("soft", [False, True])
def test_toes_lie_flat_while_the_ball_carries(soft: bool) -> None:
    sole, angles = make_sole(soft=soft), np.linspace(0, 48, 13)
    before = on_ball(angles)
    assert clearance(sole, before, FLAT).min() < -0.04, "the sample must sink"
    after = one_by_one(sole, before)
    assert np.abs(clearance(sole, after, FLAT)).max() < 2e-3
    np.testing.assert_allclose(np.degrees(bend_of(after)), angles, atol=2.0)
    np.testing.assert_allclose(ball_of(after), ball_of(before), atol=0.004 if soft else 1e-3)


def test_toes_bend_so_far_and_then_the_foot_rises() -> None:
    sole, before = make_sole(), on_ball(np.linspace(50, 80, 7))
    after = one_by_one(sole, before)
    assert bend_of(after).max() < MOST_BEND_RAD + 1e-3
    assert np.abs(clearance(sole, after, FLAT)).max() < 1e-4
    assert (np.diff(after.ankle[:, 1]) > 0).all()


@pytest.mark.parametrize("toe", [True, False])
def test_a_heel_that_lands_rolls_over_its_edge(toe: bool) -> None:
    sole, foot = make_sole(toe=toe), pitched(np.linspace(-30, 0, 7))
    ankle = np.tile(np.array([0, ANKLE_M, 0], np.float32), (7, 1))
    before = FootPose(ankle, foot, foot)
    assert clearance(sole, before, FLAT).min() < -0.015, "the sample must sink"
    after = one_by_one(sole, before)
    assert np.abs(clearance(sole, after, FLAT)).max() < 1e-4
    np.testing.assert_allclose(after.ankle[:, [0, 2]], ankle[:, [0, 2]], atol=1e-5)


@pytest.mark.parametrize("heading_rad", [0.0, 2.0])
def test_a_stiff_foot_turns_on_its_tip_which_stays_where_it_stood(heading_rad: float) -> None:
    sole = make_sole(toe=False)
    before = on_ball(np.linspace(0, 60, 61), heading_rad=heading_rad)
    after = one_by_one(sole, before)
    assert np.abs(clearance(sole, after, FLAT)).max() < 1e-3
    np.testing.assert_allclose(after.ankle[:, 1], before.ankle[:, 1], atol=1e-3)
    tip = after.ankle + quaternion_rotate(after.foot, np.array([0, -ANKLE_M, TIP_M], np.float32))
    turned = np.degrees(np.arcsin(-quaternion_rotate(after.foot, FORWARD)[:, 1]))
    carried = turned > 4  # before, the ball's own roll carries it
    assert np.abs(tip[carried] - tip[carried][-1])[:, [0, 2]].max() < 0.012
    assert (np.diff(turned) > -0.2).all() and turned[-1] > 20


@pytest.mark.parametrize("roll_deg", [-14.0, 6.0])
@pytest.mark.parametrize("toe", [True, False])
def test_a_foot_that_stands_stands_on_no_edge(roll_deg: float, toe: bool) -> None:
    sole, before = make_sole(toe=toe), on_ball(np.zeros(3), roll_deg)
    before = FootPose(before.ankle - [0, ball_of(before)[0, 1] - 0.02, 0], before.foot, before.toe)
    after = settle(sole, before, FLAT)
    assert np.abs(quaternion_rotate(after.foot, LEFTWARD)[:, 1]).max() < 0.02
    assert np.abs(clearance(sole, after, FLAT)).max() < 2e-3


def test_a_foot_in_the_air_is_left_alone() -> None:
    before = on_ball(np.linspace(-40, 60, 11), roll_deg=10.0)
    high = FootPose(before.ankle + np.float32([0, 0.3, 0]), before.foot, before.toe)
    for sole in (make_sole(), make_sole(toe=False)):
        after = settle(sole, high, FLAT)
        for name in ("ankle", "foot", "toe"):
            np.testing.assert_allclose(getattr(after, name), getattr(high, name), atol=1e-6)


@dataclass(frozen=True)
class Plane:
    """Sloping ground."""

    ahead: float
    aside: float

    def heights(self, xz: Floats) -> Floats:
        return np.asarray(self.aside * xz[..., 0] + self.ahead * xz[..., 1], np.float32)


@pytest.mark.parametrize(("ahead", "aside"), [(0.25, 0.0), (-0.25, 0.0), (0.0, 0.2), (0.15, -0.15)])
@pytest.mark.parametrize("toe", [True, False])
def test_soles_lie_on_slopes(ahead: float, aside: float, toe: bool) -> None:
    sole, ground = make_sole(toe=toe), Plane(ahead, aside)
    foot = pitched(np.full(5, -np.degrees(np.arctan(ahead))))
    ankle = np.array([[0, ground.heights(np.zeros(2)) + ANKLE_M * np.hypot(1, ahead), 0]] * 5)
    after = settle(sole, FootPose(ankle.astype(np.float32), foot, foot), ground)
    assert np.abs(clearance(sole, after, ground)).max() < 6e-3
    left = quaternion_rotate(after.foot, LEFTWARD)
    np.testing.assert_allclose(left[:, 1] / left[:, 0], aside, atol=0.03)


@pytest.mark.parametrize("ahead_m", [0.15, -0.04])
def test_a_riser_beside_the_foot_does_not_lift_it(ahead_m: float) -> None:
    """The tip or the heel reaches a little into the next step."""
    samples = np.zeros((9, 200), np.float32)
    places = -1.0 + 0.01 * np.arange(200)
    samples[:, places > ahead_m if ahead_m > 0 else places < ahead_m] = 0.17
    ground = HeightField(np.array([-0.5, -1.0]), 0.01, samples.repeat(12, axis=0))
    before = on_ball(np.zeros(3))
    before = replace(before, ankle=before.ankle - before.ankle[0] + [0, ANKLE_M, 0])
    after = settle(make_sole(), before, ground)
    np.testing.assert_allclose(after.ankle, before.ankle, atol=5e-3)


def test_nothing_jumps_as_a_foot_rolls_off() -> None:
    """Heel up, off the ground and through: no part turns much faster than the foot did."""
    time = np.linspace(0, 1, 60)
    angles = 65 * np.sin(np.pi * np.clip((time - 0.2) / 0.6, 0, 1)) ** 2
    before = on_ball(angles)
    rise = 0.15 * np.clip((time - 0.45) / 0.2, 0, 1) ** 2
    before = replace(before, ankle=before.ankle + np.stack((0 * rise, rise, 2 * rise), axis=1))
    fastest = np.abs(np.diff(angles)).max()
    for sole in (make_sole(), make_sole(toe=False)):
        after = settle(sole, before, FLAT)
        assert clearance(sole, after, FLAT).min() > -1e-4
        for turned in (after.foot, after.toe):
            pitch = np.degrees(np.arcsin(-quaternion_rotate(turned, FORWARD)[:, 1]))
            assert np.abs(np.diff(pitch)).max() < 2.2 * fastest


@pytest.mark.parametrize("factor", [0.1, 2.0])
def test_the_size_does_not_matter(factor: float) -> None:
    for sole in (make_sole(soft=True), make_sole(toe=False)):
        before = on_ball(np.linspace(-20, 60, 9), roll_deg=3.0)
        large = Sole(factor * sole.points, sole.toe_shares, factor * sole.ball, FORWARD, LEFTWARD)
        here = settle(sole, before, FLAT)
        there = settle(large, replace(before, ankle=np.float32(factor) * before.ankle), FLAT)
        np.testing.assert_allclose(there.ankle, factor * here.ankle, atol=2e-4 * factor)
        np.testing.assert_allclose(there.foot, here.foot, atol=2e-3)
        np.testing.assert_allclose(there.toe, here.toe, atol=2e-3)


def hanging(degrees: float, toes_too: bool = True) -> Skeleton:
    """The common skeleton with feet that hang by so much at rest; 0 stands."""
    skeleton, offsets = COMMON_SKELETON, COMMON_SKELETON.offsets.copy()
    turn, ends = pitched(np.array(degrees)), dict(COMMON_SKELETON.ends)
    for side in ("Left", "Right"):
        toe = skeleton.index(side + "Toe")
        offsets[toe] = quaternion_rotate(turn, offsets[toe])
        if toes_too:
            ends[side + "Toe"] = tuple(
                quaternion_rotate(turn, np.float32(ends[side + "Toe"])).tolist()
            )
    return Skeleton(skeleton.names, skeleton.parents, offsets, ends)


def standing_on(target: Skeleton) -> tuple[Floats, Floats]:
    """Joints (J, 3) and rotations (J, 4) of a target as it stands."""
    clip = standing_clip(20)
    out = retarget_clip(clip, target, terrain=FLAT)
    places, turns = forward_kinematics(target, out.root_positions, out.rotations_wxyz)
    return places[10], turns[10]


@pytest.mark.parametrize(
    ("degrees", "toes_too"),
    [(35.0, True), (50.0, True), (50.0, False), (64.4, True), (64.4, False), (80.0, True)],
)
def test_feet_that_hang_at_rest_stand_level(degrees: float, toes_too: bool) -> None:
    target = hanging(degrees, toes_too)
    places, _ = standing_on(target)
    for side in ("Left", "Right"):
        heel, toe = (places[target.index(side + part)] for part in ("Foot", "Toe"))
        slope = np.degrees(np.arctan2(heel[1] - toe[1], toe[2] - heel[2]))
        assert slope == pytest.approx(25.6, abs=3.0)
        assert toe[1] == pytest.approx(0.02, abs=0.006)


@pytest.mark.parametrize("degrees", [0.0, 10.0, 25.0])
def test_feet_that_may_stand_so_are_left_as_they_rest(degrees: float) -> None:
    roles = {name: n for n, name in enumerate(COMMON_SKELETON.names)}
    for toes_too in (True, False):
        assert rests_level(hanging(degrees, toes_too), roles, "Left")


def test_feet_in_high_heels_do_not_hang() -> None:
    roles = {name: n for n, name in enumerate(COMMON_SKELETON.names)}
    assert rests_level(hanging(40.0, toes_too=False), roles, "Left")


@pytest.mark.parametrize("turn_deg", [-170.0, -90.0, -20.0, 15.0, 60.0, 90.0])
def test_a_chest_that_rests_turned_faces_as_the_source_s(turn_deg: float) -> None:
    offsets = COMMON_SKELETON.offsets.copy()
    turn = heading_to_quaternion(np.float32(np.radians(turn_deg)))
    for joint in (side + part for side in ("Left", "Right")
                  for part in ("Shoulder", "Arm", "ForeArm", "Hand")):  # fmt: skip
        number = COMMON_SKELETON.index(joint)
        offsets[number] = quaternion_rotate(turn, offsets[number])
    target = Skeleton(COMMON_SKELETON.names, COMMON_SKELETON.parents, offsets)
    places, _ = standing_on(target)
    line = places[target.index("LeftArm")] - places[target.index("RightArm")]
    assert np.degrees(np.arctan2(-line[2], line[0])) == pytest.approx(0.0, abs=1.0)
    hand = places[target.index("LeftHand")] - places[target.index("LeftArm")]
    assert hand[0] > 0.4


def test_walked_toes_bend_and_clear_the_ground() -> None:
    clip = walking_clip(4)
    locked = lock_feet(
        COMMON_SKELETON, clip.root_positions, clip.rotations_wxyz, clip.contacts, FLAT
    )
    places, turns = forward_kinematics(
        COMMON_SKELETON, locked.root_positions, locked.rotations_wxyz
    )
    for side in ("Left", "Right"):
        toe = COMMON_SKELETON.index(side + "Toe")
        tip = places[:, toe] + quaternion_rotate(turns[:, toe], np.float32([0, 0, 0.07]))
        assert tip[:, 1].min() > 0.005
