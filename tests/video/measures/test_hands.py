"""Hands that point elsewhere than in the picture are told by their measure."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from backend.video.judging.hands import hands_off_deg
from blender_addon.core.maths.rotations import axis_angle_to_quaternion, quaternion_multiply
from blender_addon.core.video.fitting import fit_body
from blender_addon.core.video.request import CameraChoice, FitRequest
from blender_addon.core.video.settings import CameraKind
from tests.video.fitting.stand_in import camera_at, film, stroll


@pytest.mark.parametrize(("bend_deg", "low", "high"), [(0.0, 0.0, 6.0), (40.0, 15.0, 45.0)])
def test_hands_off_the_picture(bend_deg, low, high):
    filmed = film(stroll(40), camera_at(40))
    choice = CameraChoice(kind=CameraKind.SCENE, known=filmed.camera)
    fitted = fit_body(filmed.tracked, filmed.lifted, FitRequest(camera=choice))
    turns = fitted.clip.rotations_wxyz.copy()
    bend = axis_angle_to_quaternion(np.array([0.0, 1.0, 0.0]), np.radians(bend_deg))
    for side in ("LeftHand", "RightHand"):
        joint = fitted.clip.skeleton.index(side)
        turns[:, joint] = quaternion_multiply(turns[:, joint], bend)
    bent = replace(fitted, clip=replace(fitted.clip, rotations_wxyz=turns))
    off = hands_off_deg(bent, filmed.tracked)
    assert off is not None
    assert low <= off < high


def test_hands_that_are_hidden_are_not_judged():
    filmed = film(stroll(40), camera_at(40))
    fitted = fit_body(filmed.tracked, filmed.lifted, FitRequest())
    hidden = replace(filmed.tracked, visibility=np.zeros_like(filmed.tracked.visibility))
    assert hands_off_deg(fitted, hidden) is None
