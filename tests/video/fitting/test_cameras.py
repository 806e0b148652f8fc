"""Cameras of films: told, guessed, moving; bodies that were lifted askew; uneven ground."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from blender_addon.core.maths.rotations import axis_angle_to_quaternion, quaternion_rotate
from blender_addon.core.video.fitting import camera_of, fit_body
from blender_addon.core.video.fitting.body import Body
from blender_addon.core.video.fitting.camera import looking
from blender_addon.core.video.points import middle_of_hips
from blender_addon.core.video.request import CameraChoice, FitRequest
from blender_addon.core.video.settings import CameraKind, CameraSettings, FitSettings
from blender_addon.core.video.tracked import LiftedBody
from tests.video.fitting.stand_in import Filmed, camera_at, film, mpjpe_mm, stroll


def joints_of_fit(fitted) -> np.ndarray:
    body = Body(fitted.clip.skeleton)
    return body.joints(fitted.clip.root_positions, fitted.clip.rotations_wxyz)


def followed(count: int) -> Filmed:
    """Somebody whom the camera goes along with."""
    clip, camera = stroll(count, speed_m_s=1.2), camera_at(count)
    way = clip.root_positions.astype(np.float64) * np.array([1.0, 0.0, 1.0])
    return film(clip, replace(camera, positions_m=camera.positions_m + way))


class TestTold:
    def test_a_typed_camera_looks_down_by_its_tilt(self):
        filmed = film(stroll(5), camera_at(5))
        typed = CameraSettings(lens_mm=36.0, height_m=2.0, tilt_deg=30.0)
        camera = camera_of(CameraChoice(kind=CameraKind.TYPED, typed=typed), filmed.tracked)
        assert camera.focal_px[0] == pytest.approx(1280.0)
        ahead, down = camera.rotations[0, :, 2], camera.rotations[0, :, 1]
        assert ahead == pytest.approx([0.0, -0.5, -np.cos(np.radians(30.0))])
        assert down[1] < 0.0 and np.linalg.det(camera.rotations[0]) == pytest.approx(1.0)
        assert camera.positions_m[0] == pytest.approx([0.0, 2.0, 0.0])

    def test_a_camera_that_hangs_to_its_right_sees_the_world_fall_to_its_left(self):
        level, hanging = looking(0.2), looking(0.2, 0.3)
        assert hanging[:, 2] == pytest.approx(level[:, 2])
        assert hanging[1, 0] != pytest.approx(0.0)
        assert np.linalg.det(hanging) == pytest.approx(1.0)

    def test_a_known_camera_is_kept_to_the_bit(self):
        filmed = film(stroll(40), camera_at(40))
        choice = CameraChoice(kind=CameraKind.SCENE, known=filmed.camera)
        fitted = fit_body(filmed.tracked, filmed.lifted, FitRequest(camera=choice))
        assert fitted.camera is filmed.camera


class TestLifterAskew:
    @pytest.mark.parametrize("lean_deg", [-15.0, 15.0])
    def test_a_body_that_leans_is_stood_upright_before_a_known_camera(self, lean_deg):
        filmed = film(stroll(120), camera_at(120, tilt_deg=20.0, height_m=2.5))
        turn = axis_angle_to_quaternion(np.array([1.0, 0.0, 0.0]), np.radians(lean_deg))
        leaning = quaternion_rotate(
            np.broadcast_to(turn, (*filmed.lifted.joints_m.shape[:2], 4)), filmed.lifted.joints_m
        )
        lifted = LiftedBody(leaning, filmed.lifted.confidence)
        choice = CameraChoice(kind=CameraKind.SCENE, known=filmed.camera)
        fitted = fit_body(filmed.tracked, lifted, FitRequest(camera=choice))
        there = filmed.camera.to_camera(filmed.joints)
        found = filmed.camera.to_camera(joints_of_fit(fitted))
        assert mpjpe_mm(found, there) < 0.5 * mpjpe_mm(leaning, there)


class TestMoving:
    @pytest.mark.parametrize("count", [30, 240])
    def test_a_camera_that_goes_along_is_found_by_the_feet(self, count):
        filmed = followed(count)
        fitted = fit_body(filmed.tracked, filmed.lifted, FitRequest())
        assert any("camera seems to move" in note for note in fitted.notes)
        found, true = middle_of_hips(joints_of_fit(fitted)), middle_of_hips(filmed.joints)
        lengths = [np.linalg.norm((way[-1] - way[0])[[0, 2]]) for way in (found, true)]
        assert lengths[0] == pytest.approx(lengths[1], rel=0.25)
        assert np.nanmean(fitted.error_torso) < 0.08

    @pytest.mark.parametrize("count", [30, 240])
    def test_one_that_stands_is_not(self, count):
        filmed = film(stroll(count, speed_m_s=1.2), camera_at(count, back_m=9.0), noise=0.03)
        fitted = fit_body(filmed.tracked, filmed.lifted, FitRequest())
        assert not any("camera seems to move" in note for note in fitted.notes)


class TestGround:
    def test_without_it_nobody_is_moved_to_it(self):
        filmed = film(stroll(60), camera_at(60))
        lifted_up = replace(
            filmed.camera, positions_m=filmed.camera.positions_m + np.array([0.0, 3.0, 0.0])
        )
        choice = CameraChoice(kind=CameraKind.SCENE, known=lifted_up)
        settings = FitSettings(on_ground=False, lock_feet=False)
        request = FitRequest(camera=choice, settings=settings)
        fitted = fit_body(filmed.tracked, filmed.lifted, request)
        assert fitted.clip.root_positions[:, 1].min() > 3.0
