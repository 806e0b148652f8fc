"""Files with motions in a folder, and what tells whether one has changed."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ....core.errors import InputError

ENDINGS: Final = (".blend", ".bvh")
MOST_FILES: Final = 5000
_VERSION: Final = 1
"""Of what is kept of a file; another one is read anew."""


def motion_files(folder: Path) -> list[Path]:
    """Every file that may hold motions, with all folders within; hidden ones are left out.

    Args:
        folder: absolute.

    Raises:
        InputError: it is no folder, holds no such file, or more than can be looked at.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is no folder. Choose the folder of the motions")
    found = list(_below(folder))
    if not found:
        raise InputError(f"{folder} holds no .blend and no .bvh files. Choose another folder")
    if len(found) > MOST_FILES:
        raise InputError(
            f"{folder} holds {len(found)} files, at most {MOST_FILES} are looked at. Choose a "
            "folder within it"
        )
    return found


def _below(folder: Path) -> Iterator[Path]:
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if name.lower().endswith(ENDINGS) and not name.startswith("."):
                yield Path(place) / name


def file_key(path: Path, *also: str) -> str:
    """Changes with a file's place, size and time, and with whatever else counts.

    Args:
        path: of the file.
        also: what else the windows of its motions depend on.

    Raises:
        InputError: it cannot be read.
    """
    try:
        found = path.stat()
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror})") from error
    told = (str(_VERSION), str(path), str(found.st_mtime_ns), str(found.st_size), *also)
    return hashlib.sha256("\0".join(told).encode("utf-8", "surrogateescape")).hexdigest()
