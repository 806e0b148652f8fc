"""How long a job goes on after it was cancelled."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

from blender_addon.core.errors import Cancelled
from blender_addon.core.jobs import Progress

MOMENTS: Final = tuple(np.linspace(0.02, 0.98, 13))
"""At which shares of a job's own time it is cancelled."""


def slowest_stop(run: Callable[[Progress], Any], moments: Sequence[float] = MOMENTS) -> float:
    """Seconds from being cancelled to having ended, the longest of all moments.

    Args:
        run: a job, as an operator runs it on its thread; its models are warm.
    """
    started = time.perf_counter()
    run(Progress())
    whole = time.perf_counter() - started
    return max(_stop(run, moment * whole) for moment in moments)


def _stop(run: Callable[[Progress], Any], after_s: float) -> float:
    progress = Progress()
    thread = threading.Thread(target=_until_cancelled, args=(run, progress), daemon=True)
    thread.start()
    thread.join(after_s)
    asked = time.perf_counter()
    progress.cancellation.ask()
    thread.join()
    return time.perf_counter() - asked


def _until_cancelled(run: Callable[[Progress], Any], progress: Progress) -> None:
    try:
        run(progress)
    except Cancelled:
        return
