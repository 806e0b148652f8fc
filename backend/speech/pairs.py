"""Sound with the face's curves to it: what the speech network learns from, as files and in memory.

A prepared file holds 16-bit samples at 16 kHz, curves with the names of their ARKit channels, for
synthetic speech the phones with their times, and for measured faces the turn of the head and the
lips' geometry. Files of a split lie in a folder of its name.
"""

from __future__ import annotations

import wave
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import numpy as np

from backend.phonetics.phones import PhoneTrack
from blender_addon.core.conventions import Bools, Floats
from blender_addon.core.errors import InputError
from blender_addon.core.face.arkit import ARKIT_52, SPEECH_CHANNELS

PREPARED: Final = Path(".build/speech_face")
"""Where prepared pairs go unless told otherwise."""
RATE_HZ: Final = 16000
FACEGOOD, PHONES, GRID = "facegood", "phones", "grid"
TEACHERS: Final = (FACEGOOD, PHONES, GRID)
LIPS: Final = ("opening", "width", "drop", "brow")
"""Columns of the lips' geometry: gap between the inner lips, width of the mouth, nose to chin,
height of the brows over the eyes; all over the distance of the outer corners of the eyes."""
_FULL_SCALE = 32767.0
_AGAIN: Final = "delete the folder and run 'prepare speech' again"


@dataclass(frozen=True)
class SpeechPair:
    """A stretch of sound and the face that goes with it.

    Args:
        name: of the recording or the synthetic session.
        waveform: (N,) float32, 16 kHz, within ±1.
        times_s: (T,) of the curves' frames, from the first sample.
        curves: (T, C) float32 weights, columns as in ``channels``.
        teacher: who made the curves, one of ``TEACHERS``.
        known: (C,) channels the teacher says anything about; the others are zero and mean nothing.
        phones: what is said when; of synthetic speech only.
        channels: C ARKit names.
        head_rad: (T, 3) pitch up, yaw to the face's own left, roll about its forward axis; of
            measured faces only.
        lips: (T, 4) geometry, columns as in ``LIPS``; of measured faces only.

    Raises:
        ValueError: ``known`` has not an entry for every channel.
    """

    name: str
    waveform: Floats
    times_s: Floats
    curves: Floats
    teacher: str
    known: Bools = field(default_factory=lambda: np.ones(len(SPEECH_CHANNELS), bool))
    phones: PhoneTrack | None = None
    channels: tuple[str, ...] = SPEECH_CHANNELS
    head_rad: Floats | None = None
    lips: Floats | None = None

    def __post_init__(self) -> None:
        if len(self.known) != len(self.channels):
            raise ValueError(
                f"{self.name}: known has {len(self.known)} entries, expected one for each of the "
                f"{len(self.channels)} channels"
            )

    @property
    def duration_s(self) -> float:
        """Of the sound."""
        return len(self.waveform) / RATE_HZ

    def curves_at(self, times_s: Floats) -> Floats:
        """Curves at any times within the sound, linear between frames: (len(times_s), C)."""
        columns = [np.interp(times_s, self.times_s, column) for column in self.curves.T]
        return np.stack(columns, axis=-1).astype(np.float32)

    def over(self, channels: Sequence[str]) -> SpeechPair:
        """The same pair with other columns; a channel it has not is zero and unknown.

        Args:
            channels: ARKit names, in the order of the new columns.
        """
        if tuple(channels) == self.channels:
            return self
        places = {name: n for n, name in enumerate(self.channels)}
        curves = np.zeros((len(self.curves), len(channels)), np.float32)
        known = np.zeros(len(channels), bool)
        for column, name in enumerate(channels):
            if name in places:
                curves[:, column] = self.curves[:, places[name]]
                known[column] = self.known[places[name]]
        return replace(self, curves=curves, known=known, channels=tuple(channels))


def float_to_int16(waveform: Floats) -> np.ndarray:
    """Samples within ±1 as 16-bit numbers; louder ones are clipped."""
    return np.round(np.clip(waveform, -1.0, 1.0) * _FULL_SCALE).astype(np.int16)


def int16_to_float(samples: np.ndarray) -> Floats:
    """16-bit numbers as float32 within ±1."""
    return (samples / _FULL_SCALE).astype(np.float32)


def read_wav(path: Path) -> Floats:
    """A 16 kHz, 16-bit, mono file as float32; anything else is not training material.

    Raises:
        InputError: the file is missing or of another format.
    """
    if not path.is_file():
        raise InputError(f"no sound file {path}; it belongs beside the curves")
    with wave.open(str(path)) as file:
        found = (file.getframerate(), file.getsampwidth(), file.getnchannels())
        if found != (RATE_HZ, 2, 1):
            raise InputError(
                f"{path} has (rate, bytes per sample, channels) {found}; expected ({RATE_HZ}, 2, 1)"
            )
        data = file.readframes(file.getnframes())
    return int16_to_float(np.frombuffer(data, np.int16))


def save_pair(pair: SpeechPair, path: Path) -> None:
    """Write a pair in one piece: a half-written file is never taken for a whole one."""
    track = pair.phones or PhoneTrack.empty()
    partial = path.with_suffix(".partial")
    with partial.open("wb") as file:
        np.savez(
            file,
            waveform=float_to_int16(pair.waveform),
            times=pair.times_s.astype(np.float64),
            curves=pair.curves.astype(np.float16),
            channels=np.array(pair.channels),
            known=pair.known,
            teacher=np.array(pair.teacher),
            phone_names=np.array(track.names, dtype="U8"),
            phone_starts=track.starts_s,
            phone_ends=track.ends_s,
            phone_stress=track.stress,
            **{key: array.astype(np.float32) for key, array in _measured(pair).items()},
        )
    partial.replace(path)


def _measured(pair: SpeechPair) -> dict[str, Floats]:
    """What only measured faces have, where this one has it."""
    optional = {"head_rad": pair.head_rad, "lips": pair.lips}
    return {key: array for key, array in optional.items() if array is not None}


def load_pair(path: Path) -> SpeechPair:
    """Read what ``save_pair`` wrote.

    Raises:
        InputError: it has channels that ARKit does not name, or is no such file.
    """
    with np.load(path, allow_pickle=False) as file:
        if missing := sorted({"waveform", "times", "curves", "channels", "teacher"} - {*file}):
            raise InputError(f"{path} lacks {', '.join(missing)}; {_AGAIN}")
        channels = tuple(str(name) for name in file["channels"])
        if unknown := [name for name in channels if name not in ARKIT_52]:
            raise InputError(
                f"{path} has the channels {', '.join(unknown)}, which are none of ARKit's; {_AGAIN}"
            )
        names = tuple(str(name) for name in file["phone_names"])
        columns = (file[f"phone_{column}"] for column in ("starts", "ends", "stress"))
        return SpeechPair(
            path.stem,
            int16_to_float(file["waveform"]),
            file["times"],
            file["curves"].astype(np.float32),
            str(file["teacher"]),
            file["known"],
            PhoneTrack(names, *columns) if names else None,
            channels,
            *(file.get(key) for key in ("head_rad", "lips")),
        )


def pair_paths(folder: Path, split: str, teacher: str | None = None) -> list[Path]:
    """Prepared files of a split, in a fixed order.

    Args:
        folder: as ``prepare speech --out`` wrote it.
        split: train or val.
        teacher: only this one's.
    """
    paths = sorted((folder / split).glob(f"{teacher or '*'}_*.npz"))
    if not paths:
        raise InputError(f"no pairs in {folder / split}; run 'prepare speech' first")
    return paths


def iterate_pairs(folder: Path, split: str, teacher: str | None = None) -> Iterator[SpeechPair]:
    """Pairs of a split one after another, so that only one is in memory.

    Raises:
        InputError: nothing is prepared there.
    """
    return map(load_pair, pair_paths(folder, split, teacher))
