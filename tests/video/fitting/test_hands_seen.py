"""Hands go on from the forearms as they do in the picture."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from blender_addon.core.maths.rotations import quaternion_rotate
from blender_addon.core.motion.kinematics import forward_kinematics
from blender_addon.core.video.fitting import fit_body
from blender_addon.core.video.points import LANDMARKS
from blender_addon.core.video.request import CameraChoice, FitRequest
from blender_addon.core.video.settings import CameraKind
from tests.video.fitting.stand_in import Filmed, camera_at, film, stroll

COUNT = 60


def hand_bent_in_space(filmed: Filmed, by_m: float) -> Filmed:
    """Knuckles that the tracker has higher than they are, in space but not in the picture."""
    world = filmed.tracked.world_m.copy()
    for side in ("left", "right"):
        for part in ("index", "pinky"):
            world[:, LANDMARKS.index(f"{side}_{part}"), 1] -= by_m
    return replace(filmed, tracked=replace(filmed.tracked, world_m=world))


def bend_in_picture_deg(fitted, side: str) -> np.ndarray:
    """(T,) between forearm and hand as the camera sees them."""
    clip = fitted.clip
    _, turns = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    along = np.array([1.0 if side == "Left" else -1.0, 0.0, 0.0], np.float32)
    angles = []
    for part in ("ForeArm", "Hand"):
        turn = turns[:, clip.skeleton.index(side + part)]
        points = quaternion_rotate(turn, np.broadcast_to(along, (len(turn), 3)))
        seen = np.einsum("tji,tj->ti", fitted.camera.rotations, points)
        angles.append(np.arctan2(seen[:, 1], seen[:, 0]))
    return np.degrees(np.abs(np.angle(np.exp(1j * (angles[1] - angles[0])))))


@pytest.mark.parametrize("side", ["Left", "Right"])
def test_a_hand_that_goes_straight_on_in_the_picture_does_so(side):
    filmed = hand_bent_in_space(film(stroll(COUNT), camera_at(COUNT)), 0.04)
    choice = CameraChoice(kind=CameraKind.SCENE, known=filmed.camera)
    fitted = fit_body(filmed.tracked, filmed.lifted, FitRequest(camera=choice))
    assert np.median(bend_in_picture_deg(fitted, side)) < 6.0
