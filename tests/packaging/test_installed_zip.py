"""The zips, built, validated and installed as anybody installs them: a character walks, falls."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("bpy")

from backend.bench.installed import walk_installed
from backend.packaging import extension
from backend.processes import run_limited

pytestmark = [pytest.mark.blender, pytest.mark.zip]

HERE = Path(__file__).resolve().parent
PLATFORMS = {"linux": "linux-x64", "win32": "windows-x64", "darwin": "macos-arm64"}


def test_a_character_walks_where_only_the_zip_is_installed(tmp_path: Path) -> None:
    (package,) = extension.packages([PLATFORMS[sys.platform]], gpu=False)
    built = extension.build_zip(package, tmp_path)
    facts = installed(built, tmp_path / "resources", "installed_walk.py")
    assert facts["ended"] == [["FINISHED"]] * 3
    assert Path(facts["addon"]).is_relative_to(tmp_path)
    assert Path(facts["onnxruntime"]).is_relative_to(tmp_path)
    assert facts["frames"] > 100
    first, last = np.array(facts["hips"])
    assert np.linalg.norm(last - first) == pytest.approx(facts["path_m"], rel=0.5)
    told = walk_installed(built, "CPU")  # as the bench does on a GPU
    assert told["provider"] == "CPU" and told["frames"] > 100
    assert "onnxruntime" in Path(told["onnxruntime"]).parts
    assert not Path(told["onnxruntime"]).is_relative_to(sys.prefix)


def test_a_character_falls_where_only_the_zip_with_physics_is_installed(tmp_path: Path) -> None:
    (package,) = extension.packages([PLATFORMS[sys.platform]], gpu=False, physics=True)
    built = extension.build_zip(package, tmp_path)
    assert "-physics-" in built.name
    facts = installed(built, tmp_path / "resources", "installed_physics.py")
    assert facts["why_no_engine"] is None and not facts["loaded_before"]
    assert facts["ended"] == [["FINISHED"]] * 4
    assert Path(facts["mujoco"]).is_relative_to(tmp_path)
    assert facts["told"].lower().startswith("fell at frame")


def installed(built: Path, resources: Path, program: str) -> dict:
    """What a program tells, from a Blender that has nothing but the zip."""
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environ["BLENDER_USER_RESOURCES"] = str(resources)
    command = [sys.executable, str(HERE / program), str(built)]
    done = run_limited(command, 600, env=environ, cwd=resources.parent)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout.strip().splitlines()[-1])
