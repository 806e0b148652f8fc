"""Several processes at once: jobs are handed out, and no death of a process loses one.

The processes here are small programs that speak as workers do, and die as they are told;
test_kills.py has real ones.
"""

from __future__ import annotations

import errno
import io
import json
import sys
from pathlib import Path
from queue import SimpleQueue

import pytest

bpy = pytest.importorskip("bpy")

from blender_addon.cli.batch import serve as serve_module  # noqa: E402
from blender_addon.cli.batch import supervisor as module  # noqa: E402
from blender_addon.cli.batch.stopping import Stopping  # noqa: E402
from blender_addon.cli.batch.supervisor import Supervisor, command_of_this_process  # noqa: E402
from blender_addon.core.batch.job import Job, Step  # noqa: E402
from blender_addon.core.batch.state import JobState, StateFolder  # noqa: E402
from blender_addon.core.errors import InputError  # noqa: E402

pytestmark = [
    pytest.mark.blender,
    pytest.mark.skipif(sys.platform == "win32", reason="ends processes by POSIX signals"),
]

WORKER = r"""
import json, os, signal, sys, threading
from pathlib import Path
folder, number = Path(sys.argv[1]), sys.argv[sys.argv.index("--worker") + 1]
def tell(**event):
    print(json.dumps(event), flush=True)
def once(name):
    try:
        (folder / name).touch(exist_ok=False)
    except FileExistsError:
        return False
    return True
if "unstartable" in sys.argv or "lonely" in sys.argv and number != "0":
    sys.exit(7)
print("Blender 4.5.0 (hash) says hello, and {not JSON}", flush=True)
tell(event="ready")
for line in sys.stdin:
    order = json.loads(line)
    if "job" not in order:
        sys.exit(0)
    name = order["job"]
    if name.startswith("early") and once(name):
        os.kill(os.getpid(), signal.SIGKILL)
    if name.startswith("busy") and once(name):
        tell(event="busy", job=name)
        continue
    tell(event="begin", job=name, worker=int(number), again=order["again"],
         threads=os.environ["OMP_NUM_THREADS"])
    if name.startswith("dies") or name.startswith("once") and once(name):
        os.kill(os.getpid(), signal.SIGSEGV)
    if name.startswith("leaves"):
        sys.exit(3)
    if name.startswith("tells"):
        while True:
            tell(event="progress", job=name, share=0.5)
            if (folder / "enough").exists():
                break
            threading.Event().wait(0.02)
    if name.startswith("late"):
        signal.signal(signal.SIGTERM, lambda *_: (folder / "stop").touch())
        tell(event="listens", job=name)
        while not (folder / "stop").exists():
            threading.Event().wait(0.02)
    if name.startswith("hangs"):
        threading.Event().wait()
    tell(event="job", job=name, state="done", out="", steps=[], warnings=[], notes=[], error=None)
"""


def make_job(folder, name, **more):
    steps = (Step("walk", ()),)
    return Job(name, folder / "in.blend", folder / f"{name}.blend", steps, **more)


@pytest.fixture
def supervise(tmp_path, monkeypatch):
    """Runs a supervisor; everything told goes into a list."""
    monkeypatch.setattr(module, "WAIT_S", 0.01)
    script = tmp_path / "worker.py"
    script.write_text(WORKER, "utf-8")
    (tmp_path / "state").mkdir()

    def run_it(*jobs, count=2, options=(), told=None, goes_on=lambda: True, stopping=None):
        told = [] if told is None else told
        command = [sys.executable, str(script), str(tmp_path), *options]
        state = StateFolder(tmp_path / "state")
        jobs = [make_job(tmp_path, each) if isinstance(each, str) else each for each in jobs]
        Supervisor(
            jobs, state, command, count, stopping or Stopping(), told.append, goes_on, None
        ).run()
        ends = [each for each in told if each["event"] == "job"]
        return told, {each["job"]: each for each in ends}, len(ends)

    return run_it


def test_every_job_is_done_once_by_several(supervise):
    told, jobs, ends = supervise(*[f"j{n}" for n in range(12)], count=3)
    assert len(jobs) == ends == 12
    begun = [each for each in told if each["event"] == "begin"]
    assert {each["worker"] for each in begun} <= {0, 1, 2} and len(begun) == 12
    cores = module._cores()  # a process each has its share of them
    assert {each["threads"] for each in begun} == {str(max(1, cores // 3))}
    assert not any(each["again"] for each in begun)


@pytest.fixture
def handed_out(monkeypatch):
    """Names of jobs in the order in which processes are given them; they may begin in another."""
    names, say = [], module._Child.say

    def said(self, **order):
        names.extend([order["job"]] if "job" in order else [])
        say(self, **order)

    monkeypatch.setattr(module._Child, "say", said)
    return names


def test_a_job_whose_process_dies_has_one_more_try_at_the_end(supervise, handed_out, tmp_path):
    told, jobs, ends = supervise("once", "dies", "leaves", "a", "b", "busy")
    assert len(jobs) == ends == 6
    states = {name: each["state"] for name, each in jobs.items()}
    assert states == dict.fromkeys(("once", "a", "b", "busy"), "done") | dict.fromkeys(
        ("dies", "leaves"), "failed"
    )
    assert jobs["dies"]["error"] == "Blender ended with signal 11 while at this job"
    assert jobs["leaves"]["error"] == "Blender ended with exit code 3 while at this job"
    begun = [each["job"] for each in told if each["event"] == "begin"]
    assert begun.count("dies") == begun.count("leaves") == begun.count("once") == 2
    first, again = handed_out.index, handed_out[::-1].index
    last_of_others = max(map(first, ("leaves", "a", "b", "busy")))
    for name in ("dies", "once"):
        assert first(name) < last_of_others < len(handed_out) - 1 - again(name)
    again = {each["job"] for each in told if each["event"] == "begin" and each["again"]}
    assert again == {"once", "dies", "leaves"}
    state = StateFolder(tmp_path / "state")
    assert state.read("dies")[0].state is JobState.FAILED
    assert "signal 11" in state.read("dies")[0].error


def test_a_job_that_was_not_begun_is_not_taken_for_one_to_be_resumed(supervise):
    told, jobs, _ = supervise("early", "a", count=1)
    assert jobs["early"]["state"] == "done"
    assert [each["again"] for each in told if each["event"] == "begin"] == [False, False]


def test_a_process_that_hangs_in_a_job_is_ended(supervise, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_GRACE_S", 0.0)
    hanging = make_job(tmp_path, "hangs", time_limit_s=0.3)
    _, jobs, ends = supervise(hanging, "a")
    assert ends == 2 and jobs["a"]["state"] == "done"
    assert jobs["hangs"]["error"].startswith("gave up after 0.3 s")


def test_a_process_that_hangs_is_ended_though_others_tell_much(supervise, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_GRACE_S", 0.0)
    told = Told(lambda: (tmp_path / "enough").touch(), "failed")
    hanging = make_job(tmp_path, "hangs", time_limit_s=0.3)
    _, jobs, ends = supervise(hanging, make_job(tmp_path, "tells"), told=told)
    assert ends == 2
    assert (jobs["hangs"]["state"], jobs["tells"]["state"]) == ("failed", "done")


def test_processes_that_start_go_on_without_those_that_do_not(supervise):
    _, jobs, ends = supervise(*"abcdef", count=3, options=["lonely"])
    assert ends == 6 and {each["state"] for each in jobs.values()} == {"done"}


def test_a_machine_without_memory_for_more_processes_goes_on_with_those_there_are(
    supervise, monkeypatch
):
    popen, started = module.subprocess.Popen, []

    def start(*words, **more):
        if started:
            raise OSError(errno.ENOMEM, "Cannot allocate memory")
        started.append(popen(*words, **more))
        return started[-1]

    monkeypatch.setattr(module.subprocess, "Popen", start)
    _, jobs, ends = supervise(*"abc", count=3)
    assert ends == 3 and {each["state"] for each in jobs.values()} == {"done"}


def test_what_is_finished_while_the_user_stops_is_told(supervise):
    stopping = Stopping()
    _, jobs, _ = supervise("late", "a", count=1, stopping=stopping,
                           told=Told(stopping.ask, "listens"))  # fmt: skip
    assert {name: each["state"] for name, each in jobs.items()} == {"late": "done"}


def test_a_blender_that_does_not_start_is_told_of_every_job(supervise):
    _, jobs, ends = supervise("a", "b", options=["unstartable"])
    assert ends == 2
    assert {each["error"] for each in jobs.values()} == {
        "Blender does not start: it ended with exit code 7"
    }


class Told(list):
    """What was told; at an event, or a state, something happens."""

    def __init__(self, do, at="begin"):
        super().__init__()
        self._do, self._at = do, at

    def append(self, event):
        super().append(event)
        if self._at in (event["event"], event.get("state")):
            self._do()


def test_the_user_stops_and_no_process_is_left(supervise, monkeypatch):
    started = []
    popen = module.subprocess.Popen
    monkeypatch.setattr(
        module.subprocess, "Popen", lambda *a, **b: started.append(popen(*a, **b)) or started[-1]
    )
    stopping = Stopping()
    _, jobs, _ = supervise("hangs", "hangs too", "a", stopping=stopping, told=Told(stopping.ask))
    assert jobs == {}
    assert started and all(each.poll() is not None for each in started)


def test_no_job_is_begun_after_one_that_failed_when_asked_for(supervise):
    told = []

    def goes_on():
        return not any(each.get("state") == "failed" for each in told)

    _, jobs, ends = supervise("dies", "a", "b", "c", count=1, told=told, goes_on=goes_on)
    assert ends == 4 and jobs["dies"]["state"] == "failed"
    told.clear()
    _, jobs, ends = supervise("a", "leaves", "b", count=1, told=told, goes_on=goes_on)
    assert jobs["leaves"]["state"] == "failed" and ends == 3


def test_what_is_started_is_this_same_blender(monkeypatch):
    given = [sys.executable, "-m", "backend.batch", "a.toml", "--jobs", "2"]
    monkeypatch.setattr(sys, "orig_argv", ["python", *given[1:]])
    assert command_of_this_process(("run", *given[3:])) == given
    for other in (["run"], ["run", "b.toml", "--jobs", "2"], ["run", "x", *given[3:], "y"]):
        with pytest.raises(InputError, match="a process of its own"):
            command_of_this_process(other)


@pytest.mark.parametrize(
    ("said", "ended"), [(b"", [9]), (b'{"job": "a"}\n', [9]), (b'{"end": true}\n', [])]
)
def test_a_process_ends_at_once_when_its_supervisor_has_died(monkeypatch, said, ended):
    """The end of its input without a farewell is all that it hears of the death."""
    codes = []
    monkeypatch.setattr(serve_module, "_standard_input", lambda: io.BytesIO(said))
    monkeypatch.setattr(serve_module.os, "_exit", codes.append)
    serve_module._listen(SimpleQueue())
    assert codes == ended


def test_a_process_does_no_job_that_is_not_in_its_file(monkeypatch, tmp_path):
    """The jobs file may have been changed since the supervisor read it."""
    job, told = make_job(tmp_path, "a"), []
    orders = [{"job": "b", "digest": "", "again": False}, {"job": "a", "digest": "", "again": 0}]
    said = b"".join(json.dumps(each).encode() + b"\n" for each in [*orders, {"end": True}])
    monkeypatch.setattr(serve_module, "_standard_input", lambda: io.BytesIO(said))
    assert serve_module.serve({"a": job}, None, Stopping(), told.append) == 0
    assert [each["event"] for each in told] == ["ready", "job", "job"]
    assert all("has changed since" in each["error"] for each in told[1:])


def test_a_supervisor_can_start_nothing_else():
    """The command is not made of anything that a jobs file or an option says."""
    source = Path(module.__file__).read_text("utf-8")
    assert source.count("subprocess.Popen(") == 1 and source.count("subprocess.run") == 0
    assert "[*self.command, *options]" in source
