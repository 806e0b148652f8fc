"""Runs a job on a worker thread, so that Blender keeps drawing."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Result = TypeVar("Result")


class BackgroundTask(Generic[Result]):
    """A job under way on its own thread.

    Args:
        job: called with a function to which it tells its progress, 0 … 1, and which answers False
            once the task is cancelled. It must not touch Blender's data.
    """

    def __init__(self, job: Callable[[Callable[[float], bool]], Result]) -> None:
        self.progress = 0.0
        self._job = job
        self._cancelled = threading.Event()
        self._result: Result | None = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="neural-motion", daemon=True)
        self._thread.start()

    @property
    def finished(self) -> bool:
        """Whether the job has ended, well or not."""
        return not self._thread.is_alive()

    def cancel(self) -> None:
        """Ask the job to stop and wait until it has."""
        self._cancelled.set()
        self._thread.join()

    def result(self) -> Result:
        """What the job returned; raises what it raised."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._result  # type: ignore[return-value]

    def _run(self) -> None:
        try:
            self._result = self._job(self._on_progress)
        except BaseException as error:  # noqa: BLE001 - handed to the main thread by result()
            self._error = error

    def _on_progress(self, part: float) -> bool:
        self.progress = part
        return not self._cancelled.is_set()
