"""Recorded dances with the music that is made for them: what is trained on and measured on."""

from __future__ import annotations

import csv
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from backend.gesture.measures.poses import seen_positions
from backend.mocap.common_clips import read_standing_clip
from backend.music import make_music
from blender_addon.core.conventions import Floats
from blender_addon.core.errors import MALFORMED, InputError, shortened
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.sound.beats import BEATS_PER_MEASURE, BeatTrack
from blender_addon.core.sound.music.features import music_features
from blender_addon.core.sound.waveform import ArraySound

from .feature_sets import LAYOUT, RATE_HZ, feature_rows
from .state import encode_clip

TRAIN, VAL = "train", "val"
BEATS: Final = Path("gesture") / "dance_beats"
CMU: Final = Path("mocap") / "cmu"
_SMOOTHING_S = 1.0
_LOUD_PERCENT = 95

_log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Dancer:
    """One partner of one take, at 30 Hz.

    Args:
        name: of the recording.
        take: that both partners share.
        clip: common skeleton.
        beats: quarters of the music.
        rows: (T, 21) features of the music that was made for the take, as ``feature_sets.LAYOUT``;
            zeros of one that was read without its music.
        states: (T, 134) of the clip, as ``state.LAYOUT``.
    """

    name: str
    take: str
    clip: MotionClip
    beats: BeatTrack
    rows: Floats
    states: Floats


def load_dancers(data: Path, split: str, *, music: bool = True) -> list[Dancer]:
    """Both partners of every take of a part, ``train`` or ``val``.

    Args:
        data: folder with mocap/cmu and gesture/dance_beats.
        split: as ``takes.csv`` says.
        music: whether to make it, and measure it.

    Raises:
        InputError: a file is missing or malformed, or no take is of that part.
    """
    rows = [row for row in _read_table(data / BEATS / "takes.csv") if row["use"] == split]
    if not rows:
        raise InputError(f"{data / BEATS / 'takes.csv'} names no take of the part '{split}'")
    return [dancer for row in rows for dancer in _load_take(data, row, music)]


def _read_table(path: Path) -> list[dict[str, str]]:
    if not path.is_file():
        raise InputError(f"there is no {path}; give the folder of the recordings with --data")
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _load_take(data: Path, row: dict[str, str], music: bool) -> Iterator[Dancer]:
    """Both partners hear the same music, whose loudness follows them both."""
    take, names = row["take"], (row["clip_a"], row["clip_b"])
    _log.debug("reading %s", take)
    clips = [read_standing_clip(data / CMU / f"{name}.bvh", RATE_HZ) for name in names]
    beats = read_beats(data / BEATS / f"{take}.csv")
    count = min(clip.frame_count for clip in clips)
    features = np.zeros((count, LAYOUT.size), np.float32)
    if music:
        samples = make_music(beats, energy_of(clips), seed_of(take))
        features = feature_rows(music_features(ArraySound(samples)), beats)[:count]
    for name, clip in zip(names, clips, strict=True):
        yield Dancer(name, take, clip, beats, features, encode_clip(clip)[: len(features)])


def seed_of(take: str) -> int:
    """Of a take's music: the number in its name."""
    return int("".join(letter for letter in take if letter.isdigit()) or 0)


def read_beats(path: Path) -> BeatTrack:
    """Quarters of ``dance_beats/*.csv``: rows ``beat_s, quarter``.

    Raises:
        InputError: the file is missing or malformed.
    """
    rows = _read_table(path)
    try:
        times = np.array([float(row["beat_s"]) for row in rows])
        first = -int(rows[0]["quarter"]) % BEATS_PER_MEASURE
    except MALFORMED as error:
        raise InputError(f"{path}: expected rows beat_s, quarter; {shortened(error)}") from error
    return BeatTrack(times, first)


def energy_of(clips: Sequence[MotionClip]) -> Floats:
    """(T,) at 30 Hz, 0 … 1: mean speed of all joints of all dancers, over a second."""
    shortest = min(clip.frame_count for clip in clips)
    width = round(_SMOOTHING_S * RATE_HZ)
    speeds = []
    for clip in clips:
        moved = np.gradient(seen_positions(clip)[:shortest], axis=0) * clip.frame_rate_hz
        speeds.append(np.linalg.norm(moved, axis=-1).mean(axis=-1))
    smooth = np.convolve(
        np.pad(np.mean(speeds, axis=0), (width // 2, width - 1 - width // 2), mode="edge"),
        np.full(width, 1.0 / width),
        mode="valid",
    )
    return np.minimum(smooth / np.percentile(smooth, _LOUD_PERCENT), 1.0).astype(np.float32)
