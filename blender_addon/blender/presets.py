"""Small texts kept as presets in the user's own folder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

import bpy

from ..core.errors import SettingsError
from ..core.face.table import check_preset_name
from ..core.preset_file import MAX_BYTES, from_file_text, to_file_text
from .extension import EXTENSION

_ENDING: Final = ".json"
_LONGEST_STEM: Final = 58  # of the 63 letters that a name may have


@dataclass(frozen=True)
class PresetKind:
    """One kind of preset.

    Args:
        name: in files that are handed on.
        folder: where the user's own lie.
        check: raises what is reported unless a text, called as the second argument in messages,
            holds such a preset.
        reserved: names that came along, which none from a file may hide.
    """

    name: str
    folder: Callable[[], Path]
    check: Callable[[str, str], object]
    reserved: tuple[str, ...] = ()


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
    _write(path, text)
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
    return _read(path)


def remove_preset(folder: Path, name: str) -> None:
    """Delete a preset; SettingsError if there is none of that name."""
    path = folder / (check_preset_name(name) + _ENDING)
    if not path.is_file():
        raise SettingsError(f"there is no preset '{name}' in {folder}")
    path.unlink()


def export_preset(kind: PresetKind, name: str, path: Path) -> None:
    """Write a preset of the user's as a file to hand on; one that is there is replaced.

    Raises:
        SettingsError: there is no such preset, or the file cannot be written.
    """
    text = read_preset(kind.folder(), name)
    kind.check(text, f"the preset '{name}'")
    _write(path, to_file_text(kind.name, check_preset_name(name), text))


def import_preset(kind: PresetKind, path: Path) -> str:
    """Take a preset from a file among the user's own; none of these is replaced.

    Args:
        kind: of preset that is expected.
        path: of the file.

    Returns:
        The preset's name: the file's, with a number where another preset has it.

    Raises:
        SettingsError: the file cannot be read or holds no such preset, or it cannot be kept.
    """
    if not path.is_file():
        raise SettingsError(f"there is no file {path}. Choose a file made with Export")
    name, text = from_file_text(_read(path), kind.name, path.name)
    kind.check(text, path.name)
    folder = kind.folder()
    for number in count(2):
        if name in kind.reserved:
            pass
        elif not has_preset(folder, name):
            break
        elif read_preset(folder, name).strip() == text.strip():
            return name  # it is there already
        name = f"{_unnumbered(name)} {number}"
    write_preset(folder, name, text + "\n")
    return name


def _unnumbered(name: str) -> str:
    """A name without the number that was put behind it, and short enough for another."""
    stem, _, number = name.rpartition(" ")
    return (stem if stem and number.isdigit() else name)[:_LONGEST_STEM].rstrip(" .")


def _write(path: Path, text: str) -> None:
    """Write a text so that a file that is there stays whole until the new one is."""
    partial: Path | None = None
    try:
        with NamedTemporaryFile(
            "w", encoding="utf-8", dir=path.parent, prefix=f".{path.name}.", delete=False
        ) as handle:
            partial = Path(handle.name)
            handle.write(text)
        partial.replace(path)
    except OSError as error:
        raise SettingsError(
            f"{path} cannot be written ({error.strerror}). Check the folder"
        ) from error
    finally:
        if partial is not None:
            partial.unlink(missing_ok=True)


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise SettingsError(f"{path.name} is larger than any preset; choose another")
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} cannot be read ({error}). Check the file") from error
