"""Tempo as an animator gives it: tapped, typed, or by dragging a beat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from ..conventions import Floats
from .beats import BEATS_PER_MEASURE, BeatTrack

_LONGEST_GAP_S: Final = 3.0
"""A longer pause begins the tapping anew: 20 bpm."""
_SHORTEST_GAP_S: Final = 0.12
"""What follows faster is the same tap twice: 500 bpm."""
_MOST_OFF: Final = 0.25


def last_taps(times_s: Sequence[float] | Floats) -> Floats:
    """The taps since the last pause of three seconds, bounced ones left out.

    Args:
        times_s: (N,) when a key was tapped, in any order.

    Returns:
        (M,) rising.
    """
    times = np.sort(np.asarray(times_s, np.float64))
    times = times[np.isfinite(times)]
    if not len(times):
        return np.zeros(0)
    pauses = np.flatnonzero(np.diff(times) > _LONGEST_GAP_S)
    times = times[pauses[-1] + 1 :] if len(pauses) else times
    kept = [times[0]]
    for each in times[1:]:
        if each - kept[-1] >= _SHORTEST_GAP_S:
            kept.append(each)
    return np.array(kept)


def tempo_of_taps(times_s: Sequence[float] | Floats) -> float:
    """The tempo somebody taps, though a tap is missed, doubled or late.

    Every gap counts as so many beats as it is nearest to, by the median gap; those that fit none
    within a quarter of a beat are left out, and a line through the numbered taps gives the tempo.

    Args:
        times_s: (N,) when a key was tapped; only those since the last pause of 3 s count.

    Returns:
        Beats a minute; 0 with fewer than two taps.
    """
    taps = last_taps(times_s)
    if len(taps) < 2:
        return 0.0
    gaps = np.diff(taps)
    beat = float(np.median(gaps))
    counts = np.maximum(np.rint(gaps / beat), 1.0)
    fits = np.abs(gaps / beat - counts) <= _MOST_OFF
    if not fits.any():
        return 60.0 / beat
    if not fits.all():
        return float(60.0 * counts[fits].sum() / gaps[fits].sum())
    numbers = np.concatenate(([0.0], np.cumsum(counts)))
    return float(60.0 / np.polyfit(numbers, taps, 1)[0])


def first_beat_of_taps(times_s: Sequence[float] | Floats, bpm: float) -> float:
    """Where in a beat the taps fall, as the time of the beat nearest to the first tap.

    Args:
        times_s: (N,) when a key was tapped, N ≥ 1 since the last pause.
        bpm: of the beats.

    Returns:
        Seconds, on the same clock as the taps.
    """
    taps = last_taps(times_s)
    turns = np.exp(2j * np.pi * (taps - taps[0]) * bpm / 60.0)
    return float(taps[0] + np.angle(turns.sum()) / (2.0 * np.pi) * 60.0 / bpm)


def with_first_beat(track: BeatTrack, first_beat_s: float) -> BeatTrack:
    """The same beats, all moved by so much that the nearest one falls on a time.

    The measures go along; as a person set the beats, they are sure.

    Args:
        track: beats.
        first_beat_s: where one of them is to fall.
    """
    if not len(track.beats_s):
        return track
    beats = np.asarray(track.beats_s, np.float64)
    nearest = beats[np.argmin(np.abs(beats - first_beat_s))]
    return replace(track, beats_s=beats + (first_beat_s - nearest), confidence=1.0)


def with_beat_moved(track: BeatTrack, number: int, time_s: float) -> BeatTrack:
    """One beat put elsewhere, as by dragging its marker, kept between its neighbours.

    Args:
        track: beats.
        number: of the beat.
        time_s: where it is to fall.
    """
    beats = np.array(track.beats_s, np.float64)
    low = beats[number - 1] + _SHORTEST_GAP_S if number > 0 else -np.inf
    high = beats[number + 1] - _SHORTEST_GAP_S if number + 1 < len(beats) else np.inf
    if low <= high:
        beats[number] = np.clip(time_s, low, high)
    return replace(track, beats_s=beats)


def with_first_of_measure(track: BeatTrack, time_s: float) -> BeatTrack:
    """The beat nearest to a time begins a measure, and every fourth before and after it.

    Args:
        track: beats.
        time_s: near which beat.
    """
    if not len(track.beats_s):
        return track
    nearest = int(np.argmin(np.abs(np.asarray(track.beats_s) - time_s)))
    return replace(
        track, first_of_measure=nearest % BEATS_PER_MEASURE, measure_confidence=1.0
    )  # fmt: skip


def doubled(track: BeatTrack) -> BeatTrack:
    """Twice as many beats: one more between each two. The measures take half as long."""
    beats = np.asarray(track.beats_s, np.float64)
    if len(beats) < 2:
        return track
    between = np.interp(np.arange(2 * len(beats) - 1) / 2.0, np.arange(len(beats)), beats)
    first = 2 * track.first_of_measure % BEATS_PER_MEASURE
    return replace(track, beats_s=between, first_of_measure=first)


def halved(track: BeatTrack) -> BeatTrack:
    """Every other beat, among them those that begin measures. Measures take twice as long."""
    if len(track.beats_s) < 4:
        return track
    odd = track.first_of_measure % 2
    first = (track.first_of_measure - odd) // 2
    return replace(track, beats_s=np.asarray(track.beats_s)[odd::2], first_of_measure=first)
