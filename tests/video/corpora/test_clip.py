"""Recorded joints become a clip whose joints are where they were recorded."""

from __future__ import annotations

import numpy as np

from backend.video.corpora.clip import take_clip
from backend.video.corpora.take import PoseTake
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON
from blender_addon.core.video.fitting.body import Body
from tests.video.corpora.layouts import fourteen, walker

RATE = 50.0


def joints_of(clip: MotionClip) -> np.ndarray:
    return Body(clip.skeleton).joints(clip.root_positions, clip.rotations_wxyz)


def test_a_walk_becomes_a_clip() -> None:
    joints = fourteen(walker(100, RATE))
    take = PoseTake("walk", "S1", RATE, joints, np.ones(100, bool))
    clip = take_clip(take)
    assert (clip.frame_count, clip.frame_rate_hz) == (100, RATE)
    assert clip.skeleton is COMMON_SKELETON
    found = joints_of(clip)
    travel = np.linalg.norm(found[-1, 4:6].mean(axis=0) - found[0, 4:6].mean(axis=0))
    recorded = np.linalg.norm(joints[-1, 4:6].mean(axis=0) - joints[0, 4:6].mean(axis=0))
    assert 0.8 < travel / recorded < 1.25
    for lower, upper in ((2, 4), (0, 2), (8, 6), (10, 8), (3, 5), (1, 3), (9, 7), (11, 9)):
        made, true = found[:, lower] - found[:, upper], joints[:, lower] - joints[:, upper]
        cosine = (made * true).sum(-1) / np.linalg.norm(made, axis=-1)
        assert (cosine / np.linalg.norm(true, axis=-1)).min() > np.cos(np.radians(4.0))


def test_the_person_s_size_does_not_turn_bones() -> None:
    joints = fourteen(walker(60, RATE))
    small = take_clip(PoseTake("walk", "S1", RATE, 0.5 * joints, np.ones(60, bool)))
    large = take_clip(PoseTake("walk", "S1", RATE, joints, np.ones(60, bool)))
    np.testing.assert_allclose(joints_of(small), joints_of(large), atol=1e-4)
