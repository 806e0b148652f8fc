"""Measures against faces that were animated by hand: FACEGOOD's recordings, or others like them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from blender_addon.core.conventions import Bools, Floats
from blender_addon.core.errors import InputError
from blender_addon.core.face.arkit import ARKIT_52

from ..cnn2017.baselines import fit_baselines
from ..pairs import SpeechPair
from ..teachers.facegood import RECORDINGS, read_recording
from .faces import USUAL, Speaker
from .metrics import Take, active_channels, correlation, measure_takes, rmse
from .ridge import Example, Hear, RidgeSpeaker, fit_ridge


def read_folder(folder: Path, names: Sequence[str] = ()) -> list[SpeechPair]:
    """Recordings NAME.wav with NAME.npz of a folder, all of them unless named, of 52 channels.

    Raises:
        InputError: there are none.
    """
    names = names or sorted(path.stem for path in folder.glob("*.npz"))
    if not names:
        raise InputError(f"no NAME.npz with NAME.wav in {folder}; give a folder of recordings")
    return [replace(read_recording(folder, name), name=name).over(ARKIT_52) for name in names]


@dataclass(frozen=True, eq=False)
class Animated:
    """Recordings to measure on, and what they are measured by.

    Args:
        train: what baselines are fitted to.
        pairs: what faces are measured against.
        active: (52,) channels that count: those that move in the training recordings.
        ridge_rmse: of ridge regression on autocorrelations.
    """

    train: Sequence[SpeechPair]
    pairs: Sequence[SpeechPair]
    active: Bools
    ridge_rmse: float


def read_animated(train_folder: Path, folder: Path | None = None) -> Animated:
    """Read the recordings and fit the baselines.

    Args:
        train_folder: FACEGOOD's.
        folder: other recordings to measure on than FACEGOOD's held-out one.
    """
    train = read_folder(train_folder, RECORDINGS["train"])
    pairs = read_folder(folder) if folder else read_folder(train_folder, RECORDINGS["val"])
    active = active_channels([pair.curves for pair in train]) & pairs[0].known
    found = measure_baselines(train, pairs, active)
    return Animated(train, pairs, active, found["rmse_ridge"])


def measure_baselines(
    train: Sequence[SpeechPair], pairs: Sequence[SpeechPair], active: Bools
) -> dict[str, float]:
    """rmse_mean_face, and of ridge regression on autocorrelations rmse_ridge and its jaw."""
    baselines = fit_baselines(train)
    ridge = [make_take(pair, baselines.predict_ridge(pair)) for pair in pairs]
    mean = [make_take(pair, baselines.predict_mean(pair)) for pair in pairs]
    return {
        "rmse_mean_face": rmse(mean, active),
        "rmse_ridge": rmse(ridge, active),
        "jaw_correlation_ridge": float(np.mean([correlation(take) for take in ridge])),
    }


def fit_animated_ridge(animated: Animated, hear: Hear) -> RidgeSpeaker:
    """Ridge regression on the encoder's features, fitted to the training recordings."""
    examples = [Example(pair.waveform, pair.times_s, pair.curves) for pair in animated.train]
    return RidgeSpeaker(fit_ridge(examples, hear), hear)


def measure_animated(speaker: Speaker, animated: Animated) -> dict[str, Any]:
    """The network's faces, each recording in its own session's style, against the known ones."""
    takes = [_speak(speaker, pair, pair.name) for pair in animated.pairs]
    usual = [_speak(speaker, pair, USUAL) for pair in animated.pairs]
    found = measure_takes(takes, animated.active)
    return {
        "facegood_rmse_over_ridge": found["rmse"] / animated.ridge_rmse,
        "facegood_jaw_r": found["jaw_correlation"],
        "lag_frames": found["lag_frames"],
        "jerk_ratio": found["jerk_ratio"],
        "facegood_rmse": found["rmse"],
        "facegood_rmse_usual_style": rmse(usual, animated.active),
    }


def _speak(speaker: Speaker, pair: SpeechPair, voice: str) -> Take:
    rate = 1.0 / float(np.median(np.diff(pair.times_s)))
    return make_take(pair, speaker.network(pair.waveform, rate, len(pair.times_s), voice).curves)


def make_take(pair: SpeechPair, curves: Floats) -> Take:
    """Curves (T, 52) beside a recording's own."""
    rate = 1.0 / float(np.median(np.diff(pair.times_s)))
    return Take(pair.name, curves, pair.curves, rate)
