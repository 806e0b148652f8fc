"""``PREFIX:FOLDER``: which reader a folder of recordings needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from blender_addon.core.errors import InputError

from .beat import read_beat
from .corpus import Corpus
from .iemocap import read_iemocap
from .scans import read_biwi, read_scans, read_voca

READERS: Final[Mapping[str, Callable[[Path], Corpus]]] = {
    "voca": read_voca, "biwi": read_biwi, "beat": read_beat, "iemocap": read_iemocap,
    "scans": read_scans,
}  # fmt: skip


def names_reader(text: str) -> bool:
    """Whether a text is a prefix of ``READERS`` and a folder."""
    return text.partition(":")[0] in READERS and ":" in text


def read_corpus(text: str) -> Corpus:
    """The recordings that a text such as ``voca:FOLDER`` names.

    Raises:
        InputError: no reader is called so, there is no such folder, or it cannot be read.
    """
    prefix, _, place = text.partition(":")
    if prefix not in READERS:
        raise InputError(f"'{text}' names no reader; begin it with {':, '.join(READERS)}:")
    folder = Path(place).expanduser()
    if not folder.is_dir():
        raise InputError(f"there is no folder {folder}; give --data {prefix}:FOLDER")
    return READERS[prefix](folder)
