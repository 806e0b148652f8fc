"""Programs that are started end within a limit, and programs with Blender's module end at all.

Blender's module stops its thread for sound when Python takes the module down. Whatever keeps the
module alive until then, a cache of types or a test's parameters among them, leaves the thread
waiting, and the C library waits for it in turn, for ever, after all work is done.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Final

_POLL_S: Final = 0.05
_WINDOWS: Final = sys.platform == "win32"
_running: set[subprocess.Popen[bytes]] = set()
_starting = threading.Lock()


def run_limited(
    command: Sequence[str],
    limit_s: float,
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    show: Callable[[str], None] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end, or end it and all that it started when the limit is reached.

    Its output goes through files: whatever it leaves running, nobody waits for it.

    Args:
        command: the program and its arguments; it reads no input.
        limit_s: seconds that it may take.
        cwd: folder to run in.
        env: its environment; None is this process's own.
        show: is given each line as it comes, stderr's among them, which then is in stdout.

    Raises:
        TimeoutExpired: with what was run and what had been written until then.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        out, err = Path(folder, "out"), Path(folder, "err")
        with out.open("wb") as to_out, err.open("wb") as to_err, out.open("rb") as from_out:
            with _starting:
                child = subprocess.Popen(
                    [*command], cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=to_out,
                    stderr=subprocess.STDOUT if show else to_err, start_new_session=not _WINDOWS,
                )  # fmt: skip
                _running.add(child)
            try:
                in_time = _follow(child, limit_s, _Lines(from_out, show) if show else None)
            finally:
                if child.poll() is None:
                    kill_tree(child)
                _running.discard(child)
        told, complained = _text(out), _text(err)
    if not in_time:
        raise subprocess.TimeoutExpired([*command], limit_s, told, complained)
    return subprocess.CompletedProcess([*command], child.returncode, told, complained)


def kill_tree(child: subprocess.Popen[bytes]) -> None:
    """End a program that `run_limited` started, all it started, and all those started in turn."""
    if _WINDOWS:
        tree = ["taskkill", "/F", "/T", "/PID", str(child.pid)]
        subprocess.run(tree, capture_output=True, check=False, timeout=60)
    else:
        below = _descendants(child.pid)  # those that lead groups of their own among them
        _signal(os.killpg, child.pid)
        for pid in below:
            _signal(os.kill, pid)
    child.wait()


def kill_running() -> None:
    """End every program that `run_limited` has running, and let it start no more."""
    _starting.acquire(timeout=10.0)  # and keep it
    for child in [*_running]:
        kill_tree(child)


def leave_at_exit(code: Callable[[], int | None]) -> None:
    """Let this process end at once when all else is done, if Blender's module is in it.

    Call it early: what is registered later at `atexit` runs before.

    Args:
        code: the exit code, asked for at the very end; None lets Python end as it would.
    """

    def leave() -> None:
        ending = code()
        if ending is not None and "bpy" in sys.modules:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(ending)

    atexit.register(leave)


def run_main(main: Callable[[], int]) -> int:
    """Run a command line that may load Blender's module; afterwards the process does end.

    Returns:
        Its exit code, to be given to `sys.exit`.
    """
    code = 1
    leave_at_exit(lambda: code)
    try:
        code = main()
    except SystemExit as ending:
        code = ending.code if isinstance(ending.code, int) else int(ending.code is not None)
        raise
    except KeyboardInterrupt:
        code = 128 + signal.SIGINT
        raise
    return code


class _Lines:
    """Hands on the whole lines that a growing file has gained."""

    def __init__(self, source: IO[bytes], show: Callable[[str], None]) -> None:
        self._source, self._show, self._rest = source, show, b""

    def hand_on(self, last: bool) -> None:
        """Those since the last time; at last also one without a line break."""
        *lines, self._rest = (self._rest + self._source.read()).split(b"\n")
        for line in [*lines, self._rest] if last and self._rest else lines:
            self._show(line.decode("utf-8", "replace").rstrip("\r"))


def _follow(child: subprocess.Popen[bytes], limit_s: float, lines: _Lines | None) -> bool:
    """Wait for the end and hand lines on; False where the limit came first."""
    latest = time.monotonic() + limit_s
    ended = late = False
    while not (ended or late):
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(_POLL_S)
            ended = True
        late = not ended and time.monotonic() > latest
        if late:
            kill_tree(child)
        if lines:
            lines.hand_on(ended or late)
    return ended


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "replace").replace("\r\n", "\n")


def _signal(send: Callable[[int, int], None], pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):  # ended meanwhile
        send(pid, signal.SIGKILL)


def _descendants(pid: int) -> list[int]:
    """Processes below this one; none where the system has no /proc."""
    below: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text("utf-8", "replace").rpartition(")")[2].split()[1])
        except OSError:
            continue  # ended meanwhile
        below.setdefault(parent, []).append(int(stat.parent.name))
    found = [pid]
    for each in found:
        found += below.get(each, ())
    return found[1:]
