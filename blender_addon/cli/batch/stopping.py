"""A job ends early: its time is up, or the user stops the whole run."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Final

from ...core.jobs import Cancellation

_SIGNALS: Final = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGBREAK") if hasattr(signal, name)
)


class Stopping:
    """Knows whether the user wants the run to end, and ends the job in hand then."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self._lock = threading.Lock()
        self._in_hand: Cancellation | None = None

    def ask(self) -> None:
        """End the job in hand, and begin none after it."""
        with self._lock:
            self.asked.set()
            if self._in_hand is not None:
                self._in_hand.ask()

    @contextlib.contextmanager
    def working(self, cancellation: Cancellation) -> Iterator[None]:
        """While a job is in hand, it is this that ends it."""
        with self._lock:
            self._in_hand = cancellation
            if self.asked.is_set():
                cancellation.ask()
        try:
            yield
        finally:
            with self._lock:
                self._in_hand = None


@contextlib.contextmanager
def stopped_by_signals(stopping: Stopping) -> Iterator[None]:
    """Ctrl-C and a request to end are wishes to stop; a second one ends the process at once.

    A network that is under way keeps Python from hearing of a signal. The system tells a pipe at
    once, at whose other end a thread waits. A signal that this process was started to ignore, as
    shells do with Ctrl-C for what runs in their background, stays ignored.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    found = {each: signal.getsignal(each) for each in _SIGNALS}
    before = {each: handler for each, handler in found.items() if handler is not signal.SIG_IGN}

    def hear(_number: int, _frame: FrameType | None) -> None:
        stopping.ask()
        for each in before:
            signal.signal(each, signal.SIG_DFL)

    for each in before:
        signal.signal(each, hear)
    try:
        with _told_at_once(stopping):
            yield
    finally:
        for each, handler in before.items():
            signal.signal(each, signal.SIG_DFL if handler is None else handler)


@contextlib.contextmanager
def _told_at_once(stopping: Stopping) -> Iterator[None]:
    if sys.platform == "win32":  # which tells sockets alone
        yield
        return
    source, sink = os.pipe()
    os.set_blocking(sink, False)
    before = signal.set_wakeup_fd(sink, warn_on_full_buffer=False)

    def listen() -> None:
        while told := os.read(source, 1):
            if told[0] in _SIGNALS:
                stopping.ask()

    listener = threading.Thread(target=listen, name="neural motion signals", daemon=True)
    listener.start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(before)
        os.close(sink)
        listener.join()
        os.close(source)


@contextlib.contextmanager
def time_limit(cancellation: Cancellation, seconds: float | None) -> Iterator[threading.Event]:
    """Ask for the end once the time is up.

    Args:
        cancellation: of the job; a network under way is ended as well.
        seconds: None for no limit.

    Yields:
        Is set when the time was up.
    """
    is_up = threading.Event()
    if seconds is None:
        yield is_up
        return

    def end() -> None:
        is_up.set()
        cancellation.ask()

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield is_up
    finally:
        timer.cancel()
