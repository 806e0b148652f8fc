"""What is told while a farm works: lines and a bar for people, lines of JSON for machines."""

from __future__ import annotations

import json
import sys
import threading
from collections import Counter
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Any, Final

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from backend.farm.outcome import DONE, FAILED, SKIPPED, STATES, WARNED, exit_code

_MOST_NAMED: Final = 3
_WORDS: Final = {DONE: "done", WARNED: "done, with warnings", FAILED: "failed", SKIPPED: "skipped"}


class Teller:
    """Tells of the jobs, keeps their logs and counts them."""

    def __init__(self, logs: Path, jobs: int, as_json: bool) -> None:
        self.ends: dict[str, dict[str, Any]] = {}
        self._logs, self._jobs, self._as_json = logs, jobs, as_json
        self._since = monotonic()
        self._lock = threading.Lock()
        self._running: dict[str, int] = {}
        self._workers: dict[str, int] = {}
        self._attempts: Counter[str] = Counter()
        self._remarks: set[tuple[str, str]] = set()
        console = Console(stderr=True)
        self._progress = Progress(
            TextColumn("{task.completed:g} of {task.total:g}"), BarColumn(), TimeElapsedColumn(),
            TextColumn("{task.description}"),
            console=console, disable=as_json or not console.is_terminal, transient=True,
        )  # fmt: skip
        self._bar = self._progress.add_task("", total=jobs)

    def __enter__(self) -> Teller:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def start(self, file: Path, dashboard: str, workers: int) -> None:
        """Before the first job."""
        if self._as_json:
            facts = {"file": str(file), "dashboard": dashboard, "workers": workers}
            self._line({"event": "start", "jobs": self._jobs, **facts})
            return
        self._say(f"jobs: {self._jobs}, workers: {workers}, dashboard: {dashboard or 'none'}")

    def heard(self, event: dict[str, Any]) -> None:
        """A job began, went on, or has something told of it."""
        with self._lock:
            if event["event"] == "begin":
                self._begin(event)
            elif event["event"] == "told":
                self._remark(event)
                return
            if self._as_json:
                self._line(self._placed(event))
            self._show()

    def ended(self, event: dict[str, Any]) -> None:
        """A job came to its end."""
        with self._lock:
            name, event = str(event["job"]), self._placed(event)
            self.ends[name] = event
            self._running.pop(name, None)
            self._write(name, json.dumps(event))
            if self._as_json:
                self._line(event)
            else:
                self._tell(event)
            self._progress.advance(self._bar)
            self._show()

    def foresee(self, name: str, reason: str) -> None:
        """Before the work: what will go wrong, as long as that can be changed."""
        text = f"will fail unless that changes: {reason}"
        self._remark({"event": "told", "level": "warning", "job": name, "text": text})

    def _remark(self, event: dict[str, Any]) -> None:
        """Once, even where every task of the job says it."""
        told = (str(event["job"]), str(event["text"]))
        if told in self._remarks:
            return
        self._remarks.add(told)
        if self._as_json:
            self._line(event)
        else:
            name = f"{event['job']}: " if event["job"] else ""
            self.complain(f"{name}{event['level']}: {event['text']}")

    def _begin(self, event: dict[str, Any]) -> None:
        name, worker = str(event["job"]), str(event["worker"])
        self._attempts[name] += 1
        self._running[name] = self._workers.setdefault(worker, len(self._workers))

    def _placed(self, event: dict[str, Any]) -> dict[str, Any]:
        """With the number of the worker and the attempt, as in this run."""
        name = str(event["job"])
        number = self._running.get(name, 0)
        return {**event, "worker": number, "attempt": max(1, self._attempts[name])}

    def again(self, name: str, reason: str) -> None:
        """A job is tried once more."""
        with self._lock:
            self._running.pop(name, None)
            self._write(name, reason)
            self.complain(f"{name}: {reason}; it is tried again")

    def log(self, name: str, text: str) -> None:
        """Keep what a job's program wrote."""
        with self._lock:
            self._write(name, text)

    def complain(self, text: str) -> None:
        """A line on the standard error, for people and machines alike."""
        with suppress(OSError):
            console = self._progress.console
            console.file.flush()
            console.print(f"farm: {text}", markup=False, highlight=False, soft_wrap=True)

    def end(self) -> int:
        """After the last job; returns the exit code."""
        code = exit_code(self.ends.values())
        counts = Counter(event["state"] for event in self.ends.values())
        seconds = round(monotonic() - self._since, 3)
        if self._as_json:
            self._line(
                {
                    "event": "end",
                    **{state: counts[state] for state in STATES},
                    "seconds": seconds,
                    "code": code,
                }
            )
            return code
        for state in (WARNED, FAILED):
            if counts[state]:
                names = [job for job, event in self.ends.items() if event["state"] == state]
                self._say(f"{_WORDS[state]}: {' '.join(sorted(names))}")
        parts = [f"{counts[state]} {_WORDS[state]}" for state in STATES if counts[state]]
        self._say(f"{'; '.join(parts) or 'no jobs'}; {seconds:.1f} s. Logs: {self._logs}")
        return code

    def _tell(self, event: dict[str, Any]) -> None:
        state = str(event["state"])
        parts = [f"{event['job']}: {_WORDS[state]}"]
        parts += [str(event["out"])] if event["out"] and state in (DONE, WARNED) else []
        self._say(", ".join([*parts, f"{event['seconds']:.1f} s"]))
        if event["error"]:
            self.complain(f"{event['job']}: {event['error']}")
        for text in event["warnings"]:
            self.complain(f"{event['job']}: warning: {text}")

    def _show(self) -> None:
        names = [*self._running]
        text = ", ".join(names[:_MOST_NAMED])
        rest = len(names) - _MOST_NAMED
        self._progress.update(self._bar, description=text + (f" and {rest} more" * (rest > 0)))

    def _line(self, event: dict[str, Any]) -> None:
        _write_out(json.dumps(event))

    def _say(self, text: str) -> None:
        if self._progress.live.is_started and not self._progress.disable:
            self._progress.console.print(text, markup=False, highlight=False, soft_wrap=True)
            return
        _write_out(text)

    def _write(self, name: str, text: str) -> None:
        """A log that cannot be written ends no other job."""
        if not text:
            return
        try:
            self._logs.mkdir(parents=True, exist_ok=True)
            with (self._logs / f"{name}.log").open("a", encoding="utf-8") as log:
                log.write(text.rstrip() + "\n")
        except OSError as error:
            self.complain(f"{name}: its log cannot be written: {error.strerror}")


def _write_out(line: str) -> None:
    with suppress(OSError):  # nobody listens, or no room: the work goes on
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
