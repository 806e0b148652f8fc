"""Instruments made of sines and noise, one stroke at a time.

Source: the usual models of subtractive and modal synthesis (Cook 2002, Real sound synthesis for
interactive applications): a swept sine for drums with a skin, band-limited noise for cymbals, a
few decaying partials for wood and strings.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from blender_addon.core.conventions import Floats

RATE_HZ: Final = 16_000


def kick(rng: np.random.Generator, pitch_hz: float = 52.0) -> Floats:
    """A bass drum: a sine that falls to its pitch, with a beater's click."""
    times = _times(0.3)
    sweep = pitch_hz * (times + 2.5 * 0.03 * (1.0 - np.exp(-times / 0.03)))
    body = np.sin(2.0 * np.pi * sweep) * np.exp(-times / 0.09)
    return body + 0.25 * _noise(rng, times, 0.004)


def snare(rng: np.random.Generator, pitch_hz: float = 190.0) -> Floats:
    """A snare drum: two tones of the skin and the wires' noise."""
    times = _times(0.22)
    skin = np.sin(2.0 * np.pi * pitch_hz * times) + 0.6 * np.sin(3.3 * np.pi * pitch_hz * times)
    return 0.4 * skin * np.exp(-times / 0.05) + 0.7 * _noise(rng, times, 0.07)


def hat(rng: np.random.Generator, decay_s: float = 0.03) -> Floats:
    """A closed hi-hat or a shaker: high noise."""
    times = _times(min(0.25, 6.0 * decay_s))
    noise = rng.normal(0.0, 0.5, len(times) + 2)
    return np.diff(noise, n=2) * 0.5 * np.exp(-times / decay_s)


def clave(rng: np.random.Generator, pitch_hz: float = 2500.0) -> Floats:
    """Two sticks of wood."""
    times = _times(0.08)
    tone = np.sin(2.0 * np.pi * pitch_hz * times) + 0.3 * np.sin(5.4 * np.pi * pitch_hz * times)
    return tone * np.exp(-times / 0.015) + 0.05 * _noise(rng, times, 0.003)


def conga(rng: np.random.Generator, pitch_hz: float = 210.0) -> Floats:
    """A skin struck by hand: open tones ring, slaps (higher) hardly."""
    times = _times(0.28)
    bend = pitch_hz * (times + 0.004 * (1.0 - np.exp(-times / 0.02)))
    tone = np.sin(2.0 * np.pi * bend) + 0.35 * np.sin(2.0 * np.pi * 1.6 * bend)
    return tone * np.exp(-times * pitch_hz / 18.0) + 0.3 * _noise(rng, times, 0.006)


def bell(rng: np.random.Generator, pitch_hz: float = 560.0) -> Floats:
    """A cowbell: two square-like tones a fifth apart."""
    times = _times(0.2)
    tones = np.sign(np.sin(2.0 * np.pi * pitch_hz * times))
    tones = tones + np.sign(np.sin(2.0 * np.pi * 1.504 * pitch_hz * times))
    return 0.5 * tones * np.exp(-times / 0.05) + 0.05 * _noise(rng, times, 0.003)


def bass(note: int, length_s: float, brightness: float = 0.5) -> Floats:
    """A plucked bass string.

    Args:
        note: MIDI number.
        length_s: until it is damped.
        brightness: 0 … 1, how much its partials are heard.
    """
    times = _times(length_s)
    tone = np.zeros_like(times)
    for partial in range(1, 6):
        fades = np.exp(-times * (2.0 + 2.5 * partial))
        tone += brightness ** (partial - 1) * fades * _sine(note, times, partial)
    return tone * _held(times, length_s, 0.006)


def chord(notes: tuple[int, ...], length_s: float, brightness: float, plucked: bool) -> Floats:
    """Several strings or pipes at once.

    Args:
        notes: MIDI numbers.
        length_s: how long they are held.
        brightness: 0 … 1.
        plucked: like a piano or guitar, else held like an organ.
    """
    times = _times(length_s)
    tone = np.zeros_like(times)
    for note in notes:
        for partial in range(1, 5):
            fades = np.exp(-times * (1.5 + 1.5 * partial)) if plucked else 0.6
            tone += brightness ** (partial - 1) * fades * _sine(note, times, partial)
    return tone * _held(times, length_s, 0.004 if plucked else 0.02) / len(notes)


def _sine(note: int, times: Floats, partial: int) -> Floats:
    hz = 440.0 * 2.0 ** ((note - 69) / 12.0) * partial
    if hz > 0.45 * RATE_HZ:
        return np.zeros_like(times)
    return np.asarray(np.sin(2.0 * np.pi * hz * times))


def _held(times: Floats, length_s: float, attack_s: float) -> Floats:
    """Fades in and out, so that nothing clicks."""
    return np.minimum(np.clip(times / attack_s, 0.0, 1.0), np.clip((length_s - times) / 0.03, 0, 1))


def _times(length_s: float) -> Floats:
    return np.arange(max(1, round(length_s * RATE_HZ))) / RATE_HZ


def _noise(rng: np.random.Generator, times: Floats, decay_s: float) -> Floats:
    return np.asarray(rng.normal(0.0, 0.5, len(times)) * np.exp(-times / decay_s))
