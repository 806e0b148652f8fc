"""Time calls side by side, so that whatever else the machine does meets all of them alike."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median

Call = Callable[[], object]


@dataclass(frozen=True)
class Timing:
    """Times of one call.

    Args:
        median_s: half of the calls took no longer.
        fastest_s: the quickest one.
        calls: how many were timed.
    """

    median_s: float
    fastest_s: float
    calls: int

    @property
    def median_ms(self) -> float:
        """Median in milliseconds."""
        return 1e3 * self.median_s


def time_calls(
    calls: Mapping[str, Call],
    *,
    seconds: float,
    block: int = 1,
    warm_up: int = 2,
    least: int = 3,
    most: int = 5000,
) -> dict[str, Timing]:
    """Time several calls in turns.

    Args:
        calls: what to time, by name.
        seconds: about how long in all.
        block: calls in a row before the next one's turn.
        warm_up: untimed calls before the first block, and before each block of several calls,
            because a library's waiting threads may disturb the one that comes after it.
        least, most: fewest and most blocks per call.

    Returns:
        Timing by name.
    """
    samples: dict[str, list[float]] = {name: [] for name in calls}
    with _collector_paused():
        deadline = time.perf_counter() + seconds
        for turn in range(most):
            if turn >= least and time.perf_counter() > deadline:
                break
            for name, call in calls.items():
                for _ in range(warm_up if block > 1 or turn == 0 else 0):
                    call()
                samples[name].extend(_time_once(call) for _ in range(block))
    return {name: Timing(median(s), min(s), len(s)) for name, s in samples.items()}


def time_call(call: Call, *, seconds: float, warm_up: int = 2) -> Timing:
    """Time one call; see time_calls."""
    return time_calls({"": call}, seconds=seconds, warm_up=warm_up)[""]


def time_ratio(call: Call, reference: Call, *, turns: int, warm_up: int = 1) -> float:
    """How many times as long as a reference a call takes.

    The reference is timed before and after each call, in the same process: whatever else the
    machine does weighs on both. Let it take about as long as the call.

    Args:
        call, reference: what to compare.
        turns: the median of so many.
        warm_up: untimed calls of both before.
    """
    for _ in range(warm_up):
        reference()
        call()
    ratios = []
    with _collector_paused():
        before = _time_once(reference)
        for _ in range(turns):
            took = _time_once(call)
            after = _time_once(reference)
            ratios.append(2 * took / (before + after))
            before = after
    return median(ratios)


@contextmanager
def timed(seconds: list[float]) -> Iterator[None]:
    """Append how long the body took."""
    started = time.perf_counter()
    yield
    seconds.append(time.perf_counter() - started)


def _time_once(call: Call) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


@contextmanager
def _collector_paused() -> Iterator[None]:
    enabled = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
