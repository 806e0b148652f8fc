"""Sliding feet are held alike at any rate."""

from __future__ import annotations

import numpy as np

from blender_addon.core.conventions import Floats
from blender_addon.core.editing.clean.slides import Slide, hold_feet
from blender_addon.core.editing.clean.tracks import ROOT, tracks_of
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON
from blender_addon.core.motion.kinematics import forward_kinematics
from tests.editing.clean.captures import moving_clip

FOOT = COMMON_SKELETON.index("LeftFoot")


def _moved(rate: int) -> Floats:
    """(181, 3) by how much a foot is moved that slides by 6 cm from 2.5 s to 3 s, at 30 Hz."""
    tracks = tracks_of(moving_clip(6.0, rate)).astype(np.float64)
    drift = np.zeros((rate // 2, 3))
    drift[:, 0] = np.linspace(0.0, 0.06, len(drift))
    slide = Slide("Left", 5 * rate // 2, 3 * rate, drift, 0.06)
    held = hold_feet(tracks, [slide], rate, COMMON_SKELETON)
    before, after = (
        forward_kinematics(COMMON_SKELETON, each[:, ROOT, :3], each[:, ROOT + 1 :])[0][:, FOOT]
        for each in (tracks, held)
    )
    return np.asarray((after - before)[:: rate // 30])


def test_a_held_foot_comes_and_goes_in_the_same_time_at_any_rate() -> None:
    slow, fast = _moved(30), _moved(120)
    assert np.abs(slow).max() > 0.02
    assert np.abs(slow - fast).max() < 0.006
    assert np.abs(fast[:40]).max() < 1e-4  # it is not moved two seconds before
