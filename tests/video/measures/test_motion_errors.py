"""Measures over time: trembling, pops, lateness, the way, slip and the ground."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from backend.video.judging import motion_errors, path_errors
from backend.video.judging.scores import Followed, score
from blender_addon.core.motion.common_skeleton import FOOT_JOINTS, PLANTED_HEIGHTS_M
from blender_addon.core.video.points import JOINTS
from tests.video.measures.constructed import RATE_HZ, camera_of, film_of, moving, standing_clip

WALK = moving(120, speed_m_s=0.8)


def test_the_truth_is_as_calm_as_itself_and_noise_is_not() -> None:
    assert motion_errors.jerk_ratio(WALK, WALK, RATE_HZ) == pytest.approx(1.0)
    noisy = WALK + np.random.default_rng(0).normal(0.0, 0.01, WALK.shape)
    ratio = motion_errors.jerk_ratio(noisy, WALK, RATE_HZ)
    assert ratio is not None and ratio > 2.0


def test_a_single_pop_is_seen() -> None:
    popped = WALK.copy()
    popped[50, JOINTS.index("RightHand")] += 0.5
    ratio = motion_errors.pop_ratio(popped, WALK, RATE_HZ)
    assert ratio is not None and ratio > 5.0


@pytest.mark.parametrize("late", [-3, 0, 2])
def test_lateness_is_found_in_frames(late: int) -> None:
    times = np.arange(120)[:, None, None]
    steps = np.random.default_rng(1).normal(size=(140, 14, 3)).cumsum(axis=0)
    smooth = np.apply_along_axis(np.convolve, 0, steps, np.ones(8) / 8, "valid")
    true, found = smooth[10:130][: len(times)], smooth[10 - late : 130 - late][: len(times)]
    assert motion_errors.lag_frames(found, true) == pytest.approx(late, abs=0.05)


def test_gaps_are_left_out() -> None:
    holes = WALK.copy()
    holes[30:33] = np.nan
    assert motion_errors.jerk_ratio(holes, WALK, RATE_HZ) == pytest.approx(1.0, abs=0.2)
    assert [(part.start, part.stop) for part in motion_errors.stretches(holes)] == [
        (0, 30), (33, 120),
    ]  # fmt: skip
    assert motion_errors.jerk_ratio(np.full_like(WALK, np.nan), WALK, RATE_HZ) is None


def test_bones_that_breathe_drift() -> None:
    sizes = 1.0 + 0.1 * np.sin(np.arange(120) / 5.0)
    standing = np.repeat(WALK[:1], 120, axis=0)
    assert motion_errors.bone_drift(standing) == pytest.approx(0.0, abs=1e-9)
    drift = motion_errors.bone_drift(standing * sizes[:, None, None])
    assert drift == pytest.approx(0.2, abs=0.01)


def test_a_shifted_way_is_raw_error_only() -> None:
    raw, fitted = path_errors.root_errors(WALK + np.array([0.3, 0.0, 0.4]), WALK)
    assert raw == pytest.approx(0.5)
    assert fitted == pytest.approx(0.0, abs=1e-6)


def test_a_way_that_sways_is_error_after_the_similarity() -> None:
    swaying = WALK.copy()
    swaying[..., 2] += 0.1 * np.sin(np.arange(120) / 3.0)[:, None]
    _, fitted = path_errors.root_errors(swaying, WALK)
    assert fitted.mean() == pytest.approx(0.1 * 2.0 / np.pi, abs=0.01)


def test_the_foot_that_stands_is_found_and_its_slip_measured() -> None:
    still = moving(120)
    standing = path_errors.stands(still, RATE_HZ)
    assert standing[:, 1].all()
    assert 0.3 < standing[:, 0].mean() < 0.8
    slid = still.copy()
    slid[..., 0] += 0.05 * np.arange(120)[:, None] / RATE_HZ
    assert path_errors.slip_with(standing, still, RATE_HZ) == pytest.approx(0.0, abs=1e-9)
    assert path_errors.slip_with(standing, slid, RATE_HZ) == pytest.approx(5.0)


def test_a_clip_that_stands_neither_slips_nor_floats_nor_sinks() -> None:
    clip = standing_clip()
    heights = path_errors.feet_of_clip(clip)[0, :, 1]
    assert heights == pytest.approx(PLANTED_HEIGHTS_M, abs=1e-6)
    assert len(FOOT_JOINTS) == 4
    everywhere = np.ones((60, 2), np.bool_)
    assert path_errors.slip_seen(clip) == pytest.approx(0.0, abs=1e-6)
    assert path_errors.ground_errors(clip, everywhere) == pytest.approx((0.0, 0.0), abs=1e-4)


@pytest.mark.parametrize(("up_m", "under_cm", "over_cm"), [(0.03, 0.0, 3.0), (-0.02, 2.0, 0.0)])
def test_feet_over_and_under_the_ground(up_m: float, under_cm: float, over_cm: float) -> None:
    clip = standing_clip()
    moved = replace(clip, root_positions=clip.root_positions + np.array([0.0, up_m, 0.0]))
    found = path_errors.ground_errors(moved, np.ones((60, 2), np.bool_))
    assert found == pytest.approx((under_cm, over_cm), abs=1e-3)


def test_sliding_feet_slip_by_their_speed() -> None:
    clip = standing_clip()
    along = np.zeros((60, 3))
    along[:, 0] = 0.1 * np.arange(60) / RATE_HZ
    moved = replace(clip, root_positions=clip.root_positions + along)
    assert path_errors.slip_seen(moved) == pytest.approx(10.0, rel=1e-3)


def test_a_clip_is_scored_without_error_against_a_film_of_itself() -> None:
    clip = standing_clip()
    truth = film_of(path_errors.joints_of_clip(clip))
    own = Followed(truth.seen_m, truth.points_px, clip, truth.camera)
    found = score(own, truth)
    nothing = ("mpjpe_mm", "pa_mpjpe_mm", "root_mm", "root_raw_mm", "swaps", "heading_deg",
               "two_d_median_pct", "camera_tilt_deg", "slip_cm_s", "slip_true_cm_s")  # fmt: skip
    assert {key: found[key] for key in nothing} == pytest.approx(
        dict.fromkeys(nothing, 0.0), abs=1e-3
    )
    assert found["pck"] == 1.0
    assert found["focal_ratio"] == pytest.approx(1.0)


def test_another_camera_shows_in_tilt_and_focal_length() -> None:
    clip = standing_clip()
    truth = film_of(path_errors.joints_of_clip(clip))
    other = camera_of(60, tilt_rad=0.1 + np.radians(5.0))
    other = replace(other, focal_px=1.1 * other.focal_px)
    found = score(Followed(truth.seen_m, None, clip, other), truth)
    assert found["camera_tilt_deg"] == pytest.approx(5.0, abs=1e-6)
    assert found["focal_ratio"] == pytest.approx(1.1)
