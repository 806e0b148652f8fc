"""The manual's pictures: trimmed, small, and one line where there is no window."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pytest

from backend.processes import run_limited
from backend.window.driver import DRIVER_VARIABLE, WindowError, driver_from_environment
from backend.window.moving import FRAME_MS
from backend.window.shots import MAX_BYTES, ROOT, finish, finish_all

Image = pytest.importorskip("PIL.Image")


def _panel(height: int, filled: int) -> np.ndarray:
    """A grey picture with text-like noise above, and a border as Blender draws one."""
    rng = np.random.default_rng(0)
    pixels = np.full((height, 300, 3), 48, np.uint8)
    pixels[:filled] = rng.choice([48, 200], (filled, 300, 1))
    pixels[:, -3:] = 20
    return pixels


def test_what_is_empty_below_the_panels_is_cut_off(tmp_path: Path) -> None:
    Image.fromarray(_panel(800, 400)).save(tmp_path / "raw.png")
    size = finish(tmp_path / "raw.png", tmp_path / "small.png")
    with Image.open(tmp_path / "small.png") as small:
        assert small.width == 300
        assert 400 <= small.height <= 420
    assert size == (tmp_path / "small.png").stat().st_size <= MAX_BYTES


def test_a_picture_that_cannot_be_small_is_refused(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (640, 640, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / "raw.png")
    with pytest.raises(WindowError, match=r"Crop it further"):
        finish(tmp_path / "raw.png", tmp_path / "small.png")


def test_without_a_driver_one_line_says_what_to_set() -> None:
    environ = {name: value for name, value in os.environ.items() if name != DRIVER_VARIABLE}
    command = [sys.executable, "-m", "backend.window.shots"]
    done = run_limited(command, 300, env=environ, cwd=ROOT)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert f"set {DRIVER_VARIABLE}" in done.stderr


def test_a_script_of_the_window_that_fails_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = f"{sys.executable} -c \"print('what Blender said'); raise SystemExit(3)\""
    monkeypatch.setenv(DRIVER_VARIABLE, failing)
    driver = driver_from_environment("home", tmp_path)
    with pytest.raises(WindowError, match=r"status 3 .*\n?.*what Blender said"):
        driver.run_script(tmp_path / "steps_walk.py")


def test_frames_become_one_moving_picture(tmp_path: Path) -> None:
    kept, out = tmp_path / "kept", tmp_path / "out"
    kept.mkdir()
    out.mkdir()
    for number, filled in enumerate((100, 100, 200, 300)):
        Image.fromarray(_panel(400, filled)).save(kept / f"bend.{number:03}.png")
    finish_all(sorted(kept.glob("*.png")), out)
    assert [path.name for path in out.iterdir()] == ["bend.gif"]
    with Image.open(out / "bend.gif") as moving:
        assert moving.n_frames == 3  # the second is as the first
        assert moving.info["duration"] == 2 * FRAME_MS
