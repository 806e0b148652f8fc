"""Makes music for beats that are given: training data, demonstrations and tests."""

from __future__ import annotations

import wave
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from blender_addon.core.conventions import Floats
from blender_addon.core.sound.beats import BEATS_PER_MEASURE, BeatTrack

from . import instruments
from .instruments import RATE_HZ
from .patterns import MINOR_ROOTS, PATTERNS, PROGRESSIONS, SLOTS, Pattern

ENERGY_RATE_HZ: Final = 30.0
STYLES: Final = tuple(PATTERNS)
_SLOTS_PER_BEAT: Final = 4
_JITTER_S: Final = 0.006
_QUIETEST: Final = 0.15
_LOUDEST_PEAK: Final = 0.8
_LEVELS: Final = {
    "kick": 0.9, "snare": 0.5, "hat": 0.3, "clave": 0.35, "conga": 0.5, "bell": 0.22,
    "shaker": 0.2, "bass": 0.45, "chords": 0.4,
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Band:
    """Who plays: chosen by the seed, so that no two pieces sound alike."""

    kits: dict[str, list[Floats]]
    levels: dict[str, float]
    key: int
    progression: tuple[int, ...]
    brightness: float
    rng: np.random.Generator


def make_music(beats: BeatTrack, energy: Floats, seed: int = 0, style: str = "salsa") -> Floats:
    """Music whose quarters fall on given beats and whose loudness follows a given energy.

    Args:
        beats: quarters and measures; the music begins and ends with them.
        energy: (T,) at 30 Hz, 0 … 1; the music is as long as this.
        seed: of key, chords, instruments, their levels and the players' timing (6 ms).
        style: one of ``STYLES``.

    Returns:
        (N,) float32 at 16 kHz, peaks of at most 0.8.

    Raises:
        ValueError: the style is unknown.
    """
    if style not in PATTERNS:
        raise ValueError(f"style {style!r} is unknown; expected one of {', '.join(STYLES)}")
    pattern, band = PATTERNS[style], _gather_band(np.random.default_rng([seed, 7_771]))
    samples = np.zeros(max(1, round(len(energy) / ENERGY_RATE_HZ * RATE_HZ)))
    slots = _slot_times(beats, pattern.swing)
    if len(slots):
        _play_drums(samples, slots, beats, pattern, band)
        _play_tones(samples, slots, beats, pattern, band)
    samples *= _loudness(energy, len(samples))
    return (samples * (_LOUDEST_PEAK / max(float(np.abs(samples).max()), 1e-3))).astype(np.float32)


def write_music(path: Path, samples: Floats) -> None:
    """Write what ``make_music`` made as a WAV file of 16 bit."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(np.rint(np.clip(samples, -1.0, 1.0) * 32767.0).astype("<i2").tobytes())


def _gather_band(rng: np.random.Generator) -> _Band:
    def four(make: Callable[[np.random.Generator, float], Floats], *pitches: float) -> list[Floats]:
        tune = rng.uniform(0.88, 1.14)
        return [make(rng, tune * rng.choice(pitches)) for _ in range(4)]

    kits = {
        "kick": four(instruments.kick, 52.0), "snare": four(instruments.snare, 190.0),
        "hat": four(instruments.hat, 0.03), "shaker": four(instruments.hat, 0.02),
        "clave": four(instruments.clave, 2500.0), "bell": four(instruments.bell, 560.0),
        "conga": four(instruments.conga, 210.0, 270.0),
    }  # fmt: skip
    levels = {name: level * rng.uniform(0.7, 1.3) for name, level in _LEVELS.items()}
    progression = PROGRESSIONS[rng.integers(len(PROGRESSIONS))]
    return _Band(kits, levels, int(rng.integers(12)), progression, rng.uniform(0.3, 0.6), rng)


def _slot_times(beats: BeatTrack, swing: float) -> Floats:
    """(4 N,) times of the sixteenths, from the first beat to one beat after the last."""
    times = np.asarray(beats.beats_s, np.float64)
    if len(times) < 2:
        return np.zeros(0)
    times = np.append(times, 2.0 * times[-1] - times[-2])
    shares = np.interp([0.0, 0.25, 0.5, 0.75], [0.0, 0.5, 1.0], [0.0, swing, 1.0])
    return (times[:-1, None] + np.diff(times)[:, None] * shares).ravel()


def _pattern_slot(number: int, beats: BeatTrack) -> int:
    """Which sixteenth of two measures the sixteenth of that number is."""
    return (number - _SLOTS_PER_BEAT * beats.first_of_measure) % SLOTS


def _play_drums(
    samples: Floats, slots: Floats, beats: BeatTrack, pattern: Pattern, band: _Band
) -> None:
    for name, strokes in pattern.drums.items():
        strengths = dict(strokes)
        for number, time in enumerate(slots):
            strength = strengths.get(_pattern_slot(number, beats), 0.0)
            if strength > 0.0:
                stroke = band.kits[name][band.rng.integers(4)]
                loud = band.levels[name] * strength * band.rng.uniform(0.85, 1.0)
                _add(samples, stroke * loud, time + band.rng.normal(0.0, _JITTER_S))


def _play_tones(
    samples: Floats, slots: Floats, beats: BeatTrack, pattern: Pattern, band: _Band
) -> None:
    low = {slot: (strength, note) for slot, strength, note in pattern.bass}
    high = dict(pattern.chords)
    for number, time in enumerate(slots):
        slot = _pattern_slot(number, beats)
        late = band.rng.normal(0.0, _JITTER_S)
        if slot in low:
            strength, which = low[slot]
            root = _root(number + (_SLOTS_PER_BEAT if which == 2 else 0), beats, band)
            note = 36 + (root + band.key + (7 if which == 1 else 0)) % 12
            tone = instruments.bass(note, _until(number, slots, low, beats), band.brightness)
            _add(samples, tone * (band.levels["bass"] * strength), time + late)
        if slot in high:
            notes = _chord_notes(_root(number, beats, band), band)
            length = _until(number, slots, high, beats)
            tone = instruments.chord(notes, length, band.brightness, pattern.plucked)
            _add(samples, tone * (band.levels["chords"] * high[slot]), time + late)


def _until(number: int, slots: Floats, strokes: Mapping[int, object], beats: BeatTrack) -> float:
    """Seconds until the same instrument plays again, or the music ends; at most two."""
    after = number + 1
    while after < len(slots) and _pattern_slot(after, beats) not in strokes:
        after += 1
    end = slots[after] if after < len(slots) else slots[-1] + slots[-1] - slots[-2]
    return float(np.clip(end - slots[number], 0.05, 2.0))


def _root(number: int, beats: BeatTrack, band: _Band) -> int:
    measure = (number // _SLOTS_PER_BEAT - beats.first_of_measure) // BEATS_PER_MEASURE
    return band.progression[measure % len(band.progression)]


def _chord_notes(root: int, band: _Band) -> tuple[int, ...]:
    third = 3 if root in MINOR_ROOTS else 4
    base = 55 + (root + band.key) % 12
    return base, base + third, base + 7


def _loudness(energy: Floats, count: int) -> Floats:
    """(N,) factor on the samples: an energy of 0 is 16 dB softer than one of 1."""
    at = np.arange(count) / RATE_HZ * ENERGY_RATE_HZ
    share = np.interp(at, np.arange(len(energy)), np.clip(energy, 0.0, 1.0))
    return np.asarray(_QUIETEST + (1.0 - _QUIETEST) * share)


def _add(samples: Floats, stroke: Floats, time_s: float) -> None:
    """Mix a stroke in; what lies before the start or after the end is not heard."""
    start = round(time_s * RATE_HZ)
    low, high = max(start, 0), min(start + len(stroke), len(samples))
    if low < high:
        samples[low:high] += stroke[low - start : high - start]
