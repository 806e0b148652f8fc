"""The zip in a real Blender with its window, clicked by a script.

The driver is a command that starts such a Blender; it is named in NEURAL_MOTION_GUI and offers

    <driver> run [--gui] [--size WxH] [--bind DIR]... --home NAME --timeout S -- BLENDER_ARGUMENTS

with Blender's own exit status: --bind shows a folder at the same path, --home keeps preferences
and installed extensions under a name between runs. Scripts run with --gui can import ``rbgui``:
``rbgui.drive(steps)`` runs the generator ``steps(ui)`` and ends Blender; what it yields is waited
for (seconds, or a function that becomes true); ``ui.sidebar(tab)``, ``ui.shot(path)``,
``ui.click(x, y)``, ``ui.key(name)``, ``ui.type(text)``, ``ui.move(x, y)`` and
``yield from ui.find(op=..., prop=...)``, the place of a button or field, do the rest.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
SHOTS = ROOT / ".build" / "shots"
DRIVER_VARIABLE, ZIP_VARIABLE = "NEURAL_MOTION_GUI", "NEURAL_MOTION_ZIP"
_HOME = "neural-motion-gui"
_BAD_OUTPUT = ("Traceback", "already registered", "unregister_class", "rna_uiItemR", "WARN (bpy")

Driver = Callable[..., str]
Steps = Callable[[str], dict[str, Any]]


@pytest.fixture(scope="session")
def driver() -> Driver:
    """Runs Blender with these arguments; returns what it printed."""
    command = os.environ.get(DRIVER_VARIABLE)
    if not command:
        pytest.skip(
            f"no Blender with a window: set {DRIVER_VARIABLE} to the command that drives one"
        )
    SHOTS.mkdir(parents=True, exist_ok=True)

    def run(*arguments: str, window: bool = False, timeout_s: int = 120) -> str:
        options = ["--gui", "--size", "1600x1000"] if window else []
        for folder in (ROOT / "tests", ROOT / "dist", SHOTS):
            options += ["--bind", str(folder)]
        whole = [*shlex.split(command), "run", *options, "--home", _HOME]
        whole += ["--timeout", str(timeout_s), "--", *arguments]
        done = subprocess.run(
            whole, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        assert done.returncode == 0, f"status {done.returncode} of {whole}:\n{done.stdout[-6000:]}"
        return done.stdout

    return run


@pytest.fixture(scope="session")
def installed(driver: Driver) -> Path:
    """Our zip, installed and switched on in the driver's Blender."""
    chosen = os.environ.get(ZIP_VARIABLE)
    zips = [Path(chosen)] if chosen else sorted((ROOT / "dist").glob("*linux_x64.zip"))
    if not zips or not zips[-1].is_file():
        pytest.skip(f"no zip to install: build.py zip --platform linux-x64, or set {ZIP_VARIABLE}")
    install = ("--command", "extension", "install-file", "-r", "user_default", "-e")
    said = driver(*install, str(zips[-1].resolve()))
    assert "Installed" in said or "Reinstalled" in said, said
    return zips[-1]


@pytest.fixture
def do_steps(driver: Driver, installed: Path) -> Steps:
    """Runs one script of this folder in the window; returns the facts that it noted."""

    def run(name: str) -> dict[str, Any]:
        facts = SHOTS / f"{name}.json"
        for old in (facts, *SHOTS.glob(f"{name}_*.png")):
            old.unlink(missing_ok=True)
        said = driver("--python", str(HERE / f"steps_{name}.py"), window=True, timeout_s=240)
        (SHOTS / f"{name}.log").write_text(said, "utf-8")
        bad = [line for line in said.splitlines() if any(word in line for word in _BAD_OUTPUT)]
        assert not bad, said
        return json.loads(facts.read_text("utf-8"))

    return run
