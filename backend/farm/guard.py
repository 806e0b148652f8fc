"""Runs one program, and ends it and all it started as soon as whoever wants it is gone.

A worker hands this file's text to a Python of its own, so it needs nothing but psutil. Its standard
input is a pipe that the worker holds: a worker that is killed lets go of it, too, and so does one
that was told to stop.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import threading
from subprocess import DEVNULL, Popen, TimeoutExpired
from typing import Final

import psutil

TOO_LONG: Final = 124
NOT_STARTED: Final = 127
SIGNALLED: Final = 128
_POSIX: Final = os.name == "posix"


def main(order: str) -> int:
    """Run what is ordered.

    Args:
        order: JSON of ``command``, a list of words, and ``limit_s``, seconds or null.

    Returns:
        The program's exit code; 128 and more after a signal, 124 past the limit, 127 where it
        cannot be started.
    """
    ordered = json.loads(order)
    try:
        child = Popen(ordered["command"], stdin=DEVNULL, start_new_session=_POSIX)
    except OSError as error:
        sys.stderr.write(f"cannot start {ordered['command'][0]}: {error.strerror}\n")
        return NOT_STARTED
    threading.Thread(target=_end_with_owner, args=(child,), daemon=True).start()
    try:
        code = child.wait(ordered["limit_s"])
    except TimeoutExpired:
        code = TOO_LONG
    end(child)
    return code if code >= 0 else SIGNALLED - code


def end(child: Popen[bytes]) -> None:
    """End a program, all it started, and what those started in turn."""
    with contextlib.suppress(psutil.Error):
        for each in psutil.Process(child.pid).children(recursive=True):
            with contextlib.suppress(psutil.Error):
                each.kill()
    if _POSIX:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
    child.kill()


def _end_with_owner(child: Popen[bytes]) -> None:
    os.read(0, 1)  # nothing is ever written: it returns when the other end is closed
    end(child)


if __name__ == "__main__":
    ending = main(sys.argv[1])
    sys.stderr.flush()
    os._exit(ending)  # the other thread still waits
