"""IEMOCAP: markers on the faces of ten actors, with an emotion for each utterance.

``SessionN/sentences/MOCAP_rotated/DIALOG/DIALOG_F000.txt`` holds a line of names, a line of axes,
then frame, time and 55 places in millimetres, 120 times a second, the head's own motion taken out.
The sound is ``SessionN/sentences/wav/DIALOG/….wav``; the emotions stand in
``SessionN/dialog/EmoEvaluation/DIALOG.txt``. In a dialog Ses01F_… the actor F wears the markers, so
only F's utterances have a speaking face.

Splits: session 5 is for tests, session 4 to choose by, as often in work on this data.

Source: Busso et al. 2008, *IEMOCAP: interactive emotional dyadic motion capture database*.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from backend.recordings.sounds import check_length, open_sound
from backend.recordings.splits import TEST, TRAIN, VAL
from blender_addon.core.conventions import Floats
from blender_addon.core.errors import InputError
from blender_addon.core.inference.contract import DataSource

from .corpus import NEUTRAL, Corpus, Recording, sorted_by_name

RATE_HZ: Final = 120.0
EMOTIONS: Final = {
    "neu": NEUTRAL, "hap": "happiness", "exc": "excitement", "ang": "anger", "sad": "sadness",
    "fru": "frustration", "sur": "surprise", "fea": "fear", "dis": "disgust", "oth": "other",
    "xxx": "undecided",
}  # fmt: skip
_SPLITS: Final = {4: VAL, 5: TEST}
_UTTERANCE: Final = re.compile(r"(Ses(\d\d)([FM])_.+)_([FM])\d+")
_LABEL: Final = re.compile(r"^\[[\d.]+ - [\d.]+\]\s+(\S+)\s+(\w{3})\b", re.MULTILINE)
_LIPS: Final = ("mou",)
_UPPER: Final = ("fh", "lbro", "rbro", "lbm", "rbm", "llid", "rlid")
_SOURCE: Final = DataSource("IEMOCAP", "research only, by agreement with its makers", "SAIL, USC")
_RESTING: Final = 4
"""Utterances that a face at rest is made from: markers are glued on anew for each session."""
_LEAST_SEEN: Final = 0.5
"""Share of frames in which a marker must be seen, for the gaps to be bridged."""


def read_iemocap(folder: Path) -> Corpus:
    """Utterances of those who wear markers.

    Raises:
        InputError: there are none, or a file is damaged; says which and what to do.
    """
    emotions = _read_emotions(folder)
    paths = sorted(folder.glob("Session*/sentences/MOCAP_rotated/*/*.txt"))
    found = [(path, match) for path in paths if (match := _UTTERANCE.fullmatch(path.stem))]
    worn = [(path, match) for path, match in found if match[3] == match[4]]
    if not worn:
        raise InputError(
            f"there are no markers in {folder}; expected Session1/sentences/MOCAP_rotated/"
            "Ses01F_impro01/Ses01F_impro01_F000.txt"
        )
    names = marker_names(worn[0][0])
    speakers = {path: f"Ses{match[2]}{match[3]}" for path, match in worn}
    rests = _rest_faces(speakers, emotions, names)
    recordings = []
    for path, match in worn:
        if path.stem not in emotions:
            raise InputError(
                f"EmoEvaluation says nothing of {path.stem}; expected a line of it in "
                f"{folder}/Session{int(match[2])}/dialog/EmoEvaluation/{match[1]}.txt"
            )
        recordings.append(_recording(path, speakers[path], int(match[2]), emotions, rests, names))
    lips, upper = (
        np.flatnonzero([name.lower().startswith(part) for name in names])
        for part in (_LIPS, _UPPER)
    )
    return Corpus("IEMOCAP", sorted_by_name(recordings), _SOURCE, "mm", lips=lips, upper=upper)


def _recording(
    path: Path,
    speaker: str,
    session: int,
    emotions: dict[str, str],
    rests: dict[str, Floats],
    names: tuple[str, ...],
) -> Recording:
    wav = path.parents[2] / "wav" / path.parent.name / f"{path.stem}.wav"
    sound, count = open_sound(wav), len(_rows(path))
    check_length(path.stem, count, RATE_HZ, sound)
    return Recording(
        path.stem, speaker, emotions[path.stem], _SPLITS.get(session, TRAIN), sound, RATE_HZ,
        count, partial(read_markers, path, names, rests[speaker]), rests[speaker],
    )  # fmt: skip


def _read_emotions(folder: Path) -> dict[str, str]:
    """By utterance; what is not among ``EMOTIONS`` is undecided."""
    found = {}
    for path in sorted(folder.glob("Session*/dialog/EmoEvaluation/*.txt")):
        for name, code in _LABEL.findall(path.read_text("utf-8", errors="replace")):
            found[name] = EMOTIONS.get(code, EMOTIONS["xxx"])
    if not found:
        raise InputError(
            f"there are no emotions in {folder}/Session*/dialog/EmoEvaluation/*.txt; expected "
            "lines '[6.2901 - 8.2357]  Ses01F_impro01_F000  neu  [2.5, 2.5, 2.5]'"
        )
    return found


def marker_names(path: Path) -> tuple[str, ...]:
    """Of the markers, from a file's first line."""
    with path.open(encoding="utf-8", errors="replace") as file:
        words = file.readline().split()
    if len(words) < 3 or words[1].lower() != "time":
        raise InputError(f"{path} begins with {words[:3]}; expected 'Frame# Time CH1 CH2 …'")
    return tuple(words[2:])


def _rows(path: Path) -> list[str]:
    lines = path.read_text("utf-8", errors="replace").splitlines()[2:]
    rows = [line for line in lines if line.strip()]
    if len(rows) < 2:
        raise InputError(f"{path} holds {len(rows)} frames; expected two or more. Leave it out")
    return rows


def _places(path: Path, names: Sequence[str]) -> Floats:
    """(T, M, 3), NaN where a marker is not seen."""
    if marker_names(path) != tuple(names):
        raise InputError(f"{path} names other markers than the first file; leave it out")
    rows, width = [row.split() for row in _rows(path)], 2 + 3 * len(names)
    for n, row in enumerate(rows):
        if len(row) != width:
            raise InputError(
                f"{path}, line {n + 3}: found {len(row)} numbers, expected {width}. The file is "
                "cut short; fetch it again"
            )
    try:
        numbers = np.array([row[2:] for row in rows], np.float32)
    except ValueError as error:
        raise InputError(f"{path}: {error}. Fetch it again") from error
    return numbers.reshape(len(rows), len(names), 3)


def read_markers(path: Path, names: tuple[str, ...], rest: Floats) -> Floats:
    """(T, M, 3) places; gaps are bridged, and a marker hardly seen stays at rest.

    Raises:
        InputError: the file is damaged.
    """
    places = _places(path, names)
    frames = np.arange(len(places))
    seen = np.isfinite(places).all(-1)
    for marker in range(len(names)):
        there = seen[:, marker]
        if there.mean() < _LEAST_SEEN:
            places[:, marker] = rest[marker]
        elif not there.all():
            for axis in range(3):
                known = places[there, marker, axis]
                places[:, marker, axis] = np.interp(frames, frames[there], known)
    return places


def _rest_faces(
    speakers: dict[Path, str], emotions: dict[str, str], names: tuple[str, ...]
) -> dict[str, Floats]:
    """(M, 3) of each speaker: the median of a few plain utterances, or of whichever there are."""
    rests = {}
    for speaker in sorted(set(speakers.values())):
        own = [path for path, each in speakers.items() if each == speaker]
        plain = [path for path in own if emotions.get(path.stem) == NEUTRAL]
        places = np.concatenate([_places(path, names) for path in (plain or own)[:_RESTING]])
        filled = np.where(np.isfinite(places).any(0), places, 0.0)
        rests[speaker] = np.nanmedian(filled, axis=0).astype(np.float32)
    return rests
