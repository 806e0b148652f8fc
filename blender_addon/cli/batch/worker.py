"""What a process does with a job that is its turn: claim it, decide, do it, and keep what came."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event as Flag
from traceback import extract_tb

from ...core.batch.job import Job
from ...core.batch.resume import (
    Decision,
    Plan,
    Wishes,
    changed_input,
    changed_output,
    decide,
    stamp_of,
)
from ...core.batch.state import JobState, Record, StateFolder
from ...core.batch.writing import part_beside, remove_parts, sha256_of
from ...core.errors import REPORTED, Cancelled, in_words
from ...core.jobs import Cancellation, Progress
from ...core.sound.hear import forget_sounds
from .log import OnEvent, job_event, told_event
from .stopping import Stopping, time_limit
from .work import Made, Tools, do_job


@dataclass(frozen=True)
class Setting:
    """What holds for all jobs of a process.

    Args:
        state: where it is kept how far each job is.
        wishes: about jobs that are done, or whose output exists.
        tools: what jobs work with.
        stopping: whether the user ends the run.
        on_event: is told what happens.
        time_limit_s: of a job that has none of its own.
        number: of this process among those of the run.
    """

    state: StateFolder
    wishes: Wishes
    tools: Tools
    stopping: Stopping
    on_event: OnEvent
    time_limit_s: float | None = None
    number: int = 0


class Worker:
    """Does jobs, one after the other; whatever goes wrong with one ends that one alone.

    Args:
        setting: for all of them.
        jobs: all that may come.
    """

    def __init__(self, setting: Setting, jobs: Sequence[Job]) -> None:
        self._setting, self._state = setting, setting.state
        self._tell = setting.on_event
        self._known = {each.name: _stamp(self._state.read(each.name)[0]) for each in jobs}

    def attempt(self, job: Job, *, again: bool = False) -> bool:
        """Do a job, unless it is done or must not be done; tell what became of it.

        Args:
            job: whose turn it is.
            again: whether a process of this run has died while at it.

        Returns:
            False where another process is at it.
        """
        try:
            claim = self._state.claim(job.name)
            if claim is None:
                return False
            with claim:
                self._consider(job, again)
        except REPORTED as error:
            self._fail(job, None, in_words(error))
        return True

    def _consider(self, job: Job, again: bool) -> None:
        record, damage = self._state.read(job.name)
        if damage:
            self._tell(told_event(damage, job.name))
        wishes = replace(self._setting.wishes, resume=True) if again else self._setting.wishes
        meanwhile = _stamp(record) != self._known[job.name]
        decision = decide(job, record, wishes, meanwhile=meanwhile)
        if decision.plan is Plan.SKIP and record is not None:
            self._skip(job, record, decision)
        elif decision.plan is Plan.FINISH and record is not None:
            self._tidy(job, record)
            self._finish(record)
        elif decision.plan is Plan.REFUSE:
            self._fail(job, None, decision.reason)
        else:
            self._work(job, record, decision)

    def _skip(self, job: Job, record: Record, decision: Decision) -> None:
        notes = [decision.reason, changed_input(job, record), changed_output(job, record)]
        self._tell(
            job_event(
                job.name, "skipped", str(job.out), attempt=record.attempt,
                warnings=record.warnings, notes=[each for each in notes if each],
            )
        )  # fmt: skip

    def _work(self, job: Job, before: Record | None, decision: Decision) -> None:
        self._tidy(job, before)
        same = before is not None and before.digest == job.digest
        running = Record(
            job.name, job.digest, JobState.RUNNING, 1 + (before.attempt if same else 0),
            str(job.out), decision.overwrite, blend_stamp=stamp_of(job.blend),
        )  # fmt: skip
        self._state.write(running)
        self._tell(
            {"event": "begin", "job": job.name, "attempt": running.attempt,
             "worker": self._setting.number, "pid": os.getpid()}
        )  # fmt: skip
        attempt = _Attempt(job, running, self._setting)
        try:
            done = attempt.run()
        except (Exception, SystemExit) as error:  # noqa: BLE001 - it must not end the other jobs
            if isinstance(error, Cancelled) and self._setting.stopping.asked.is_set():
                self._state.write(replace(running, state=JobState.STOPPED))
                return
            seconds = attempt.seconds
            self._fail(job, replace(running, seconds=seconds), attempt.why(error))
        else:
            self._finish(done)

    def _tidy(self, job: Job, before: Record | None) -> None:
        """Remove what an attempt that died has left."""
        parts = {part_beside(job.out, job.digest)}
        if before is not None and before.out:
            parts.add(part_beside(Path(before.out), before.digest))
        for part in parts:  # most often they are one, and its folder may hold thousands of files
            remove_parts(part)
        self._state.remove_unfinished(job.name)

    def _finish(self, record: Record) -> None:
        """The output is in its place: whatever comes now, the job is done."""
        state = JobState.WARNED if record.warnings else JobState.DONE
        try:
            self._state.write(replace(record, state=state))
        except OSError as error:
            self._tell(told_event(f"its state could not be kept: {in_words(error)}", record.name))
        self._tell(
            job_event(
                record.name, state.value, record.out, attempt=record.attempt,
                seconds=record.seconds, steps=record.steps, warnings=record.warnings,
                notes=record.notes,
            )
        )  # fmt: skip

    def _fail(self, job: Job, record: Record | None, error: str) -> None:
        if record is not None:
            try:
                self._state.write(replace(record, state=JobState.FAILED, error=error))
            except OSError as problem:
                said = f"its state could not be kept: {in_words(problem)}"
                self._tell(told_event(said, job.name))
        attempt, seconds = (record.attempt, record.seconds) if record else (0, 0.0)
        self._tell(
            job_event(
                job.name, "failed", str(job.out), error=error, attempt=attempt, seconds=seconds
            )
        )


class _Attempt:
    """One attempt at a job."""

    def __init__(self, job: Job, running: Record, setting: Setting) -> None:
        self._job, self._setting = job, setting
        self._record, self._is_up = running, Flag()
        self._limit_s = setting.time_limit_s if job.time_limit_s is None else job.time_limit_s
        self._began = time.monotonic()

    @property
    def seconds(self) -> float:
        """Since it began."""
        return round(time.monotonic() - self._began, 3)

    def run(self) -> Record:
        """Do it, and say what is to be kept of it."""
        cancellation = Cancellation()
        with (
            self._setting.stopping.working(cancellation),
            time_limit(cancellation, self._limit_s) as self._is_up,
        ):
            try:
                do_job(
                    self._job,
                    self._setting.tools,
                    Progress(self._on_progress, cancellation),
                    overwrite=self._record.overwrite,
                    before_move=self._keep_before_move,
                )
            finally:
                forget_sounds()  # the next shot has one of its own, and memory stays flat
        return replace(self._record, seconds=self.seconds)

    def why(self, error: BaseException) -> str:
        """Why it failed, in one line."""
        if isinstance(error, Cancelled) and self._is_up.is_set():
            return f"gave up after {self._limit_s:g} s. Give it more with time_limit"
        if isinstance(error, REPORTED):
            return " ".join(in_words(error).split())
        frames = extract_tb(error.__traceback__)
        where = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
        return " ".join(f"unexpected {type(error).__name__}{where}: {error}".split())

    def _on_progress(self, share: float) -> bool:
        self._setting.on_event(
            {"event": "progress", "job": self._job.name, "share": round(float(share), 3)}
        )
        return True

    def _keep_before_move(self, beside: Path, made: Made) -> None:
        self._record = replace(
            self._record,
            state=JobState.MOVING,
            size=beside.stat().st_size,
            sha256=sha256_of(beside),
            seconds=self.seconds,
            warnings=made.warnings,
            notes=made.notes,
            steps=tuple(made.steps),
        )
        self._setting.state.write(self._record)


def _stamp(record: Record | None) -> object:
    """Differs once another process has been at the job."""
    return None if record is None else (record.digest, record.state, record.attempt)
