"""What a run tells while it works: sentences for people, or a line of JSON for each event."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TextIO

from ...core.errors import in_words

Event = Mapping[str, Any]
OnEvent = Callable[[Event], None]

STATES: Final = ("done", "warned", "failed", "skipped")
_LOOK_AT: Final = ("warned", "failed")
"""States whose jobs are named once more at the end, so that nobody has to search a long log."""


class Log:
    """Tells what happens, and counts it.

    Args:
        out: where lines go.
        as_json: for machines.
        accept_warnings: whether the exit code says nothing of them.
    """

    def __init__(self, out: TextIO, *, as_json: bool, accept_warnings: bool = False) -> None:
        self._out, self._as_json = out, as_json
        self._accept_warnings = accept_warnings
        self._began = time.monotonic()
        self._jobs = 0
        self._names: dict[str, list[str]] = {state: [] for state in _LOOK_AT}
        self.counts: Counter[str] = Counter()
        self.warned_before = False

    def __call__(self, event: Event) -> None:
        """Tell of an event."""
        if event["event"] == "job":
            self.counts[event["state"]] += 1
            if event["state"] in self._names:
                self._names[event["state"]].append(event["job"])
            if event["state"] == "skipped" and event["warnings"]:
                self.warned_before = True
        if self._as_json:
            self._write(json.dumps(dict(event)))
        else:
            self._tell(event)

    def start(self, jobs: int, file: str) -> None:
        """The first line."""
        self._jobs = jobs
        self({"event": "start", "jobs": jobs, "file": file, "pid": os.getpid()})

    def end(self, *, stopped: bool) -> int:
        """The last line.

        Returns:
            The exit code.
        """
        code = 130 if stopped else self._code()
        counts = {state: self.counts[state] for state in STATES}
        seconds = round(time.monotonic() - self._began, 3)
        self({"event": "end", **counts, "seconds": seconds, "code": code})
        return code

    def refuse(self, error: BaseException, code: int) -> int:
        """All problems of a jobs file or of the arguments; nothing was begun.

        Returns:
            The exit code.
        """
        problems = getattr(error, "problems", ())
        texts = str(error) if problems else in_words(error)
        for line in texts.splitlines():
            _complain(line)
        if self._as_json:
            listed = [{"line": each.line, "text": each.text} for each in problems]
            found = listed or [{"line": None, "text": texts}]
            self({"event": "refused", "problems": found, "code": code})
        return code

    def _code(self) -> int:
        if self.counts["failed"]:
            return 1
        warned = self.counts["warned"] or self.warned_before
        return 3 if warned and not self._accept_warnings else 0

    def _write(self, line: str) -> None:
        with contextlib.suppress(OSError):  # nobody listens, or no room: the work goes on
            self._out.write(line + "\n")
            self._out.flush()

    def _tell(self, event: Event) -> None:
        kind = event["event"]
        if kind == "start":
            self._write(f"{_counted(event['jobs'])} of {event['file']}")
        elif kind == "job":
            self._tell_job(event)
        elif kind == "told":
            level = event["level"]
            _complain(f"{level}: {_of(event)}{event['text']}")
        elif kind == "end":
            for state, names in self._names.items():
                if names:  # as --only takes them
                    self._write(f"{state}: {' '.join(names)}")
            counts = ", ".join(f"{event[state]} {state}" for state in STATES if event[state])
            ending = "; stopped, go on with --resume" if event["code"] == 130 else ""
            self._write(f"{counts or 'nothing done'} in {event['seconds']:.1f} s{ending}")

    def _tell_job(self, event: Event) -> None:
        for level, key in (("note", "notes"), ("warning", "warnings")):
            for text in event[key]:
                _complain(f"{level}: {_of(event)}{text}")
        number = f"[{sum(self.counts.values())}/{self._jobs}] {event['job']}"
        if event["state"] == "failed":
            _complain(f"{_of(event)}{event['error']}")
            self._write(f"{number}: failed: {event['error']}")
            return
        texts = "; ".join(" ".join(step["text"].split()) for step in event["steps"])
        done = f"{event['state']} in {event['seconds']:.1f} s"
        self._write(f"{number}: {done}{': ' if texts else ''}{texts}; {event['out']}")


def _complain(text: str) -> None:
    with contextlib.suppress(OSError):
        sys.stderr.write(f"neural_motion: {text}\n")


def _counted(jobs: int) -> str:
    return "1 job" if jobs == 1 else f"{jobs} jobs"


def _of(event: Event) -> str:
    return f"{event['job']}: " if event.get("job") else ""


def job_event(
    name: str,
    state: str,
    out: str,
    *,
    error: str | None = None,
    attempt: int = 0,
    seconds: float = 0.0,
    steps: Any = (),
    warnings: Any = (),
    notes: Any = (),
) -> dict[str, Any]:
    """What has become of a job."""
    return {
        "event": "job", "job": name, "state": state, "out": out, "steps": list(steps),
        "warnings": list(warnings), "notes": list(notes), "error": error, "attempt": attempt,
        "seconds": round(seconds, 3),
    }  # fmt: skip


def told_event(text: str, job: str = "", level: str = "warning") -> dict[str, Any]:
    """Something to know that is no result."""
    return {"event": "told", "level": level, "job": job, "text": text}


@contextlib.contextmanager
def own_output() -> Iterator[TextIO]:
    """Standard output for our lines alone: what Blender itself prints there goes to stderr."""
    if sys.stdout is None or sys.stdout is not sys.__stdout__ or sys.stdout.fileno() != 1:
        yield sys.stdout
        return
    sys.stdout.flush()
    ours = os.fdopen(os.dup(1), "w", encoding="utf-8", errors="surrogateescape", newline="\n")
    os.dup2(2, 1)
    try:
        yield ours
    finally:
        os.dup2(ours.fileno(), 1)
        with contextlib.suppress(OSError):
            ours.close()


def paced(on_event: OnEvent, every_s: float = 0.3) -> OnEvent:
    """Lets progress through a few times a second, and all else."""
    last = [-every_s]

    def pass_on(event: Event) -> None:
        if event["event"] == "progress":
            now = time.monotonic()
            if now - last[0] < every_s:
                return
            last[0] = now
        on_event(event)

    return pass_on
