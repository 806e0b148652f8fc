"""LAFAN1: ``walk1_subject5.bvh`` and so on, zipped; 30 Hz, centimetres. Only to be judged by.

Its licence (CC BY-NC-ND 4.0) allows no commercial use and nothing derived, and a network is derived
from what it learns from: so it is read for the benchmark and refused where data for training are
prepared.

Source: Harvey, Yurick, Nowrouzezahrai and Pal 2020, *Robust motion in-betweening*;
github.com/ubisoft/ubisoft-laforge-animation-dataset.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from blender_addon.core.errors import InputError

from .clip_file import ClipFile
from .unpack import unpack_files

KEY: Final = "lafan1"
LICENCE: Final = "CC BY-NC-ND 4.0"
METRES_PER_UNIT: Final = 0.01
ARCHIVE: Final = "lafan1.zip"
_NAME: Final = re.compile(r"([A-Za-z]+)(\d+)_(subject\d+)")
_LFS: Final = b"version https://git-lfs"
_LARGEST_BYTES: Final = 4 << 30


def find_lafan1(folder: Path) -> list[ClipFile]:
    """Takes below a folder, by their names, labelled by theme; none where there are none."""
    return [
        ClipFile(path, path.stem, KEY, name[1], name[3], metres_per_unit=METRES_PER_UNIT)
        for path in sorted(folder.rglob("*.bvh"))
        if (name := _NAME.fullmatch(path.stem))
    ]


def holds_lafan1(folder: Path) -> bool:
    """Whether LAFAN1 lies there, unpacked or not."""
    return bool(_archive(folder) or find_lafan1(folder))


@contextmanager
def opened_lafan1(place: Path) -> Iterator[list[ClipFile]]:
    """Takes of a folder, a checkout of its repository, or its zip, while the body runs.

    Yields:
        The takes; their split is the subject, such as subject5.

    Raises:
        InputError: there are none, or the zip is broken or was not fetched.
    """
    if place.is_dir() and (files := find_lafan1(place)):
        yield files
        return
    archive = place if place.is_file() else _archive(place)
    if archive is None:
        raise InputError(
            f"{place} holds neither {ARCHIVE} nor files such as walk1_subject5.bvh; give the "
            "folder or the zip of LAFAN1"
        )
    with TemporaryDirectory() as folder:
        _unpack(archive, Path(folder))
        files = find_lafan1(Path(folder))
        if not files:
            raise InputError(f"{archive} holds no files such as walk1_subject5.bvh")
        yield files


def _archive(folder: Path) -> Path | None:
    return next(iter(sorted(folder.rglob(ARCHIVE))), None)


def _unpack(archive: Path, folder: Path) -> None:
    with archive.open("rb") as file:
        if file.read(len(_LFS)) == _LFS:
            raise InputError(
                f"{archive} is only a pointer of Git LFS; run 'git lfs pull' in its repository"
            )
    if not zipfile.is_zipfile(archive):
        raise InputError(f"{archive} is no zip, or is cut short; fetch it again")
    unpack_files(archive, folder, (".bvh",), _LARGEST_BYTES)
