"""What an animal does with head and tail by rules."""

from itertools import pairwise

import numpy as np
import pytest

from blender_addon.core.ground.terrain import FlatTerrain
from blender_addon.core.maths.rotations import axis_angle_to_quaternion, quaternion_rotate
from blender_addon.core.maths.segments import Segments
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.kinematics import forward_kinematics
from blender_addon.core.quadruped.body import Family
from blender_addon.core.quadruped.manner.grazing import graze
from blender_addon.core.quadruped.manner.looking import look_about, look_round
from blender_addon.core.quadruped.recording import TRUNK, Pose
from blender_addon.core.quadruped.secondary import Swing, swing_tail
from blender_addon.core.quadruped.skeleton import CHEST, NECK, SPINE, TAIL
from tests.quadruped.runtime.teacher import make_body

FRAMES = 300
LEFT = np.array([1.0, 0.0, 0.0])


def standing_pose(body, frames=FRAMES):
    one = np.zeros((frames, TRUNK, 4), np.float32)
    one[..., 0] = 1.0
    hips = np.tile(body.rest_m[0], (frames, 1)).astype(np.float32)
    spine = np.tile(body.skeleton.offsets[list(SPINE[1:])], (frames, 1, 1))
    legs = np.tile(body.rest_m[TRUNK:], (frames, 1, 1)).astype(np.float32)
    feet = np.tile(one[:, :1], (1, 4, 1))
    return Pose(hips, one, feet, legs, spine, np.zeros(frames, np.float32))


def neck_places(pose, body):
    """(T, 4, 3) of neck, neck_1, head and nose."""
    place = pose.chest + quaternion_rotate(
        pose.trunk[:, CHEST], np.tile(body.skeleton.offsets[NECK[0]], (FRAMES, 1))
    )
    places = [place]
    for above, joint in pairwise(NECK):
        step = np.tile(body.skeleton.offsets[joint], (FRAMES, 1))
        places.append(places[-1] + quaternion_rotate(pose.trunk[:, above], step))
    return np.stack(places, axis=1)


@pytest.mark.parametrize("family", list(Family))
def test_a_grazing_head_goes_down_in_front_and_comes_up_again(family):
    body = make_body(family=family)
    pose = standing_pose(body)
    eating = np.zeros(FRAMES)
    eating[60:240] = 1.0
    before = neck_places(pose, body)
    graze(pose, eating, [body], Segments.of(FRAMES), FlatTerrain())
    after = neck_places(pose, body)
    nose, head, base = after[150, 3], after[150, 2], after[150, 0]
    assert nose[1] < 0.35 * before[150, 3, 1]
    assert base[2] < head[2] < nose[2]  # never folded under the chest
    assert np.allclose(after[:60], before[:60], atol=1e-5)
    assert np.allclose(after[241:], before[241:], atol=1e-5)
    assert np.abs(np.diff(after, axis=0)).max() < 0.05


def test_looking_round_goes_to_both_sides():
    body = make_body()
    pose = standing_pose(body)
    looking = np.zeros(FRAMES)
    looking[30:270] = 1.0
    look_round(pose, looking, Segments.of(FRAMES))
    way = np.diff(neck_places(pose, body)[:, 2:], axis=1)[:, 0]
    yaw = np.degrees(np.arctan2(way[:, 0], way[:, 2]))
    assert yaw.max() > 25.0
    assert yaw.min() < -25.0
    assert abs(yaw[0]) < 1.0
    assert np.abs(np.diff(yaw)).max() < 6.0


def test_a_standing_head_does_not_freeze():
    body = make_body()
    pose = standing_pose(body)
    look_about(pose, np.ones(FRAMES), Segments.of(FRAMES))
    nose = neck_places(pose, body)[:, 3]
    assert np.ptp(nose[:, 0]) > 0.01
    assert np.ptp(nose[:, 0]) < 0.25


def clip_of(body, speed_m_s, pitch_rad=0.0, frames=240):
    positions = np.tile(body.rest_m[0], (frames, 1))
    positions[:, 2] += speed_m_s * np.arange(frames) / 60.0
    turns = np.zeros((frames, 27, 4), np.float32)
    turns[..., 0] = 1.0
    turns[:, 0] = axis_angle_to_quaternion(LEFT, pitch_rad)
    return MotionClip(body.skeleton, 60.0, positions.astype(np.float32), turns)


def tail_slope(clip):
    places, _ = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    way = places[-1, TAIL[-1]] - places[-1, TAIL[0]]
    return np.degrees(np.arctan2(way[1], np.hypot(way[0], way[2])))


@pytest.mark.parametrize("family", list(Family))
def test_a_tail_hangs_and_rises_with_the_speed(family):
    body = make_body(family=family)
    slow, fast = (
        tail_slope(swing_tail(clip_of(body, speed), Swing(), body)) for speed in (0.0, 5.0)
    )
    assert slow < -30.0
    assert fast >= slow - 1.0
    if family is Family.HOOFED:
        assert fast > slow + 10.0
