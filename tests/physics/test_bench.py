"""The bench of figures with weight: its rows are there, and measured where they can be."""

from __future__ import annotations

import numpy as np
import pytest

from backend.bench.report import Section
from backend.bench.setting import CPU, BenchSetting
from backend.physics import bench
from blender_addon.core.errors import ModelError
from blender_addon.core.inference.choice import ModelChoice
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON
from blender_addon.core.physics import pipeline
from blender_addon.core.physics.engine import why_no_engine
from blender_addon.core.physics.plan import PlanSettings

SETTING = BenchSetting(ModelChoice(None, (CPU,), None), 0.01)


def standing_clip(seconds: float) -> MotionClip:
    frames = round(60.0 * seconds)
    turns = np.zeros((frames, COMMON_SKELETON.joint_count, 4))
    turns[..., 0] = 1.0
    return MotionClip(COMMON_SKELETON, 60.0, np.tile([0.0, 0.95, 0.0], (frames, 1)), turns)


def refuse(*_: object) -> None:
    raise ModelError("there is no such model")


@pytest.mark.skipif(why_no_engine() is not None, reason="no physics engine here")
def test_every_figure_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "_walk", lambda: standing_clip(7.0))
    monkeypatch.setattr(bench, "find_model", refuse)
    monkeypatch.setattr(bench, "CHARACTERS", 2)
    monkeypatch.setattr(pipeline, "PlanSettings", lambda: PlanSettings(candidates=8, horizon=4))
    figures = bench.measure(SETTING)
    rows = {row.key: row for part in Section for row in figures.rows.get(part, tuple)()}
    for key in ("physics_help_x", "physics_plan_s_per_s", "physics_first_frame_s"):
        value = rows[key].value
        assert value is not None and value > 0.0
        assert rows[key].target is not None
    assert rows["physics_policy_x"].value is None
    assert "no such model" in rows["physics_policy_x"].note
    assert rows["physics_help16_x"].value is not None
    assert rows["physics_plan_engine_s_per_s"].ours == "physics_plan_s_per_s"


def test_without_an_engine_it_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "why_no_engine", lambda: "no engine for this machine")
    figures = bench.measure(SETTING)
    rows = list(figures.rows[Section.STEP]())
    assert {row.note for row in rows} == {"no engine for this machine"}
    assert figures.cancel_s is None
