"""What an answer of a worker means for each job; and the guard that ends what nobody waits for."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from subprocess import DEVNULL, PIPE
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("distributed", reason="distributed is not installed here")

import psutil
from distributed import KilledWorker

from backend.farm import guard, remote
from backend.farm.dispatch import Dispatch
from backend.farm.jobs import Request, chunks, limits, names
from backend.farm.outcome import exit_code, failure, outcome
from backend.farm.tell import Teller
from tests.farm.conftest import wait_for


def end(name: str, state: str, **more: Any) -> dict[str, Any]:
    return {**failure(name, ""), "state": state, "error": None, **more}


def answer(**more: Any) -> dict[str, Any]:
    empty = {"host": "one", "seen": True, "code": 0, "events": [], "at": "", "again": []}
    return {**empty, "text": "", **more}


def test_a_crash_is_laid_to_the_job_that_was_at_work() -> None:
    found = outcome(["a", "b", "c"], answer(code=139, events=[end("a", "done")]), {})
    assert (list(found.ends), found.untouched) == (["a"], ("c",))
    assert found.crashed == {"b": "its program on one broke off with signal 11"}
    found = outcome(["a", "b", "c"], answer(code=139, at="c"), {})
    assert ([*found.crashed], found.untouched) == (["c"], ("a", "b"))


@pytest.mark.parametrize("code", [0, 1, 2, 3, guard.NOT_STARTED])
def test_a_program_that_ends_without_a_word_has_failed_for_a_reason(code: int) -> None:
    found = outcome(["a"], answer(code=code, text="first\nlast words\n\n"), {})
    assert (found.ends["a"]["state"], found.ends["a"]["error"]) == ("failed", "last words")
    assert not found.crashed


def test_a_job_past_its_limit_has_failed_and_the_rest_is_done_yet() -> None:
    found = outcome(["a", "b"], answer(code=guard.TOO_LONG), {})
    assert "time limit" in found.ends["a"]["error"]
    assert found.untouched == ("b",)


def test_what_a_dead_worker_finished_counts_as_done() -> None:
    skipped = {name: end(name, "skipped") for name in "abc"}
    skipped["b"]["warnings"] = ["slides"]
    heard = {"a": end("a", "warned", seconds=9.0)}
    told = answer(events=[*skipped.values()], again=["a", "b"])
    ends = outcome(["a", "b", "c"], told, heard).ends
    assert ends["a"] == heard["a"]
    assert [ends[name]["state"] for name in "bc"] == ["warned", "skipped"]


def test_a_row_on_which_workers_die_is_taken_apart() -> None:
    work = Dispatch(None, Request(Path("jobs.toml")), None)
    died = KilledWorker("row", SimpleNamespace(address="tcp://1"), 3)
    assert work._broken(["a", "b"], died).untouched == ("a", "b")
    (end,) = work._broken(["a"], died).ends.values()
    assert end["error"] == "every worker that took it died, tcp://1 at last"
    assert "PermissionError" in work._broken(["a"], PermissionError(13, "no")).crashed["a"]


def test_the_exit_code_is_that_of_the_worst() -> None:
    done, warned, failed = end("a", "done"), end("b", "warned"), end("c", "failed")
    before = end("d", "skipped", warnings=["slides"])
    assert [exit_code(each) for each in ([done], [done, warned], [before])] == [0, 3, 3]
    assert exit_code([warned, failed]) == 1


def test_what_cannot_be_told_ends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "logs").write_text("", "utf-8")
    teller = Teller(tmp_path / "logs", 1, True)

    def refuse(_text: str) -> None:
        raise BrokenPipeError

    with monkeypatch.context() as patched:
        patched.setattr(sys.stdout, "write", refuse)
        teller.ended(end("a", "done"))
        assert teller.end() == 0
    assert "a: its log cannot be written" in capsys.readouterr().err


def test_names_come_from_either_kind_of_file(tmp_path: Path) -> None:
    jobs = {"job": [{"name": "a"}, {"name": "b"}, {"name": "c"}]}
    file = tmp_path / "jobs.json"
    file.write_text("\ufeff" + json.dumps(jobs), "utf-8")
    assert names(Request(file)) == ("a", "b", "c")
    assert names(Request(file, only=("c", "a"))) == ("a", "c")
    assert chunks(names(Request(file)), 2, 9) == [["a", "b"], ["c"]]


def test_a_program_is_ended_by_the_limits_of_its_own_jobs(tmp_path: Path) -> None:
    file = tmp_path / "jobs.toml"
    file.write_text(
        '[templates.slow]\ntime_limit = 900\n[[job]]\nname = "a"\n[[job]]\nname = "b"\n'
        'template = "slow"\n[[job]]\nname = "c"\ntemplate = "slow"\ntime_limit = 5\n', "utf-8"
    )  # fmt: skip
    assert limits(Request(file, time_limit_s=60)) == {"a": 60, "b": 900, "c": 5}
    assert limits(Request(file)) == {"a": None, "b": 900, "c": 5}


def test_rows_get_shorter_so_that_all_end_together() -> None:
    all_names = [str(number) for number in range(400)]
    rows = chunks(all_names, None, 4)
    assert [name for row in rows for name in row] == all_names
    lengths = [len(row) for row in rows]
    assert lengths == sorted(lengths, reverse=True)
    assert (lengths[0], lengths[-5:]) == (16, [1, 1, 1, 1, 1])
    assert chunks([], None, 4) == []


def test_only_whole_events_are_taken_for_such() -> None:
    assert remote.event_in('{"event": "begin", "job": "a"}') == {"event": "begin", "job": "a"}
    for line in ("Blender quit", '{"event": ', '{"state": "done"}', "[1]", '{"a'):
        assert remote.event_in(line) is None


def guarded(*command: str, limit_s: float | None = None) -> psutil.Popen:
    """A guard whose standard input is this test's."""
    order = json.dumps({"command": [*command], "limit_s": limit_s})
    return psutil.Popen([sys.executable, guard.__file__, order], stdin=PIPE, stderr=DEVNULL)


ENDLESS = "import threading; threading.Event().wait()"
WITH_CHILD = f"""
import os, subprocess, sys
child = subprocess.Popen([sys.executable, "-c", {ENDLESS!r}], start_new_session=True)
open(sys.argv[1] + ".new", "w").write(f"{{os.getpid()}} {{child.pid}}")
os.replace(sys.argv[1] + ".new", sys.argv[1])
{ENDLESS}
"""


def test_the_guard_ends_all_below_when_its_owner_is_gone(tmp_path: Path) -> None:
    file = tmp_path / "pids"
    owner = guarded(sys.executable, "-c", WITH_CHILD, str(file))
    written = wait_for(lambda: file.exists() and file.read_text("utf-8"))
    pids = [int(word) for word in written.split()]
    assert all(psutil.pid_exists(pid) for pid in pids)
    owner.stdin.close()
    assert owner.wait(60) >= guard.SIGNALLED
    wait_for(lambda: not any(map(_runs, pids)))


def _runs(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


@pytest.mark.parametrize(
    ("command", "limit_s", "code"),
    [
        ([sys.executable, "-c", ENDLESS], 0.1, guard.TOO_LONG),
        (["there-is-no-such-program"], None, guard.NOT_STARTED),
        ([sys.executable, "-c", "raise SystemExit(3)"], None, 3),
    ],
)
def test_the_guard_says_how_it_ended(command: list[str], limit_s: float | None, code: int) -> None:
    owner = guarded(*command, limit_s=limit_s)
    assert owner.wait(60) == code
    owner.stdin.close()
