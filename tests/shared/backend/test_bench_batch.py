"""What a batch is timed on: files that the command takes, and counts that cannot be wrong."""

from __future__ import annotations

import io
import json
import sys
import wave
from pathlib import Path

import numpy as np
import pytest

from backend.batch import bench as batch
from backend.bench.memory import megabytes, peak_megabytes


def test_a_voice_has_its_length_and_no_other_job_has_it(tmp_path: Path) -> None:
    read = []
    for number, start in enumerate((0.0, 2.5)):
        with wave.open(str(batch.write_voice(tmp_path / f"{number}.wav", 90, start))) as file:
            assert file.getnframes() == 90 * file.getframerate()
            read.append(np.frombuffer(file.readframes(file.getnframes()), "<i2"))
    assert not np.array_equal(*read) and read[0].std() > 300


def test_a_run_counts_only_if_every_job_was_done() -> None:
    lines = [json.dumps({"event": "job", "state": state}) for state in ("done", "warned")]
    batch.check_done(['{"seconds": 1.0}', *lines], 2)
    failed = json.dumps({"event": "job", "state": "failed", "error": "no such path"})
    with pytest.raises(RuntimeError, match=r"2 of 3 jobs were done.*no such path"):
        batch.check_done([*lines, failed], 3)


def test_memory_now_is_not_above_its_peak() -> None:
    assert 1.0 < megabytes() <= peak_megabytes()


def test_a_program_that_fails_is_told_and_its_processor_time_counts() -> None:
    took = batch.run_program("json.tool", "--help")
    assert 0.0 < took.cpu_s and 0.0 < took.wall_s and not took.told
    with pytest.raises(RuntimeError, match=r"no\.such\.module"):
        batch.run_program("no.such.module")


@pytest.mark.blender
def test_the_jobs_are_such_as_the_command_takes(tmp_path: Path) -> None:
    pytest.importorskip("bpy")
    from blender_addon.cli.commands import parsers
    from blender_addon.core.batch.jobs_file import read_jobs

    (tmp_path / "shot.blend").write_bytes(b"BLENDER")
    walk = {"do": [{"walk": {"character": "Speaker", "path": "Path"}}]}
    many = ({"walk": {"seed": number}} for number in range(12))
    jobs = read_jobs(batch.write_jobs(tmp_path / "many.json", walk, many), parsers())
    assert len({job.out for job in jobs}) == len({job.steps for job in jobs}) == 12
    assert "7" in jobs[7].steps[0].arguments[-1]


@pytest.mark.blender
def test_a_worker_notes_its_memory_at_the_end_of_each_job() -> None:
    pytest.importorskip("bpy")
    from backend.batch.bench_worker import Watched

    out = io.StringIO()
    watched = Watched(out)
    for event in ("begin", "job", "progress", "job"):
        watched.write(json.dumps({"event": event}) + "\n")
    assert len(watched.memory_mb) == 2 and out.getvalue().count("\n") == 4
    assert sys.stdout is not watched
