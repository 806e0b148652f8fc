"""The zip in a real Blender with its window, clicked by scripts: see backend/window/driver.py."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from backend.window.driver import DRIVER_VARIABLE, Driver, driver_from_environment

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
SHOTS = ROOT / ".build" / "shots"
ZIP_VARIABLE = "NEURAL_MOTION_ZIP"

Steps = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def driver() -> Driver:
    """A Blender for the tests alone."""
    found = driver_from_environment("neural-motion-gui", SHOTS)
    if found is None:
        pytest.skip(
            f"no Blender with a window: set {DRIVER_VARIABLE} to the command that drives one"
        )
    return found


@pytest.fixture(scope="session")
def installed(driver: Driver) -> Path:
    """Our zip, installed and switched on in the driver's Blender."""
    chosen = os.environ.get(ZIP_VARIABLE)
    zips = [Path(chosen)] if chosen else sorted((ROOT / "dist").glob("*linux_x64.zip"))
    if not zips or not zips[-1].is_file():
        pytest.skip(f"no zip to install: build.py zip --platform linux-x64, or set {ZIP_VARIABLE}")
    driver.install(zips[-1])
    return zips[-1]


@pytest.fixture
def do_steps(driver: Driver, installed: Path) -> Steps:
    """Runs one script of this folder in a window, of another size or for longer if told.

    Returns the facts that the script noted.
    """

    def do(name: str, size: str = driver.size, timeout_s: int = 240) -> dict[str, Any]:
        return replace(driver, size=size).run_script(HERE / f"steps_{name}.py", timeout_s)

    return do
