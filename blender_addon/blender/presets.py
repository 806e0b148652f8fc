"""Small texts kept as presets in the user's own folder."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import bpy

from ..core.errors import SettingsError
from ..core.face.table import check_preset_name
from .extension import EXTENSION

_ENDING: Final = ".json"
_MAX_BYTES: Final = 1_000_000


def user_folder(kind: str) -> Path:
    """Where the presets of a kind lie; made if need be.

    Run from a script the extension has no folder of its own, and the user's scripts folder is
    taken.

    Args:
        kind: name of the folder.
    """
    try:
        root = bpy.utils.extension_path_user(EXTENSION, path=kind, create=True)
    except ValueError:
        root = bpy.utils.user_resource("SCRIPTS", path=f"presets/neural_motion/{kind}")
    folder = Path(root)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def names_of_presets(folder: Path) -> list[str]:
    """Names of the presets there are, sorted."""
    return sorted(path.stem for path in folder.glob(f"*{_ENDING}") if path.is_file())


def has_preset(folder: Path, name: str) -> bool:
    """Whether there is a preset of this name.

    Raises:
        SettingsError: the name is no plain file name.
    """
    return (folder / (check_preset_name(name) + _ENDING)).exists()


def write_preset(folder: Path, name: str, text: str, *, replace: bool = False) -> Path:
    """Write a preset.

    Args:
        folder: where.
        name: its name, letters and digits first of all; never a path.
        text: its content.
        replace: whether one of the same name may go.

    Raises:
        SettingsError: the name is no plain file name, it is taken, or the file cannot be written.
    """
    path = folder / (check_preset_name(name) + _ENDING)
    if not replace and path.exists():
        raise SettingsError(
            f"there is already a preset '{path.stem}'. Choose another name, or replace it"
        )
    partial = path.with_name(path.name + ".tmp")
    try:
        partial.write_text(text, "utf-8")
        partial.replace(path)
    except OSError as error:
        raise SettingsError(
            f"{path} cannot be written ({error.strerror}). Check the folder"
        ) from error
    finally:
        partial.unlink(missing_ok=True)
    return path


def read_preset(folder: Path, name: str) -> str:
    """The text of a preset.

    Raises:
        SettingsError: there is none of that name, it leads out of the folder, or cannot be read.
    """
    path = folder / (check_preset_name(name) + _ENDING)
    if not path.is_file():
        listed = ", ".join(names_of_presets(folder)) or "none"
        raise SettingsError(f"there is no preset '{name}' in {folder}; there are: {listed}")
    if path.resolve().parent != folder.resolve():
        raise SettingsError(f"the preset '{name}' is a link that leads out of {folder}")
    if path.stat().st_size > _MAX_BYTES:
        raise SettingsError(f"{path.name} is larger than any preset; choose another")
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} cannot be read ({error}). Check the file") from error


def remove_preset(folder: Path, name: str) -> None:
    """Delete a preset; SettingsError if there is none of that name."""
    path = folder / (check_preset_name(name) + _ENDING)
    if not path.is_file():
        raise SettingsError(f"there is no preset '{name}' in {folder}")
    path.unlink()
