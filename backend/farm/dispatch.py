"""Hands jobs to workers and takes what comes back, until every job has an end."""

from __future__ import annotations

import shutil
import uuid
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import CancelledError
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Protocol

from distributed import Client, Future, KilledWorker, as_completed

from backend.farm import guard, remote
from backend.farm.jobs import ROOT, Request, chunks, limits, state_folder
from backend.farm.outcome import SKIPPED, Outcome, failure, outcome
from blender_addon.core.errors import NeuralMotionError

_GRACE_S: Final = 120.0


class SchedulerLostError(NeuralMotionError):
    """The scheduler went away in the middle of the work."""


class Listener(Protocol):
    """Who is told of everything, from more threads than one."""

    def heard(self, event: dict[str, Any]) -> None:
        """A job began, or went on."""
        ...

    def ended(self, event: dict[str, Any]) -> None:
        """A job came to its end; once for each."""
        ...

    def again(self, name: str, reason: str) -> None:
        """A job is tried once more."""
        ...

    def log(self, name: str, text: str) -> None:
        """What a job's program wrote besides."""
        ...


@dataclass
class Dispatch:
    """One run.

    Args:
        client: of a cluster.
        request: what to do.
        listener: is told.
        retries: how often a job whose program broke off is tried again.
        chunk: jobs that one process does one after the other; None for as it fits.
    """

    client: Client
    request: Request
    listener: Listener
    retries: int = 2
    chunk: int | None = None
    name: str = field(default_factory=lambda: f"neural-motion-{uuid.uuid4().hex[:12]}")
    _tasks: dict[str, tuple[Future[Any], list[str]]] = field(default_factory=dict)
    _crashes: Counter[str] = field(default_factory=Counter)
    _heard: dict[str, dict[str, Any]] = field(default_factory=dict)

    def run(self, names: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Do these jobs.

        Returns:
            The event that ends each, by name.

        Raises:
            SchedulerLostError: what was done by then is done.
            KeyboardInterrupt: after all that runs has been ended.
        """
        ends: dict[str, dict[str, Any]] = {}
        self.client.subscribe_topic(self.name, self._hear)
        self._begun.mkdir(parents=True)
        try:
            rows = chunks(names, self.chunk, sum(self.client.nthreads().values()))
            waiting = as_completed([self._submit(row) for row in rows])
            for future in waiting:
                found = self._judge(future)
                for again in self._retried(found):
                    waiting.add(self._submit([again]))
                for event in found.ends.values():
                    self.listener.ended(event)
                ends.update(found.ends)
        except BaseException:
            self._stop()
            raise
        finally:
            shutil.rmtree(self._begun, ignore_errors=True)
            with suppress(ValueError, OSError):
                self.client.unsubscribe_topic(self.name)
        return ends

    def _submit(self, names: list[str]) -> Future[Any]:
        tries = sum(self._crashes[name] for name in names)
        key = f"{names[0]}-{self.name}-{tries}-{uuid.uuid4().hex[:6]}"
        order = {**self._order, "limits": {name: self._limits[name] for name in names}}
        future = self.client.submit(remote.work, order, names, key=key, pure=False)
        self._tasks[key] = future, names
        return future

    @property
    def _begun(self) -> Path:
        """Marks of what was begun; all machines see the state's folder."""
        return state_folder(self.request) / f".{self.name}"

    @cached_property
    def _order(self) -> dict[str, Any]:
        return {
            "run": self.name,
            "topic": self.name,
            "file": str(self.request.file),
            "size": self.request.file.stat().st_size,
            "command": self.request.command,
            "arguments": self.request.options,
            "resume": self.request.resume,
            "begun": str(self._begun),
            "guard": Path(guard.__file__).read_text("utf-8"),
            "checkout": None if self.request.blender else str(ROOT),
        }

    @cached_property
    def _limits(self) -> dict[str, float | None]:
        """When a program is ended that does not itself give a job up in time."""
        found = limits(self.request)
        return {name: None if each is None else each + _GRACE_S for name, each in found.items()}

    def _judge(self, future: Future[Any]) -> Outcome:
        _, names = self._tasks.pop(str(future.key))
        if future.status == "error":
            return self._broken(names, future.exception())
        try:
            answer = future.result()
        except (CancelledError, OSError, TimeoutError) as error:
            raise SchedulerLostError(
                "the scheduler is gone. What is done is kept: start it and run this again with "
                "--resume"
            ) from error
        for name in names:
            self.listener.log(name, f"{answer['host']}, code {answer['code']}\n{answer['text']}")
        return outcome(names, answer, self._heard)

    def _broken(self, names: list[str], error: BaseException | None) -> Outcome:
        """What to do where a worker gave no answer."""
        if not isinstance(error, KilledWorker):
            return Outcome(crashed=dict.fromkeys(names, f"on a worker: {error!r}"[:500]))
        if len(names) > 1:  # one of them may be why: each gets a task of its own
            return Outcome(untouched=tuple(names))
        reason = f"every worker that took it died, {error.last_worker.address} at last"
        return Outcome({name: failure(name, reason) for name in names})

    def _retried(self, found: Outcome) -> list[str]:
        """Those to submit again; those that broke off too often are given up."""
        again = list(found.untouched)
        for name, reason in found.crashed.items():
            self._crashes[name] += 1
            if self._crashes[name] <= self.retries:
                self.listener.again(name, reason)
                again.append(name)
            else:
                times = self._crashes[name]
                event = {**failure(name, f"{reason}; tried {times} times"), "attempt": times}
                found.ends[name] = event
        return again

    def _hear(self, event: tuple[Any, dict[str, Any]]) -> None:
        told = event[1]
        if told["event"] != "job":
            self.listener.heard(told)
        elif told["state"] != SKIPPED:
            self._heard[told["job"]] = told

    def _stop(self) -> None:
        """Take back what waits, and end what runs, on all workers."""
        with suppress(OSError, TimeoutError, CancelledError, ValueError, RuntimeError):
            self.client.cancel([future for future, _ in self._tasks.values()], force=True)
            self.client.run(remote.stop, self.name, on_error="ignore")
