"""A farm of two workers: every job is done once, whatever dies, and each has an end."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("distributed", reason="distributed is not installed here")

import psutil
from click.testing import CliRunner, Result

from backend.farm import cluster as clusters
from backend.farm.command import command
from backend.farm.dispatch import Dispatch
from backend.farm.jobs import Request
from blender_addon.core.errors import InputError
from tests.farm.conftest import LONGEST_S, meanwhile, wait_for

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # tornado's sockets
Jobs = Callable[..., Path]


def farm(cluster: Any, file: Path, blender: Path, *options: str) -> Result:
    """The command line, on the cluster with both its workers: one that was killed comes back."""
    cluster.wait_for_workers(2, timeout=LONGEST_S)
    where = ["--scheduler", cluster.scheduler_address, "--blender", str(blender)]
    return CliRunner().invoke(command, [str(file), *where, *options])


def events(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def states(result: Result) -> dict[str, str]:
    return {each["job"]: each["state"] for each in events(result) if each["event"] == "job"}


def done(file: Path) -> list[str]:
    """Names in the order in which they were finished."""
    kept = file.with_name("done.txt")
    return kept.read_text("utf-8").split() if kept.exists() else []


def test_each_job_has_an_end_and_a_log(cluster: Any, blender: Path, write_jobs: Jobs) -> None:
    file = write_jobs(a="done", b="warned", c="failed", d="crash")
    result = farm(cluster, file, blender, "--log", "json")
    assert result.exit_code == 1, result.output
    assert states(result) == {"a": "done", "b": "warned", "c": "failed", "d": "done"}
    assert sorted(done(file)) == ["a", "b", "d"]
    told = events(result)
    assert (told[0]["event"], told[0]["jobs"], told[0]["workers"]) == ("start", 4, 2)
    assert told[0]["dashboard"].startswith("http://")
    counts = {"done": 2, "warned": 1, "failed": 1, "skipped": 0, "code": 1}
    assert told[-1].items() >= counts.items()
    tries = [each["attempt"] for each in told if each["event"] == "begin" and each["job"] == "d"]
    assert tries == [1, 2]
    assert "d: its program on" in result.stderr and "signal 11: about to crash" in result.stderr
    logs = file.with_name("jobs.toml.state") / "logs"
    assert "a remark" in (logs / "a.log").read_text("utf-8")
    assert '"error": "it exists, or has no path"' in (logs / "c.log").read_text("utf-8")
    assert [each.name for each in logs.parent.iterdir()] == ["logs"], "marks are taken away"


def test_people_are_told_in_lines(cluster: Any, blender: Path, write_jobs: Jobs) -> None:
    result = farm(cluster, write_jobs(a="done", b="warned"), blender, "--chunk", "2")
    assert result.exit_code == 3, result.output
    assert result.stdout.startswith("jobs: 2, workers: 2, dashboard: http://")
    assert "a: done, a.blend, 1.5 s" in result.stdout
    assert "1 done; 1 done, with warnings; " in result.stdout
    assert result.stderr == "farm: b: warning: slides a little\n"


def test_what_exists_is_kept_and_resuming_skips(
    cluster: Any, blender: Path, write_jobs: Jobs
) -> None:
    file = write_jobs(a="done", b="done")
    assert farm(cluster, file, blender, "--only", "b").exit_code == 0
    again = farm(cluster, file, blender, "--log", "json")
    assert (again.exit_code, states(again)) == (1, {"a": "done", "b": "failed"})
    foreseen = [each for each in events(again) if each["event"] == "told"]
    assert [(each["job"], each["text"]) for each in foreseen] == [
        ("b", "will fail unless that changes: it exists, or has no path")
    ]
    resumed = farm(cluster, file, blender, "--log", "json", "--resume")
    assert (resumed.exit_code, states(resumed)) == (0, {"a": "skipped", "b": "skipped"})
    assert done(file) == ["b", "a"]


def test_a_job_that_always_crashes_is_given_up(
    cluster: Any, blender: Path, write_jobs: Jobs
) -> None:
    file = write_jobs(a="crash", b="done")
    result = farm(cluster, file, blender, "--log", "json", "--retries", "0", "--chunk", "2")
    assert (result.exit_code, states(result)) == (1, {"a": "failed", "b": "done"})
    assert "broke off with signal 11" in result.stdout


def test_a_worker_killed_in_the_middle_loses_nothing(
    cluster: Any,
    blender: Path,
    write_jobs: Jobs,
    request: pytest.FixtureRequest,
    record_property: Callable[[str, object], None],
) -> None:
    names = [f"shot_{number}" for number in range(request.config.getoption("--farm-jobs"))]
    file = write_jobs(**dict.fromkeys(names, "wait"))

    def kill_one() -> None:
        begun = wait_for(lambda: _of_two(file.parent))
        pid = int(begun[0].read_text("utf-8"))
        worker = psutil.Process(pid).parents()[1]  # above it is its guard
        assert worker.pid in _workers(cluster)
        os.kill(worker.pid, signal.SIGKILL)
        wait_for(lambda: not _runs(pid))  # it does not go on behind our backs
        (file.parent / "go").touch()

    with meanwhile(kill_one, (file.parent / "go").touch):
        result = farm(cluster, file, blender, "--log", "json", "--retries", "0")
    lost = len(set(names) - set(done(file)))
    record_property("farm_jobs_lost", lost)
    assert lost == 0
    assert sorted(done(file)) == sorted(names), "each is done once"
    assert (result.exit_code, states(result)) == (0, dict.fromkeys(names, "done"))
    begun = [each["job"] for each in events(result) if each["event"] == "begin"]
    assert len(begun) == len(names) + 1


def _of_two(folder: Path) -> list[Path]:
    """The first jobs that are at work, once both workers have one."""
    found = [each for each in sorted(folder.glob("*.pid")) if each.read_text("utf-8")]
    return found if len(found) >= 2 else []


def _workers(cluster: Any) -> list[int]:
    return [worker.pid for worker in cluster.workers.values()]


def _runs(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def test_ctrl_c_ends_all_that_runs_and_can_be_resumed(
    cluster: Any, blender: Path, write_jobs: Jobs
) -> None:
    file = write_jobs(a="wait", b="wait", c="done")
    pids = []

    def interrupt() -> None:
        pids.extend(int(each.read_text("utf-8")) for each in wait_for(lambda: _of_two(file.parent)))
        os.kill(os.getpid(), signal.SIGINT)

    with meanwhile(interrupt, (file.parent / "go").touch):
        result = farm(cluster, file, blender)
    assert result.exit_code == 130, result.output
    assert "farm: stopped; --resume goes on" in result.stderr
    assert not any(_runs(pid) for pid in pids)
    (file.parent / "go").touch()
    assert farm(cluster, file, blender, "--resume").exit_code == 0
    assert sorted(done(file)) == ["a", "b", "c"]


def test_a_bad_jobs_file_begins_nothing(blender: Path, tmp_path: Path) -> None:
    file = tmp_path / "jobs.toml"
    file.write_text('problem = "there is no key sped; did you mean speed?"', "utf-8")
    options = ["--local", "1", "--blender", str(blender), "--log", "json"]
    result = CliRunner().invoke(command, [str(file), *options])
    assert result.exit_code == 2
    assert result.stderr == "line 3: there is no key sped; did you mean speed?\n"
    assert [each["event"] for each in events(result)] == ["refused"]


def test_a_program_that_is_none_is_one_line(write_jobs: Jobs, tmp_path: Path) -> None:
    file = write_jobs(a="done")
    for program in ("/bin/echo", str(tmp_path / "none")):
        result = CliRunner().invoke(command, [str(file), "--local", "1", "--blender", program])
        assert isinstance(result.exception, InputError)
        assert program in str(result.exception)


@pytest.mark.parametrize(
    "options", [[], ["--local", "1", "--scheduler", "tcp://here:1"], ["--local", "1", "--tls-ca"]]
)
def test_options_that_do_not_go_together_are_refused(options: list[str], blender: Path) -> None:
    options = [*options, str(blender)] if "--tls-ca" in options else options
    assert CliRunner().invoke(command, [str(blender), *options]).exit_code == 2


def test_a_scheduler_that_does_not_answer_is_one_line(blender: Path, write_jobs: Jobs) -> None:
    where = ["--scheduler", "127.0.0.1:9", "--wait", "0.2", "--blender", str(blender)]
    result = CliRunner().invoke(command, [str(write_jobs(a="done")), *where])
    assert isinstance(result.exception, InputError)
    assert "no Dask scheduler answers at tcp://127.0.0.1:9 within 0.2 s" in str(result.exception)


def test_workers_that_lack_something_are_named(write_jobs: Jobs) -> None:
    file = write_jobs(a="done")
    size = file.stat().st_size
    found = {
        "tcp://1": {"host": "one", "size": size, "program": True},
        "tcp://2": {"host": "two", "size": -1, "program": True},
        "tcp://3": {"host": "three", "size": 1, "program": True},
        "tcp://4": {"host": "four", "size": size, "program": False},
    }
    client = SimpleNamespace(run=lambda *_: found)
    with pytest.raises(InputError) as caught:
        clusters.check_files(client, file, "blender")
    assert f"two (tcp://2) does not see {file}; three (tcp://3) sees another" in str(caught.value)
    assert "four (tcp://4) has no blender" in str(caught.value) and "one (" not in str(caught.value)


def versions(python: str, dask: str) -> dict[str, Any]:
    packages = dict.fromkeys(("distributed", "cloudpickle", "msgpack"), "1")
    return {"host": {"python": python}, "packages": {**packages, "dask": dask}}


def test_other_versions_are_told_and_another_python_is_refused() -> None:
    here = {"client": versions("3.11.7.final.0", "2"), "scheduler": versions("3.11.7.final.0", "2")}
    found = {**here, "workers": {"tcp://1": versions("3.11.7.final.0", "3")}}
    client = SimpleNamespace(get_versions=lambda: found)
    assert clusters.check_versions(client) == ("the worker tcp://1 has dask 3, here is 2",)
    found["workers"]["tcp://2"] = versions("3.13.1.final.0", "2")
    with pytest.raises(InputError, match=r"tcp://2 has Python 3\.13\.1"):
        clusters.check_versions(client)


def test_a_jobs_file_that_changes_meanwhile_ends_its_jobs(
    cluster: Any, blender: Path, write_jobs: Jobs
) -> None:
    from distributed import Client

    file = write_jobs(a="done")
    ends: dict[str, dict[str, Any]] = {}
    listener = SimpleNamespace(
        heard=lambda event: None, again=lambda name, reason: None, log=lambda name, text: None,
        ended=lambda event: ends.update({event["job"]: event}),
    )  # fmt: skip
    with Client(cluster) as client:
        work = Dispatch(client, Request(file, str(blender)), listener, retries=0)
        assert work._order["size"] == file.stat().st_size
        file.write_text(file.read_text("utf-8") + "# longer\n", "utf-8")
        work.run(["a"])
    assert ends["a"]["state"] == "failed"
    assert "does not see the jobs file as it was handed out" in ends["a"]["error"]
