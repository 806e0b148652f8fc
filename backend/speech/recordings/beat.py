"""BEAT: hours of talk with ARKit weights, as it is downloaded.

Beside each other lie ``1_wayne_0_9_9.json`` (``names`` of 51 weights and ``frames`` with
``weights`` and ``time``, 60 Hz), ``.wav``, ``.TextGrid`` (words) and ``.csv`` (emotions of
conversations). The name tells the speaker, the kind of recording and the first sequence, and of
speeches the sequence tells the emotion.

Splits are by speaker and emotion, as in FaceDiffuser: of every ten recordings of one speaker in one
emotion, one is held out to choose by and one to test. Theirs are drawn; these follow the names.

Source: Liu et al. 2022, *BEAT: a large-scale semantic and emotional multi-modal dataset for
conversational gestures synthesis*.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from backend.recordings.face_weights import rate_of, read_document, read_names, read_weights
from backend.recordings.sounds import check_length, open_sound
from backend.recordings.splits import split_in_order
from backend.recordings.words import read_words
from blender_addon.core.errors import MALFORMED, InputError, shortened
from blender_addon.core.face.arkit import LOWER_FACE, UPPER_FACE
from blender_addon.core.inference.contract import DataSource

from .corpus import NEUTRAL, Corpus, Recording, sorted_by_name

EMOTIONS: Final = (
    NEUTRAL, "happiness", "anger", "sadness", "contempt", "surprise", "fear", "disgust",
)  # fmt: skip
_LAST_SEQUENCES: Final = (64, 72, 80, 86, 94, 102, 110, 118)
"""Of each emotion, of a speech."""
_SPEECHES: Final = frozenset((0, 2, 4, 6))
"""Kinds of recording: a speech in English, Chinese, Spanish, Japanese; the others are talk."""
_NAME: Final = re.compile(r"(\d+)_(\w+?)_(\d+)_(\d+)_(\d+)")
_SOURCE: Final = DataSource("BEAT", "non-commercial (CC BY-NC 4.0)", "Liu et al. 2022")


@dataclass(frozen=True)
class _Take:
    path: Path
    speaker: str
    kind: int
    sequence: int


def read_beat(folder: Path) -> Corpus:
    """All recordings below a folder.

    Raises:
        InputError: there are none, or one is damaged; says which and what to do.
    """
    takes = sorted(_takes(folder), key=lambda take: take.path)
    if not takes:
        raise InputError(
            f"there are no recordings below {folder}; expected 1_wayne_0_1_1.json with .wav and "
            ".TextGrid beside it"
        )
    channels = read_names(takes[0].path)
    emotions = [emotion_of(take.path, take.kind, take.sequence) for take in takes]
    groups: dict[tuple[str, str], list[int]] = {}
    for place, (take, emotion) in enumerate(zip(takes, emotions, strict=True)):
        groups.setdefault((take.speaker, emotion), []).append(place)
    splits = [""] * len(takes)
    for places in groups.values():
        for place, split in zip(places, split_in_order(len(places)), strict=True):
            splits[place] = split
    recordings = [
        _recording(take, emotion, split, channels)
        for take, emotion, split in zip(takes, emotions, splits, strict=True)
    ]
    lips, upper = (
        np.flatnonzero([name in part for name in channels]) for part in (LOWER_FACE, UPPER_FACE)
    )
    return Corpus(
        "BEAT", sorted_by_name(recordings), _SOURCE, "weight", channels, lips=lips, upper=upper
    )


def _takes(folder: Path) -> Iterator[_Take]:
    for path in folder.rglob("*.json"):
        if match := _NAME.fullmatch(path.stem):
            yield _Take(path, f"{match[1]}_{match[2]}", int(match[3]), int(match[4]))


def _recording(take: _Take, emotion: str, split: str, channels: tuple[str, ...]) -> Recording:
    frames = read_document(take.path)["frames"]
    count, rate = len(frames), rate_of(frames, take.path)
    sound = open_sound(take.path.with_suffix(".wav"))
    check_length(take.path.stem, count, rate, sound)
    grid = take.path.with_suffix(".TextGrid")
    return Recording(
        take.path.stem, take.speaker, emotion, split, sound, rate, count,
        partial(read_weights, take.path, channels),
        words=read_words(grid) if grid.is_file() else (),
    )  # fmt: skip


def emotion_of(path: Path, kind: int, sequence: int) -> str:
    """The emotion of a recording.

    Args:
        path: of its .json; beside it lies the .csv of a conversation.
        kind: 0 to 7, the even ones are speeches.
        sequence: the first one in it.

    Raises:
        InputError: the .csv cannot be read.
    """
    if kind in _SPEECHES:
        for emotion, last in zip(EMOTIONS, _LAST_SEQUENCES, strict=True):
            if sequence <= last:
                return emotion
        return NEUTRAL
    table = path.with_suffix(".csv")
    return _longest_emotion(table) if table.is_file() else NEUTRAL


def _longest_emotion(table: Path) -> str:
    """Of rows name, start, end, duration, emotion: the one that lasts longest."""
    lasts = dict.fromkeys(EMOTIONS, 0.0)
    try:
        with table.open(encoding="utf-8", newline="") as file:
            for row in csv.reader(file):
                if row and row[-1].strip().isdigit():
                    lasts[EMOTIONS[int(row[-1])]] += float(row[2]) - float(row[1])
    except (OSError, *MALFORMED) as error:
        raise InputError(
            f"{table}: expected rows 'name, start, end, duration, emotion 0 to 7'; "
            f"{shortened(error)}"
        ) from error
    return max(lasts, key=lambda name: lasts[name])
