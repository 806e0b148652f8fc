"""Filling a motion with the network that is shipped."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from blender_addon.core.conventions import Bools, Floats
from blender_addon.core.editing.fill.cubic import fill_slerp
from blender_addon.core.editing.fill.features import CHANNELS
from blender_addon.core.editing.fill.pipeline import NOTHING_MISSING, FillPipeline
from blender_addon.core.editing.fill.settings import FillSettings
from blender_addon.core.errors import (
    Cancelled,
    ClipError,
    PathError,
    SettingsError,
    SkeletonError,
)
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON
from blender_addon.core.motion.kinematics import forward_kinematics
from blender_addon.core.motion.resample import resample_clip
from blender_addon.core.motion.skeleton import Skeleton
from tests.walk.samples import moved, walking_clip


def _gap(clip: MotionClip, start: int, stop: int) -> Bools:
    known = np.ones(clip.frame_count, bool)
    known[start:stop] = False
    return known


def _ruined(clip: MotionClip, known: Bools) -> MotionClip:
    """What is missing is the rest pose somewhere else, as a scene may well have it."""
    rest = np.array([1.0, 0.0, 0.0, 0.0], np.float32)
    return replace(
        clip,
        root_positions=np.where(known[:, None], clip.root_positions, 9.0).astype(np.float32),
        rotations_wxyz=np.where(known[:, None, None], clip.rotations_wxyz, rest),
    )


def _places(clip: MotionClip) -> Floats:
    return forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)[0]


@pytest.mark.parametrize("rate_hz", [10.0, 24.0, 29.97, 30.0, 60.0, 144.0])
def test_known_frames_come_back_to_the_bit_and_the_others_are_met(
    pipeline: FillPipeline, rate_hz: float
) -> None:
    clip = moved(resample_clip(walking_clip(3), rate_hz), (2.0, 0.0, -1.0), 0.7)
    known = _gap(clip, int(rate_hz), int(1.6 * rate_hz))
    given = _ruined(clip, known)
    edited = pipeline.fill(given, known)
    made = edited.clip
    assert np.array_equal(made.root_positions[known], clip.root_positions[known])
    assert np.array_equal(made.rotations_wxyz[known], clip.rotations_wxyz[known])
    steps = np.linalg.norm(np.diff(_places(made), axis=0), axis=-1).max()
    true = np.linalg.norm(np.diff(_places(clip), axis=0), axis=-1).max()
    assert steps < 2.0 * true + 0.02
    assert edited.measures["gaps"] == 1
    assert edited.notes == ()


def test_a_walk_is_filled_better_than_by_slerp(pipeline: FillPipeline, walk: MotionClip) -> None:
    known = _gap(walk, 25, 40)
    made = pipeline.fill(_ruined(walk, known), known).clip
    wide = np.repeat(known[None, :, None], CHANNELS, axis=2)
    root, rotations = fill_slerp(walk.root_positions[None], walk.rotations_wxyz[None], wide)
    line = replace(walk, root_positions=root[0], rotations_wxyz=rotations[0])
    off = [
        np.linalg.norm(_places(each) - _places(walk), axis=-1)[~known].mean()
        for each in (made, line)
    ]
    assert off[0] < 0.8 * off[1]


def test_filling_does_not_depend_on_where_and_whither(
    pipeline: FillPipeline, walk: MotionClip
) -> None:
    known = _gap(walk, 20, 44)
    here = pipeline.fill(walk, known).clip
    there = pipeline.fill(moved(walk, (30.0, 0.0, -12.0), 2.0), known).clip
    moved_here = moved(here, (30.0, 0.0, -12.0), 2.0)
    np.testing.assert_allclose(_places(there), _places(moved_here), atol=2e-3)


def test_several_gaps_and_single_keys(pipeline: FillPipeline, walk: MotionClip) -> None:
    known = np.ones(walk.frame_count, bool)
    known[10:18] = known[30:45] = known[47:60] = False
    edited = pipeline.fill(_ruined(walk, known), known)
    assert edited.measures["gaps"] == 3 and edited.measures["filled_frames"] == 8 + 15 + 13
    keys = np.zeros(walk.frame_count, bool)
    keys[::10] = True
    keys[-1] = True
    filled = pipeline.fill(_ruined(walk, keys), keys).clip
    assert np.array_equal(filled.rotations_wxyz[keys], walk.rotations_wxyz[keys])
    bends, true = (
        np.linalg.norm(np.diff(_places(each), 2, axis=0), axis=-1).max() for each in (filled, walk)
    )
    assert bends < 1.5 * true


def test_missing_joints_alone_are_filled(pipeline: FillPipeline, walk: MotionClip) -> None:
    known = np.ones((walk.frame_count, CHANNELS), bool)
    arm = 1 + COMMON_SKELETON.index("LeftArm")
    known[20:40, arm] = False
    made = pipeline.fill(walk, known).clip
    assert np.array_equal(made.rotations_wxyz[known[:, 1:]], walk.rotations_wxyz[known[:, 1:]])
    assert np.array_equal(made.root_positions, walk.root_positions)
    assert not np.array_equal(made.rotations_wxyz, walk.rotations_wxyz)


def test_ends_that_nothing_leads_to_are_said(pipeline: FillPipeline, walk: MotionClip) -> None:
    known = _gap(walk, 0, 12)
    known[-10:] = False
    edited = pipeline.fill(_ruined(walk, known), known)
    assert "before frame 12" in edited.notes[0] and "after frame" in edited.notes[1]
    counted = pipeline.fill(_ruined(walk, known), known, first_frame=5)
    assert "before frame 17" in counted.notes[0]
    places = _places(edited.clip)
    assert np.abs(places[-1] - places[walk.frame_count - 11]).max() < 1.0


def test_a_long_gap_is_said(pipeline: FillPipeline) -> None:
    clip = resample_clip(walking_clip(5), 30.0)
    edited = pipeline.fill(clip, _gap(clip, 20, 110))
    assert "3.0 s long" in edited.notes[0]


def test_nothing_missing_is_nothing_done(pipeline: FillPipeline, walk: MotionClip) -> None:
    edited = pipeline.fill(walk, np.ones(walk.frame_count, bool))
    assert edited.clip is walk and edited.notes == (NOTHING_MISSING,)


def test_variants_differ_and_keep_the_ends(pipeline: FillPipeline, walk: MotionClip) -> None:
    known = _gap(walk, 20, 60)
    likeliest = [pipeline.fill(walk, known).clip for _ in range(2)]
    assert np.array_equal(likeliest[0].rotations_wxyz, likeliest[1].rotations_wxyz)
    first, second = (pipeline.fill(walk, known, variant=n).clip for n in (1, 2))
    assert np.array_equal(first.rotations_wxyz[known], walk.rotations_wxyz[known])
    apart = np.linalg.norm(_places(first) - _places(second), axis=-1)[~known].mean()
    assert 1e-3 < apart < 0.5
    none = pipeline.fill(walk, known, FillSettings(variety=0.0), variant=1).clip
    assert np.array_equal(none.rotations_wxyz, likeliest[0].rotations_wxyz)


def test_hips_follow_a_path(pipeline: FillPipeline, walk: MotionClip) -> None:
    known = _gap(walk, 30, 60)
    path = walk.root_positions.copy()
    bulge = np.sin(np.linspace(0, np.pi, 30))[:, None] ** 2
    path[30:60] += 0.5 * bulge * np.array([1.0, 0.0, 0.0], np.float32)
    made = pipeline.fill(walk, known, path=path).clip
    off = (made.root_positions - path)[30:60, [0, 2]]
    assert np.abs(off).max() < 1e-3
    assert np.array_equal(made.root_positions[known], walk.root_positions[known])


def test_a_path_that_contradicts_a_pose_is_refused(
    pipeline: FillPipeline, walk: MotionClip
) -> None:
    known = _gap(walk, 30, 60)
    with pytest.raises(PathError, match=r"contradicts the pose at frame 29"):
        pipeline.fill(walk, known, path=walk.root_positions + np.float32(2.0))
    with pytest.raises(PathError, match="place for each of"):
        pipeline.fill(walk, known, path=walk.root_positions[:5])


def test_too_little_is_refused(pipeline: FillPipeline, walk: MotionClip) -> None:
    none = np.zeros(walk.frame_count, bool)
    with pytest.raises(ClipError, match="no pose is known"):
        pipeline.fill(walk, none)
    none[7] = True
    with pytest.raises(ClipError, match="only frame 7 is known"):
        pipeline.fill(walk, none)
    with pytest.raises(ClipError, match="only frame 107 is known"):  # as its user counts
        pipeline.fill(walk, none, first_frame=100)
    known = np.ones((walk.frame_count, CHANNELS), bool)
    known[:, 1 + COMMON_SKELETON.index("Head")] = False
    with pytest.raises(ClipError, match="Head is missing in every frame"):
        pipeline.fill(walk, known)
    with pytest.raises(ClipError, match="flags"):
        pipeline.fill(walk, np.ones(5, bool))


def test_poses_too_far_apart_are_refused(pipeline: FillPipeline, walk: MotionClip) -> None:
    root = walk.root_positions.copy()
    root[40:] += np.array([4.0, 0.0, 0.0], np.float32)
    known = _gap(walk, 31, 40)
    far = replace(walk, root_positions=root)
    with pytest.raises(ClipError, match=r"\d\.\d m in 10 frames \(\d+\.\d m/s\)"):
        pipeline.fill(far, known)
    edited = pipeline.fill(far, known, FillSettings(top_speed_m_s=15.0))
    assert "very fast" in edited.notes[0]
    path = walk.root_positions.copy()
    path[30:41, 0] += 3.0 * np.sin(np.linspace(0.0, 2.0 * np.pi, 11)).astype(np.float32)
    with pytest.raises(ClipError, match=r"1\d\.\d m in 10 frames .* choose a shorter path"):
        pipeline.fill(walk, known, path=path)


def test_wrong_settings_and_skeletons_are_refused(pipeline: FillPipeline, walk: MotionClip) -> None:
    known = _gap(walk, 30, 60)
    with pytest.raises(SettingsError, match="variety"):
        pipeline.fill(walk, known, FillSettings(variety=9.0))
    with pytest.raises(SettingsError, match="variant"):
        pipeline.fill(walk, known, variant=-1)
    stick = Skeleton(("a",), np.array([-1]), np.zeros((1, 3), np.float32))
    other = MotionClip(stick, 30.0, walk.root_positions, walk.rotations_wxyz[:, :1])
    with pytest.raises(SkeletonError, match="common skeleton"):
        pipeline.fill(other, known)


def test_filling_is_cancelled(pipeline: FillPipeline, walk: MotionClip) -> None:
    with pytest.raises(Cancelled):
        pipeline.fill(walk, _gap(walk, 30, 60), on_progress=lambda _: False)


def test_lone_keys_are_passed_with_one_velocity(pipeline: FillPipeline, walk: MotionClip) -> None:
    keys = np.zeros(walk.frame_count, bool)
    keys[::10] = True
    keys[-1] = True
    filled = pipeline.fill(_ruined(walk, keys), keys, FillSettings(lock_feet=False)).clip
    assert np.array_equal(filled.root_positions[keys], walk.root_positions[keys])
    places = _places(filled)
    kinks = np.linalg.norm(np.diff(places, 2, axis=0), axis=-1)
    at = np.flatnonzero(keys)[1:-2] - 1  # a kink at frame k is that of k − 1, k and k + 1
    assert kinks[at].max() < 0.02
