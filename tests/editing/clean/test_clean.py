"""What cleaning promises: damage goes, and nothing else changes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from blender_addon.core.conventions import Bools, Floats
from blender_addon.core.editing.clean.blocks import BLOCK_S, MARGIN_S, blocks_of
from blender_addon.core.editing.clean.colour import memory_of, whole_noise
from blender_addon.core.editing.clean.missing import finite_clip
from blender_addon.core.editing.clean.noise import excess_noise
from blender_addon.core.editing.clean.pipeline import CleanPipeline
from blender_addon.core.editing.clean.repair import repair
from blender_addon.core.editing.clean.settings import CleanSettings
from blender_addon.core.errors import Cancelled, ClipError, SettingsError, SkeletonError
from blender_addon.core.inference.session import ModelSession
from blender_addon.core.maths.rotations import axis_angle_to_quaternion, quaternion_multiply
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON
from tests.editing.clean.captures import JOINTS, angles_deg, moving_clip, trembling

MODEL = Path(__file__).parents[3] / "onnx_models" / "motion_cleaner.onnx"
ARM = COMMON_SKELETON.index("LeftArm")
ARM_TRACK = 1 + ARM


@pytest.fixture(scope="module")
def pipeline() -> CleanPipeline:
    """With the shipped network, and the cubic in holes."""
    return CleanPipeline(None, ModelSession(MODEL, ["CPUExecutionProvider"]))


def _error_deg(made: MotionClip, true: MotionClip) -> float:
    return float(angles_deg(made.rotations_wxyz, true.rotations_wxyz).mean())


@pytest.mark.parametrize("rate_hz", [10.0, 24.0, 30.0, 120.0])
def test_undamaged_stays_to_the_bit(pipeline: CleanPipeline, rate_hz: float) -> None:
    clip = moving_clip(rate_hz=rate_hz)
    edited = pipeline.clean(clip, CleanSettings(lock_feet=False))
    assert np.array_equal(edited.clip.rotations_wxyz, clip.rotations_wxyz)
    assert np.array_equal(edited.clip.root_positions, clip.root_positions)
    assert not edited.markers
    assert np.array_equal(edited.source, np.arange(clip.frame_count))


@pytest.mark.parametrize("rate_hz", [24.0, 30.0, 120.0])
def test_jitter_is_smoothed_and_marked(pipeline: CleanPipeline, rate_hz: float) -> None:
    clip = moving_clip(rate_hz=rate_hz)
    noisy = trembling(clip, 3.0)
    edited = pipeline.clean(noisy, CleanSettings(lock_feet=False))
    assert _error_deg(edited.clip, clip) < 0.55 * _error_deg(noisy, clip)
    assert edited.measures["jitter_deg"] == pytest.approx(3.0, rel=0.2)
    assert any("Jitter of" in text for text in edited.markers.values())


def test_strength_varies_in_time(pipeline: CleanPipeline) -> None:
    clip = moving_clip(seconds=14.0)
    noisy, half = trembling(clip, 4.0), clip.frame_count // 2
    turns = clip.rotations_wxyz.copy()
    turns[half:] = noisy.rotations_wxyz[half:]
    edited = pipeline.clean(replace(clip, rotations_wxyz=turns), CleanSettings(lock_feet=False))
    changed = (edited.clip.rotations_wxyz != turns).any(axis=(1, 2))
    assert not changed[: half - 60].any() and changed[half + 60 :].all()


def test_nothing_desired_changes_nothing(pipeline: CleanPipeline) -> None:
    noisy = trembling(moving_clip(), 3.0)
    nothing = CleanSettings(strength=0.0, spikes=0.0, find_missing=False, lock_feet=False)
    edited = pipeline.clean(noisy, nothing)
    assert np.array_equal(edited.clip.rotations_wxyz, noisy.rotations_wxyz)


def _turned(clip: MotionClip, frames: slice, degrees: float) -> MotionClip:
    turns = clip.rotations_wxyz.copy()
    axis = np.array([0.3, -0.5, 0.81], np.float32) / np.float32(0.9985)
    turn = axis_angle_to_quaternion(axis, np.deg2rad(degrees))
    turns[frames, ARM] = quaternion_multiply(turns[frames, ARM], turn)
    return replace(clip, rotations_wxyz=turns)


@pytest.mark.parametrize(("count", "degrees"), [(1, 35.0), (2, 90.0), (3, 180.0)])
def test_spikes_and_flips_go(pipeline: CleanPipeline, count: int, degrees: float) -> None:
    clip, frames = moving_clip(), slice(80, 80 + count)
    edited = pipeline.clean(_turned(clip, frames, degrees), CleanSettings(lock_feet=False))
    off = angles_deg(edited.clip.rotations_wxyz, clip.rotations_wxyz)
    assert off[frames, ARM].max() < 2.0
    off[frames, ARM] = 0.0
    assert off.max() < 1e-3
    assert edited.markers[80] == "Spike: LeftArm"


def test_quick_turn_that_stays_is_no_spike(pipeline: CleanPipeline) -> None:
    clip = _turned(moving_clip(), slice(80, None), 70.0)
    edited = pipeline.clean(clip, CleanSettings(lock_feet=False))
    assert np.array_equal(edited.clip.rotations_wxyz, clip.rotations_wxyz)


def _missing(clip: MotionClip, frames: slice, tracks: list[int]) -> Bools:
    missing = np.zeros((clip.frame_count, 1 + JOINTS), bool)
    missing[frames, tracks] = True
    return missing


def test_missing_values_do_not_count(pipeline: CleanPipeline) -> None:
    clip, frames = moving_clip(), slice(60, 75)
    missing = _missing(clip, frames, [0, ARM_TRACK])
    turns, root = clip.rotations_wxyz.copy(), clip.root_positions.copy()
    turns[frames, ARM], root[frames] = np.nan, np.nan
    given, found = finite_clip(clip.skeleton, 30.0, root, turns)
    assert np.array_equal(found, missing)
    edited = pipeline.clean(given, CleanSettings(lock_feet=False), missing=found)
    off = angles_deg(edited.clip.rotations_wxyz, clip.rotations_wxyz)
    assert off.max() < 8.0 and off[~missing[:, 1:]].max() < 1e-3
    assert np.abs(edited.clip.root_positions - clip.root_positions).max() < 0.03
    assert "missing" in edited.markers[60]


def test_drop_out_is_found(pipeline: CleanPipeline) -> None:
    clip, frames = moving_clip(), slice(61, 76)
    turns = clip.rotations_wxyz.copy()
    turns[frames, ARM] = turns[60, ARM]
    frozen = replace(clip, rotations_wxyz=turns)
    edited = pipeline.clean(frozen, CleanSettings(lock_feet=False))
    assert edited.markers[61] == "LeftArm frozen"
    before, after = (
        angles_deg(each.rotations_wxyz[frames, ARM], clip.rotations_wxyz[frames, ARM]).mean()
        for each in (frozen, edited.clip)
    )
    assert after < 0.5 * before
    left = pipeline.clean(frozen, CleanSettings(lock_feet=False, fill_missing=False))
    assert np.array_equal(left.clip.rotations_wxyz, turns) and left.markers == edited.markers


def test_long_capture_in_blocks_is_cleaned_alike(pipeline: CleanPipeline) -> None:
    seconds = BLOCK_S + 2 * MARGIN_S + 30.0
    noisy = trembling(moving_clip(seconds=seconds), 2.0)
    settings = CleanSettings(lock_feet=False)
    whole = pipeline.clean(noisy, settings).clip
    # The middle part alone, far from its ends, comes out as it did within the whole.
    part = slice(800, 2400)
    cut = MotionClip(noisy.skeleton, 30.0, noisy.root_positions[part], noisy.rotations_wxyz[part])
    alone = pipeline.clean(cut, settings).clip
    off = angles_deg(alone.rotations_wxyz, whole.rotations_wxyz[part])[250:-250]
    assert off.mean() < 0.05 and off.max() < 2.5


def test_bad_input_is_refused(pipeline: CleanPipeline) -> None:
    clip = moving_clip(seconds=1.0)
    everything = np.ones((clip.frame_count, 1 + JOINTS), bool)
    with pytest.raises(ClipError, match="every joint is marked as missing"):
        pipeline.clean(clip, missing=everything)
    with pytest.raises(ClipError, match="expected what is missing as"):
        pipeline.clean(clip, missing=everything[:, :-1])
    with pytest.raises(SettingsError, match="strength"):
        pipeline.clean(clip, CleanSettings(strength=-1.0))
    other = replace(
        clip, skeleton=replace(clip.skeleton, names=tuple("abcdefghijklmnopqrstuv"), ends={})
    )
    with pytest.raises(SkeletonError, match="retarget"):
        pipeline.clean(other)
    with pytest.raises(ClipError, match="root positions"):
        finite_clip(clip.skeleton, 30.0, clip.root_positions[1:], clip.rotations_wxyz)


def test_cancelling_ends_it(pipeline: CleanPipeline) -> None:
    with pytest.raises(Cancelled):
        pipeline.clean(moving_clip(seconds=2.0), on_progress=lambda share: share < 0.4)


@pytest.mark.parametrize("count", [1, 2, 3, 5, 9])
def test_very_short_clips(pipeline: CleanPipeline, count: int) -> None:
    clip = moving_clip(seconds=count / 30.0)
    edited = pipeline.clean(clip)
    assert edited.clip.frame_count == count
    hole = _missing(clip, slice(0, 1), [ARM_TRACK])
    if count > 1:
        filled: Floats = pipeline.clean(clip, missing=hole).clip.rotations_wxyz
        assert np.isfinite(filled).all()


@pytest.mark.parametrize("frames", [(80, 81), (80, 82), (80, 84), (2, 5), (175, 177)])
def test_spikes_near_one_another_and_near_the_ends_go(
    pipeline: CleanPipeline, frames: tuple[int, int]
) -> None:
    clip = moving_clip()
    spiked = _turned(clip, slice(frames[0], frames[0] + 1), 35.0)
    spiked = _turned(spiked, slice(frames[1], frames[1] + 1), -28.0)
    edited = pipeline.clean(spiked, CleanSettings(lock_feet=False))
    off = angles_deg(edited.clip.rotations_wxyz, clip.rotations_wxyz)
    assert off.max() < 2.5


def test_jitter_is_smoothed_up_to_where_it_begins(pipeline: CleanPipeline) -> None:
    clip, begins = moving_clip(seconds=8.0), 120
    noisy = replace(clip, rotations_wxyz=clip.rotations_wxyz.copy())
    noisy.rotations_wxyz[begins:] = trembling(clip, 3.0).rotations_wxyz[begins:]
    edited = pipeline.clean(noisy, CleanSettings(lock_feet=False))
    off, before = (
        angles_deg(each.rotations_wxyz, clip.rotations_wxyz) for each in (edited.clip, noisy)
    )
    edge = slice(begins + 3, begins + 15)
    assert off[edge].mean() < 0.7 * before[edge].mean()
    assert off[: begins - 25].mean() < 0.02


def test_correlated_noise_is_measured_whole() -> None:
    rng, memory = np.random.default_rng(0), 0.6
    white = rng.normal(size=(600, JOINTS, 3)).astype(np.float32)
    for frame in range(1, len(white)):
        white[frame] = memory * white[frame - 1] + np.sqrt(1.0 - memory**2) * white[frame]
    tracks = np.zeros((600, 1 + JOINTS, 4), np.float32)
    tracks[:, 1:, 0] = 1.0
    tracks[:, 1:, 1:] = 0.5 * np.deg2rad(3.0) * white
    noise = excess_noise(tracks, 30.0, COMMON_SKELETON)
    found = memory_of(tracks, noise, 30.0)
    assert found == pytest.approx(memory, abs=0.12)
    assert np.rad2deg(whole_noise(noise, found)[:, 1:]).mean() == pytest.approx(3.0, rel=0.25)


@pytest.mark.parametrize("rate_hz", [30.0, 120.0])
def test_blocks_of_three_hours_are_small(rate_hz: float) -> None:
    count = round(3 * 3600 * rate_hz)
    blocks = list(blocks_of(count, rate_hz))
    longest = max(block.stop - block.first for block in blocks)
    assert longest <= round((BLOCK_S + 2 * MARGIN_S) * rate_hz) + 1
    assert [block.own_first for block in blocks[1:]] == [block.own_stop for block in blocks[:-1]]
    assert blocks[0].own_first == 0 and blocks[-1].own_stop == count


def test_no_step_sees_more_than_a_block(
    pipeline: CleanPipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []

    def watch(tracks: Floats, *rest: Any, **more: Any) -> Any:
        seen.append(len(tracks))
        return repair(tracks, *rest, **more)

    monkeypatch.setattr("blender_addon.core.editing.clean.pipeline.repair", watch)
    clip = moving_clip(seconds=2.5 * BLOCK_S, rate_hz=10.0)
    pipeline.clean(clip, CleanSettings(lock_feet=False))
    assert len(seen) == 3 and max(seen) <= round((BLOCK_S + 2 * MARGIN_S) * 10.0)
