"""The filler as it is shipped, and a walk to be filled."""

from __future__ import annotations

from pathlib import Path

import pytest

from blender_addon.core.editing.fill.pipeline import FillPipeline
from blender_addon.core.inference.session import ModelSession
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.resample import resample_clip
from tests.walk.samples import moved, walking_clip

MODEL = Path(__file__).resolve().parents[3] / "onnx_models" / "motion_filler.onnx"


@pytest.fixture(scope="module")
def pipeline() -> FillPipeline:
    """With the network that is shipped."""
    return FillPipeline(ModelSession(MODEL, ["CPUExecutionProvider"]))


@pytest.fixture(scope="module")
def walk() -> MotionClip:
    """Three seconds at 30 Hz, away from the origin and turned."""
    return moved(resample_clip(walking_clip(3), 30.0), (2.0, 0.0, -1.0), 0.7)
