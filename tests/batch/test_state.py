"""What is kept of each job: whole whenever a process dies, claimed by one process at a time."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from backend.processes import run_limited
from blender_addon.core.batch.job import Job, Step
from blender_addon.core.batch.resume import (
    Plan,
    Wishes,
    changed_input,
    changed_output,
    decide,
    stamp_of,
)
from blender_addon.core.batch.state import JobState, Record, StateFolder
from blender_addon.core.batch.writing import sha256_of
from blender_addon.core.errors import InputError

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def job(tmp_path):
    (tmp_path / "in.blend").write_bytes(b"BLENDER")
    steps = (Step("walk", ("--stand", "1")),)
    return Job("shot", tmp_path / "in.blend", tmp_path / "out.blend", steps)


def record_of(job, state=JobState.DONE, **more):
    return Record(job.name, job.digest, state, out=str(job.out), **more)


def test_what_is_kept_is_read_again(tmp_path, job):
    state = StateFolder(tmp_path / "state")
    told = {"warnings": ("ä warning",), "notes": ("a\udcffnote",), "error": "why"}
    steps = ({"command": "walk", "text": "", "frames": [1, 5], "residual": {"slide_m": 0.25}},)
    record = record_of(job, JobState.WARNED, steps=steps, seconds=1.5, blend_stamp=(7, 9), **told)
    assert state.read("shot") == (None, "")
    state.write(record)
    assert state.read("shot") == (record, "")
    assert [each.name for each in state.path.iterdir()] == ["shot.json"]


DAMAGED = [
    b"", b"{", b"\0" * 400, b"[]", b"3", b"{}", b'{"format": 1}', b"\xff\xfe", b"[" * 100_000,
]  # fmt: skip


def test_a_damaged_file_counts_for_nothing_and_is_told(tmp_path, job):
    state = StateFolder(tmp_path)
    state.write(record_of(job))
    whole = (tmp_path / "shot.json").read_bytes()
    facts = json.loads(whole)
    wrong = [
        {"format": 2}, {"name": "x"}, {"digest": "../../etc"}, {"state": "?"},
        {"attempt": ""}, {"out": 5}, {"seconds": "x"}, {"size": None}, {"notes": [1]},
        {"steps": [{}]}, {"steps": "no"}, {"error": [1]}, {"overwrite": "no"}, {"blend_stamp": [1]},
    ]  # fmt: skip
    others = [json.dumps(facts | each).encode() for each in wrong]
    for content in [*DAMAGED, whole[: len(whole) // 2], *others]:
        (tmp_path / "shot.json").write_bytes(content)
        record, told = state.read("shot")
        assert record is None and "shot.json is damaged" in told


def test_a_disk_that_is_full_keeps_what_was_there(tmp_path, job, monkeypatch):
    resource = pytest.importorskip("resource")
    state = StateFolder(tmp_path / "state")
    state.write(record_of(job))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
    try:
        with pytest.raises(OSError, match="too large"):
            state.write(record_of(job, JobState.FAILED))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert state.read("shot")[0] == record_of(job)
    assert [each.name for each in state.path.iterdir()] == ["shot.json"]


def test_a_folder_that_cannot_be_is_told(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    for path in (tmp_path / "file", tmp_path / "file" / "x", Path("/proc/state")):
        with pytest.raises(InputError, match="name another folder with --state"):
            StateFolder(path)


CLAIM = """
import os, signal, sys
from pathlib import Path
from blender_addon.core.batch.state import StateFolder
claim = StateFolder(Path(sys.argv[1])).claim("shot")
print("free" if claim else "taken", flush=True)
if sys.argv[2:]:
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_one_process_has_a_job_and_its_death_sets_it_free(tmp_path):
    state = StateFolder(tmp_path)

    def elsewhere(*more):
        command = [sys.executable, "-c", CLAIM, str(tmp_path), *more]
        return run_limited(command, 120, cwd=ROOT).stdout.strip()

    with state.claim("shot"):
        assert elsewhere() == "taken"
        assert state.claim("shot") is None
        with state.claim("other"):
            assert elsewhere() == "taken"
    assert elsewhere("then die by SIGKILL") == "free"
    claim = state.claim("shot")
    assert claim is not None
    claim.release()


def plan(job, record, *, resume=False, overwrite=False, meanwhile=False):
    return decide(job, record, Wishes(resume, overwrite), meanwhile=meanwhile)


def test_without_an_output_there_is_work(job):
    for record in (None, record_of(job), record_of(job, JobState.FAILED)):
        assert plan(job, record).plan is plan(job, record, resume=True).plan is Plan.WORK
    assert plan(job, None, overwrite=True).overwrite and not plan(job, None).overwrite


def test_an_output_that_exists_is_kept_unless_it_may_go(job):
    job.out.write_bytes(b"BLENDER out")
    for record in (None, record_of(job), record_of(job, JobState.FAILED)):
        refused = plan(job, record)
        assert refused.plan is Plan.REFUSE
        assert "--resume" in refused.reason and "--overwrite" in refused.reason
        assert plan(job, record, overwrite=True).plan is Plan.WORK
    assert plan(replace(job, overwrite=True), None).overwrite
    assert "not from this job" in plan(job, None, resume=True).reason


def test_what_is_finished_is_not_done_again(job):
    job.out.write_bytes(b"BLENDER out")
    for state in (JobState.DONE, JobState.WARNED):
        assert plan(job, record_of(job, state), resume=True).plan is Plan.SKIP
        assert plan(job, record_of(job, state), resume=True, overwrite=True).plan is Plan.SKIP
        assert plan(job, record_of(job, state), meanwhile=True).plan is Plan.SKIP
        assert plan(job, record_of(job, state), meanwhile=True, overwrite=True).plan is Plan.SKIP
    changed = replace(job, steps=(Step("walk", ("--stand", "2")),))
    refused = plan(changed, record_of(job), resume=True)
    assert refused.plan is Plan.REFUSE and "made from other settings" in refused.reason
    assert plan(changed, record_of(job), resume=True, overwrite=True).plan is Plan.WORK


def test_who_died_after_the_move_has_done_it(job):
    job.out.write_bytes(b"BLENDER out")
    size, content = job.out.stat().st_size, sha256_of(job.out)
    moving = record_of(job, JobState.MOVING, size=size, sha256=content)
    assert plan(job, moving, resume=True).plan is Plan.FINISH
    assert plan(job, moving).plan is Plan.REFUSE
    job.out.write_bytes(b"BLENDER own")  # somebody else's, of the same size
    assert plan(job, moving, resume=True).plan is Plan.REFUSE
    job.out.write_bytes(b"")  # the name was taken where there are no hard links
    assert plan(job, moving, resume=True) == plan(job, None, overwrite=True)


def test_who_died_in_the_midst_of_replacing_may_still_do_so(job):
    job.out.write_bytes(b"BLENDER older")
    for state in (JobState.RUNNING, JobState.MOVING, JobState.STOPPED):
        replacing = record_of(job, state, overwrite=True)
        assert plan(job, replacing, resume=True).overwrite
        assert plan(job, record_of(job, state), resume=True).plan is Plan.REFUSE
        assert plan(job, replacing).plan is Plan.REFUSE


def test_an_input_that_has_changed_since_is_noted(job):
    record = record_of(job, blend_stamp=stamp_of(job.blend))
    assert changed_input(job, record) == ""
    job.blend.write_bytes(b"BLENDER, another")
    assert "has changed since" in changed_input(job, record)


def test_an_output_that_is_another_by_now_is_kept_and_noted_and_an_empty_one_is_made_again(job):
    job.out.write_bytes(b"BLENDER out")
    record = record_of(job, size=job.out.stat().st_size)
    assert changed_output(job, record) == ""
    job.out.write_bytes(b"BLENDER")
    assert plan(job, record, resume=True).plan is Plan.SKIP
    assert "had 11 bytes and has 7" in changed_output(job, record)
    job.out.write_bytes(b"")
    assert plan(job, record, resume=True) == plan(job, None, overwrite=True)
    assert plan(job, record).plan is Plan.REFUSE
