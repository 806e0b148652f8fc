"""Which features of the music a network hears, and the second of them around each frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from blender_addon.core.conventions import Floats, Ints
from blender_addon.core.inference.layout import Layout
from blender_addon.core.sound.beats import BeatTrack

if TYPE_CHECKING:
    from blender_addon.core.sound.music.features import MusicFeatures

RATE_HZ: Final = 30.0
REACH: Final = 15
"""Frames before and after: half a second."""
WINDOW: Final = 2 * REACH + 1
_A4_HZ: Final = 440.0

LAYOUT: Final = Layout({"pitch": 2, "beat": 4, "rms": 2, "mfcc": 13})
"""pitch: octaves from 440 Hz, 0 where there is none, and whether there is one; beat: sine and
cosine of the beat's and of the measure's phase; rms: loudness and how it rises; mfcc."""

SETS: Final = {
    "pitch": ("pitch",),
    "pitch_beat": ("pitch", "beat"),
    "pitch_rms": ("pitch", "rms"),
    "pitch_beat_rms": ("pitch", "beat", "rms"),
    "mfcc": ("mfcc",),
    "all": ("pitch", "beat", "rms", "mfcc"),
}


def feature_rows(features: MusicFeatures, beats: BeatTrack) -> Floats:
    """(T, 21) all features at 30 Hz, laid out as ``LAYOUT``."""
    times = np.arange(len(features.rms)) / RATE_HZ
    beat, measure = beats.beat_phase_rad(times), beats.measure_phase_rad(times)
    octaves = np.log2(np.maximum(features.pitch_hz, 1.0) / _A4_HZ)
    columns = (
        np.where(features.voiced, octaves, 0.0), features.voiced,
        np.sin(beat), np.cos(beat), np.sin(measure), np.cos(measure),
        features.rms, features.rms_slope,
    )  # fmt: skip
    return np.column_stack((*columns, features.mfcc)).astype(np.float32)


def columns_of(name: str) -> Ints:
    """Columns of ``LAYOUT`` that a set of ``SETS`` hears."""
    slices = LAYOUT.slices
    return np.concatenate([np.arange(slices[p].start, slices[p].stop) for p in SETS[name]])


def around(rows: Floats) -> Floats:
    """(T, F) to (T, 31·F): from half a second before each frame to half a second after.

    Beyond both ends the first and last row are repeated.
    """
    padded = np.pad(rows, ((REACH, REACH), (0, 0)), mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, WINDOW, axis=0)
    return np.ascontiguousarray(windows.swapaxes(1, 2)).reshape(len(rows), -1)
