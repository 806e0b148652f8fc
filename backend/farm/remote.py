"""What happens on a worker. It is handed over by value: a worker needs Dask alone, not this code.

So nothing here may use anything of this repository, and all that goes to and fro is plain.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import sys
import tempfile
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from subprocess import PIPE, Popen
from time import monotonic
from typing import Any, Final

import distributed

PYTHON: Final = "{python}"
"""In a command, the worker's own Python."""
PROGRESS_S: Final = 1.0
_KEPT_LINES: Final = 2_000
_KEPT_BYTES: Final = 200_000
_END_S: Final = 15.0


def look(file: str, program: str) -> dict[str, Any]:
    """Whether a worker sees what it will need.

    Args:
        file: the jobs file.
        program: the first word of the command.

    Returns:
        ``host``, ``size`` in bytes of the jobs file (-1 where there is none), ``program``: whether
        that can be started.
    """
    path = Path(file)
    return {
        "host": socket.gethostname(),
        "size": path.stat().st_size if path.is_file() else -1,
        "program": program == PYTHON or shutil.which(program) is not None,
    }


def work(order: dict[str, Any], names: list[str]) -> dict[str, Any]:
    """Run some jobs to their end, in a process of their own.

    Those that an earlier attempt of the same run has begun are resumed: what it finished before its
    worker died is left alone. The others are done as the user said.

    Args:
        order: ``run`` (name of the whole), ``topic``, ``file``, ``size``, ``command``,
            ``arguments``, ``resume``, ``begun`` (folder of marks), ``guard`` (its source),
            ``checkout`` (a folder for Python to import from), ``limits`` (seconds by job, or None).
        names: the jobs.

    Returns:
        ``seen``: whether the jobs file is the one that was handed out; ``code``, the largest;
        ``events``: the ends of jobs; ``at``: the job that was begun and came to no end, or empty;
        ``again``: names of those that were begun before; ``text``: all else that was written;
        ``host``.
    """
    host = socket.gethostname()
    told = {"host": host, "seen": True, "code": None, "events": [], "at": "", "again": []}
    if look(order["file"], PYTHON)["size"] != order["size"]:
        return {**told, "seen": False, "text": ""}
    begun = [name for name in names if Path(order["begun"], name).exists()]
    fresh = [name for name in names if name not in begun]
    parts = [(begun, True), (fresh, order["resume"])]
    if order["resume"]:
        parts = [(names, True)]
    found = [run_program(order, some, resume) for some, resume in parts if some]
    return {
        **told,
        "code": max(each["code"] for each in found),
        "events": [event for each in found for event in each["events"]],
        "at": next((each["at"] for each in found if each["at"]), ""),
        "again": begun,
        "text": "\n".join(each["text"] for each in found if each["text"]),
    }


def run_program(order: dict[str, Any], names: list[str], resume: bool) -> dict[str, Any]:
    """Run the program once.

    Returns:
        ``code``, ``events``, ``at`` and ``text``, as of `work`.
    """
    worker = distributed.get_worker()
    only = [word for name in names for word in ("--only", name)]
    words = [*order["command"], *order["arguments"], *(["--resume"] if resume else []), *only]
    limits = [order["limits"][name] for name in names]
    wanted = {
        "command": [sys.executable if word == PYTHON else word for word in words],
        "limit_s": None if None in limits else sum(limits),
    }
    with tempfile.TemporaryFile() as complaints:
        guard = Popen(
            [sys.executable, "-c", order["guard"], json.dumps(wanted)],
            stdin=PIPE, stdout=PIPE, stderr=complaints, env=environment(order["checkout"]),
        )  # fmt: skip
        with running(worker, order["run"], guard):
            events, at, other = follow(guard, worker, order)
            code = guard.wait(_END_S)
        complaints.seek(0)
        written = complaints.read()[-_KEPT_BYTES:].decode("utf-8", "replace")
    text = "\n".join([*other, *written.splitlines()])
    return {"code": code, "events": events, "at": at, "text": text}


def follow(
    guard: Popen[bytes], worker: Any, order: dict[str, Any]
) -> tuple[list[dict[str, Any]], str, deque[str]]:
    """Read a program's lines to their end, and let those who listen have the events among them.

    Args:
        guard: whose standard output it is.
        worker: a Dask worker.
        order: as of `work`.

    Returns:
        The events that end a job; the job that was begun last, unless it came to its end; the
        latest of the other lines.
    """
    ended: list[dict[str, Any]] = []
    at = ""
    other: deque[str] = deque(maxlen=_KEPT_LINES)
    latest = 0.0
    for raw in guard.stdout or ():
        line = raw.decode("utf-8", "replace").rstrip()
        event = event_in(line)
        kind = event["event"] if event else ""
        if event is None:
            other.append(line)
        elif kind == "begin":
            at = event["job"]
            mark(order["begun"], at)
        elif kind == "job":
            at = ""
            ended.append(event)
        elif kind != "told" and (kind != "progress" or monotonic() - latest < PROGRESS_S):
            continue
        if event:
            latest = monotonic() if kind == "progress" else latest
            worker.log_event(order["topic"], {**event, "host": socket.gethostname()})
    return ended, at, other


def mark(folder: str, name: str) -> None:
    """Keep, for any later attempt on any machine, that a job was begun in this run."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    Path(folder, name).touch()


def event_in(line: str) -> dict[str, Any] | None:
    """The event that a line of JSON tells; None where it is any other line."""
    if not line.startswith("{"):
        return None
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) and "event" in found else None


def environment(checkout: str | None) -> dict[str, str]:
    """The worker's own, with the folder for Python to import from in front."""
    paths = [*([checkout] if checkout else ()), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, **({"PYTHONPATH": os.pathsep.join(paths)} if paths else {})}


@contextlib.contextmanager
def running(worker: Any, run: str, guard: Popen[bytes]) -> Iterator[None]:
    """Let `stop` find a program while it runs; however this ends, the program has ended, too."""
    guards = worker.__dict__.setdefault("neural_motion_guards", {}).setdefault(run, set())
    guards.add(guard)
    try:
        yield
    finally:
        guards.discard(guard)
        let_go(guard)


def let_go(guard: Popen[bytes]) -> None:
    """End what a guard runs, if it still does."""
    if guard.stdin:
        guard.stdin.close()
    guard.wait(_END_S)


def stop(run: str, dask_worker: Any) -> int:
    """End all that a worker has running of a run; returns how many programs there were."""
    guards = [*dask_worker.__dict__.get("neural_motion_guards", {}).get(run, ())]
    for guard in guards:
        let_go(guard)
    return len(guards)
