"""The batch commands of the manual, as they stand there, in a real Blender without its window."""

from __future__ import annotations

import shlex
import shutil
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
        shutil.rmtree(old) if old.is_dir() else old.unlink()
    driver.run("-b", "--python", str(HERE / "make_batch_scene.py"), "--", str(folder))
    return folder / "scene.blend"


def test_the_examples_of_the_manual_do_what_it_says(driver: Driver, scene: Path) -> None:
    lines = PAGE.read_text("utf-8").splitlines()
    examples = [each for each in lines if each.startswith("blender") and ".blend" in each]
    assert len(examples) >= 4
    for example in examples:
        arguments = [_placed(each, scene.parent) for each in shlex.split(example)[1:]]
        assert "saved as" in _told(driver, arguments)
        assert Path(arguments[-1]).is_file()


def test_a_wrong_name_is_told_and_nothing_is_saved(driver: Driver, scene: Path) -> None:
    desired = scene.with_name("walked.blend")
    walk = ("-b", str(scene), "--command", "neural_motion", "walk", "--rig", "Anna")
    with pytest.raises(WindowError, match=r"status 1 [\s\S]*no object named 'Paht'"):
        driver.run(*walk, "--path", "Paht", "--out", str(desired))
    with pytest.raises(WindowError, match=r"status 1 [\s\S]*--path"):
        driver.run(*walk, "--out", str(desired))
    assert not desired.exists()


def test_the_jobs_file_of_the_manual_is_done_once_whatever_happens(
    driver: Driver, scene: Path
) -> None:
    folder = scene.parent
    jobs, outs = lay_out(folder, scene), [folder / "out" / f"0{n}0.blend" for n in (1, 2)]
    run = ("-b", "--command", "neural_motion", "run", str(jobs))
    driver.run(*run, "--dry-run")
    assert not (folder / "out").exists()
    told = driver.run(*run, "--jobs", "2", "--log", "json")
    assert told.count('"state": "done"') + told.count('"state": "warned"') == 2
    stamps = [each.stat().st_mtime_ns for each in outs]
    assert '"skipped": 2' in driver.run(*run, "--resume", "--log", "json")
    with pytest.raises(WindowError, match=r"status 1 [\s\S]*exists. Go on with --resume"):
        driver.run(*run)
    outs[1].unlink()
    assert '"done": 1' in driver.run(*run, "--resume", "--log", "json")
    assert outs[0].stat().st_mtime_ns == stamps[0]
    jobs.write_text(jobs.read_text("utf-8").replace("terrain", "terrian"), "utf-8")
    with pytest.raises(WindowError, match=r'status 2 [\s\S]*Did you mean "terrain"'):
        driver.run(*run, "--resume")


def lay_out(folder: Path, scene: Path) -> Path:
    """The manual's jobs file, with the files that it names."""
    for name in ("shots", "sound", "out", "jobs.toml.state"):
        shutil.rmtree(folder / name, ignore_errors=True)
    for name in ("shots", "sound"):
        (folder / name).mkdir()
    shutil.copy(folder / "voice.wav", folder / "sound" / "010.wav")
    for name in ("010", "020"):
        shutil.copy(scene, folder / "shots" / f"{name}.blend")
    text = PAGE.read_text("utf-8").split("```toml\n")[1].split("```")[0]
    (folder / "jobs.toml").write_text(text, "utf-8")
    return folder / "jobs.toml"


def _told(driver: Driver, arguments: list[str]) -> str:
    """What a command says that writes; two who walk apart are warned not to see each other."""
    try:
        return driver.run(*arguments)
    except WindowError as error:
        if not str(error).startswith("status 3 "):
            raise
        return str(error)


def _placed(argument: str, folder: Path) -> str:
    return str(folder / argument) if argument.endswith((".blend", ".wav")) else argument
