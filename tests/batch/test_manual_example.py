"""The jobs file that the manual shows is one."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("bpy")

from blender_addon.cli.commands import parsers
from blender_addon.core.batch.jobs_file import read_jobs

pytestmark = pytest.mark.blender

PAGE = Path(__file__).resolve().parents[2] / "docs" / "batch.md"


def test_the_jobs_file_of_the_manual_is_read(addon, tmp_path):
    text = PAGE.read_text("utf-8").split("```toml\n")[1].split("```")[0]
    for name in ("shots", "sound"):
        (tmp_path / name).mkdir()
    for name in ("shots/010.blend", "shots/020.blend", "sound/010.wav"):
        (tmp_path / name).write_bytes(b"BLENDER-v405")
    (tmp_path / "jobs.toml").write_text(text, "utf-8")
    jobs = read_jobs(tmp_path / "jobs.toml", parsers())
    assert [each.name for each in jobs] == ["shot_010", "shot_020"]
    assert [step.command for each in jobs for step in each.steps] == ["speech", "gesture", "walk"]
