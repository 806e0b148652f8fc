"""The filters that cleaning is compared with, each tuned on the recordings that are learned from.

They are applied to the root's place and to the quaternions' numbers, which are then made unit
length again; holes are bridged before. SciPy's where it has them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Final

import numpy as np
from scipy import signal

from blender_addon.core.conventions import Bools, Floats
from blender_addon.core.editing.clean.tracks import on_sphere, tracks_of
from blender_addon.core.editing.fill.cubic import fill_cubic, fill_slerp
from blender_addon.core.motion.clip import MotionClip

RATE_HZ: Final = 30.0
BUTTERWORTH_HZ: Final = (2.0, 2.5, 3.0, 4.0, 6.0, 8.0, 12.0)
SAVITZKY_GOLAY: Final = ((5, 2), (7, 2), (9, 2), (11, 3), (15, 3), (21, 3), (27, 3))
KALMAN: Final = (1e-3, 3e-3, 1e-2, 3e-2, 0.1, 1.0)
MEDIAN: Final = tuple((size, hz) for size in (3, 5) for hz in (3.0, 4.0, 6.0, 8.0, 10.0))
_MOVE: Final = np.array([[1.0, 1.0], [0.0, 1.0]])
Filter = Callable[[Floats], Floats]


@dataclass(frozen=True)
class Baseline:
    """A filter with its setting.

    Args:
        family: its name.
        setting: in words.
        apply: tracks (T, 1 + J, 4) to tracks.
    """

    family: str
    setting: str
    apply: Filter


def all_filters() -> Iterator[Baseline]:
    """Every filter with every setting that is tried."""
    for hz in BUTTERWORTH_HZ:
        yield Baseline("Butterworth", f"{hz:g} Hz", partial(butterworth, cutoff_hz=hz))
    for size, order in SAVITZKY_GOLAY:
        smooth = partial(savitzky_golay, size=size, order=order)
        yield Baseline("Savitzky-Golay", f"{size} frames, order {order}", smooth)
    for ratio in KALMAN:
        yield Baseline("Kalman (RTS)", f"q/r {ratio:g}", partial(kalman, ratio=ratio))
    for size, hz in MEDIAN:
        both = partial(median_butterworth, size=size, cutoff_hz=hz)
        yield Baseline("median and Butterworth", f"{size} frames, {hz:g} Hz", both)


def median_butterworth(tracks: Floats, size: int, cutoff_hz: float) -> Floats:
    """The median first, then Butterworth."""
    return butterworth(median(tracks, size), cutoff_hz)


def butterworth(tracks: Floats, cutoff_hz: float) -> Floats:
    """Order 2, forward and backward."""
    padding = min(int(RATE_HZ), len(tracks) - 1)
    smooth = signal.sosfiltfilt(_sections(cutoff_hz), tracks, axis=0, padlen=padding)
    return on_sphere(smooth.astype(np.float32))


@lru_cache(maxsize=32)
def _sections(cutoff_hz: float) -> Floats:
    return np.asarray(signal.butter(2, cutoff_hz, fs=RATE_HZ, output="sos"))


def savitzky_golay(tracks: Floats, size: int, order: int) -> Floats:
    """A polynomial over so many frames."""
    if len(tracks) < size:
        return tracks
    smooth = signal.savgol_filter(tracks, size, order, axis=0, mode="interp")
    return on_sphere(smooth.astype(np.float32))


def median(tracks: Floats, size: int) -> Floats:
    """The median over so many frames, number by number."""
    half = size // 2
    padded = np.pad(tracks, ((half, half), (0, 0), (0, 0)), mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, size, axis=0)
    return on_sphere(np.median(windows, axis=-1).astype(np.float32))


def kalman(tracks: Floats, ratio: float) -> Floats:
    """The smoother of Rauch, Tung and Striebel of a motion whose velocity drifts.

    Args:
        tracks: (T, 1 + J, 4).
        ratio: variance by which the velocity drifts in a frame, over that of the noise.

    Source: Rauch, Tung, Striebel 1965.
    """
    count = len(tracks)
    forward, backward = _gains(count, ratio)
    seen = tracks.reshape(count, -1).astype(np.float64)
    state = np.stack((seen[0], np.zeros_like(seen[0])))
    states, guesses = [state], [state]
    for value, gain in zip(seen[1:], forward, strict=True):
        guess = _MOVE @ state
        state = guess + gain[:, None] * (value - guess[0])
        guesses.append(guess)
        states.append(state)
    for n in range(count - 2, -1, -1):
        states[n] = states[n] + backward[n] @ (states[n + 1] - guesses[n + 1])
    smooth = np.stack([each[0] for each in states]).reshape(tracks.shape)
    return on_sphere(smooth.astype(np.float32))


@lru_cache(maxsize=256)
def _gains(count: int, ratio: float) -> tuple[list[Floats], list[Floats]]:
    """What counts of each new value, forward and backward: it depends on no value."""
    drift = ratio * np.array([[1 / 3, 1 / 2], [1 / 2, 1.0]])
    spread = np.diag([1.0, 1.0])
    forward, backward = [], []
    for _ in range(count - 1):
        guessed = _MOVE @ spread @ _MOVE.T + drift
        backward.append(spread @ _MOVE.T @ np.linalg.inv(guessed))
        forward.append(guessed[:, 0] / (guessed[0, 0] + 1.0))
        spread = guessed - np.outer(forward[-1], guessed[0])
    return forward, backward


def bridged(clip: MotionClip, known: Bools, *, cubic: bool = True) -> Floats:
    """Tracks of a clip with holes bridged by the cubic, or by SLERP and lines."""
    fill = fill_cubic if cubic else fill_slerp
    if known.all():
        return tracks_of(clip)
    root, turns = fill(clip.root_positions[None], clip.rotations_wxyz[None], known[None])
    filled = MotionClip(clip.skeleton, clip.frame_rate_hz, root[0], turns[0])
    return tracks_of(filled)
