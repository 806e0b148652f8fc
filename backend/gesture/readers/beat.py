"""BEAT: as it is downloaded, ``beat_english_v0.2.1/1/1_wayne_0_1_1.bvh`` and its companions.

Beside each other lie .bvh (120 Hz, centimetres, 75 joints), .wav, .TextGrid (tiers of words and
phones), .json (51 weights of ARKit at 60 Hz). Faces and words may be missing. Of every ten takes
of a speaker one is held out to choose by and one to test.

Source: Liu et al. 2022, *BEAT: a large-scale semantic and emotional multi-modal dataset for
conversational gestures synthesis*.
"""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from typing import Final

from backend.recordings.face_weights import read_names
from backend.recordings.splits import split_in_order
from backend.recordings.words import Word, read_phones, read_words
from blender_addon.core.errors import InputError
from blender_addon.core.inference.contract import DataSource

from .corpus import SpokenCorpus, SpokenTake, motion_reader, open_take_sound, read_face

_NAME: Final = re.compile(r"(\d+_\w+?)_\d+_\d+_\d+")
_SOURCE: Final = DataSource("BEAT", "non-commercial (CC BY-NC 4.0)", "Liu et al. 2022")


def read_beat(folder: Path) -> SpokenCorpus:
    """All takes below a folder.

    Raises:
        InputError: there are none, or one is damaged; says which and what to do.
    """
    found: dict[str, list[Path]] = {}
    for path in sorted(folder.rglob("*.bvh")):
        if match := _NAME.fullmatch(path.stem):
            found.setdefault(match[1], []).append(path)
    if not found:
        raise InputError(
            f"there are no takes below {folder}; expected 1/1_wayne_0_1_1.bvh with .wav, "
            ".TextGrid and .json of that name beside it"
        )
    takes = [
        _take(path, speaker, split)
        for speaker, paths in found.items()
        for path, split in zip(paths, split_in_order(len(paths)), strict=True)
    ]
    return SpokenCorpus("BEAT", tuple(sorted(takes, key=lambda take: take.name)), _SOURCE)


def _take(path: Path, speaker: str, split: str) -> SpokenTake:
    sound = open_take_sound(path, path.with_suffix(".wav"))
    words, phones = _said(path.with_suffix(".TextGrid"))
    face = path.with_suffix(".json")
    reader = partial(read_face, face, read_names(face)) if face.is_file() else None
    return SpokenTake(path.stem, speaker, split, sound, motion_reader(path), words, phones, reader)


def _said(grid: Path) -> tuple[tuple[Word, ...], tuple[Word, ...]]:
    return (read_words(grid), read_phones(grid)) if grid.is_file() else ((), ())
