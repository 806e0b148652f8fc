"""Real shots on workers: the real command, in Blender's module, makes real files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("distributed", reason="distributed is not installed here")
pytest.importorskip("bpy", reason="Blender's module is not installed here")

import bpy
from click.testing import CliRunner

from backend.farm.command import command
from tests.shared.blender.builders import make_curve, make_rig

pytestmark = [pytest.mark.blender, pytest.mark.filterwarnings("ignore::ResourceWarning")]

JOBS = """
format = 1
[[job]]
name = "walks"
blend = "scene.blend"
out = "out/walks.blend"
do = [{ walk = { character = "Rig", path = "Path", seed = 3 } }]

[[job]]
name = "has_no_path"
blend = "scene.blend"
out = "out/none.blend"
do = [{ walk = { character = "Rig", path = "Nowhere" } }]
"""


@pytest.mark.usefixtures("model")
def test_real_shots_are_made_by_workers(cluster: Any, addon: Any, tmp_path: Path) -> None:
    make_rig()
    make_curve(((0, 0, 0), (0, -3, 0)))
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    scene = (tmp_path / "scene.blend").read_bytes()
    (tmp_path / "out").mkdir()
    file = tmp_path / "night.toml"
    file.write_text(JOBS, "utf-8")
    where = ["--scheduler", cluster.scheduler_address, "--chunk", "2", "--log", "json"]
    result = CliRunner().invoke(command, [str(file), *where])
    told = [json.loads(line) for line in result.stdout.splitlines()]
    ends = {each["job"]: each for each in told if each["event"] == "job"}
    assert result.exit_code == 1, result.output
    assert ends["walks"]["state"] == "done", result.output
    assert ends["walks"]["steps"][0]["command"] == "walk"
    assert ends["has_no_path"]["state"] == "failed"
    assert "Nowhere" in ends["has_no_path"]["error"]
    assert [each.name for each in (tmp_path / "out").iterdir()] == ["walks.blend"]
    assert (tmp_path / "scene.blend").read_bytes() == scene
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "out" / "walks.blend"))
    first, last = ends["walks"]["steps"][0]["frames"]
    assert bpy.data.objects["Rig"].animation_data.action.frame_range[:] == (first, last)
