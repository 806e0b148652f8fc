"""Takes files out of a zip: only those of known kinds, only below a folder, only so much."""

from __future__ import annotations

import shutil
import zipfile
import zlib
from collections.abc import Collection
from pathlib import Path, PurePosixPath

from blender_addon.core.errors import InputError


def unpack_files(
    archive: Path, folder: Path, endings: Collection[str], largest_bytes: int
) -> list[Path]:
    """Unpack the files with certain endings, their folders with them.

    Args:
        archive: a zip.
        folder: where to; is made.
        endings: of the names, in lower case with their dot.
        largest_bytes: of all of them together.

    Returns:
        The files.

    Raises:
        InputError: the zip is broken, too large unpacked, or a name leads out of the folder.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            chosen = [
                each
                for each in opened.infolist()
                if not each.is_dir() and PurePosixPath(each.filename).suffix.lower() in endings
            ]
            _check(archive, chosen, largest_bytes)
            return [_unpack(opened, each, folder) for each in chosen]
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise InputError(f"{archive} is broken ({error}); fetch it again") from error


def _check(archive: Path, chosen: list[zipfile.ZipInfo], largest_bytes: int) -> None:
    size = sum(each.file_size for each in chosen)
    if size > largest_bytes:
        raise InputError(
            f"{archive} unpacks to {size} bytes; expected motion capture of at most {largest_bytes}"
        )
    for each in chosen:
        path = PurePosixPath(each.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in path.parts[0]:
            raise InputError(f"{archive} names {each.filename!a}, which leads out of its folder")


def _unpack(opened: zipfile.ZipFile, each: zipfile.ZipInfo, folder: Path) -> Path:
    path = folder / PurePosixPath(each.filename.replace("\\", "/"))
    if path.is_file() and path.stat().st_size == each.file_size:
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.partial")
    with opened.open(each) as source, partial.open("wb") as target:
        shutil.copyfileobj(source, target)
    partial.replace(path)
    return path
