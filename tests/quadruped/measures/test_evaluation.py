"""The command: every row has every measure, or says why not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from backend.quadruped.evaluate import MODEL, command
from backend.quadruped.judging.bodies import default_bodies
from backend.quadruped.judging.controlled import Controlled
from backend.quadruped.judging.feet import measure_feet
from backend.quadruped.judging.footfalls import gait_strides
from backend.quadruped.judging.judge import KEYS
from backend.quadruped.judging.report import markdown_footfalls, markdown_table
from backend.quadruped.judging.strides import strides_of
from backend.quadruped.judging.suite import RAMP, quick_ways
from backend.quadruped.judging.systems import make_tasks
from blender_addon.core.inference.session import ModelSession
from blender_addon.core.quadruped.pipeline import QuadrupedPipeline

ROWS = ("ours", "raw", "plan_ik", "loop", "floor")


def test_the_quick_evaluation_without_a_model(data_dir: Path, tmp_path: Path) -> None:
    target = tmp_path / "quad.json"
    data = data_dir / "quadruped"
    options = ["--quick", "--without-model", "--data", str(data), "--json", str(target)]
    result = CliRunner().invoke(command, options, catch_exceptions=False)
    assert result.exit_code == 0
    found = json.loads(target.read_text("utf-8"))
    assert found["reference"] == "synthesised"
    for name in ROWS:
        row = found[name]
        assert set(KEYS) <= set(row)
        assert all(row[key] is not None or row["not_measured"][key] for key in KEYS)
    assert found["ours"]["not_measured"]["frechet"] == "measured without a model"
    planned, loop = found["plan_ik"], found["loop"]
    assert planned["stretch_cm"] < 0.01
    assert planned["slip_walk_cm_s"] < 3 < loop["slip_walk_cm_s"]
    assert planned["footfall_phase_error"] < 0.06 < loop["footfall_phase_error"]
    assert planned["frechet"] < loop["frechet"]
    assert set(planned["per_body"]) == {"wolf", "deer"}
    assert RAMP in planned["per_path"]
    assert "| plan + IK |" in markdown_table(found, KEYS)
    assert "canine gallop" in markdown_footfalls(found, "plan_ik")
    assert "Four legs" in result.output


def test_a_missing_model_that_was_named_is_an_error(data_dir: Path, tmp_path: Path) -> None:
    options = [
        "--quick",
        "--data",
        str(data_dir / "quadruped"),
        "--onnx",
        str(tmp_path / "no.onnx"),
    ]
    result = CliRunner().invoke(command, options)
    assert result.exit_code == 1
    assert "there is no file" in str(result.exception)


def test_data_that_is_not_there_is_named(tmp_path: Path) -> None:
    result = CliRunner().invoke(command, ["--data", str(tmp_path), "--without-model"])
    assert result.exit_code == 1
    assert "animals" in str(result.exception)


def test_the_network_is_judged_on_the_plans_it_made(data_dir: Path) -> None:
    bodies = [b for b in default_bodies(data_dir / "quadruped") if b.name == "horse"]
    way = next(way for way in quick_ways() if way.name == "trot_circle")
    (task,) = make_tasks(bodies, [way])
    pipeline = QuadrupedPipeline(ModelSession(MODEL))
    (motion,) = Controlled(pipeline, True).perform([task])
    assert motion.hips_m[..., 1].mean() == pytest.approx(0.5, abs=0.06)
    assert motion.rate_hz == pytest.approx(60.0 / task.body.body.time_factor)
    assert motion.wanted is not None
    assert motion.wanted.plan.frame_count == motion.frame_count
    strides = strides_of(motion)
    assert strides.select(strides.whole).speeds_m_s.max() > 1.8
    assert [part.gait for part in gait_strides(motion)] == ["trot"]
    assert measure_feet([motion])["slip_stand_cm_s"] < 3
