"""The batch commands of the manual, as they stand there, in a real Blender without its window."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from backend.window.driver import Driver, WindowError

pytestmark = pytest.mark.gui

HERE = Path(__file__).resolve().parent
PAGE = HERE.parents[1] / "docs" / "batch.md"


@pytest.fixture
def scene(driver: Driver, installed: Path) -> Path:
    folder = driver.kept / "batch"
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    driver.run("-b", "--python", str(HERE / "make_batch_scene.py"), "--", str(folder))
    return folder / "scene.blend"


def test_the_examples_of_the_manual_do_what_it_says(driver: Driver, scene: Path) -> None:
    examples = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("blender")]
    assert len(examples) >= 4
    for example in examples:
        arguments = [_placed(each, scene.parent) for each in shlex.split(example)[1:]]
        assert "saved as" in driver.run(*arguments)
        assert Path(arguments[-1]).is_file()


def test_a_wrong_name_is_told_and_nothing_is_saved(driver: Driver, scene: Path) -> None:
    desired = scene.with_name("walked.blend")
    walk = ("-b", str(scene), "--command", "neural_motion", "walk", "--rig", "Anna")
    with pytest.raises(WindowError, match=r"status 1 [\s\S]*no object named 'Paht'"):
        driver.run(*walk, "--path", "Paht", "--out", str(desired))
    with pytest.raises(WindowError, match=r"status 1 [\s\S]*--path"):
        driver.run(*walk, "--out", str(desired))
    assert not desired.exists()


def _placed(argument: str, folder: Path) -> str:
    return str(folder / argument) if argument.endswith((".blend", ".wav")) else argument
