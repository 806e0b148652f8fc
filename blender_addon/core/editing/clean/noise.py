"""How noisy a track is, around every frame.

Bodies hardly move faster than 9 Hz; jitter does. What a track has above that is its noise, if it is
there all the time: a fast moment of the motion is over soon, so the lower quantile over some
seconds counts. Of two bands the quieter one counts, because noise is in both and motion fades.
What undamaged recordings have there is subtracted.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import numpy as np

from ...conventions import Floats
from ...maths.lowpass import back, padded_spectrum
from ...maths.smoothing import gaussian_smooth
from ...motion.skeleton import Skeleton
from .tracks import ROOT

SLOWEST_HZ: Final = 20.0
"""At fewer frames a second noise and motion cannot be told apart."""
_BAND: Final = (0.6, 0.8, 1.0)
HIGHEST_HZ: Final = 15.0
"""Noise is measured below."""
_SMOOTH_S: Final = 0.15
_STRIDE_S: Final = 0.2
_WINDOW_S: Final = 2.6
_QUANTILE: Final = 0.3
_SIDE_QUANTILE: Final = 0.1
_CALIBRATION: Final = (1.33, 1.05)
"""A low quantile of a mean square is less than its mean: what white noise needs to be itself."""
_ALONE: Final = 3.0
_USUAL_M: Final = 0.001
_USUAL_DEG: Final = {
    "Hips": 0.35, "Spine": 0.35, "Spine1": 0.2, "Spine2": 0.25, "Neck": 0.45, "Head": 0.55,
    "Shoulder": 0.15, "Arm": 0.5, "ForeArm": 0.2, "Hand": 0.65,
    "UpLeg": 0.6, "Leg": 0.6, "Foot": 0.7, "Toe": 1.4,
}  # fmt: skip
"""What nine tenths of undamaged recordings stay below: measured of those that are learned from."""


def measure_noise(tracks: Floats, rate_hz: float) -> Floats:
    """Noise of each track around each frame, as undamaged ones have it too.

    Args:
        tracks: (T, 1 + J, 4), without spikes and holes.
        rate_hz: frames per second; below ``SLOWEST_HZ`` everything is 0.

    Returns:
        (T, 1 + J) standard deviation by axis: metres of the root, radians of joints. White noise
        up to 15 Hz is meant; at higher rates what is faster is measured as it is and added.
    """
    count, width = tracks.shape[:2]
    stride = max(round(_STRIDE_S * rate_hz), 1)
    if rate_hz < SLOWEST_HZ or count < 4 * stride:
        return np.zeros((count, width), np.float32)
    top = min(0.5 * rate_hz, HIGHEST_HZ)
    edges = [share * top for share in _BAND]
    powers = []
    for low, high in pairwise(edges):
        share = (high - low) / top
        powers.append(_steady(band_power(tracks, rate_hz, low, high), rate_hz, stride) / share)
    power = np.minimum(*powers) * _CALIBRATION[0]
    if 0.5 * rate_hz > top:
        above = band_power(tracks, rate_hz, top, rate_hz)
        power = power + _steady(above, rate_hz, stride) * _CALIBRATION[1]
    variance = power / 3.0
    variance[:, 1:] *= 4.0  # a quaternion's numbers are half angles
    at = np.arange(len(variance)) * stride
    frames = np.arange(count)
    columns = [np.interp(frames, at, column) for column in np.sqrt(variance).T]
    return np.stack(columns, axis=-1).astype(np.float32)


def excess_noise(tracks: Floats, rate_hz: float, skeleton: Skeleton) -> Floats:
    """(T, 1 + J) noise as ``measure_noise`` has it, less what undamaged recordings have."""
    usual = np.full(tracks.shape[1], _USUAL_M, np.float32)
    usual[ROOT + 1 :] = [
        np.deg2rad(_USUAL_DEG.get(name.removeprefix("Left").removeprefix("Right"), 0.5))
        for name in skeleton.names
    ]
    power = measure_noise(tracks, rate_hz) ** 2
    excess = np.sqrt(np.maximum(power - (_ALONE * usual) ** 2, 0.0))
    # Jitter of most joints is jitter of all, also where the motion hides it; of a few joints it may
    # as well be a quick motion, and has to be plain.
    joints = slice(ROOT + 1, None)
    beyond = np.sqrt(np.maximum(power[:, joints] - usual[joints] ** 2, 0.0))
    common = np.median(beyond, axis=1, keepdims=True)
    excess[:, joints] = np.maximum(excess[:, joints], np.minimum(np.sqrt(power[:, joints]), common))
    return np.asarray(excess)


def band_power(tracks: Floats, rate_hz: float, low_hz: float, high_hz: float) -> Floats:
    """Mean square around each frame of what lies in a band.

    Args:
        tracks: (T, C, 4).
        rate_hz: frames per second.
        low_hz, high_hz: the band.

    Returns:
        (T, C).
    """
    # The band is cut from second differences, and undone in it: so that the far larger slow motion,
    # which does not end where it began, does not leak into the band.
    bent = np.zeros_like(tracks)
    bent[1:-1] = tracks[2:] - 2.0 * tracks[1:-1] + tracks[:-2]
    spectrum, frequencies, inside = padded_spectrum(bent, rate_hz)
    within = (frequencies >= low_hz) & (frequencies <= high_hz)
    gains = np.zeros(len(frequencies), tracks.dtype)
    gains[within] = 0.25 / np.sin(np.pi * frequencies[within] / rate_hz) ** 2
    part = back(spectrum * gains[:, None, None], inside, tracks)
    return gaussian_smooth(np.square(part).sum(axis=-1), _SMOOTH_S * rate_hz)


def _steady(power: Floats, rate_hz: float, stride: int) -> Floats:
    """Of power (T, C) what is there all the time, at every ``stride``-th frame.

    All the time before it or after it will do: so that noise is seen up to where it begins.
    """
    sampled = power[::stride]
    count = min(round(_WINDOW_S * rate_hz / stride) | 1, 2 * ((len(sampled) - 1) // 2) + 1)
    half = count // 2
    padded = np.pad(sampled, ((half, half), (0, 0)), mode="reflect")
    around = _lower(padded, count, _QUANTILE)
    side = _lower(padded, half + 1, _SIDE_QUANTILE)
    return np.maximum(around, np.maximum(side[: len(sampled)], side[-len(sampled) :]))


def _lower(values: Floats, count: int, share: float) -> Floats:
    """A lower quantile of every ``count`` values on end."""
    windows = np.lib.stride_tricks.sliding_window_view(values, count, axis=0)
    rank = round(share * (count - 1))
    return np.asarray(np.partition(windows, rank, axis=-1)[..., rank])
