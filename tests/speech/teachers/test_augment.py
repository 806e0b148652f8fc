"""Augmentation changes how speech sounds, never when something is said."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from backend.speech.pairs import RATE_HZ
from backend.speech.teachers.augment import (
    Amounts,
    add_noise,
    add_room,
    augment,
    change_gain,
    colour,
    coloured_noise,
    limit_band,
    overdrive,
    power,
    telephone,
)
from blender_addon.core.conventions import Floats

SECONDS = 4


@pytest.fixture
def speech() -> Floats:
    """Bursts of harmonics at irregular times: a stand-in whose timing is known."""
    rng = np.random.default_rng(2)
    times = np.arange(SECONDS * RATE_HZ) / RATE_HZ
    voice = sum(np.sin(2 * np.pi * 140.0 * n * times) / n for n in range(1, 30))
    gate = np.repeat(rng.random(SECONDS * 8) < 0.5, RATE_HZ // 8)
    return (0.1 * voice * gate).astype(np.float32)


def envelope(waveform: Floats) -> Floats:
    return np.sqrt(np.square(waveform, dtype=np.float64).reshape(-1, 80).mean(1))


def lag_s(waveform: Floats, original: Floats) -> float:
    one, two = (e - e.mean() for e in (envelope(waveform), envelope(original)))
    return (int(np.argmax(np.correlate(one, two, "full"))) - len(two) + 1) * 80 / RATE_HZ


CHANGES: dict[str, Callable[[Floats, np.random.Generator], Floats]] = {
    "noise": lambda x, r: add_noise(x, coloured_noise(len(x), 1.0, r), 10.0),
    "room": lambda x, r: add_room(x, 0.4, r),
    "telephone": lambda x, r: telephone(x),
    "band": lambda x, r: limit_band(x, 100.0, 4000.0),
    "colour": colour,
    "overdrive": lambda x, r: overdrive(x, 9.0),
    "gain": lambda x, r: change_gain(x, -12.0),
}


@pytest.mark.parametrize("name", CHANGES)
def test_length_and_timing_are_kept(name: str, speech: Floats) -> None:
    changed = CHANGES[name](speech, np.random.default_rng(1))
    assert changed.shape == speech.shape and changed.dtype == np.float32
    assert np.isfinite(changed).all() and not np.allclose(changed, speech, atol=1e-3)
    assert abs(lag_s(changed, speech)) <= 0.01


@pytest.mark.parametrize("seed", range(6))
def test_a_whole_chain_keeps_timing_and_range(seed: int, speech: Floats) -> None:
    babble = [np.roll(speech, 9000)[: 2 * RATE_HZ]]
    changed = augment(speech, np.random.default_rng(seed), babble)
    assert changed.shape == speech.shape and changed.dtype == np.float32
    assert np.abs(changed).max() <= 1.0 and abs(lag_s(changed, speech)) <= 0.02
    np.testing.assert_array_equal(changed, augment(speech, np.random.default_rng(seed), babble))


def test_nothing_desired_is_nothing_done(speech: Floats) -> None:
    none = Amounts(0, 0, 0, 0, 0, 0, gain_db=(0.0, 0.0))
    np.testing.assert_array_equal(augment(speech, np.random.default_rng(0), (), none), speech)


def test_noise_has_the_level_and_colour_asked_for(speech: Floats) -> None:
    noise = coloured_noise(len(speech), 0.0, np.random.default_rng(0))
    added = add_noise(speech, noise, 12.0) - speech
    assert 10 * np.log10(power(speech) / power(added)) == pytest.approx(12.0, abs=0.1)
    spectrum = np.abs(np.fft.rfft(coloured_noise(1 << 17, 1.0, np.random.default_rng(0)))) ** 2
    low, high = spectrum[1000:2000].sum(), spectrum[10000:20000].sum()
    assert low == pytest.approx(high, rel=0.2)  # pink: as much in every decade


def test_a_telephone_has_no_lows_and_highs(speech: Floats) -> None:
    spectrum = np.abs(np.fft.rfft(telephone(speech))) ** 2
    frequencies = np.fft.rfftfreq(len(speech), 1 / RATE_HZ)
    outside = spectrum[(frequencies < 200) | (frequencies > 4500)].sum()
    assert outside < 0.05 * spectrum.sum()


def test_silence_stays_finite() -> None:
    changed = augment(np.zeros(RATE_HZ, np.float32), np.random.default_rng(3))
    assert np.isfinite(changed).all()
