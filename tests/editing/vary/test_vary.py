"""Variants: the same by seed, nothing at amount 0, feet as firm as before, any rate and length."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from blender_addon.core.editing.vary.pipeline import joint_change_cm
from blender_addon.core.editing.vary.settings import VarySettings
from blender_addon.core.errors import Cancelled, ClipError, ContractError, SettingsError
from blender_addon.core.motion.common_skeleton import FOOT_JOINTS
from blender_addon.core.motion.kinematics import forward_kinematics
from blender_addon.core.motion.resample import resample_clip
from tests.editing.vary.motions import pipeline, waving
from tests.shared.core.motion_samples import stepping_clip

ONE = VarySettings(amount=1.0)


def _feet(clip):
    joints, _ = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    return joints[:, clip.skeleton.indices(FOOT_JOINTS)]


def _same(a, b) -> bool:
    return np.array_equal(a.root_positions, b.root_positions) and np.array_equal(
        a.rotations_wxyz, b.rotations_wxyz
    )


def test_amount_0_is_the_motion_to_the_bit():
    clip = waving()
    edited = pipeline().vary(clip, VarySettings(amount=0.0), 3)
    assert _same(edited.clip, clip) and edited.measures["joint_change_cm"] == 0.0


def test_a_seed_gives_one_variant_and_another_gives_another():
    clip = stepping_clip(120, 30.0)
    first, again, other = (pipeline().vary(clip, ONE, seed).clip for seed in (1, 1, 2))
    assert _same(first, again)
    assert joint_change_cm(first, other) > 1.0


def test_more_is_more():
    clip = stepping_clip(120, 30.0)
    changes = [
        pipeline().vary(clip, VarySettings(amount=amount), 5).measures["joint_change_cm"]
        for amount in (0.02, 0.5, 1.0, 2.0)
    ]
    assert changes == sorted(changes)
    assert changes[0] < 0.3 < changes[2]


def test_feet_that_stand_stand_as_still():
    clip = waving(150)
    varied = pipeline().vary(clip, ONE, 7).clip
    before, after = _feet(clip), _feet(varied)
    assert np.ptp(before, axis=0).max() < 1e-4
    assert np.ptp(after, axis=0).max() < 2e-3
    assert np.abs(after[..., 1] - before[..., 1]).max() < 2e-3  # neither lifted nor in the ground
    loose = pipeline().vary(clip, replace(ONE, lock_feet=False), 7).clip
    assert np.ptp(_feet(loose), axis=0).max() > 1e-2


def test_the_path_is_kept():
    clip = stepping_clip(600, 30.0)
    varied = pipeline().vary(clip, replace(ONE, lock_feet=False), 0).clip
    off = (varied.root_positions - clip.root_positions)[:, [0, 2]]
    assert np.linalg.norm(off, axis=1).max() < 0.25
    assert np.linalg.norm(off[300:].mean(axis=0)) < 0.05


@pytest.mark.parametrize("rate", [10.0, 23.976, 120.0, 240.0])
def test_any_rate_gives_nearly_the_same_variant(rate):
    clip = stepping_clip(90, 30.0)
    slow = pipeline().vary(clip, ONE, 4)
    fast = pipeline().vary(resample_clip(clip, rate), ONE, 4)
    assert fast.clip.frame_rate_hz == rate
    assert fast.clip.frame_count == len(fast.source)
    # Poses between frames are not known, so at 10 Hz the network sees a coarser motion.
    ratio = fast.measures["joint_change_cm"] / slow.measures["joint_change_cm"]
    assert 0.7 < ratio < 1.4


@pytest.mark.parametrize("frames", [1, 2, 7, 59, 60, 61, 100, 101, 333])
def test_any_length(frames):
    clip = stepping_clip(frames, 30.0)
    varied = pipeline().vary(clip, ONE, 2).clip
    assert varied.frame_count == frames
    steps = np.abs(np.diff(varied.root_positions - clip.root_positions, axis=0))
    assert not frames > 1 or steps.max() < 0.05


def test_the_ends_are_kept_if_desired():
    clip = stepping_clip(120, 30.0)
    varied = pipeline().vary(clip, replace(ONE, keep_ends=True), 6).clip
    for frame in (0, -1):
        assert np.allclose(varied.root_positions[frame], clip.root_positions[frame], atol=1e-4)
        turned = np.abs(varied.rotations_wxyz[frame] - clip.rotations_wxyz[frame])
        assert turned.max() < 2e-3
    assert joint_change_cm(clip, varied) > 0.5


@pytest.mark.parametrize("frames", [31, 91])
def test_what_repeats_still_repeats(frames):
    clip = waving(frames)
    edited = pipeline().vary(clip, ONE, 9)
    assert "repeats" in " ".join(edited.notes)
    varied = edited.clip
    assert np.allclose(varied.root_positions[-1], varied.root_positions[0], atol=2e-3)
    assert np.abs(varied.rotations_wxyz[-1] - varied.rotations_wxyz[0]).max() < 0.01
    assert joint_change_cm(clip, varied) > 0.5


def test_cancelled_is_cancelled():
    with pytest.raises(Cancelled):
        pipeline().vary(stepping_clip(90, 30.0), ONE, 0, lambda share: share < 0.5)


def test_what_cannot_be_varied_is_said():
    clip = stepping_clip(30, 30.0)
    with pytest.raises(ClipError, match="found 8"):
        pipeline().vary(replace(clip, frame_rate_hz=8.0), ONE, 0)
    with pytest.raises(SettingsError, match="0 to 2"):
        pipeline().vary(clip, VarySettings(amount=2.5), 0)


def test_two_models_that_do_not_belong_together_are_refused():
    own = pipeline()

    class Other:
        contract = replace(
            own._encoder.contract,
            settings={**own._encoder.contract.settings, "take_deviation": [0.1] * 5},
        )
        run = own._encoder.run

    with pytest.raises(ContractError, match="do not belong together"):
        type(own)(Other(), own._decoder)
