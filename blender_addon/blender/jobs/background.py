"""Runs a job on a worker thread, so that Blender keeps drawing."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import Final, Generic, TypeVar

from ...core.jobs import Progress

Result = TypeVar("Result")

_PATIENCE_S: Final = 0.25
"""How long Esc waits for the thread; it touches nothing of Blender's and may end by itself."""


class _QuickTurns:
    """While a job is under way, threads of Python take turns ten times as often.

    A job hands the turn over at each step of its network; it would wait for 5 ms, longer than the
    step takes, each time Blender draws a panel meanwhile.
    """

    def __init__(self) -> None:
        self._lock, self._inside, self._usual_s = threading.Lock(), 0, 0.0

    def __enter__(self) -> None:
        with self._lock:
            if not self._inside:
                self._usual_s = sys.getswitchinterval()
                sys.setswitchinterval(0.1 * self._usual_s)
            self._inside += 1

    def __exit__(self, *_error: object) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside:
                sys.setswitchinterval(self._usual_s)


_quick_turns = _QuickTurns()


class BackgroundTask(Generic[Result]):
    """A job under way on its own thread.

    Args:
        job: called with the progress that it tells and that cancels it. It must not touch
            Blender's data.
    """

    def __init__(self, job: Callable[[Progress], Result]) -> None:
        self.progress = 0.0
        self._job = job
        self._told = Progress(self._on_progress)
        self._result: Result | None = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="neural-motion", daemon=True)
        self._thread.start()

    @property
    def finished(self) -> bool:
        """Whether the job has ended, well or not."""
        return not self._thread.is_alive()

    def cancel(self, patience_s: float = _PATIENCE_S) -> None:
        """Tell the job to stop, and wait for so long; its result is never asked for."""
        self._told.cancellation.ask()
        self._thread.join(patience_s)

    def result(self) -> Result:
        """What the job returned; raises what it raised."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._result  # type: ignore[return-value]

    def _run(self) -> None:
        try:
            with _quick_turns:
                self._result = self._job(self._told)
        except BaseException as error:  # noqa: BLE001 - handed to the main thread by result()
            self._error = error

    def _on_progress(self, part: float) -> bool:
        self.progress = part
        return True
