"""What loading and running the physics engine does to the computer: nothing but computing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from blender_addon.core.physics import engine

pytest.importorskip("mujoco")

ROOT = Path(__file__).resolve().parents[2]
WATCHED = r"""
import json, sys, warnings
warnings.simplefilter("error", RuntimeWarning)
seen = []
def watch(event, arguments):
    written = event == "open" and any(c in str(arguments[1] or "r") for c in "wax+")
    if written or event.split(".")[0] in ("socket", "subprocess", "ctypes") or event in (
        "os.system", "os.exec", "os.posix_spawn", "os.remove", "os.mkdir", "os.rename"
    ):
        seen.append((event, [str(each) for each in arguments]))
from blender_addon.core.physics import engine
assert engine.why_no_engine() is None
assert "mujoco" not in sys.modules
sys.addaudithook(watch)
WORLD = '''<mujoco><option><flag autoreset="disable"/></option><worldbody>
<body><freejoint/><geom size=".1"/></body></worldbody></mujoco>'''
batch = engine.Engine(WORLD, 3, threads=2)
batch.step(8)
batch.qvel[1] = 1e30  # it explodes
batch.step(8)
assert list(batch.is_sound()) == [True, False, True]
assert not [name for name in sys.modules if name.startswith(("OpenGL", "glfw", "absl"))]
print(json.dumps(seen))
"""
PLUGIN = """
import pathlib
def load():
    pathlib.Path("plugin_was_loaded").touch()
"""


def test_the_engine_opens_no_connection_starts_no_program_and_leaves_no_file(
    tmp_path: Path,
) -> None:
    for event, arguments in watched(tmp_path):
        assert not event.startswith(("socket", "open", "os.")), (event, arguments)
        if event.startswith("subprocess"):  # asks macOS whether Rosetta translates
            assert sys.platform == "darwin" and "/usr/sbin/sysctl" in arguments[0]
        if event == "ctypes.dlopen":
            assert arguments[0] == "None" or "mujoco" in Path(arguments[0]).parts
    assert list(tmp_path.iterdir()) == []


def test_plugins_that_other_packages_declare_are_not_loaded(tmp_path: Path) -> None:
    package = tmp_path / "installed"
    information = package / "strange-1.0.dist-info"
    information.mkdir(parents=True)
    (package / "strange.py").write_text(PLUGIN, "utf-8")
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: strange\nVersion: 1.0\n")
    (information / "entry_points.txt").write_text("[mujoco.plugins]\nstrange = strange:load\n")
    watched(tmp_path, str(package))
    assert [path.name for path in tmp_path.iterdir()] == ["installed"]


def test_without_the_engine_the_panel_hears_which_zip_has_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert engine.why_no_engine() is None
    monkeypatch.setitem(sys.modules, "mujoco", None)
    assert "-physics-" in str(engine.why_no_engine())
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(engine.platform, "machine", lambda: "x86_64")
    assert "Intel" in str(engine.why_no_engine())


def watched(folder: Path, *more: str) -> list[tuple[str, list[str]]]:
    """What an interpreter of its own did in this folder while it simulated."""
    environ = dict(os.environ, PYTHONPATH=os.pathsep.join((str(ROOT), *more)))
    command = [sys.executable, "-c", WATCHED]
    done = subprocess.run(
        command, cwd=folder, env=environ, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    found: list[tuple[str, list[str]]] = json.loads(done.stdout)
    return found
