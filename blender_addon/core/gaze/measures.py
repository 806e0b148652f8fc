"""Measures of a finished gaze: its saccades, found again in the frames."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ..conventions import Floats
from ..face.eye_angles import angles_to_rotations
from ..maths.rotations import quaternion_rotate
from .clip import GazeClip
from .eye_head_features import angles_to_directions

BAHILL_SECONDS_PER_DEGREE: Final = 0.0022
_MOVING_RAD_S: Final = float(np.deg2rad(30.0))
_FITTED_DEG: Final = (3.0, 25.0)


@dataclass(frozen=True, eq=False)
class Saccades:
    """N saccades as a camera would see them.

    Args:
        amplitudes_rad: (N,).
        durations_s: (N,) time in motion; a frame longer than the true duration on average, for the
            frames at its ends count in full.
        peak_velocities_rad_s: (N,) between two frames.
    """

    amplitudes_rad: Floats
    durations_s: Floats
    peak_velocities_rad_s: Floats


def gaze_directions(clip: GazeClip) -> Floats:
    """(T, 3) where both eyes together look, relative to the head as it was animated before."""
    eyes = angles_to_directions(clip.eyes_rad.astype(np.float64).mean(axis=1))
    turn = angles_to_rotations(clip.head_offset_rad.astype(np.float64))
    return quaternion_rotate(turn, eyes)


def find_saccades(directions: Floats, frame_rate_hz: float) -> Saccades:
    """Stretches in which gaze moves faster than 30 °/s.

    Args:
        directions: (T, 3) unit.
        frame_rate_hz: frames per second.
    """
    steps = _angle(directions[1:], directions[:-1])
    moving = steps * frame_rate_hz > _MOVING_RAD_S
    edges = np.diff(np.concatenate(([0], moving.astype(np.int8), [0])))
    start, stop = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    peaks = [steps[a:b].max() * frame_rate_hz for a, b in zip(start, stop, strict=True)]
    return Saccades(
        _angle(directions[stop], directions[start]),
        (stop - start) / frame_rate_hz,
        np.array(peaks),
    )


def fit_main_sequence(saccades: Saccades) -> tuple[float, float]:
    """Slope in seconds a degree and intercept in seconds of duration over amplitude, 3° to 25°.

    Source: Bahill, Clark, Stark 1975: 2.2 ms a degree.
    """
    degrees = np.rad2deg(saccades.amplitudes_rad)
    low, high = _FITTED_DEG
    fitted = (degrees > low) & (degrees < high)
    slope, intercept = np.polyfit(degrees[fitted], saccades.durations_s[fitted], 1)
    return float(slope), float(intercept)


def _angle(a: Floats, b: Floats) -> Floats:
    half = 0.5 * np.sqrt(((a - b) ** 2).sum(axis=-1))
    return np.asarray(2.0 * np.arcsin(np.minimum(half, 1.0)))
