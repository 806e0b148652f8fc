"""Locks that the system frees when a process ends, however it ends."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path
from types import TracebackType
from typing import IO, Final

from ..errors import InputError

_TAKEN: Final = frozenset({errno.EACCES, errno.EAGAIN, errno.EDEADLK, errno.EWOULDBLOCK})


class FileLock:
    """A lock that one process at a time holds; a context manager that gives it back.

    Args:
        file: open, and locked.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def __enter__(self) -> FileLock:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.release()

    def release(self) -> None:
        """Give it back. The file stays: removing it would let two hold what they take for one."""
        self._file.close()


def try_lock(path: Path) -> FileLock | None:
    """Take a lock without waiting.

    Args:
        path: of the lock's own file; it is made where it is missing.

    Returns:
        The lock, or None where another process has it.

    Raises:
        InputError: the disk knows no locks.
        OSError: the file cannot be opened.
    """
    file = path.open("ab")
    try:
        _lock(file)
    except OSError as error:
        file.close()
        if error.errno in _TAKEN:
            return None
        raise InputError(
            f"{path} cannot be locked ({error.strerror}). "
            "Name a folder on another disk with --state"
        ) from error
    os.set_inheritable(file.fileno(), False)  # a program that is started must not hold it on
    return FileLock(file)


if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[bytes]) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
