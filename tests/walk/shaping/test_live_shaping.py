"""What is driven looks like what is kept of it, whatever is asked for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from blender_addon.core.ground.terrain import FlatTerrain
from blender_addon.core.inference.session import open_session
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON
from blender_addon.core.motion.kinematics import forward_kinematics
from blender_addon.core.walk.live import LiveWalker
from blender_addon.core.walk.pipeline import LocomotionPipeline
from blender_addon.core.walk.presets import PRESETS
from blender_addon.core.walk.settings import Direction

MODEL = Path(__file__).resolve().parents[3] / "onnx_models" / "locomotion_biped.onnx"
UPPER = slice(0, COMMON_SKELETON.index("RightHand") + 1)
ASKED = {each.name: each.direction for each in PRESETS if each.name in ("old", "sneaky", "happy")}


@pytest.fixture(scope="module")
def pipeline():
    return LocomotionPipeline(open_session(MODEL, ["CPUExecutionProvider"]))


def drive(pipeline, direction, frames=220):
    walker = LiveWalker(pipeline, np.zeros(3), FlatTerrain(), 3, direction=direction)
    return walker, [walker.step(np.array([0.0, 1.2])) for _ in range(frames)]


def posed(clip):
    positions, _ = forward_kinematics(COMMON_SKELETON, clip.root_positions, clip.rotations_wxyz)
    return positions


@pytest.mark.parametrize("direction", ASKED.values(), ids=ASKED)
def test_what_is_shown_is_what_is_kept(pipeline, direction):
    walker, steps = drive(pipeline, direction)
    kept = walker.result()
    assert kept.clip.frame_count == len(steps) == round(walker.seconds * 60)
    shown = np.concatenate([posed(step.clip) for step in steps])
    off = np.linalg.norm(posed(kept.clip) - shown, axis=-1)[100:, UPPER]
    assert off.mean() < 0.015
    assert off.max() < 0.06
    np.testing.assert_allclose(kept.root_track, [step.root for step in steps], atol=5e-3)


def test_speed_is_kept_with_other_steps(pipeline):
    _, steps = drive(pipeline, Direction(step_length=0.75))
    assert np.mean([step.speed_m_s for step in steps[-100:]]) == pytest.approx(1.2, rel=0.05)


def test_a_crouch_is_driven_lower(pipeline):
    heights = [
        np.mean([step.clip.root_positions[0, 1] for step in drive(pipeline, each, 60)[1]])
        for each in (Direction(), Direction(straight_knees=-1.0))
    ]
    assert 0.2 < heights[0] - heights[1] < 0.25
