"""The command that does the jobs of a file: what it tells, keeps and leaves, and how it ends."""

from __future__ import annotations

import errno
import io
import json
import os
import shutil
import signal

import pytest

bpy = pytest.importorskip("bpy")

from blender_addon import cli  # noqa: E402
from blender_addon.capabilities.gaze import cli as gaze_cli  # noqa: E402
from blender_addon.cli.batch import queue, serve  # noqa: E402
from blender_addon.cli.batch.log import Log, job_event  # noqa: E402
from blender_addon.cli.commands import parsers  # noqa: E402
from blender_addon.core.batch.jobs_file import read_jobs  # noqa: E402
from blender_addon.core.batch.state import JobState, Record, StateFolder  # noqa: E402
from tests.batch.shots import BEHIND, LOOK, states_of, write_jobs  # noqa: E402

pytestmark = pytest.mark.blender


class Ran:
    """The exit code of a run, its events, its last lines for people, and what stood on stderr."""

    def __init__(self, code, told):
        self.code, self.err, self.out = code, told.err, told.out
        self.events = [json.loads(x) for x in told.out.splitlines() if x.startswith("{")]
        self.jobs = {each["job"]: each for each in self.events if each["event"] == "job"}

    def states(self):
        return {name: each["state"] for name, each in self.jobs.items()}


@pytest.fixture
def run(folder, capsys):
    def run_it(*options, log="json"):
        capsys.readouterr()
        try:
            code = cli.run(["run", str(folder / "jobs.json"), "--log", log, *map(str, options)])
        except SystemExit as ended:
            code = ended.code
        return Ran(code, capsys.readouterr())

    return run_it


def outputs(folder):
    """Names in the folder of outputs; half files among them would be seen."""
    return sorted(each.name for each in (folder / "out").iterdir())


def generating(monkeypatch, do):
    """Let something else happen in each job, before its real work."""
    real = gaze_cli.generate

    def generate(chosen, progress):
        do(progress)
        return real(chosen, progress)

    monkeypatch.setattr(gaze_cli, "generate", generate)


@pytest.mark.smoke
def test_all_is_done_and_told(folder, run):
    before = (folder / "shot.blend").read_bytes()
    write_jobs(folder, "a", {"name": "b", "out": "out/new/b.blend", "overrides": BEHIND}, "c")
    ran = run()
    assert ran.code == 3
    assert ran.states() == {"a": "done", "b": "warned", "c": "done"}
    assert [each["event"] for each in ran.events if each["event"] != "progress"] == [
        "start", *["begin", "job"] * 3, "end"
    ]  # fmt: skip
    assert ran.events[0]["jobs"] == 3
    end = ran.events[-1]
    assert [end[key] for key in ("done", "warned", "failed", "skipped", "code")] == [2, 1, 0, 0, 3]
    (step,) = ran.jobs["a"]["steps"]
    assert step["command"] == "gaze" and step["frames"] == [1, 5] and step["provider"] == "CPU"
    assert "behind the character" in ran.jobs["b"]["warnings"][0]
    assert outputs(folder) == ["a.blend", "c.blend", "new"]
    assert (folder / "shot.blend").read_bytes() == before
    kept = states_of(folder)
    assert {name: each["state"] for name, each in kept.items()} == ran.states()
    assert all(each["attempt"] == 1 and each["size"] for each in kept.values())
    bpy.ops.wm.open_mainfile(filepath=str(folder / "out" / "new" / "b.blend"))
    assert tuple(bpy.data.objects["Target"].location) == (26.0, -300.0, 0.0)
    assert bpy.data.shape_keys[0].animation_data.nla_tracks


def test_what_is_told_to_people(folder, run):
    write_jobs(folder, "a", {"name": "b", "overrides": BEHIND}, {"name": "c", "do": [{"gaze": {
        "character": "Fcae", "target": "Target"}}]})  # fmt: skip
    ran = run(log="text")
    assert ran.code == 1
    errors = [line for line in ran.err.splitlines() if line.startswith("neural_motion")]
    assert errors[0].startswith("neural_motion: warning: b: 'Target' is behind")
    assert errors[1].startswith("neural_motion: c: there is no object named 'Fcae'. Did you mean")
    assert len(errors) == 2
    assert ran.out.splitlines()[-3:-1] == ["warned: b", "failed: c"]


def test_a_failed_job_ends_itself_alone_or_all(folder, run):
    bad = {"name": "bad", "do": [{"gaze": {"character": "Nobody", "target": "Target"}}]}
    write_jobs(folder, bad, "a", "b")
    stopped = run("--no-keep-going")
    assert stopped.code == 1 and stopped.states() == {"bad": "failed"}
    assert outputs(folder) == []
    ran = run("--resume")
    assert ran.code == 1 and ran.states() == {"bad": "failed", "a": "done", "b": "done"}
    assert ran.jobs["bad"]["attempt"] == 2
    assert states_of(folder)["bad"]["error"] == ran.jobs["bad"]["error"]


def test_what_went_wrong_unforeseen_is_one_line_and_a_traceback_is_logged(
    folder, run, monkeypatch, caplog
):
    errors = iter([ZeroDivisionError("x\ny"), MemoryError(), SystemExit(3), OSError(28, "full")])
    write_jobs(folder, "a", "b", "c", "d", "e")

    def fail(_progress):
        for error in errors:
            raise error

    generating(monkeypatch, fail)
    ran = run()
    assert ran.code == 1
    assert [each["state"] for each in ran.jobs.values()] == ["failed"] * 4 + ["done"]
    told = [each["error"] for each in ran.jobs.values()]
    assert told[0].startswith("unexpected ZeroDivisionError at test_run_command.py:")
    assert told[0].endswith("x y") and "enough memory" in told[1] and "full" in told[3]
    assert [each.args for each in caplog.records] == [("a",), ("c",)]
    assert caplog.text.count("in fail") == 2
    assert outputs(folder) == ["e.blend"]
    again = run("--resume")
    assert again.code == 0 and again.states()["e"] == "skipped"


@pytest.mark.smoke
def test_going_on_where_a_run_ended(folder, run):
    write_jobs(folder, "a", {"name": "b", "overrides": BEHIND}, "gone")
    run()
    written = {name: (folder / "out" / name).stat().st_mtime_ns for name in ("a.blend", "b.blend")}
    (folder / "out" / "gone.blend").unlink()
    ran = run("--resume")
    assert ran.code == 3  # for what was done before with warnings is still not as asked for
    assert ran.states() == {"a": "skipped", "b": "skipped", "gone": "done"}
    assert "behind" in ran.jobs["b"]["warnings"][0] and ran.jobs["a"]["notes"] == ["done before"]
    for name, stamp in written.items():
        assert (folder / "out" / name).stat().st_mtime_ns == stamp


def test_an_output_that_exists_is_kept_unless_it_may_go(folder, run):
    write_jobs(folder, "a")
    assert run().code == 0
    first = (folder / "out" / "a.blend").read_bytes()
    refused = run()
    assert refused.code == 1 and "--resume" in refused.jobs["a"]["error"]
    assert states_of(folder)["a"]["state"] == "done"  # it still is
    write_jobs(folder, {"name": "a", "overrides": BEHIND})
    otherwise = run("--resume")
    assert otherwise.code == 1 and "made from other settings" in otherwise.jobs["a"]["error"]
    assert (folder / "out" / "a.blend").read_bytes() == first
    assert run("--resume", "--overwrite").states() == {"a": "warned"}
    assert (folder / "out" / "a.blend1").read_bytes() == first


def test_a_dry_run_writes_nothing(folder, run):
    (folder / "out" / "there.blend").write_bytes(b"BLENDER")
    write_jobs(folder, "a", "there", {"name": "deep", "out": "out/x/y.blend"})
    before = sorted(folder.rglob("*"))
    ran = run("--dry-run")
    assert ran.code == 1
    assert ran.states() == {"a": "planned", "there": "failed", "deep": "planned"}
    assert [each for each in sorted(folder.rglob("*")) if each not in before] == []
    assert run("--dry-run", log="text").out.splitlines()[-1].startswith("2 planned, 1 failed in")


def test_a_bad_file_or_argument(folder, run):
    path = write_jobs(folder, {"name": "a", "blend": "none.blend"}, {"name": "b", "sped": 3})
    ran = run()
    assert ran.code == 2 and not (folder / "jobs.json.state").exists()
    (refused,) = ran.events
    assert len(refused["problems"]) == 2 and refused["code"] == 2
    assert ran.err.count("\n") == 2
    write_jobs(folder, "shot_010", "shot_020")
    for options, says in (
        (["--only", "shot_01"], "Did you mean 'shot_010'?"),
        (["--state", path], "name another folder with --state"),
        (["--jobs", "2"], "a process of its own"),
        (["--jobs", "0"], "from 1 to 1000"),
        (["--time-limit", "-1"], "above 0"),
    ):
        ran = run(*options)
        assert ran.code == 2 and says in ran.err
    assert outputs(folder) == []


def test_some_jobs_alone(folder, run):
    write_jobs(folder, "a", "b", "c")
    assert run("--only", "c", "a").states() == {"a": "done", "c": "done"}
    assert outputs(folder) == ["a.blend", "c.blend"]


def test_a_full_disk_ends_the_job_with_a_reason(folder, run, monkeypatch):
    resource = pytest.importorskip("resource")
    write_jobs(folder, "a", "b")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    sizes = iter([10_000, limits[0]])  # from Blender 5.0 on files are packed
    generating(
        monkeypatch,
        lambda _: resource.setrlimit(resource.RLIMIT_FSIZE, (next(sizes), limits[1])),
    )
    try:
        ran = run()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert ran.code == 1 and ran.states() == {"a": "failed", "b": "done"}
    assert "could not be saved" in ran.jobs["a"]["error"]
    assert outputs(folder) == ["b.blend"]


def test_a_shot_that_has_gone_does_not_keep_a_process_from_the_others(folder, run, monkeypatch):
    write_jobs(folder, "a", {"name": "b", "blend": "gone.blend"}, "c")
    jobs = read_jobs(folder / "jobs.json", parsers(), only=())
    digests = {each.name: each.digest for each in jobs}
    orders = [{"job": name, "digest": digests[name], "again": False} for name in "abc"]
    lines = b"".join(json.dumps(each).encode() + b"\n" for each in [*orders, {"end": True}])
    monkeypatch.setattr(serve, "_standard_input", lambda: io.BytesIO(lines))
    assert run().code == 2
    ran = run("--worker", 0)
    assert ran.states() == {"a": "done", "b": "failed", "c": "done"}
    assert "gone.blend does not exist" in ran.jobs["b"]["error"]


def test_a_disk_without_room_for_the_state_keeps_no_part_of_an_output(folder, run, monkeypatch):
    write_jobs(folder, "a", "b")
    write = StateFolder.write

    def refuse_one(self, record):
        if record.state is JobState.MOVING and record.name == "a":
            raise OSError(errno.ENOSPC, "No space left on device")
        write(self, record)

    monkeypatch.setattr(StateFolder, "write", refuse_one)
    ran = run()
    assert ran.states() == {"a": "failed", "b": "done"}
    assert outputs(folder) == ["b.blend"]


def test_the_work_goes_on_though_nobody_listens(capsys):
    class Gone(io.StringIO):
        def write(self, _text):
            raise BrokenPipeError

    log = Log(Gone(), as_json=True)
    log.start(1, "jobs.toml")
    log(job_event("a", "done", "a.blend"))
    assert log.end(stopped=False) == 0


def test_a_folder_that_vanishes_or_cannot_be_written(folder, run, monkeypatch):
    write_jobs(folder, "a", {"name": "b", "out": "drive/b.blend"},
               {"name": "c", "out": "/proc/c.blend"}, "d")  # fmt: skip
    generating(monkeypatch, lambda _: shutil.rmtree(folder / "drive", ignore_errors=True))
    ran = run("--root", "/proc")
    assert ran.code == 1
    assert ran.states() == {"a": "done", "b": "failed", "c": "failed", "d": "done"}
    assert "drive does not exist" in ran.jobs["b"]["error"]
    foreseen = [each for each in ran.events if each["event"] == "told"]
    assert [each["job"] for each in foreseen] == ["c"]  # told before the first job has begun
    assert ran.events.index(foreseen[0]) == 1


class UnderWay:
    """A network that never ends by itself."""

    terminate = False


def test_a_job_that_takes_too_long_is_given_up(folder, run, monkeypatch):
    first = [True]

    def never_end(progress):
        under_way = UnderWay()
        progress.cancellation.stops(under_way)
        while first and not under_way.terminate:
            pass
        first.clear()
        progress(0.5)

    generating(monkeypatch, never_end)
    write_jobs(folder, {"name": "a", "time_limit": 0.05}, "b")
    ran = run("--time-limit", "500")
    assert ran.states() == {"a": "failed", "b": "done"}
    assert ran.jobs["a"]["error"].startswith("gave up after 0.05 s")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_user_stops_a_run_and_goes_on_later(folder, run, monkeypatch, number):
    began = []

    def stop(progress):
        began.append(True)
        if len(began) == 2:
            under_way = UnderWay()
            progress.cancellation.stops(under_way)
            os.kill(os.getpid(), number)
            while not under_way.terminate:
                pass
        progress(0.5)

    generating(monkeypatch, stop)
    before = signal.getsignal(number)
    write_jobs(folder, "a", "b", "c")
    ran = run()
    assert ran.code == ran.events[-1]["code"] == 130
    assert ran.states() == {"a": "done"} and outputs(folder) == ["a.blend"]
    assert states_of(folder)["b"]["state"] == "stopped"
    assert signal.getsignal(number) is before
    assert run("--resume").states() == {"a": "skipped", "b": "done", "c": "done"}


def test_work_is_shared_with_a_process_started_beside(folder, run, monkeypatch):
    monkeypatch.setattr(queue, "WAIT_S", 0.001)
    path = write_jobs(folder, "a", "b", "c")
    job = read_jobs(path, cli.commands.parsers())[1]
    state, claim, looks = StateFolder(folder / "jobs.json.state"), StateFolder.claim, []

    def elsewhere(self, name):
        """Another process is at b, and is done the third time that it is asked for."""
        if name != "b" or len(looks) == 3:
            return claim(self, name)
        looks.append(name)
        if len(looks) == 3:
            job.out.write_bytes(b"BLENDER by the other one")
            state.write(Record("b", job.digest, JobState.DONE, out=str(job.out)))
        return None

    monkeypatch.setattr(StateFolder, "claim", elsewhere)
    ran = run()
    assert ran.code == 0 and ran.states() == {"a": "done", "c": "done", "b": "skipped"}
    assert ran.jobs["b"]["notes"] == ["done meanwhile"]
    assert job.out.read_bytes() == b"BLENDER by the other one"


def test_a_job_in_whose_midst_a_process_died_comes_last(folder, run):
    path = write_jobs(folder, "a", "b")
    job = read_jobs(path, cli.commands.parsers())[0]
    died = Record("a", job.digest, JobState.RUNNING, attempt=4, out=str(job.out))
    StateFolder(folder / "jobs.json.state").write(died)
    beside = folder / "out" / f".a.{job.digest[:12]}.part.blend@"
    beside.write_bytes(b"half")
    ran = run("--resume")
    assert list(ran.jobs) == ["b", "a"] and ran.jobs["a"]["attempt"] == 5
    assert outputs(folder) == ["a.blend", "b.blend"]


def test_who_died_after_the_move_is_not_done_again(folder, run):
    write_jobs(folder, {"name": "a", "overrides": BEHIND})
    run()
    file = folder / "jobs.json.state" / "a.json"
    file.write_text(json.dumps(json.loads(file.read_text("utf-8")) | {"state": "moving"}), "utf-8")
    stamp = (folder / "out" / "a.blend").stat().st_mtime_ns
    ran = run("--resume")
    assert ran.states() == {"a": "warned"} and ran.jobs["a"]["steps"]
    assert (folder / "out" / "a.blend").stat().st_mtime_ns == stamp
    file.write_bytes(b'{"half')
    told = run("--overwrite")
    assert "is damaged" in told.events[1]["text"] and told.states() == {"a": "warned"}


@pytest.mark.smoke
def test_steps_follow_each_other(folder, run):
    later = {"gaze": {**LOOK["gaze"], "frame": 6, "last_frame": 9}}
    write_jobs(folder, {"name": "a", "do": [LOOK, later]})
    ran = run()
    assert [step["frames"] for step in ran.jobs["a"]["steps"]] == [[1, 5], [6, 9]]
