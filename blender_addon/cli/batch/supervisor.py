"""Several processes at once: hands jobs to copies of this same Blender, and outlives each of them.

It is the one module of the extension that starts a program, and starts none but the one that it
runs in, with the arguments that this was started with.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from queue import Empty, SimpleQueue
from typing import Any, Final

import bpy

from ...core.batch.job import Job
from ...core.batch.state import FINISHED, JobState, Record, StateFolder
from ...core.errors import REPORTED, InputError
from .log import Event, OnEvent, job_event, told_event
from .queue import WAIT_S
from .stopping import Stopping

_LOOK_S: Final = 0.2
_GRACE_S: Final = 30.0  # beyond a time limit that the process itself does not keep
_END_S: Final = 60.0  # for the job in hand to be given up
_PIPE_S: Final = 5.0
_TRIES: Final = 2
_STARTS: Final = 3


def command_of_this_process(arguments: Sequence[str]) -> list[str]:
    """The command that started this process.

    Args:
        arguments: that the command line was given; the process's own must end with them.

    Raises:
        InputError: this process was not started by that command line.
    """
    own = [str(each) for each in arguments[1:]]  # "run" may be put in by what was started
    in_blender = bool(bpy.app.binary_path)  # empty where Blender is a Python module
    given = sys.argv if in_blender else sys.orig_argv
    if not own or given[-len(own) :] != own:
        raise InputError("--jobs works in a process of its own. Leave it out, or start one")
    program = bpy.app.binary_path if in_blender else sys.executable
    return [program, *given[1:]]


@dataclass(eq=False)
class _Child:
    """A process that does jobs.

    Args:
        number: its place among those at work at the same time.
        process: that.
        job: what it is at.
        began: when that was.
        ready: whether it has said so.
        overdue: whether it was ended because its job took too long.
        listener: hears what it says.
    """

    number: int
    process: subprocess.Popen[bytes]
    job: Job | None = None
    began: float = 0.0
    ready: bool = False
    overdue: bool = False
    listener: threading.Thread = field(default_factory=threading.Thread)

    def say(self, **order: Any) -> None:
        """Hand it an order; one that has just died hears nothing."""
        with contextlib.suppress(OSError, ValueError):
            self.process.stdin.write(json.dumps(order).encode() + b"\n")
            self.process.stdin.flush()


@dataclass
class Supervisor:
    """Has jobs done by several processes.

    Args:
        jobs: in order.
        state: where it is kept how far each is.
        command: starts such a process, with an option that numbers it.
        count: how many at once.
        stopping: the user's wish to end.
        on_event: is told what happens.
        goes_on: asked after each job whether to go on.
        time_limit_s: of a job that has none of its own.
    """

    jobs: Sequence[Job]
    state: StateFolder
    command: Sequence[str]
    count: int
    stopping: Stopping
    on_event: OnEvent
    goes_on: Callable[[], bool]
    time_limit_s: float | None = None
    _waiting: list[Job] = field(default_factory=list, init=False)
    _resting: dict[str, float] = field(default_factory=dict, init=False)
    _begun: set[str] = field(default_factory=set, init=False)
    _deaths: Counter[str] = field(default_factory=Counter, init=False)
    _children: list[_Child] = field(default_factory=list, init=False)
    _inbox: SimpleQueue[tuple[_Child, Event | None]] = field(
        default_factory=SimpleQueue, init=False
    )
    _bad_starts: int = field(default=0, init=False)

    def run(self) -> None:
        """Do all jobs; on return no process is left."""
        self._waiting = list(self.jobs)
        try:
            while self._has_work() and not self.stopping.asked.is_set():
                self._start_missing()
                self._hand_out()
                with contextlib.suppress(Empty):
                    self._hear(*self._inbox.get(timeout=_LOOK_S))
                self._end_overdue()  # while others go on telling, too
        finally:
            self._end_all()
            self._hear_last()

    def _has_work(self) -> bool:
        if not self.goes_on():
            self._waiting = []
        return bool(self._waiting or any(each.job for each in self._children))

    # ------------------------------------------------------------------ processes

    def _start_missing(self) -> None:
        at_work = sum(each.job is not None for each in self._children)
        desired = min(self.count, len(self._waiting) + at_work)
        taken = {each.number for each in self._children}
        free = (number for number in range(self.count) if number not in taken)
        for number in list(free)[: max(0, desired - len(self._children))]:
            try:
                self._children.append(self._start(number))
            except OSError:  # no memory for one more
                if not self._children:
                    raise
                self.count = len(self._children)
                return

    def _start(self, number: int) -> _Child:
        threads = max(1, _cores() // self.count)
        options = ["--worker", str(number), "--worker-threads", str(threads)]
        several = {"OMP_NUM_THREADS": str(threads), "OPENBLAS_NUM_THREADS": str(threads)}
        # Ctrl-C reaches this process alone, which passes it on once; on Windows it reaches all.
        process = subprocess.Popen(  # noqa: S603 - this same Blender
            [*self.command, *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env={**os.environ, **several}, start_new_session=sys.platform != "win32",
        )  # fmt: skip
        child = _Child(number, process)
        child.listener = threading.Thread(target=self._listen, args=(child,), daemon=True)
        child.listener.start()
        return child

    def _listen(self, child: _Child) -> None:
        with child.process.stdout as lines:
            for line in lines:
                event = _event(line)
                if event is not None:
                    self._inbox.put((child, event))
        self._inbox.put((child, None))

    def _hand_out(self) -> None:
        now = time.monotonic()
        for child in self._children:
            if not child.ready or child.job is not None:
                continue
            job = next((j for j in self._waiting if self._resting.get(j.name, 0.0) <= now), None)
            if job is None:
                return
            self._waiting.remove(job)
            child.job, child.began = job, now
            child.say(job=job.name, digest=job.digest, again=job.name in self._begun)

    def _hear(self, child: _Child, event: Event | None) -> None:
        if event is None:
            self._bury(child)
        elif event["event"] == "ready":
            child.ready, self._bad_starts = True, 0
        elif event["event"] == "busy" and child.job is not None:
            self._resting[child.job.name] = time.monotonic() + WAIT_S
            self._waiting.append(child.job)
            child.job = None
        else:
            if event["event"] == "begin":
                self._begun.add(event["job"])
            elif event["event"] == "job":
                child.job = None
            self.on_event(event)

    def _end_overdue(self) -> None:
        now = time.monotonic()
        for child in self._children:
            limit = self._limit(child.job)
            if limit is not None and now - child.began > limit + _GRACE_S:
                child.overdue = True
                child.process.kill()

    def _limit(self, job: Job | None) -> float | None:
        if job is None:
            return None
        return self.time_limit_s if job.time_limit_s is None else job.time_limit_s

    # ------------------------------------------------------------------ deaths

    def _bury(self, child: _Child) -> None:
        code = child.process.wait()
        _close(child)
        self._children.remove(child)
        job, child.job = child.job, None
        if job is not None:
            self._mourn(job, f"Blender ended with {_in_words(code)} while at this job", child)
        elif not child.ready:
            self._bad_starts += 1
            if self._bad_starts < _STARTS:
                return
            if self._children:  # memory may do for these alone
                self.count = len(self._children)
            else:
                self._give_up(f"Blender does not start: it ended with {_in_words(code)}")

    def _mourn(self, job: Job, reason: str, child: _Child) -> None:
        self._deaths[job.name] += 1
        if child.overdue:
            limit = self._limit(job)
            self._fail(job, f"gave up after {limit:g} s. Give it more with time_limit")
        elif self._deaths[job.name] >= _TRIES:
            self._fail(job, reason)
        else:
            self.on_event(told_event(f"{reason}; it is done again at the end", job.name))
            self._waiting.append(job)

    def _give_up(self, reason: str) -> None:
        for job in self._waiting:
            self.on_event(job_event(job.name, "failed", str(job.out), error=reason))
        self._waiting = []

    def _fail(self, job: Job, reason: str) -> None:
        attempt = 0
        with contextlib.suppress(*REPORTED):
            claim = self.state.claim(job.name)
            if claim is not None:
                with claim:
                    record = self.state.read(job.name)[0]
                    attempt = self._keep_failure(job, record, reason)
        self.on_event(job_event(job.name, "failed", str(job.out), error=reason, attempt=attempt))

    def _keep_failure(self, job: Job, record: Record | None, reason: str) -> int:
        if record is None or record.digest != job.digest:
            record = Record(job.name, job.digest, JobState.FAILED, out=str(job.out))
        if record.state not in FINISHED:
            self.state.write(replace(record, state=JobState.FAILED, error=reason))
        return record.attempt

    # ------------------------------------------------------------------ the end

    def _end_all(self) -> None:
        """Let idle processes end, and the others give up the job in hand."""
        for child in self._children:
            child.say(end=True)
            if child.job is not None or not child.ready:
                child.process.send_signal(signal.SIGTERM)
        latest = time.monotonic() + _END_S
        for child in self._children:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.process.wait(max(0.1, latest - time.monotonic()))
            if child.process.poll() is None:
                child.process.kill()
                child.process.wait()
            _close(child)
        self._children = []

    def _hear_last(self) -> None:
        """What processes finished while they were ended."""
        while not self._inbox.empty():
            _, event = self._inbox.get()
            if event is not None and event["event"] == "job":
                self.on_event(event)


def _close(child: _Child) -> None:
    with contextlib.suppress(OSError):
        child.process.stdin.close()
    child.listener.join(_PIPE_S)  # what it has started itself may hold its output open


def _event(line: bytes) -> Event | None:
    """What a process says; None for what Blender itself prints."""
    if not line.startswith(b"{"):
        return None
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) and "event" in event else None


def _in_words(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
