"""Files that a jobs file names: they stay within its folder, or within others that were allowed.

A jobs file may come from somebody else, and it is carried out while nobody looks. So it cannot name
just any file of the machine: symbolic links are followed first, then the place is compared.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath
from typing import Final

from .problems import Unfit, quoted
from .whole import PACKED_BEGINNING, PLAIN_BEGINNING

BLEND_BEGINNINGS: Final = (PLAIN_BEGINNING, PACKED_BEGINNING, b"\x1f\x8b")
"""Of a .blend file: plain, and packed with Zstandard or gzip."""
LONGEST_PATH: Final = 1000  # bytes; Blender cuts off what is longer
_DEVICES: Final = frozenset({"CON", "PRN", "AUX", "NUL"}).union(
    f"{name}{number}" for name in ("COM", "LPT") for number in range(1, 10)
)


@dataclass(frozen=True)
class Places:
    """Where files may lie.

    Args:
        folder: of the jobs file, with links resolved; relative paths begin there.
        roots: it and the further folders allowed, with links resolved.
        looks: whether files and folders must be there, and be what is expected.
    """

    folder: Path
    roots: tuple[Path, ...]
    looks: bool = True

    @classmethod
    def around(cls, jobs_file: Path, roots: Iterable[Path] = ()) -> Places:
        """The places of a jobs file.

        Args:
            jobs_file: an existing file.
            roots: further folders allowed.

        Raises:
            Unfit: one of them is no folder.
        """
        folder = resolved(jobs_file).parent
        allowed = [resolved(each) for each in roots]
        for each in allowed:
            if not each.is_dir():
                raise Unfit(f"--root {each} is no folder. Give one that exists")
        return cls(folder, (folder, *allowed))

    def resolve(self, text: str) -> Path:
        """The absolute path that a text names, links resolved; nothing need be there.

        Args:
            text: relative to the jobs file's folder, or absolute within a folder allowed.

        Raises:
            Unfit: it is no path, or leads out of the folders allowed.
        """
        _check_text(text)
        found = resolved(self.folder / text)
        if not any(found.is_relative_to(root) for root in self.roots):
            raise Unfit(
                f"{quoted(text)} leads out of the jobs file's folder. Bring the file there, or "
                "allow its folder with --root"
            )
        if len(os.fsencode(found)) > LONGEST_PATH:
            raise Unfit(f"{quoted(text)} is too long for Blender. Give a shorter path")
        return found

    def file(self, text: str) -> Path:
        """An existing file.

        Raises:
            Unfit: there is none, or it leads out of the folders allowed.
        """
        found = self.resolve(text)
        if not self.looks:
            return found
        try:
            if found.is_dir():
                raise Unfit(f"{quoted(text)} is a folder. Give a file in it")
            if not found.is_file():
                hint = " Write / between folders" if "\\" in text else " Correct it"
                raise Unfit(f"the file {quoted(text)} does not exist.{hint}, or bring the file")
            if not found.stat().st_size:
                raise Unfit(f"the file {quoted(text)} is empty. Bring it anew")
        except OSError as error:
            raise _unreadable(text, error) from error
        return found

    def blend(self, text: str) -> Path:
        """An existing .blend file.

        Raises:
            Unfit: there is none, it is none, or it leads out of the folders allowed.
        """
        found = self.file(text)
        try:
            is_blend = not self.looks or begins_like_blend(found)
        except OSError as error:
            raise _unreadable(text, error) from error
        if not is_blend:
            raise Unfit(f"{quoted(text)} is no Blender file. Give a .blend file")
        return found

    def output(self, text: str) -> Path:
        """A .blend file to write; its folder exists, or can be made within the jobs file's.

        Raises:
            Unfit: nothing can be written there, or it leads out of the folders allowed.
        """
        found = self.resolve(text)
        if found.suffix.lower() != ".blend":
            raise Unfit(f"{quoted(text)} does not end in .blend. Give the .blend file to write")
        if is_device(found.name):
            raise Unfit(f"{quoted(text)} is a device's name on Windows. Give another")
        if not self.looks:
            return found
        try:
            if found.is_dir():
                raise Unfit(f"{quoted(text)} is a folder. Give a file in it")
            self._check_folder(text, found.parent)
        except OSError as error:
            raise _unreadable(text, error) from error
        return found

    def _check_folder(self, text: str, folder: Path) -> None:
        if folder.is_dir():
            return
        if not folder.is_relative_to(self.folder):
            raise Unfit(
                f"the folder of {quoted(text)} does not exist. Make it; only within the jobs "
                "file's own folder are missing ones made"
            )
        standing = next(each for each in folder.parents if each.exists())
        if folder.exists() or not standing.is_dir():
            raise Unfit(f"the folder of {quoted(text)} cannot be made: a file has its name")


def is_device(name: str) -> bool:
    """Whether Windows takes a file's name for a device, whatever its ending."""
    return name.split(".")[0].strip().upper() in _DEVICES


def begins_like_blend(path: Path) -> bool:
    """Whether a file is a .blend file by its first bytes.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        return file.read(7).startswith(BLEND_BEGINNINGS)


def place_key(path: Path) -> str:
    """The same for two paths that some file system takes for the same: case and accents folded.

    Args:
        path: resolved.
    """
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", str(path)).casefold())


def _check_text(text: str) -> None:
    if not text.strip():
        raise Unfit("an empty path. Give a file")
    if text.startswith(("//", "\\\\")):
        raise Unfit(f"{quoted(text)} begins with two slashes. Write it relative to the jobs file")
    if text.startswith("~"):
        raise Unfit(f"{quoted(text)} begins with ~, which stands for nothing here. Write it out")
    if "\0" in text or any("\ud800" <= each <= "\udfff" for each in text):
        raise Unfit(f"{quoted(text)} is no file's name. Write it anew")
    if os.name == "nt" and any(":" in part for part in PureWindowsPath(text).parts[1:]):
        raise Unfit(f"{quoted(text)} holds a colon within. Give a plain file")


def resolved(path: Path) -> Path:
    """A path with its links followed; nothing need be there.

    Raises:
        Unfit: it cannot be followed.
    """
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError) as error:  # a loop of links; a name too long
        raise Unfit(
            f"{quoted(str(path))} cannot be followed ({_reason(error)}). Correct it"
        ) from error


def _unreadable(text: str, error: OSError) -> Unfit:
    return Unfit(f"{quoted(text)} cannot be looked at ({_reason(error)}). Check the rights")


def _reason(error: Exception) -> str:
    told = error.strerror if isinstance(error, OSError) and error.strerror else "a loop of links"
    return str(told).lower()
