"""Opening and saving files on the command line: all that can go wrong is found before the work."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import bpy

from ..core.errors import InputError

_BEGINNINGS: Final = (b"BLENDER", b"\x28\xb5\x2f\xfd", b"\x1f\x8b")
"""Of a .blend file: plain, and packed with Zstandard or gzip."""
_LONGEST_PATH: Final = 1000  # bytes; Blender cuts off what is longer


def open_blend(path: Path | None) -> None:
    """Open the file that --blend names, if it does.

    Raises:
        InputError: there is none, or it is no Blender file.
    """
    if path is None:
        return
    try:
        if not path.is_file():
            what = "is a folder" if path.is_dir() else "does not exist"
            raise InputError(f"{path} {what}. Give the .blend file to work in")
        is_blend, is_empty = _begins_like_blend(path), not path.stat().st_size
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read ({_reason(error)}). Give another file") from error
    if not is_blend:
        what = "empty" if is_empty else "no Blender file"
        raise InputError(f"{path} is {what}. Give the .blend file to work in")
    try:
        bpy.ops.wm.open_mainfile(filepath=str(path.resolve()), load_ui=False, use_scripts=False)
    except RuntimeError as error:
        raise InputError(
            f"{path} cannot be opened ({_reason(error)}). Open and save it in Blender, or give "
            "another file"
        ) from error


def output_file(out: Path | None, *, overwrite: bool) -> Path:
    """Where to save; an existing file only on demand, and only where it can be written.

    Args:
        out: as given; None for the opened file.
        overwrite: whether an existing file may go.

    Raises:
        InputError: nothing can be saved there.
    """
    if out is None and not bpy.data.filepath:
        raise InputError("no .blend file is open. Say with --out where to save the result")
    target = (out or Path(bpy.data.filepath)).absolute()
    if len(os.fsencode(target)) > _LONGEST_PATH:
        raise InputError("the path of --out is too long for Blender. Give a shorter one")
    try:
        _check_place(target, overwrite=overwrite)
    except (OSError, ValueError) as error:
        raise InputError(
            f"{target} cannot be written ({_reason(error)}). Check the rights and the disk, or "
            "give another --out"
        ) from error
    return target


def save_blend(target: Path) -> None:
    """Save what was made. Blender writes beside the target and then replaces it, or leaves it.

    Raises:
        InputError: it could not be written; a file that was there is as it was.
    """
    try:
        bpy.ops.wm.save_as_mainfile(filepath=str(target), check_existing=False, copy=False)
    except RuntimeError as error:
        raise InputError(
            f"{target} could not be saved ({_reason(error)}). Check the rights and the room on "
            "the disk, or give another --out"
        ) from error


def _check_place(target: Path, *, overwrite: bool) -> None:
    if target.is_dir():
        raise InputError(f"{target} is a folder. Give a file in it as --out")
    if not target.parent.is_dir():
        raise InputError(
            f"the folder {target.parent} does not exist. Make it, or give another --out"
        )
    if target.exists():
        if not target.is_file():
            raise InputError(f"{target} is no plain file. Give another --out")
        if not overwrite:
            raise InputError(f"{target} exists. Give another --out, or add --overwrite")
        if target.stat().st_size and not _begins_like_blend(target):
            raise InputError(f"{target} is no Blender file and is not replaced. Give another --out")
        if not os.access(target, os.W_OK):
            raise PermissionError(13, "it is write-protected")
    beside = Path(f"{target}@")  # as Blender does, which replaces the target by it at the end
    try:
        with beside.open("xb"):
            pass
    except FileExistsError:
        return
    beside.unlink()


def _begins_like_blend(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(7).startswith(_BEGINNINGS)


def _reason(error: Exception) -> str:
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return " ".join(text.removeprefix("Error: ").split())
