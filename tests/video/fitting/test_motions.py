"""Motions that are not a walk: sitting, jumping, running, dancing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from backend.mocap.common_clips import read_standing_clip
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.video.fitting import fit_body
from blender_addon.core.video.fitting.body import Body
from blender_addon.core.video.points import middle_of_hips
from blender_addon.core.video.request import CameraChoice, FitRequest
from blender_addon.core.video.settings import CameraKind
from tests.video.fitting.stand_in import (
    Filmed,
    camera_at,
    film,
    knee_bends,
    mpjpe_mm,
    sitting,
)

RATE_HZ = 30.0
JUMP, RUN, DANCE = "jump_91_53", "poselib_09_11", "acrnn_salsa_01"


def recorded(data_dir: Path, name: str) -> MotionClip:
    """The first ten seconds of a recording, over the origin."""
    clip = read_standing_clip(data_dir / "mocap" / "cmu" / f"{name}.bvh", RATE_HZ)
    root = clip.root_positions[: int(10 * RATE_HZ)].copy()
    root[:, [0, 2]] -= root[:, [0, 2]].mean(axis=0)
    turns = clip.rotations_wxyz[: len(root)]
    return replace(clip, root_positions=root, rotations_wxyz=turns, contacts=None)


def seen_from_above(clip: MotionClip, noise: float) -> Filmed:
    camera = camera_at(clip.frame_count, tilt_deg=12.0, height_m=1.8)
    return film(clip, camera, noise=noise)


def joints_of_fit(fitted) -> np.ndarray:
    body = Body(fitted.clip.skeleton)
    return body.joints(fitted.clip.root_positions, fitted.clip.rotations_wxyz)


@pytest.mark.parametrize("kind", [CameraKind.GUESS, CameraKind.SCENE])
def test_who_sits_goes_on_sitting_upright(kind):
    filmed = seen_from_above(sitting(120), 0.03)
    choice = CameraChoice(kind=kind, known=filmed.camera if kind is CameraKind.SCENE else None)
    fitted = fit_body(filmed.tracked, filmed.lifted, FitRequest(camera=choice))
    joints = joints_of_fit(fitted)
    up = joints[:, 12] - middle_of_hips(joints)
    lean = np.degrees(np.arccos(up[:, 1] / np.linalg.norm(up, axis=-1)))
    assert np.median(lean) < 12.0
    assert np.degrees(knee_bends(fitted.clip)).min() > 60.0
    assert np.abs(joints[:, :2, 1] - 0.08).max() < 0.04


def test_a_jump_flies_and_lands(data_dir):
    filmed = seen_from_above(recorded(data_dir, JUMP), 0.03)
    choice = CameraChoice(kind=CameraKind.SCENE, known=filmed.camera)
    fitted = fit_body(filmed.tracked, filmed.lifted, FitRequest(camera=choice))
    joints = joints_of_fit(fitted)
    lowest, true = joints[:, :2, 1].min(axis=1), filmed.joints[:, :2, 1].min(axis=1)
    assert lowest.max() == pytest.approx(true.max(), abs=0.08)
    assert abs(int(lowest.argmax()) - int(true.argmax())) <= 2
    assert not fitted.clip.contacts[lowest.argmax()].any()
    assert fitted.slip_cm_s < 3.0


@pytest.mark.parametrize("name", [JUMP, RUN, DANCE])
def test_it_betters_what_was_lifted(data_dir, name):
    filmed = seen_from_above(recorded(data_dir, name), 0.03)
    choice = CameraChoice(kind=CameraKind.SCENE, known=filmed.camera)
    fitted = fit_body(filmed.tracked, filmed.lifted, FitRequest(camera=choice))
    there = filmed.camera.to_camera(filmed.joints)
    found = filmed.camera.to_camera(joints_of_fit(fitted))
    assert mpjpe_mm(found, there) < 0.75 * mpjpe_mm(filmed.lifted.joints_m, there)
    away = middle_of_hips(joints_of_fit(fitted)) - middle_of_hips(filmed.joints)
    assert np.linalg.norm(away, axis=-1).mean() < 0.1
