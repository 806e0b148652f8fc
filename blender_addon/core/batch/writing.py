"""Files that are written beside their place and then moved into it in one step."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

_SHOWN_STEM: Final = 40  # letters; a name has room for 255 bytes
_TRIES: Final = 20
_PAUSE_S: Final = 0.05
_NO_LINKS: Final = frozenset(
    {errno.EPERM, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EMLINK, errno.EXDEV}
)
"""What a file system answers that has no hard links."""


def part_beside(target: Path, tag: str = "") -> Path:
    """Where a .blend file is written before it is moved to its place.

    Args:
        target: its place.
        tag: tells those that write for the same target apart; empty for a tag of the target's own.
    """
    tag = tag or hashlib.sha256(os.fsencode(target.name)).hexdigest()
    return target.parent / f".{target.stem[:_SHOWN_STEM]}.{tag[:12]}.part.blend"


def remove_parts(part: Path) -> None:
    """Remove what an attempt that died has left beside its place, as far as that goes.

    Args:
        part: as ``part_beside`` names it.
    """
    # Blender itself writes to NAME@ first; an older file on its way to .blend1 is NAME1.
    with contextlib.suppress(OSError):
        for each in os.scandir(part.parent):
            if each.name.startswith(part.name):
                with contextlib.suppress(OSError):
                    Path(each).unlink()


def move_into_place(part: Path, target: Path, *, overwrite: bool, versions: int = 0) -> None:
    """Move a finished file to its place, so that at no moment half of it stands there.

    Args:
        part: the file, in the folder of the target.
        target: its place.
        overwrite: whether a file that is there may go.
        versions: how many older files are kept, as NAME.blend1 and so on.

    Raises:
        FileExistsError: there is a file, and it may not go.
        OSError: it could not be moved; a file that was there is as it was.
    """
    if not overwrite:
        _move_to_free_place(part, target)
    else:
        if versions > 0 and target.is_file():
            _keep_older(part, target, versions)
        patiently(lambda: part.replace(target))
    fsync_folder(target.parent)


def patiently(move: Callable[[], object]) -> None:
    """Move a file; where that is not allowed, try again for a second.

    On Windows no file can be moved or replaced while anybody has it open: another process of the
    run that reads it, or a virus scanner that looks at what is new.

    Args:
        move: moves it.

    Raises:
        OSError: it could not be moved.
    """
    for _ in range(_TRIES - 1):
        with contextlib.suppress(PermissionError):
            move()
            return
        time.sleep(_PAUSE_S)
    move()


def fsync_file(path: Path) -> None:
    """Have a file on the disk itself, so that it outlives a machine that loses its power.

    Raises:
        OSError: the disk does not take it.
    """
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def fsync_folder(path: Path) -> None:
    """The same for the names in a folder, where the system can."""
    if sys.platform == "win32":
        return
    with contextlib.suppress(OSError):  # network drives may refuse; the move itself is done
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def sha256_of(path: Path) -> str:
    """What a file holds, in 64 letters.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _move_to_free_place(part: Path, target: Path) -> None:
    if sys.platform == "win32":
        patiently(lambda: part.rename(target))  # which replaces nothing there
        return
    try:
        os.link(part, target)
    except OSError as error:
        if isinstance(error, FileExistsError) and target.samefile(part):
            pass  # NFS: the answer to the first request was lost, and the second one's is this
        elif error.errno not in _NO_LINKS:
            raise
        else:
            target.open("xb").close()  # ours now: nobody else's can be replaced
            part.replace(target)
            return
    part.unlink()


def _keep_older(part: Path, target: Path, versions: int) -> None:
    """The file at the target as .blend1 too, the one before as .blend2; never a moment without."""
    for number in range(versions, 1, -1):
        with contextlib.suppress(FileNotFoundError):
            Path(f"{target}{number - 1}").replace(f"{target}{number}")
    kept = Path(f"{part}1")
    with contextlib.suppress(FileNotFoundError):
        kept.unlink()
    try:
        os.link(target, kept)
    except OSError:
        shutil.copy2(target, kept)
    kept.replace(f"{target}1")
