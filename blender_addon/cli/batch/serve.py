"""A process that does the jobs that its supervisor hands it, a line of JSON each."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Mapping
from queue import Empty, SimpleQueue
from typing import IO, Any, Final

from ...core.batch.job import Job
from .log import OnEvent, job_event
from .stopping import Stopping
from .worker import Worker

_LOOK_S: Final = 0.2
ORPHANED: Final = 9
"""Exit code of a process whose supervisor has died."""

Order = Mapping[str, Any]


def serve(jobs: Mapping[str, Job], worker: Worker, stopping: Stopping, on_event: OnEvent) -> int:
    """Do jobs until the supervisor says that there are no more.

    Args:
        jobs: that may be handed, by name.
        worker: does them.
        stopping: the user's wish to end.
        on_event: is told "ready" at first, and "busy" of a job that another process is at.

    Returns:
        The exit code. Once the supervisor has died, the process ends at once instead.
    """
    orders: SimpleQueue[Order] = SimpleQueue()
    listener = threading.Thread(target=_listen, args=(orders,), daemon=True)
    listener.start()
    on_event({"event": "ready"})
    while not stopping.asked.is_set():
        try:
            order = orders.get(timeout=_LOOK_S)
        except Empty:
            continue
        if "job" not in order:
            return 0
        _follow(order, jobs, worker, on_event)
    return 130


def _follow(order: Order, jobs: Mapping[str, Job], worker: Worker, on_event: OnEvent) -> None:
    name = order["job"]
    job = jobs.get(name)
    if job is None or job.digest != order["digest"]:
        why = "the jobs file has changed since the run began. Run it again with --resume"
        on_event(job_event(name, "failed", str(job.out) if job else "", error=why))
    elif not worker.attempt(job, again=order["again"]):
        on_event({"event": "busy", "job": name})


def _listen(orders: SimpleQueue[Order]) -> None:
    with _standard_input() as lines:
        for line in lines:
            order = json.loads(line)
            orders.put(order)
            if "job" not in order:
                return
    os._exit(ORPHANED)  # nothing is half-written that a later run does not know how to go on with


def _standard_input() -> IO[bytes]:
    return open(0, "rb", closefd=False)
