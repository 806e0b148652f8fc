"""``PREFIX:FOLDER``: which reader a folder of spoken takes needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from blender_addon.core.errors import InputError

from .beat import read_beat
from .corpus import SpokenCorpus
from .trinity import read_trinity
from .twh import read_twh

READERS: Final[Mapping[str, Callable[[Path], SpokenCorpus]]] = {
    "trinity": read_trinity, "twh": read_twh, "beat": read_beat,
}  # fmt: skip


def names_reader(text: str) -> bool:
    """Whether a text is a prefix of ``READERS`` and a folder."""
    return text.partition(":")[0] in READERS and ":" in text


def read_spoken(text: str) -> SpokenCorpus:
    """The takes that a text such as ``beat:FOLDER`` names.

    Raises:
        InputError: no reader is called so, there is no such folder, or it cannot be read.
    """
    prefix, _, place = text.partition(":")
    if prefix not in READERS:
        raise InputError(f"'{text}' names no reader; begin it with {':, '.join(READERS)}:")
    folder = Path(place).expanduser()
    if not place or not folder.is_dir():
        raise InputError(f"there is no folder {folder}; give --data {prefix}:FOLDER")
    return READERS[prefix](folder)
