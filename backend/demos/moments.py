"""Moments at which a still of a speaking mouth is worth a look."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from blender_addon.core.errors import InputError
from blender_addon.core.face.clip import FaceClip

Array = NDArray[np.floating[Any]]
Moments = list[tuple[str, int]]

_LEAST_APART_S: Final = 0.25
_VISIBLE: Final = {
    "shut": ("P", "B", "M"),
    "open": ("AA", "AE", "AH", "AO", "AW", "AY"),
    "round": ("UW", "OW", "UH", "W"),
}


def read_moments(phones: Path, rate_hz: float, count: int) -> Moments:
    """Frames in the middle of phones that show on the lips, in order of time.

    Args:
        phones: CSV with the columns start_s, end_s, phone (ARPAbet without stress) and word.
        rate_hz: frames a second.
        count: how many; 0 for every such phone.

    Returns:
        Phone with its word, and frame: a third shut, open and round each, evenly taken, as far as
        there are so many.

    Raises:
        InputError: the file cannot be read, or none of these phones is in it.
    """
    try:
        with phones.open(encoding="utf-8", newline="") as file:
            rows = [
                (0.5 * (float(row["start_s"]) + float(row["end_s"])), row["phone"], row["word"])
                for row in csv.DictReader(file)
            ]
    except (OSError, KeyError, ValueError) as error:
        raise InputError(
            f"{phones} cannot be read: {error}. Give a CSV with start_s, end_s, phone and word"
        ) from error
    found: dict[int, str] = {}
    spare: dict[int, str] = {}  # where one kind has too few phones, others fill up
    for kind, names in _VISIBLE.items():
        fitting = {round(at * rate_hz): f"{p} in {word}" for at, p, word in rows if p in names}
        if not fitting:
            raise InputError(f"{phones} has no {kind} phone ({', '.join(names)})")
        frames = sorted(fitting)
        evenly = np.linspace(0, len(frames) - 1, count // len(_VISIBLE)).round().astype(int)
        found |= {frames[n]: fitting[frames[n]] for n in evenly}
        spare |= fitting
    more = [frame for frame in spare if frame not in found]
    for frame in more[: count - len(found)] if count else more:
        found[frame] = spare[frame]
    return [(found[frame], frame) for frame in sorted(found)]


def find_moments(clip: FaceClip, count: int) -> Moments:
    """Frames at which the mouth is most clearly open, round and shut, in order of time.

    Args:
        clip: a speaking face.
        count: how many; a multiple of three.

    Returns:
        Label and frame, a third of them of each kind, no two of a kind close together.
    """
    jaw, shut = weight_of(clip, "jawOpen"), weight_of(clip, "mouthClose")
    round_ = np.maximum(weight_of(clip, "mouthPucker"), weight_of(clip, "mouthFunnel"))
    pressed = 0.5 * (weight_of(clip, "mouthPressLeft") + weight_of(clip, "mouthPressRight"))
    talking = np.convolve(jaw, np.ones(15), "same") > 0.2  # a pause is shut as well
    measures = {"open": jaw - shut, "round": round_, "shut": (shut + pressed) * talking}
    found = []
    for kind, values in measures.items():
        found += [(kind, n) for n in _peaks(values, count // 3, clip.frame_rate_hz)]
    return sorted(found, key=lambda moment: moment[1])


def _peaks(values: Array, count: int, rate_hz: float) -> list[int]:
    """The largest values, no two within a quarter of a second."""
    left, found = values.astype(np.float64).copy(), []
    reach = max(int(_LEAST_APART_S * rate_hz), 1)
    for _ in range(count):
        peak = int(np.argmax(left))
        found.append(peak)
        left[max(peak - reach, 0) : peak + reach + 1] = -np.inf
    return found


def weight_of(clip: FaceClip, channel: str) -> Array:
    """(T,) weights of a channel; 0 if the clip lacks it."""
    if channel not in clip.channels:
        return np.zeros(clip.frame_count)
    return clip.weights[:, clip.channels.index(channel)]
