"""A skeleton is brought to a person in a film: place, pose, feet, gaps, pins."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from blender_addon.core.errors import Cancelled, FilmError, SettingsError, SkeletonError
from blender_addon.core.feet.measures import heights_over_ground, slip_speed
from blender_addon.core.jobs import Progress
from blender_addon.core.motion.common_skeleton import (
    COMMON_SKELETON,
    FOOT_JOINTS,
    PLANTED_HEIGHTS_M,
)
from blender_addon.core.motion.kinematics import forward_kinematics
from blender_addon.core.motion.mirror import mirror_clip
from blender_addon.core.motion.skeleton import Skeleton
from blender_addon.core.video.fitting import fit_body
from blender_addon.core.video.fitting.body import Body
from blender_addon.core.video.points import JOINTS, middle_of_hips
from blender_addon.core.video.request import CameraChoice, FitRequest
from blender_addon.core.video.settings import CameraKind, CameraSettings, FitSettings
from blender_addon.core.video.tracked import Pin, Seen
from tests.video.fitting.stand_in import (
    Filmed,
    bad_tracker,
    camera_at,
    film,
    knee_bends,
    mirrored,
    mpjpe_mm,
    stroll,
)

RAW = FitSettings(smoothing=0.0, on_ground=False, lock_feet=False)
HAND = JOINTS.index("LeftHand")


def scene_request(filmed: Filmed, **changes: object) -> FitRequest:
    choice = CameraChoice(kind=CameraKind.SCENE, known=filmed.camera)
    return replace(FitRequest(camera=choice), **changes)


def joints_of_fit(fitted) -> np.ndarray:
    body = Body(fitted.clip.skeleton)
    return body.joints(fitted.clip.root_positions, fitted.clip.rotations_wxyz)


@pytest.fixture(scope="module")
def filmed() -> Filmed:
    clip = stroll(90)
    return film(clip, camera_at(90))


@pytest.fixture(scope="module")
def noisy() -> Filmed:
    return film(stroll(150), camera_at(150), noise=0.03)


class TestExact:
    def test_what_is_seen_exactly_is_found_to_a_few_millimetres(self, filmed):
        fitted = fit_body(filmed.tracked, filmed.lifted, scene_request(filmed, settings=RAW))
        found, true = joints_of_fit(fitted), filmed.joints
        assert mpjpe_mm(found, true) < 5.0
        assert np.linalg.norm(middle_of_hips(found) - middle_of_hips(true), axis=-1).max() < 0.08

    def test_it_lies_on_the_picture(self, filmed):
        fitted = fit_body(filmed.tracked, filmed.lifted, scene_request(filmed, settings=RAW))
        assert np.nanmax(fitted.error_torso) < 0.03
        apart = fitted.points_px - filmed.camera.project(filmed.joints)
        assert np.abs(apart).max() < 20.0

    @pytest.mark.parametrize("kind", list(CameraKind))
    def test_every_camera_gives_the_pose(self, filmed, kind):
        choice = CameraChoice(
            kind=kind,
            known=filmed.camera if kind is CameraKind.SCENE else None,
            typed=CameraSettings(lens_mm=1.4 * 36.0, height_m=1.4, tilt_deg=5.0),
        )
        fitted = fit_body(filmed.tracked, filmed.lifted, FitRequest(camera=choice))
        there = fitted.camera.to_camera(joints_of_fit(fitted))
        assert mpjpe_mm(there, filmed.camera.to_camera(filmed.joints)) < 25.0
        assert np.nanmean(fitted.error_torso) < 0.06

    def test_a_guessed_camera_is_near_the_true_one(self, filmed):
        fitted = fit_body(filmed.tracked, filmed.lifted, FitRequest())
        tilt = np.degrees(np.arcsin(-fitted.camera.rotations[0, 1, 2]))
        assert tilt == pytest.approx(5.0, abs=3.0)
        assert fitted.camera.positions_m[0, 1] == pytest.approx(1.4, abs=0.3)
        assert not fitted.camera.is_known
        start = fitted.clip.root_positions[0]
        assert np.hypot(start[0], start[2]) < 0.2

    def test_it_is_the_same_twice(self, filmed):
        first, second = (
            fit_body(filmed.tracked, filmed.lifted, scene_request(filmed)) for _ in range(2)
        )
        np.testing.assert_allclose(first.clip.rotations_wxyz, second.clip.rotations_wxyz, atol=1e-6)


class TestNoisy:
    def test_it_is_nearer_to_the_truth_than_what_was_lifted(self, noisy):
        fitted = fit_body(noisy.tracked, noisy.lifted, scene_request(noisy))
        there = noisy.camera.to_camera(noisy.joints)
        lifted = mpjpe_mm(noisy.lifted.joints_m, there)
        assert mpjpe_mm(noisy.camera.to_camera(joints_of_fit(fitted)), there) < 0.7 * lifted

    def test_the_root_keeps_its_way(self, noisy):
        fitted = fit_body(noisy.tracked, noisy.lifted, scene_request(noisy))
        away = middle_of_hips(joints_of_fit(fitted)) - middle_of_hips(noisy.joints)
        assert np.linalg.norm(away, axis=-1).mean() < 0.08

    def test_feet_that_stand_stay(self, noisy):
        fitted = fit_body(noisy.tracked, noisy.lifted, scene_request(noisy))
        places, _ = forward_kinematics(
            fitted.clip.skeleton, fitted.clip.root_positions, fitted.clip.rotations_wxyz
        )
        feet = places[:, COMMON_SKELETON.indices(FOOT_JOINTS)]
        heights = heights_over_ground(feet, np.zeros(feet.shape[:2]), PLANTED_HEIGHTS_M)
        speed = slip_speed(feet, heights, fitted.clip.frame_rate_hz)
        held = fitted.clip.contacts.any(axis=1)[:-1]
        assert held.mean() > 0.6
        assert np.nanmean(speed.values[held]) < 0.04
        assert heights.min() > -0.02
        assert fitted.slip_cm_s == pytest.approx(100.0 * speed.mean, rel=0.05, abs=0.1)

    def test_no_knee_bends_backwards(self, noisy):
        fitted = fit_body(noisy.tracked, noisy.lifted, scene_request(noisy))
        assert knee_bends(fitted.clip).min() > np.radians(-3.0)

    def test_rotations_do_not_jump(self, noisy):
        fitted = fit_body(noisy.tracked, noisy.lifted, scene_request(noisy))
        turns = fitted.clip.rotations_wxyz
        near = np.sum(turns[1:] * turns[:-1], axis=-1)
        assert near.min() > np.cos(np.radians(0.5 * 40.0))
        np.testing.assert_allclose(np.linalg.norm(turns, axis=-1), 1.0, atol=1e-4)

    def test_more_smoothing_is_calmer(self, noisy):
        def jerk(strength: float) -> float:
            settings = FitSettings(smoothing=strength)
            fitted = fit_body(noisy.tracked, noisy.lifted, scene_request(noisy, settings=settings))
            joints = joints_of_fit(fitted)
            about = joints - middle_of_hips(joints)[:, None]
            return float(np.linalg.norm(np.diff(about, 3, axis=0), axis=-1).mean())

        assert jerk(0.0) > 2.0 * jerk(1.0) > 2.0 * jerk(2.0)

    def test_left_and_right_are_alike(self, noisy):
        other = mirrored(noisy)
        settings = FitSettings(smoothing=1.0)
        ours = fit_body(noisy.tracked, noisy.lifted, scene_request(noisy, settings=settings))
        theirs = fit_body(other.tracked, other.lifted, scene_request(other, settings=settings))
        back = mirror_clip(theirs.clip)
        body = Body(COMMON_SKELETON)
        mine = body.joints(ours.clip.root_positions, ours.clip.rotations_wxyz)
        turned = body.joints(back.root_positions, back.rotations_wxyz)
        assert np.linalg.norm(mine - turned, axis=-1).max() < 0.01


class TestSizes:
    @pytest.mark.parametrize("size", [0.3, 0.7, 1.5, 3.0])
    def test_another_size_takes_the_same_steps(self, filmed, size):
        skeleton = COMMON_SKELETON.scaled(size)
        request = FitRequest(skeleton=skeleton)
        fitted = fit_body(filmed.tracked, filmed.lifted, request)
        usual = fit_body(filmed.tracked, filmed.lifted, FitRequest())
        way, plain = fitted.clip.root_positions, usual.clip.root_positions
        np.testing.assert_allclose(way / size, plain, atol=0.003)
        bends, usual_bends = knee_bends(fitted.clip), knee_bends(usual.clip)
        assert np.abs(bends - usual_bends).max() < np.radians(0.5)
        assert np.nanmean(fitted.error_torso) < 0.06

    def test_long_arms_do_not_change_the_legs(self, filmed):
        offsets = COMMON_SKELETON.offsets.copy()
        for name in ("LeftForeArm", "RightForeArm", "LeftHand", "RightHand"):
            offsets[COMMON_SKELETON.index(name)] *= 1.6
        ape = Skeleton(COMMON_SKELETON.names, COMMON_SKELETON.parents, offsets,
                       COMMON_SKELETON.ends)  # fmt: skip
        fitted = fit_body(filmed.tracked, filmed.lifted, FitRequest(skeleton=ape))
        usual = fit_body(filmed.tracked, filmed.lifted, FitRequest())
        assert np.abs(knee_bends(fitted.clip) - knee_bends(usual.clip)).max() < np.radians(4.0)


class TestGaps:
    def test_a_short_gap_is_passed_over(self, filmed):
        tracker = bad_tracker(filmed, slice(40, 48))
        fitted = fit_body(tracker.tracked, tracker.lifted, scene_request(filmed))
        assert fitted.guessed[40:48].all() and not fitted.guessed[:40].any()
        there = np.linalg.norm(joints_of_fit(fitted) - filmed.joints, axis=-1)
        assert there[40:48].mean() < 0.12
        assert np.isnan(fitted.error_px[40:48]).all()

    def test_a_long_gap_is_held_and_told(self, filmed):
        tracker = bad_tracker(filmed, slice(20, 70))
        fitted = fit_body(tracker.tracked, tracker.lifted, scene_request(filmed))
        turns = fitted.clip.rotations_wxyz[28:45]
        assert np.abs(turns - turns[:1]).max() < 0.1
        assert any("nobody is seen" in note for note in fitted.notes)
        steps = np.linalg.norm(np.diff(fitted.clip.root_positions, axis=0), axis=-1)
        assert steps.max() < 0.2

    def test_gaps_at_both_ends(self, filmed):
        tracker = bad_tracker(filmed, slice(0, 15))
        tracker = bad_tracker(tracker, slice(80, 90))
        fitted = fit_body(tracker.tracked, tracker.lifted, FitRequest())
        assert np.isfinite(fitted.clip.root_positions).all()
        assert fitted.guessed[:15].all() and fitted.guessed[80:].all()

    def test_single_points_that_are_not_numbers(self, filmed):
        points = filmed.tracked.points_px.copy()
        points[10:60:7, 15] = np.nan
        joints = filmed.lifted.joints_m.copy()
        joints[5::9, HAND] = np.nan
        fitted = fit_body(
            replace(filmed.tracked, points_px=points), replace(filmed.lifted, joints_m=joints),
            scene_request(filmed),
        )  # fmt: skip
        away = np.linalg.norm(joints_of_fit(fitted) - filmed.joints, axis=-1)
        assert away[:, HAND].mean() < 0.08

    def test_nobody_is_an_error(self, filmed):
        tracker = bad_tracker(filmed, slice(0, 90))
        with pytest.raises(FilmError, match="nobody was found"):
            fit_body(tracker.tracked, tracker.lifted, FitRequest())

    def test_legs_out_of_the_picture_stand(self, filmed):
        visibility = filmed.tracked.visibility.copy()
        visibility[:, 25:] = 0.0
        confidence = filmed.lifted.confidence.copy()
        confidence[:, :4] = 0.0
        joints = filmed.lifted.joints_m.copy()
        joints[:, :4] = np.random.default_rng(3).normal(size=(90, 4, 3))
        fitted = fit_body(
            replace(filmed.tracked, visibility=visibility),
            replace(filmed.lifted, joints_m=joints, confidence=confidence),
            FitRequest(),
        )
        assert any("legs are not in the picture" in note for note in fitted.notes)
        assert np.degrees(knee_bends(fitted.clip)).max() < 80.0
        feet = joints_of_fit(fitted)[:, :2, 1]
        assert feet.min() > 0.06 and np.median(feet) < 0.1


class TestShort:
    @pytest.mark.parametrize("count", [1, 2, 3, 10])
    def test_few_frames(self, count):
        filmed = film(stroll(count), camera_at(count))
        for request in (FitRequest(), scene_request(filmed)):
            fitted = fit_body(filmed.tracked, filmed.lifted, request)
            assert fitted.clip.frame_count == count
            assert np.isfinite(fitted.points_px).all()
            assert np.nanmean(fitted.error_torso) < 0.12

    def test_a_long_film_goes_by_blocks(self):
        clip = stroll(2400)
        camera = camera_at(2400)
        way = clip.root_positions.astype(np.float64) * np.array([1.0, 0.0, 1.0])
        filmed = film(clip, replace(camera, positions_m=camera.positions_m + way))
        request = scene_request(filmed, settings=FitSettings(lock_feet=False))
        fitted = fit_body(filmed.tracked, filmed.lifted, request)
        away = np.linalg.norm(joints_of_fit(fitted) - filmed.joints, axis=-1)
        assert away.mean() < 0.06
        steps = np.linalg.norm(np.diff(joints_of_fit(fitted), axis=0), axis=-1)
        true = np.linalg.norm(np.diff(filmed.joints, axis=0), axis=-1)
        assert steps.max() < 1.5 * true.max()


class TestPins:
    def test_a_pin_pulls_its_joint(self, filmed):
        request = scene_request(filmed)
        before = fit_body(filmed.tracked, filmed.lifted, request)
        wanted = before.points_px[45, HAND] + (20.0, -25.0)
        pin = Pin(45, HAND, (float(wanted[0]), float(wanted[1])))
        after = fit_body(filmed.tracked, filmed.lifted, replace(request, pins=(pin,)))
        assert np.linalg.norm(after.points_px[45, HAND] - wanted) < 3.0
        # It fades out, and feet stay.
        reach = round(request.settings.pin_reach_s * 30.0) + 2
        np.testing.assert_allclose(after.points_px[: 45 - reach], before.points_px[: 45 - reach],
                                   atol=0.01)  # fmt: skip
        assert np.abs(after.points_px[45, :2] - before.points_px[45, :2]).max() < 3.0

    def test_pins_elsewhere_change_nothing(self, filmed):
        request = scene_request(filmed)
        before = fit_body(filmed.tracked, filmed.lifted, request)
        pinned = replace(request, pins=(Pin(4000, HAND, (10.0, 10.0)),))
        after = fit_body(filmed.tracked, filmed.lifted, pinned)
        np.testing.assert_allclose(after.points_px, before.points_px, atol=1e-3)


class TestRefusals:
    def test_a_camera_of_another_film(self, filmed):
        choice = CameraChoice(kind=CameraKind.SCENE, known=camera_at(80))
        with pytest.raises(SettingsError, match="80 frames"):
            fit_body(filmed.tracked, filmed.lifted, FitRequest(camera=choice))

    def test_no_camera(self, filmed):
        choice = CameraChoice(kind=CameraKind.SCENE)
        with pytest.raises(SettingsError, match="none is given"):
            fit_body(filmed.tracked, filmed.lifted, FitRequest(camera=choice))

    def test_a_skeleton_without_hands(self, filmed):
        names = COMMON_SKELETON.names
        kept = [n for n, name in enumerate(names) if name != "LeftHand"]
        parents = [-1 if COMMON_SKELETON.parents[n] < 0 else kept.index(COMMON_SKELETON.parents[n])
                   for n in kept]  # fmt: skip
        skeleton = Skeleton(
            tuple(names[n] for n in kept), np.array(parents), COMMON_SKELETON.offsets[kept]
        )
        with pytest.raises(SkeletonError, match="LeftHand"):
            fit_body(filmed.tracked, filmed.lifted, FitRequest(skeleton=skeleton))

    def test_lifted_of_another_length(self, filmed):
        short = replace(filmed.lifted, joints_m=filmed.lifted.joints_m[:50])
        with pytest.raises(FilmError, match="90 frames were tracked and 50 lifted"):
            fit_body(filmed.tracked, short, FitRequest())

    def test_it_can_be_cancelled(self, filmed):
        progress = Progress()
        progress.cancellation.ask()
        with pytest.raises(Cancelled):
            fit_body(filmed.tracked, filmed.lifted, FitRequest(), progress)

    def test_guessed_frames_count_less(self, noisy):
        seen = noisy.tracked.seen.copy()
        seen[30:60] = Seen.GUESSED
        fitted = fit_body(replace(noisy.tracked, seen=seen), noisy.lifted, scene_request(noisy))
        assert np.isfinite(fitted.error_px).all()
