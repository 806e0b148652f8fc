"""The jobs in the order of their turn, done by this process alone or beside others."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import Final

from ...core.batch.job import Job
from ...core.batch.state import JobState, StateFolder
from .log import OnEvent, told_event
from .stopping import Stopping
from .worker import Worker

WAIT_S: Final = 0.5
"""Between two looks whether another process has let go of a job."""


def in_order(jobs: Iterable[Job], state: StateFolder) -> list[Job]:
    """As in the file; those last in whose midst a process died, for they may have been why."""

    def died(job: Job) -> bool:
        record, _ = state.read(job.name)
        return record is not None and record.state is JobState.RUNNING

    return sorted(jobs, key=died)


def work_alone(
    jobs: Iterable[Job],
    worker: Worker,
    stopping: Stopping,
    on_event: OnEvent,
    goes_on: Callable[[], bool],
) -> None:
    """Do all jobs in this process.

    Args:
        jobs: in order.
        worker: does them.
        stopping: ends the run early.
        on_event: is told that this process waits for another one.
        goes_on: asked after each job whether to go on.
    """
    waiting = deque(jobs)
    elsewhere, told = 0, False
    while waiting and not stopping.asked.is_set():
        job = waiting.popleft()
        if worker.attempt(job):
            elsewhere = 0
            if not goes_on():
                return
            continue
        waiting.append(job)
        elsewhere += 1
        if elsewhere >= len(waiting):
            if not told:
                names = ", ".join(each.name for each in list(waiting)[:3])
                on_event(told_event(f"another process is at {names}; waiting for it", level="note"))
            told, elsewhere = True, 0
            stopping.asked.wait(WAIT_S)
