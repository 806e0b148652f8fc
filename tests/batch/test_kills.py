"""Processes of a batch are killed at random moments; each job's output is there once, and whole.

Two kills; more by ``--kills 50``.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import threading
from pathlib import Path

import pytest

bpy = pytest.importorskip("bpy")

from backend.processes import run_limited  # noqa: E402
from blender_addon import cli  # noqa: E402
from blender_addon.cli.batch import worker  # noqa: E402
from blender_addon.cli.batch.worker import Worker  # noqa: E402
from blender_addon.core.batch import writing  # noqa: E402
from blender_addon.core.batch.state import StateFolder  # noqa: E402
from tests.batch.shots import states_of, write_jobs  # noqa: E402

pytestmark = pytest.mark.blender
ROOT = Path(__file__).resolve().parents[2]
NAMES = [f"shot_{number}" for number in range(6)]
SUPERVISED = 4  # every so many kills there are several processes
MOST_EVENTS = 10
BATCH = 5  # kills of one test, so that many can be spread over processes


def pytest_generate_tests(metafunc):
    if "seed" in metafunc.fixturenames:
        wanted = metafunc.config.getoption("kills")
        seeds = range(0, wanted, BATCH)
        batches = [(17 + seed, min(BATCH, wanted - seed)) for seed in seeds]
        metafunc.parametrize(("seed", "wanted"), batches)


class Killer:
    """Reads what a run tells, and kills one of its processes a moment after some event."""

    def __init__(self, rng):
        self._left = rng.randrange(1, MOST_EVENTS)
        self._delay = rng.random() * 0.2
        self._of_worker = rng.random() < 0.5
        self._leader = self._worker = 0
        self.killed = 0

    def __call__(self, line):
        if not line.startswith("{"):
            return
        event = json.loads(line)
        self._left -= 1
        if event["event"] == "start":
            self._leader = event["pid"]
        self._worker = event.get("pid", self._worker)
        if self._left == 0:
            threading.Timer(self._delay, self._kill).start()

    def _kill(self):
        pid = self._worker if self._of_worker else self._leader
        try:
            os.kill(pid, signal.SIGKILL)
            self.killed += 1
        except ProcessLookupError:
            pass  # the run was faster


def run_killed(path, killer, *options):
    command = [sys.executable, "-m", "backend.batch", str(path), "--resume", "--log", "json"]
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    return run_limited([*command, *options], 300, cwd=ROOT, env=environ, show=killer)


def is_whole(path):
    """Whether Blender opens it, and the eyes have their keys."""
    try:
        bpy.ops.wm.open_mainfile(filepath=str(path), use_scripts=False)
    except RuntimeError:
        return False
    keys = bpy.data.objects["Face"].data.shape_keys
    return bool(keys.animation_data and keys.animation_data.nla_tracks)


def half_files(folder):
    """Whatever is there beside whole outputs and state files."""
    desired = {"out": {f"{name}.blend" for name in NAMES}}
    desired["jobs.json.state"] = {f"{name}.{kind}" for name in NAMES for kind in ("json", "lock")}
    return [
        each
        for sub, names in desired.items()
        for each in (folder / sub).iterdir()
        if each.name not in names
    ]


def finished(folder):
    """When each output was written that is there, and whose job is finished."""
    kept = states_of(folder) if (folder / "jobs.json.state").exists() else {}
    names = [name for name, each in kept.items() if each["state"] in ("done", "warned")]
    files = {name: folder / "out" / f"{name}.blend" for name in names}
    return {name: file.stat().st_mtime_ns for name, file in files.items() if file.exists()}


@pytest.mark.skipif(sys.platform == "win32", reason="kills processes by POSIX signals")
def test_kills_at_random_moments_lose_nothing(folder, record_property, seed, wanted):
    rng, kills, rounds, redone = random.Random(seed), 0, 0, []
    path = write_jobs(folder, *NAMES)
    while kills < wanted:
        before = finished(folder)
        if len(before) == len(NAMES):  # all done: some of it is to be done again
            for name in rng.sample(NAMES, 5):
                (folder / "out" / f"{name}.blend").unlink()
                del before[name]
        rounds += 1
        killer = Killer(rng)
        run_killed(path, killer, *(["--jobs", "2"] if rounds % SUPERVISED == 2 else []))
        kills += killer.killed
        after = finished(folder)
        redone += [name for name, when in before.items() if after.get(name) != when]
    ran = run_killed(path, lambda _line: None)
    lost = [name for name in NAMES if not is_whole(folder / "out" / f"{name}.blend")]
    half = half_files(folder)
    record_property("kills", kills)
    record_property("jobs_lost", len(lost))
    record_property("half_files", len(half))
    assert (ran.returncode, lost, half, redone) == (0, [], [], [])
    assert len(finished(folder)) == len(NAMES)


class DiedError(BaseException):
    """Stands for a death: nothing that comes after is done."""


STEPS = {
    "before the state says that it has begun": (StateFolder, "write", 0, 0),
    "before the work": (StateFolder, "write", 1, 0),
    "after it was saved": (worker, "sha256_of", 0, 0),
    "before the move": (StateFolder, "write", 1, 1),
    "amid the move": (Path, "unlink", 0, 0),
    "after the move": (writing, "fsync_folder", 0, 0),
    "before the state says that it is done": (Worker, "_finish", 0, 0),
    "after it has said so": (StateFolder, "write", 1, 2),
}


@pytest.mark.parametrize("step", STEPS)
def test_a_death_at_each_step_loses_nothing(folder, monkeypatch, capsys, step):
    owner, name, after, number = STEPS[step]
    real, calls = getattr(owner, name), []

    def dies(*arguments, **named):
        if name == "unlink" and not arguments[0].name.endswith(".part.blend"):
            return real(*arguments, **named)
        calls.append(name)
        if len(calls) - 1 < number:
            return real(*arguments, **named)
        if after:
            real(*arguments, **named)
        raise DiedError

    path = write_jobs(folder, NAMES[0])
    with monkeypatch.context() as patched:
        patched.setattr(owner, name, dies)
        with pytest.raises(DiedError):
            cli.run(["run", str(path)])
    assert cli.run(["run", str(path), "--resume"]) == 0
    assert is_whole(folder / "out" / f"{NAMES[0]}.blend")
    assert half_files(folder) == []
    assert states_of(folder)[NAMES[0]]["attempt"] <= 2
