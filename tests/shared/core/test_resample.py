"""Another frame rate shows the same motion."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blender_addon.core.errors import SettingsError
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.kinematics import forward_kinematics
from blender_addon.core.motion.resample import resample_clip
from tests.shared.core.motion_samples import clips, rotation_gap, stepping_clip

RATES = [23.976, 24.0, 25.0, 29.97, 30.0, 59.94, 60.0, 120.0, 7.0, 1000.0]


@given(clip=clips(), rate=st.sampled_from(RATES))
@settings(deadline=None, max_examples=60)
def test_starts_where_the_clip_starts_and_ends_within_it(clip: MotionClip, rate: float) -> None:
    out = resample_clip(clip, rate)
    assert out.frame_rate_hz == rate
    np.testing.assert_allclose(out.root_positions[0], clip.root_positions[0], atol=1e-6)
    assert rotation_gap(out.rotations_wxyz[0], clip.rotations_wxyz[0]) < 1e-6
    assert out.duration_s <= clip.duration_s + 1e-6
    assert out.duration_s > clip.duration_s - 1.0 / rate - 1e-9
    np.testing.assert_allclose(np.linalg.norm(out.rotations_wxyz, axis=-1), 1.0, atol=1e-5)


def test_own_rate_changes_nothing() -> None:
    clip = stepping_clip()
    same = resample_clip(clip, clip.frame_rate_hz)
    np.testing.assert_array_equal(same.rotations_wxyz, clip.rotations_wxyz)


@pytest.mark.parametrize("factor", [2, 3, 4])
def test_a_fraction_of_the_rate_picks_frames(factor: int) -> None:
    clip = stepping_clip(frames=121, rate_hz=120.0)
    picked = resample_clip(clip, 120.0 / factor)
    np.testing.assert_allclose(picked.root_positions, clip.root_positions[::factor], atol=1e-6)
    assert rotation_gap(picked.rotations_wxyz, clip.rotations_wxyz[::factor]) < 1e-6
    assert clip.contacts is not None and picked.contacts is not None
    np.testing.assert_array_equal(picked.contacts, clip.contacts[::factor])


@pytest.mark.parametrize("rate", RATES)
def test_poses_match_a_clip_made_at_that_rate(rate: float) -> None:
    fine = stepping_clip(frames=601, rate_hz=300.0)
    out = resample_clip(fine, rate)
    made = stepping_clip(frames=out.frame_count, rate_hz=rate)
    here, there = (
        forward_kinematics(c.skeleton, c.root_positions, c.rotations_wxyz)[0] for c in (out, made)
    )
    assert np.abs(here - there).max() < 1e-3


def test_fractional_rates_do_not_drift() -> None:
    long = MotionClip(
        stepping_clip().skeleton,
        60.0,
        np.linspace(0, 600, 36001)[:, None] * np.array([1.0, 0, 0]),
        np.tile(stepping_clip().rotations_wxyz[:1], (36001, 1, 1)),
    )
    out = resample_clip(long, 24000 / 1001)
    desired = np.arange(out.frame_count) * 1001 / 24000
    np.testing.assert_allclose(out.root_positions[:, 0], desired, atol=1e-3)


def test_halfway_is_halfway_and_signs_do_not_matter() -> None:
    clip = stepping_clip(frames=2, rate_hz=1.0)
    flipped = MotionClip(
        clip.skeleton,
        1.0,
        clip.root_positions,
        clip.rotations_wxyz * np.array([1, -1], np.float32)[:, None, None],
    )
    a, b = resample_clip(clip, 2.0), resample_clip(flipped, 2.0)
    assert rotation_gap(a.rotations_wxyz, b.rotations_wxyz) < 1e-6
    np.testing.assert_allclose(a.root_positions[1], clip.root_positions.mean(axis=0), atol=1e-6)


def test_one_frame_stays_one_frame() -> None:
    assert resample_clip(stepping_clip(frames=1), 24.0).frame_count == 1


@pytest.mark.parametrize("rate", [0.0, -24.0, np.nan, np.inf, 1e9])
def test_impossible_rates(rate: float) -> None:
    with pytest.raises(SettingsError, match="frame rate"):
        resample_clip(stepping_clip(), rate)
