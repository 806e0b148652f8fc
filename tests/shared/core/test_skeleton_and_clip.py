"""Skeletons and clips refuse what later code could not use, and say why."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from blender_addon.core.errors import ClipError, SkeletonError
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON
from blender_addon.core.motion.kinematics import forward_kinematics
from blender_addon.core.motion.skeleton import Skeleton
from tests.shared.core.motion_samples import skeletons, stepping_clip

OFFSETS = np.zeros((3, 3), np.float32)


@pytest.mark.parametrize(
    ("names", "parents", "offsets", "ends", "said"),
    [
        (("a", "b", "a"), [-1, 0, 1], OFFSETS, {}, "once each"),
        ((), [], np.zeros((0, 3)), {}, "once each"),
        (("a", "b", "c"), [-1, 0], OFFSETS, {}, "need parents"),
        (("a", "b", "c"), [-1, 0, 1], OFFSETS[:2], {}, "need parents"),
        (("a", "b", "c"), [-1, 2, 0], OFFSETS, {}, "parent before"),
        (("a", "b", "c"), [-1, -1, 0], OFFSETS, {}, "one root"),
        (("a", "b", "c"), [0, 0, 0], OFFSETS, {}, "one root"),
        (("a", "b", "c"), [-1, 0, 0], OFFSETS + np.nan, {}, "finite"),
        (("a", "b", "c"), [-1, 0, 0], OFFSETS, {"c": (0.0, np.inf, 0.0)}, "finite"),
        (("a", "b", "c"), [-1, 0, 0], OFFSETS, {"tail": (0.0, 1.0, 0.0)}, "tail"),
    ],
)
def test_impossible_skeletons(names, parents, offsets, ends, said) -> None:
    with pytest.raises(SkeletonError, match=said):
        Skeleton(names, np.array(parents), offsets, ends)


def test_unknown_joint_is_named_with_those_there_are() -> None:
    with pytest.raises(SkeletonError, match=r"'Tail'.*Hips"):
        COMMON_SKELETON.index("Tail")


@given(skeletons())
@settings(deadline=None, max_examples=40)
def test_rest_positions_are_the_unturned_pose(skeleton: Skeleton) -> None:
    still = np.zeros((1, skeleton.joint_count, 4), np.float32)
    still[..., 0] = 1.0
    positions, _ = forward_kinematics(skeleton, skeleton.offsets[:1], still)
    np.testing.assert_allclose(positions[0], skeleton.rest_positions(), atol=1e-5)


def test_scaling_scales_bones_and_ends() -> None:
    large = COMMON_SKELETON.scaled(2.0)
    np.testing.assert_allclose(large.rest_positions(), 2 * COMMON_SKELETON.rest_positions())
    assert large.ends["Head"] == pytest.approx([2 * v for v in COMMON_SKELETON.ends["Head"]])


def test_common_skeleton_is_a_standing_person() -> None:
    rest = dict(zip(COMMON_SKELETON.names, COMMON_SKELETON.rest_positions(), strict=True))
    assert rest["Head"][1] > rest["Hips"][1] > rest["LeftLeg"][1] > rest["LeftFoot"][1]
    assert rest["LeftHand"][0] > 0.5 > -0.5 > rest["RightHand"][0]
    assert rest["LeftToe"][2] > rest["LeftFoot"][2]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"frame_rate_hz": 0.0}, "positive"),
        ({"frame_rate_hz": -30.0}, "positive"),
        ({"frame_rate_hz": np.nan}, "positive"),
        ({"frame_rate_hz": np.inf}, "positive"),
        ({"root_positions": np.zeros((9, 3))}, "expected root positions"),
        ({"root_positions": np.full((10, 3), np.nan)}, "finite"),
        ({"rotations_wxyz": np.zeros((10, 5, 4))}, "expected root positions"),
        ({"rotations_wxyz": np.full((10, 22, 4), np.inf)}, "finite"),
        ({"contacts": np.zeros((10, 2), bool)}, "contacts"),
        ({"root_positions": np.zeros((0, 3)), "rotations_wxyz": np.zeros((0, 22, 4))}, "one frame"),
    ],
)
def test_impossible_clips(change, said) -> None:
    good = stepping_clip(frames=10)
    fields = {
        "skeleton": good.skeleton,
        "frame_rate_hz": good.frame_rate_hz,
        "root_positions": good.root_positions,
        "rotations_wxyz": good.rotations_wxyz,
    }
    with pytest.raises(ClipError, match=said):
        MotionClip(**{**fields, **change})


def test_duration_is_from_first_to_last_frame() -> None:
    assert stepping_clip(frames=61, rate_hz=60.0).duration_s == pytest.approx(1.0)
    assert stepping_clip(frames=1).duration_s == 0.0
