"""Channel tables as files in the user's own folder."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import bpy

from ..core.errors import FaceError
from ..core.motion.face_table import TableRow, check_preset_name, table_from_json, table_to_json

_FOLDER: Final = "face_presets"
_ENDING: Final = ".json"
_MAX_BYTES: Final = 1_000_000


def presets_folder(package: str) -> Path:
    """Where the presets lie; made if need be.

    Args:
        package: of the extension; run from a script it has no folder of its own, and the user's
            scripts folder is taken.
    """
    try:
        root = bpy.utils.extension_path_user(package, path=_FOLDER, create=True)
    except ValueError:
        root = bpy.utils.user_resource("SCRIPTS", path=f"presets/neural_motion/{_FOLDER}")
    folder = Path(root)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def preset_names(folder: Path) -> list[str]:
    """Names of the presets there are, sorted."""
    return sorted(path.stem for path in folder.glob(f"*{_ENDING}") if path.is_file())


def save_preset(folder: Path, name: str, rows: list[TableRow]) -> Path:
    """Write a table under a name; one of the same name is replaced.

    Raises:
        FaceError: the name is no plain file name, or the file cannot be written.
    """
    path = folder / (check_preset_name(name) + _ENDING)
    partial = path.with_suffix(".tmp")
    try:
        partial.write_text(table_to_json(rows), "utf-8")
        partial.replace(path)
    except OSError as error:
        raise FaceError(f"{path} cannot be written ({error.strerror}). Check the folder") from error
    finally:
        partial.unlink(missing_ok=True)
    return path


def load_preset(folder: Path, name: str) -> list[TableRow]:
    """Read a table by its name.

    Raises:
        FaceError: there is none of that name, or it is no table.
    """
    path = folder / (check_preset_name(name) + _ENDING)
    if not path.is_file():
        listed = ", ".join(preset_names(folder)) or "none"
        raise FaceError(f"there is no preset '{name}' in {folder}; there are: {listed}")
    if path.resolve().parent != folder.resolve():
        raise FaceError(f"the preset '{name}' is a link that leads out of {folder}")
    if path.stat().st_size > _MAX_BYTES:
        raise FaceError(f"{path.name} is larger than any channel table; choose another preset")
    try:
        return table_from_json(path.read_text("utf-8"), path.name)
    except OSError as error:
        raise FaceError(f"{path} cannot be read ({error.strerror}). Check the file") from error


def delete_preset(folder: Path, name: str) -> None:
    """Remove a preset; FaceError if there is none of that name."""
    path = folder / (check_preset_name(name) + _ENDING)
    if not path.is_file():
        raise FaceError(f"there is no preset '{name}' in {folder}")
    path.unlink()
