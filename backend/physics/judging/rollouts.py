"""Roll-outs of many trials: each is made once, by as many processes as there are cores."""

from __future__ import annotations

import hashlib
import logging
import multiprocessing
import os
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

from blender_addon.core.conventions import Floats
from blender_addon.core.errors import PhysicsError

from ..grounds import is_rough, rough_way
from ..walks import ROOT, read_clip
from .policies import digest_of, open_policy
from .recording import Recording
from .rolling import roll, roll_falls, write_falls
from .trials import Trial

CACHE: Final = ROOT / ".build" / "physics" / "rollouts"
_PHYSICS: Final = ROOT / "blender_addon" / "core" / "physics"
_COST: Final = {"plan": 60.0, "policy": 2.0}

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Task:
    """What a process is given: a trial and where to find and put what belongs to it."""

    trial: Trial
    walk: Path
    out: Path
    policy: Path | None
    code: str


@dataclass
class Rollouts:
    """Makes roll-outs, or finds them where they were made before.

    Args:
        walks: file of each walk, by its name.
        cache: folder in which roll-outs are kept.
        processes: at a time; 1 stays in this one.
        policy: the learned policy's .onnx; None where there is none.
        fresh: make anew what another state of the simulation's code has made.
        until_s: of the monotonic clock, from when on none is begun; None for no end.

    Attributes:
        made: how many were made now.
        older: how many are used that another state of the code has made.
        refused: trials that could not be begun, and why.
        missing: how many trials there was no time for.
        seconds: what those that are used took, in seconds of one process, by row.
    """

    walks: dict[str, Path]
    cache: Path = CACHE
    processes: int = 1
    policy: Path | None = None
    fresh: bool = False
    until_s: float | None = None
    made: int = 0
    older: set[str] = field(default_factory=set)
    seconds: dict[str, float] = field(default_factory=dict)
    refused: dict[Trial, str] = field(default_factory=dict)
    missing: set[Trial] = field(default_factory=set)

    def recordings(self, trials: Sequence[Trial]) -> list[Recording]:
        """The recording of each trial but falls."""
        files = self._files(trials)
        return [Recording.of(self._read(trial, file)) for trial, file in files.items()]

    def falls(self, trials: Sequence[Trial]) -> list[tuple[Floats, Floats]]:
        """Of each trial (N, T, 45) poses of falls, and (S, 45) of the animation."""
        read = [self._read(trial, file) for trial, file in self._files(trials).items()]
        return [
            (each["falls"].astype(np.float64), each["asked"].astype(np.float64)) for each in read
        ]

    def kept(self, trials: Sequence[Trial]) -> list[Trial]:
        """Those that were made."""
        files = self._files(trials)
        return [trial for trial in trials if self._has(files[trial])]

    def make(self, trials: Sequence[Trial]) -> None:
        """Make what is missing, the longest first."""
        files = self._files(trials)
        todo = [trial for trial in files if not self._has(files[trial])]
        todo.sort(key=lambda each: -each.seconds * _COST.get(each.row, 1.0))
        tasks = [self._task(trial, files[trial]) for trial in todo]
        if tasks:
            _log.info("%d roll-outs to make, %d kept", len(tasks), len(files) - len(tasks))
        for number, (trial, took) in enumerate(_run(tasks, self.processes, self._is_over), 1):
            self.made += 1
            if isinstance(took, str):
                self.refused[trial] = took
                _log.warning("%d of %d: %s: %s", number, len(tasks), trial.name, took)
            else:
                _log.info("%d of %d: %s, %.1f s", number, len(tasks), trial.name, took)

        self.missing |= {each for each in todo if not self._has(files[each])} - {*self.refused}

    def _is_over(self) -> bool:
        return self.until_s is not None and time.monotonic() > self.until_s

    def _task(self, trial: Trial, file: Path) -> Task:
        return Task(trial, self.walks[trial.walk], file, self.policy, code_digest())

    def _files(self, trials: Iterable[Trial]) -> dict[Trial, Path]:
        policy = digest_of(self.policy) if self.policy is not None else ""
        files = {}
        for trial in trials:
            key = trial.key(self.walks[trial.walk].stem, policy)
            files[trial] = self.cache / f"{key}.npz"
        return files

    def _has(self, file: Path) -> bool:
        if not file.is_file():
            return False
        return not self.fresh or str(np.load(file, allow_pickle=False)["code"]) == code_digest()

    def _read(self, trial: Trial, file: Path) -> dict[str, Floats]:
        with np.load(file, allow_pickle=False) as kept:
            found = {name: kept[name] for name in kept.files}
        if str(found["code"]) != code_digest():
            self.older.add(file.stem)
        took = self.seconds.get(trial.row, 0.0) + float(found["took_s"])
        self.seconds[trial.row] = took
        return found


def code_digest() -> str:
    """Tells this state of the simulation's code from others."""
    told = hashlib.sha256()
    for path in sorted(_PHYSICS.rglob("*.py")):
        told.update(path.read_bytes())
    return told.hexdigest()[:12]


def _run(
    tasks: Sequence[Task], processes: int, is_over: Callable[[], bool]
) -> Iterable[tuple[Trial, float | str]]:
    if processes <= 1 or len(tasks) <= 1:
        yield from (_make(task) for task in tasks if not is_over())
        return
    if is_over():
        return
    os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(processes, len(tasks)), mp_context=context) as pool:
        todo = list(tasks)
        waiting = {pool.submit(_make, todo.pop(0)) for _ in range(min(processes, len(todo)))}
        while waiting:
            done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            while todo and len(waiting) < processes and not is_over():
                waiting.add(pool.submit(_make, todo.pop(0)))
            yield from (each.result() for each in done)


def _make(task: Task) -> tuple[Trial, float | str]:
    """Roll one out and keep it; in words why it could not be begun."""
    try:
        return task.trial, _roll(task)
    except PhysicsError as error:
        return task.trial, str(error)


def _roll(task: Task) -> float:
    trial, started = task.trial, time.process_time()
    walk = read_clip(task.walk)
    if trial.kind == "fall":
        poses, asked = roll_falls(trial, walk)
        took = time.process_time() - started
        write_falls(task.out, poses, asked, code=task.code, took_s=took)
    else:
        rough = rough_way(trial.walk) if is_rough(trial.walk) else None
        policy = open_policy(task.policy) if task.policy and trial.row == "policy" else None
        recording = roll(trial, walk, rough, policy)
        took = time.process_time() - started
        recording.write(task.out, code=task.code, took_s=took)
    return took
