"""GRID's sentences with faces measured from their videos: teacher three.

The sound is real English; the curves are a landmark network's estimate, frame by frame at 25 Hz,
so they are shy with rounding and never see the tongue. Brows and eyes have an offset of the face
and of where it reads, which each clip's median takes away.

Source: Cooke, Barker, Cunningham, Shao 2006, *An audio-visual corpus for speech perception and
automatic speech recognition* (zenodo.org/records/3625687, CC BY 4.0); faces by MediaPipe's face
landmarker.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from zipfile import BadZipFile

import numpy as np

from blender_addon.core.conventions import Floats
from blender_addon.core.errors import InputError
from blender_addon.core.face.arkit import ARKIT_52, UPPER_FACE

from ..pairs import GRID, LIPS, RATE_HZ, SpeechPair

SPLITS: Final = ("train", "val", "test_other")
"""The third: speakers that training never hears."""
SHY: Final = ("mouthPucker", "mouthFunnel", "mouthClose", "mouthRollUpper", "mouthRollLower")
"""What the estimator sees too little of: as targets, weigh them less or leave them out."""
_TABLE: Final = "clips.csv"
_CHANNELS: Final = "channels.txt"
_COLUMNS: Final = ("clip", "speaker", "split", "text", "words")
_SIGNS: Final = np.array([-1.0, 1.0, 1.0])
"""The data's pitch is a turn about the face's left axis, which lowers the nose."""
_LENGTHS_DIFFER_S: Final = 0.2
KNOWN: Final = np.array([name != "tongueOut" for name in ARKIT_52])


@dataclass(frozen=True)
class Word:
    """A word and when it is said.

    Args:
        text: as spoken; letters and digits by their names' words.
        start_s: of its first sound.
        end_s: of its last.
    """

    text: str
    start_s: float
    end_s: float


@dataclass(frozen=True)
class GridEntry:
    """A line of the table of clips.

    Args:
        clip: name of its files.
        speaker: who speaks.
        split: one of ``SPLITS``.
        text: the sentence.
        words: with times, where they are known.
    """

    clip: str
    speaker: str
    split: str
    text: str
    words: tuple[Word, ...]


@dataclass(frozen=True)
class GridClip:
    """A sentence and the face that was filmed with it.

    Args:
        entry: who says what when.
        waveform: (N,) float32, 16 kHz.
        times_s: (T,) of the frames.
        curves: (T, 52) weights in the order of ``ARKIT_52``; the tongue's is zero and unknown.
        head_rad: (T, 3) pitch up, yaw to the face's own left, roll about its forward axis.
        lips: (T, 4) geometry in the order of ``pairs.LIPS``.
    """

    entry: GridEntry
    waveform: Floats
    times_s: Floats
    curves: Floats
    head_rad: Floats
    lips: Floats

    def as_pair(self) -> SpeechPair:
        """As training material."""
        return SpeechPair(
            self.entry.clip, self.waveform, self.times_s, self.curves, GRID, KNOWN,
            channels=ARKIT_52, head_rad=self.head_rad, lips=self.lips,
        )  # fmt: skip


def read_entries(folder: Path, split: str = "") -> list[GridEntry]:
    """Lines of ``clips.csv``.

    Args:
        folder: holds it.
        split: only this one's; all if empty.

    Raises:
        InputError: no table, a column missing, no clips of the split, or words without times.
    """
    path = folder / _TABLE
    if not path.is_file():
        raise InputError(
            f"no {_TABLE} in {folder}; give --grid the folder with {_TABLE}, {_CHANNELS} and each "
            "clip's .flac and .npz"
        )
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    if not rows or (missing := [c for c in _COLUMNS if c not in rows[0]]):
        found = ", ".join(missing) if rows else "any clip"
        raise InputError(f"{path} lacks {found}; expected the columns {', '.join(_COLUMNS)}")
    entries = [_entry(path, row) for row in rows if split in ("", row["split"])]
    if not entries:
        splits = ", ".join(sorted({row["split"] for row in rows}))
        raise InputError(f"{path} has no clips of the split {split}; it has {splits}")
    return entries


def _entry(path: Path, row: dict[str, str]) -> GridEntry:
    try:
        words = tuple(_word(item) for item in row["words"].split())
    except ValueError as error:
        raise InputError(
            f"{path}: {row['clip']} has the words {row['words']!r}; expected word:start-end"
        ) from error
    return GridEntry(row["clip"], row["speaker"], row["split"], row["text"], words)


def _word(item: str) -> Word:
    text, times = item.rsplit(":", 1)
    start, end = times.split("-")
    return Word(text, float(start), float(end))


def read_clips(folder: Path, split: str = "", *, smooth: bool = False) -> list[GridClip]:
    """All clips of a split, as ``read_clip``."""
    return [read_clip(folder, entry, smooth=smooth) for entry in read_entries(folder, split)]


def read_clip(folder: Path, entry: GridEntry, *, smooth: bool = False) -> GridClip:
    """Sound and face of a clip.

    Args:
        folder: holds its files.
        entry: its line of the table.
        smooth: curves, head and lips by [1 2 1]/4 in time: scores jitter by 0.01 from frame to
            frame, and a blink's peak is one frame.

    Raises:
        InputError: a file is missing or broken, or sound and face are of different lengths.
    """
    waveform = _read_flac(folder / f"{entry.clip}.flac")
    path = folder / f"{entry.clip}.npz"
    if not path.is_file():
        raise InputError(f"no curves {path}; they belong beside the sound")
    try:
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            arrays = {name: file[name].astype(np.float32) for name in file}
    except (OSError, ValueError, EOFError, BadZipFile) as error:
        raise InputError(f"{path} cannot be read ({error}); fetch the folder again") from error
    names = _read_channels(folder)
    _check(path, arrays, len(names))
    times = np.arange(len(arrays["curves"])) / float(arrays["fps"])
    _check_length(path, len(waveform) / RATE_HZ, len(times) / float(arrays["fps"]))
    curves = rest_upper_face(_to_arkit(arrays["curves"], names))
    head = np.radians(arrays["head_deg"]) * _SIGNS
    tracks = [curves, head.astype(np.float32), arrays["lips"]]
    curves, head, lips = (_smoothed(each) for each in tracks) if smooth else tracks
    return GridClip(entry, waveform, times, curves, head, lips)


def _read_channels(folder: Path) -> list[str]:
    path = folder / _CHANNELS
    if not path.is_file():
        raise InputError(f"no {path}; it names the columns of the curves")
    names = path.read_text("utf-8").split()
    if unknown := [name for name in names if name not in ARKIT_52]:
        raise InputError(f"{path} names {', '.join(unknown)}; expected ARKit's names")
    return names


def _check(path: Path, arrays: dict[str, Floats], channels: int) -> None:
    """Right shapes, and numbers everywhere."""
    frames = len(arrays["curves"]) if arrays.get("curves", np.zeros(())).ndim else 0
    expected = {"curves": (frames, channels), "head_deg": (frames, 3), "lips": (frames, len(LIPS))}
    for name, shape in ({"fps": ()} | expected).items():
        found = arrays[name].shape if name in arrays else "none"
        if found != shape or not frames:
            raise InputError(f"{path} has {name} {found}; expected {shape}, of one frame or more")
    for name in (*expected, "fps"):
        if not np.isfinite(arrays[name]).all():
            raise InputError(f"{path} has frames without a number in {name}; leave the clip out")
    if not arrays["fps"] > 0:
        raise InputError(f"{path} has {arrays['fps']} frames a second; expected more than 0")


def _check_length(path: Path, sound_s: float, face_s: float) -> None:
    if abs(sound_s - face_s) > _LENGTHS_DIFFER_S:
        raise InputError(
            f"{path} lasts {face_s:.2f} s and its sound {sound_s:.2f} s; expected the same, from "
            "the same moment on"
        )


def _read_flac(path: Path) -> Floats:
    import soundfile

    if not path.is_file():
        raise InputError(f"no sound {path}; it belongs beside the curves")
    try:
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except soundfile.LibsndfileError as error:
        raise InputError(f"{path} cannot be read ({error}); fetch the folder again") from error
    if (rate, samples.shape[1]) != (RATE_HZ, 1) or not len(samples):
        raise InputError(
            f"{path} has {len(samples)} samples, {rate} a second, in {samples.shape[1]} channels; "
            f"expected {RATE_HZ} a second in one"
        )
    return np.ascontiguousarray(samples[:, 0])


def _to_arkit(curves: Floats, names: list[str]) -> Floats:
    ordered = np.zeros((len(curves), len(ARKIT_52)), np.float32)
    ordered[:, [ARKIT_52.index(name) for name in names]] = np.clip(curves, 0.0, 1.0)
    return ordered


def rest_upper_face(curves: Floats) -> Floats:
    """Brows and eyes above their median over the clip: (T, 52)."""
    upper = [ARKIT_52.index(name) for name in UPPER_FACE]
    rested = curves.copy()
    rested[:, upper] = np.maximum(curves[:, upper] - np.median(curves[:, upper], axis=0), 0.0)
    return rested


def _smoothed(track: Floats) -> Floats:
    """[1 2 1]/4 in time; the ends are held."""
    held = np.concatenate([track[:1], track, track[-1:]])
    return 0.25 * held[:-2] + 0.5 * held[1:-1] + 0.25 * held[2:]
