"""Feet point where they point, though a tracker guesses badly how far towards the camera."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from blender_addon.core.maths.rotations import heading_to_quaternion, quaternion_multiply
from blender_addon.core.maths.rotations import quaternion_rotate as rotate
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.kinematics import forward_kinematics
from blender_addon.core.video.fitting import fit_body
from blender_addon.core.video.points import LANDMARKS
from blender_addon.core.video.request import CameraChoice, FitRequest
from blender_addon.core.video.settings import CameraKind
from tests.video.fitting.stand_in import Filmed, camera_at, film, stroll

COUNT = 90
WALKS_DEG = float(np.degrees(0.6))
TIPS = [LANDMARKS.index(f"{side}_foot_index") for side in ("left", "right")]


def turned(clip: MotionClip, heading_deg: float) -> MotionClip:
    """The same clip in another direction."""
    turn = heading_to_quaternion(np.radians(heading_deg)).astype(np.float32)
    rotations = clip.rotations_wxyz.copy()
    rotations[:, 0] = quaternion_multiply(turn, rotations[:, 0])
    root = rotate(np.broadcast_to(turn, (len(rotations), 4)), clip.root_positions)
    return replace(clip, root_positions=root, rotations_wxyz=rotations)


def with_toes_out(clip: MotionClip, out_deg: float) -> MotionClip:
    """The same clip with feet that are turned outwards."""
    rotations = clip.rotations_wxyz.copy()
    for side, sign in (("LeftFoot", 1.0), ("RightFoot", -1.0)):
        joint = clip.skeleton.index(side)
        turn = heading_to_quaternion(np.radians(sign * out_deg)).astype(np.float32)
        rotations[:, joint] = quaternion_multiply(rotations[:, joint], turn)
    return replace(clip, rotations_wxyz=rotations)


def drawn_near(filmed: Filmed, by_m: float) -> Filmed:
    """Tips of the feet that the tracker has nearer to the camera than they are."""
    world = filmed.tracked.world_m.copy()
    world[:, TIPS, 2] -= by_m
    return replace(filmed, tracked=replace(filmed.tracked, world_m=world))


def toes_out_deg(clip: MotionClip) -> np.ndarray:
    """(2,) median angle on the level of left and right foot against the hips, outwards."""
    _, turns = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    ahead = np.broadcast_to(np.array([0.0, 0.0, 1.0], np.float32), (len(turns), 3))
    headings = []
    for joint in ("Hips", "LeftFoot", "RightFoot"):
        points = rotate(turns[:, clip.skeleton.index(joint)], ahead)
        headings.append(np.arctan2(points[:, 0], points[:, 2]))
    away = np.angle(np.exp(1j * (np.array(headings[1:]) - headings[0])))
    return np.degrees(np.median(away, axis=1)) * np.array([1.0, -1.0])


def fitted_clip(filmed: Filmed) -> MotionClip:
    choice = CameraChoice(kind=CameraKind.SCENE, known=filmed.camera)
    return fit_body(filmed.tracked, filmed.lifted, FitRequest(camera=choice)).clip


@pytest.mark.parametrize("heading", [90.0, -90.0, 75.0])
def test_feet_seen_from_the_side_go_straight_on(heading):
    filmed = film(turned(stroll(COUNT), heading - WALKS_DEG), camera_at(COUNT, tilt_deg=12.0))
    out = toes_out_deg(fitted_clip(drawn_near(filmed, 0.15)))
    assert np.abs(out).max() < 10.0


def test_toes_out_are_seen_from_the_front():
    clip = with_toes_out(stroll(COUNT), 22.0)
    out = toes_out_deg(fitted_clip(film(clip, camera_at(COUNT))))
    assert np.abs(out - 22.0).max() < 8.0


def test_no_foot_is_turned_farther_than_feet_can():
    clip = with_toes_out(stroll(COUNT), 80.0)
    out = toes_out_deg(fitted_clip(film(clip, camera_at(COUNT))))
    assert out.max() < 40.0
