"""Opening and saving files on the command line: all that can go wrong is found before the work."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Final

import bpy

from ..core.batch.allowed import LONGEST_PATH, begins_like_blend
from ..core.batch.whole import check_whole
from ..core.batch.writing import fsync_file, move_into_place, part_beside, remove_parts
from ..core.errors import InputError
from .opened import told_of_opened
from .scripts_off import told_without_scripts

_LONGEST_NAME: Final = 255  # bytes; an older version has one more


def open_blend(path: Path | None) -> tuple[str, ...]:
    """Open the file that --blend names, if it does; its scripts are not run.

    Returns:
        Warnings and notes about what does not work without them.

    Raises:
        InputError: there is none, or it is no Blender file.
    """
    if path is None:
        return ()
    try:
        if not path.is_file():
            what = "is a folder" if path.is_dir() else "does not exist"
            raise InputError(f"{path} {what}. Give the .blend file to work in")
        is_blend, is_empty = begins_like_blend(path), not path.stat().st_size
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
    return (*told_of_opened(), *told_without_scripts())


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
    check_place(target, overwrite=overwrite)
    return target


def check_place(target: Path, *, overwrite: bool, tag: str = "", option: str = "--out") -> None:
    """Find out whether a file can be saved there, by writing one beside it for a moment.

    Args:
        target: absolute.
        overwrite: whether an existing file may go.
        tag: of the file beside it, as for ``save_beside``.
        option: where the user gives another place.

    Raises:
        InputError: nothing can be saved there.
    """
    part = part_beside(target, tag)
    if len(os.fsencode(part)) >= LONGEST_PATH:
        raise InputError(f"the path of {option} is too long for Blender. Give a shorter one")
    try:
        _check_target(target, overwrite, option)
        _try_to_write(part)
    except (OSError, ValueError) as error:
        raise InputError(
            f"{target} cannot be written ({_reason(error)}). Check the rights and the disk, or "
            f"give another {option}"
        ) from error


def save_blend(target: Path, *, overwrite: bool) -> None:
    """Save what was made: beside the target, and then moved into its place in one step.

    Args:
        target: absolute, and checked.
        overwrite: whether a file that is there by now may go; Blender's preference says whether
            it is kept as .blend1.

    Raises:
        InputError: it could not be written; a file that was there is as it was.
    """
    put_in_place(save_beside(target), target, overwrite=overwrite)


def save_beside(target: Path, *, tag: str = "", option: str = "--out") -> Path:
    """Save the open file beside a target, all the way onto the disk.

    Args:
        target: absolute, and checked.
        tag: tells those that save for the same target apart.
        option: where the user gives another place.

    Returns:
        The file, in the target's folder, so that relative paths in it stay right.

    Raises:
        InputError: it could not be written; nothing is left of it.
    """
    part = part_beside(target, tag)
    remove_parts(part)
    try:
        bpy.ops.wm.save_as_mainfile(filepath=str(part), check_existing=False, copy=True)
        check_whole(part)
        fsync_file(part)
    except (RuntimeError, OSError) as error:
        remove_parts(part)
        raise _unsaved(target, error, option) from error
    return part


def put_in_place(part: Path, target: Path, *, overwrite: bool, option: str = "--out") -> None:
    """Move what ``save_beside`` wrote to the target.

    Raises:
        InputError: it could not be moved, or there is a file by now; nothing is left beside it.
    """
    versions = bpy.context.preferences.filepaths.save_version
    try:
        move_into_place(part, target, overwrite=overwrite, versions=versions)
    except FileExistsError as error:
        remove_parts(part)
        raise InputError(
            f"{target} has appeared meanwhile and is kept. Give another {option}, or add "
            "--overwrite"
        ) from error
    except OSError as error:
        remove_parts(part)
        raise _unsaved(target, error, option) from error


def _unsaved(target: Path, error: Exception, option: str) -> InputError:
    return InputError(
        f"{target} could not be saved ({_reason(error)}). Check the rights and the room on the "
        f"disk{_room(target.parent)}, or give another {option}"
    )


def _room(folder: Path) -> str:
    """How much is free, for what Blender says of a full disk is often another thing."""
    try:
        free = shutil.disk_usage(folder).free
    except OSError:
        return ""
    return f", which has {free / 1e6:,.0f} MB free"


def _check_target(target: Path, overwrite: bool, option: str) -> None:
    if target.is_dir():
        raise InputError(f"{target} is a folder. Give a file in it as {option}")
    if not target.parent.is_dir():
        raise InputError(
            f"the folder {target.parent} does not exist. Make it, or give another {option}"
        )
    if len(os.fsencode(target.name)) >= _LONGEST_NAME:
        raise OSError(36, "its name is too long")
    if not target.exists():
        if target.is_symlink():
            raise InputError(f"{target} is a link to nothing. Remove it, or give another {option}")
        return
    if not target.is_file():
        raise InputError(f"{target} is no plain file. Give another {option}")
    if not overwrite:
        raise InputError(f"{target} exists. Give another {option}, or add --overwrite")
    if target.stat().st_size and not begins_like_blend(target):
        raise InputError(f"{target} is no Blender file and is not replaced. Give another {option}")
    if not os.access(target, os.W_OK):
        raise PermissionError(13, "it is write-protected")


def _try_to_write(part: Path) -> None:
    probe = Path(f"{part}.{os.getpid()}")  # another process may be writing the part itself
    with probe.open("wb"):
        pass
    probe.unlink()


def _reason(error: Exception) -> str:
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return " ".join(text.removeprefix("Error: ").split())
