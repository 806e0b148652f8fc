"""Standing calmly, told from everything that is not."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from backend.walk.calm_spans import find_calm_spans
from backend.walk.sources import CALM_SPANS_S, Source, read_take
from backend.walk.takes import Take, clip_to_take
from blender_addon.core.conventions import MODEL_FRAME_RATE_HZ
from blender_addon.core.ground.terrain import FlatTerrain
from blender_addon.core.maths.rotations import axis_angle_to_quaternion
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON, HIPS_REST_HEIGHT_M
from tests.shared.core.motion_samples import stepping_clip

ARMS_DOWN_DEG = {"LeftArm": -80.0, "RightArm": 80.0}


def as_take(clip: MotionClip) -> Take:
    contacts = np.ones((clip.frame_count, 4), bool)
    return clip_to_take(clip, contacts, name="made", label="stand", style=0, terrain=FlatTerrain())


def standing(frames: int, degrees: Mapping[str, float], sink_m: float = 0.0) -> MotionClip:
    """A character that stands still, joints turned about +Z."""
    turns = np.zeros((frames, COMMON_SKELETON.joint_count, 4), np.float32)
    turns[..., 0] = 1.0
    for name, angle in degrees.items():
        turns[:, COMMON_SKELETON.index(name)] = axis_angle_to_quaternion(
            np.eye(3, dtype=np.float32)[2], np.radians(angle)
        )
    root = np.tile(np.array([0, HIPS_REST_HEIGHT_M - sink_m, 0], np.float32), (frames, 1))
    return MotionClip(COMMON_SKELETON, MODEL_FRAME_RATE_HZ, root, turns)


def test_standing_still_is_calm() -> None:
    assert find_calm_spans(as_take(standing(40, ARMS_DOWN_DEG))) == [(0, 40)]


@pytest.mark.parametrize(
    "clip",
    [
        standing(20, ARMS_DOWN_DEG),
        standing(60, {}),
        standing(60, {"LeftArm": -80.0}),
        standing(60, ARMS_DOWN_DEG | {"LeftUpLeg": 15.0, "RightUpLeg": -15.0}),
        standing(60, ARMS_DOWN_DEG | {"LeftUpLeg": -8.0, "RightUpLeg": 8.0}),
        standing(60, ARMS_DOWN_DEG, sink_m=0.2),
        standing(60, ARMS_DOWN_DEG | {"Spine": 40.0}),
        stepping_clip(240),
    ],
    ids=["short", "T-pose", "arm up", "astride", "crossed", "squat", "leaning", "stepping"],
)
def test_other_poses_and_motions_are_not(clip: MotionClip) -> None:
    assert find_calm_spans(as_take(clip)) == []


def test_of_a_long_stance_the_stillest_second_is_taken() -> None:
    clip = standing(300, ARMS_DOWN_DEG)
    sway = np.where(np.abs(np.arange(300) - 200) < 40, 0.0, 1.0) * np.sin(np.arange(300) / 5)
    root = clip.root_positions + 0.01 * sway[:, None] * np.array([1, 0, 0])
    take = as_take(MotionClip(COMMON_SKELETON, MODEL_FRAME_RATE_HZ, root, clip.rotations_wxyz))
    ((start, stop),) = find_calm_spans(take)
    assert stop - start == 60
    assert 160 < start and stop < 240


@pytest.mark.data
@pytest.mark.parametrize("name", ["iclone_002_06", "iclone_002_10", "expmap_train_walkx_52"])
def test_it_finds_what_was_picked_by_eye(data_dir: Path, name: str) -> None:
    take = read_take(Source(data_dir / "mocap" / "cmu" / f"{name}.bvh", "stand", "train"), 0)
    start, stop = (round(time * MODEL_FRAME_RATE_HZ) for time in CALM_SPANS_S[name])
    found = np.zeros(take.frame_count, bool)
    for first, last in find_calm_spans(take):
        found[first:last] = True
    assert found[start:stop].mean() > 0.4
    assert found.sum() < 1.5 * (stop - start)
