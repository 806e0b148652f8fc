"""The same words in another room, through another microphone, among other sounds.

Every function takes 16 kHz samples and gives as many back, at the same moments: filters have no
delay and a room's direct sound comes first, so curves stay in step. The two that change time say
so and change the times with it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.fft import irfft, next_fast_len, rfft, rfftfreq
from scipy.signal import fftconvolve

from blender_addon.core.conventions import Floats

from ..pairs import RATE_HZ

_TILT_REFERENCE_HZ: Final = 500.0
_TELEPHONE_HZ: Final = (300.0, 3400.0)
_MU: Final = 255.0
_FLOOR: Final = 1e-9


@dataclass(frozen=True)
class Amounts:
    """How often and how far to change a sound; ``augment`` draws from these.

    Args:
        noise: share of sounds with noise.
        babble: share with other voices in the background, where some are given.
        room: share with a room.
        colour: share through a microphone that is not flat.
        band: share with a limited band; a third of these are telephones.
        clip: share that is overdriven.
        snr_db: range of the level of speech over noise.
        rt60_s: range of reverberation times.
        gain_db: range of the final level.
    """

    noise: float = 0.85
    babble: float = 0.15
    room: float = 0.5
    colour: float = 0.7
    band: float = 0.25
    clip: float = 0.05
    snr_db: tuple[float, float] = (8.0, 45.0)
    rt60_s: tuple[float, float] = (0.12, 0.7)
    gain_db: tuple[float, float] = (-18.0, 6.0)


def augment(
    waveform: Floats,
    rng: np.random.Generator,
    babble: Sequence[Floats] = (),
    amounts: Amounts | None = None,
) -> Floats:
    """A random new recording of the same speech, in step with the old one.

    Args:
        waveform: (N,) samples at 16 kHz.
        rng: draws what is done.
        babble: other voices' samples to be mixed in at times, each any length.
        amounts: how much of what.

    Returns:
        (N,) float32 within ±1.
    """
    amounts = amounts or Amounts()
    chain: list[tuple[float, Callable[[Floats], Floats]]] = [
        (amounts.babble * bool(len(babble)), lambda x: _add_babble(x, babble, rng)),
        (amounts.room, lambda x: add_room(x, rng.uniform(*amounts.rt60_s), rng)),
        (amounts.noise, lambda x: _add_some_noise(x, rng.uniform(*amounts.snr_db), rng)),
        (amounts.colour, lambda x: colour(x, rng)),
        (amounts.band, lambda x: _limit_some_band(x, rng)),
        (amounts.clip, lambda x: overdrive(x, rng.uniform(3.0, 12.0))),
    ]
    for share, change in chain:
        if rng.random() < share:
            waveform = change(waveform)
    return change_gain(waveform, rng.uniform(*amounts.gain_db))


def power(waveform: Floats) -> float:
    """Mean square of what sounds: frames 30 dB below the loudest are pauses and do not count."""
    frame = RATE_HZ // 50
    count = max(1, len(waveform) // frame)
    squares = np.square(waveform[: count * frame], dtype=np.float64)
    means = squares.reshape(count, -1).mean(1) if len(waveform) >= frame else squares
    return float(means[means >= means.max() * 1e-3].mean()) + _FLOOR


def change_gain(waveform: Floats, gain_db: float) -> Floats:
    """Louder or softer; what would exceed ±1 is clipped, as a recorder does."""
    return np.clip(waveform * 10.0 ** (gain_db / 20.0), -1.0, 1.0).astype(np.float32)


def coloured_noise(count: int, slope: float, rng: np.random.Generator) -> Floats:
    """Noise of unit power.

    Args:
        count: of samples.
        slope: power falls with the frequency to this exponent: 0 white, 1 pink, 2 brown.
        rng: its source.
    """
    length = next_fast_len(count, real=True)
    frequencies = np.maximum(rfftfreq(length, 1.0 / RATE_HZ), 20.0)
    spectrum = rfft(rng.standard_normal(length)) * frequencies ** (-slope / 2.0)
    noise = irfft(spectrum, length)[:count]
    return (noise / (noise.std() + _FLOOR)).astype(np.float32)


def add_noise(waveform: Floats, noise: Floats, snr_db: float) -> Floats:
    """Mix noise in at a level below the speech.

    Args:
        waveform: (N,) speech.
        noise: (N,) of any level.
        snr_db: level of the speech over the noise.
    """
    desired = power(waveform) / 10.0 ** (snr_db / 10.0)
    scale = np.sqrt(desired / power(noise))
    return (waveform + scale * noise).astype(np.float32)


def _add_some_noise(waveform: Floats, snr_db: float, rng: np.random.Generator) -> Floats:
    noise = coloured_noise(len(waveform), rng.uniform(0.0, 2.0), rng)
    if rng.random() < 0.3:  # it swells and fades, as traffic and wind do
        points = rng.uniform(0.1, 1.0, 3 + len(waveform) // RATE_HZ)
        places = np.linspace(0, len(points) - 1, len(waveform))
        noise = noise * np.interp(places, np.arange(len(points)), points)
    return add_noise(waveform, noise, snr_db)


def _add_babble(waveform: Floats, others: Sequence[Floats], rng: np.random.Generator) -> Floats:
    """One to four other voices; a single one stays soft, for its lips are not the ones desired."""
    count = int(rng.integers(1, 5))
    voices = sum(
        _cut(others[int(rng.integers(len(others)))], len(waveform), rng) for _ in range(count)
    )
    return add_noise(waveform, np.asarray(voices), rng.uniform(12.0, 30.0))


def _cut(waveform: Floats, count: int, rng: np.random.Generator) -> Floats:
    """A stretch from anywhere, repeated where it is too short."""
    start = int(rng.integers(max(1, len(waveform))))
    return np.resize(np.roll(waveform, -start), count)


def shape_spectrum(waveform: Floats, gains: Callable[[Floats], Floats]) -> Floats:
    """Filter without delay.

    Args:
        waveform: (N,) samples.
        gains: from frequencies in Hz to factors.
    """
    length = next_fast_len(len(waveform) + RATE_HZ // 10, real=True)
    spectrum = rfft(waveform, length) * gains(rfftfreq(length, 1.0 / RATE_HZ))
    return irfft(spectrum, length)[: len(waveform)].astype(np.float32)


def limit_band(waveform: Floats, low_hz: float, high_hz: float) -> Floats:
    """Keep a band; its edges fall off over a third of an octave."""

    def gains(frequencies: Floats) -> Floats:
        octaves = np.log2(np.maximum(frequencies, 1.0))
        edges = np.minimum(octaves - np.log2(low_hz), np.log2(high_hz) - octaves)
        return np.clip(0.5 + 3.0 * edges, 0.0, 1.0)

    return shape_spectrum(waveform, gains)


def telephone(waveform: Floats) -> Floats:
    """300 to 3400 Hz in eight bits of μ-law."""
    narrow = limit_band(waveform, *_TELEPHONE_HZ)
    peak = float(np.abs(narrow).max()) + _FLOOR
    bent = np.sign(narrow) * np.log1p(_MU * np.abs(narrow) / peak) / np.log1p(_MU)
    steps = np.round(bent * 127.0) / 127.0
    back = np.sign(steps) * np.expm1(np.abs(steps) * np.log1p(_MU)) / _MU
    return (back * peak).astype(np.float32)


def _limit_some_band(waveform: Floats, rng: np.random.Generator) -> Floats:
    if rng.random() < 1.0 / 3.0:
        return telephone(waveform)
    return limit_band(waveform, rng.uniform(40.0, 250.0), rng.uniform(3500.0, 7500.0))


def colour(waveform: Floats, rng: np.random.Generator) -> Floats:
    """A microphone that is not flat: a tilt of up to 5 dB an octave and three broad bumps."""
    tilt_db = rng.uniform(-5.0, 5.0)
    centres, heights = np.log2(rng.uniform(100.0, 6000.0, 3)), rng.uniform(-8.0, 8.0, 3)

    def gains(frequencies: Floats) -> Floats:
        octaves = np.log2(np.maximum(frequencies, 60.0))
        decibels = tilt_db * np.clip(octaves - np.log2(_TILT_REFERENCE_HZ), -2.0, 3.0)
        for centre, height in zip(centres, heights, strict=True):
            decibels = decibels + height * np.exp(-0.5 * ((octaves - centre) / 0.5) ** 2)
        return 10.0 ** (decibels / 20.0)

    return _same_power(shape_spectrum(waveform, gains), waveform)


def _same_power(changed: Floats, original: Floats) -> Floats:
    scale = np.sqrt(power(original) / power(changed))
    return (changed * scale).astype(np.float32)


def room_response(rt60_s: float, direct_db: float, rng: np.random.Generator) -> Floats:
    """An impulse response: the direct sound, then a few reflections and a dying tail.

    Args:
        rt60_s: until the tail has fallen by 60 dB.
        direct_db: energy of the direct sound over that of all the rest.
        rng: of the tail and reflections.
    """
    times = np.arange(1, int(rt60_s * RATE_HZ)) / RATE_HZ
    tail = rng.standard_normal(len(times)) * 10.0 ** (-3.0 * times / rt60_s)
    density = np.clip(times / 0.03, 0.05, 1.0)  # early on, single reflections
    tail *= rng.random(len(times)) < density
    tail *= 10.0 ** (-direct_db / 20.0) / np.sqrt(np.sum(tail**2) + _FLOOR)
    return np.concatenate([[1.0], tail]).astype(np.float32)


def add_room(waveform: Floats, rt60_s: float, rng: np.random.Generator) -> Floats:
    """Hear it in a room, from nearer or farther; nothing is delayed."""
    response = room_response(rt60_s, rng.uniform(0.0, 14.0), rng)
    return _same_power(fftconvolve(waveform, response)[: len(waveform)], waveform)


def overdrive(waveform: Floats, gain_db: float) -> Floats:
    """Too loud for the recorder: what exceeds the peak of the original is cut off."""
    peak = float(np.abs(waveform).max())
    return np.clip(waveform * 10.0 ** (gain_db / 20.0), -peak, peak).astype(np.float32)
