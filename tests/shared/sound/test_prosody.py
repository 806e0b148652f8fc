"""How something is said: stressed syllables and loudness, and nothing where nobody speaks."""

from __future__ import annotations

import numpy as np
import pytest

from blender_addon.core.sound.heard import prosody_of
from blender_addon.core.sound.prosody import hear_prosody
from blender_addon.core.sound.waveform import ArraySound


def syllables(times_s, sizes, pitches_hz, seconds):
    """Buzzes of 0.16 s in a quiet room, as many partials as a vowel has."""
    rate = 16_000
    samples = np.random.default_rng(0).normal(0.0, 3e-4, round(rate * seconds))
    at = np.arange(round(0.16 * rate)) / rate
    for time, size, pitch in zip(times_s, sizes, pitches_hz, strict=True):
        tone = sum(np.sin(2 * np.pi * pitch * n * at) / n for n in range(1, 12))
        start = round((time - 0.08) * rate)
        samples[start : start + len(at)] += size * np.sin(np.pi * at / 0.16) ** 2 * tone
    return ArraySound(samples.astype(np.float32))


TIMES = np.array([0.5, 0.8, 1.1, 1.4, 1.7, 3.5, 3.8, 4.1, 4.4, 4.7])
SIZES = np.array([0.1, 0.3, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.3, 0.1])
PITCHES = np.array([110, 140, 110, 110, 110, 110, 110, 110, 140, 110.0])


def test_stressed_syllables_are_accents():
    found = hear_prosody(syllables(TIMES, SIZES, PITCHES, 6.0))
    strongest = found.accents_s[np.argsort(-found.accent_strengths)[:2]]
    np.testing.assert_allclose(np.sort(strongest), [0.8, 4.4], atol=0.03)
    rest = np.sort(found.accent_strengths)[:-2]
    assert found.accent_strengths.max() > 0.75 and (rest < 0.6).all()
    assert np.abs(found.accents_s[:, None] - TIMES).min(axis=1).max() < 0.03


def test_pauses_and_pitch_are_told():
    found = hear_prosody(syllables(TIMES, SIZES, PITCHES, 6.0))
    times = np.arange(len(found.loudness)) / 30.0
    assert len(found.loudness) == len(found.pitch) == len(found.speaking) == 180
    pause = (times > 2.2) & (times < 3.2)
    assert not found.speaking[pause].any() and found.loudness[pause].max() < 0.05
    assert found.loudness.max() > 0.8
    stressed = np.abs(times - 0.8) < 0.04
    semitones = 12.0 * np.log2(140 / 110)
    np.testing.assert_allclose(found.pitch[stressed & found.voiced], semitones, atol=0.7)


def test_gain_changes_nothing():
    sound = syllables(TIMES, SIZES, PITCHES, 6.0)
    soft = ArraySound(sound.read(0, 96_000) * 0.3)
    first, second = hear_prosody(sound), hear_prosody(soft)
    np.testing.assert_allclose(second.accents_s, first.accents_s, atol=0.011)
    np.testing.assert_allclose(second.loudness, first.loudness, atol=0.03)


def nothing_said():
    rng = np.random.default_rng(2)
    click = np.zeros(48_000)
    click[20_000] = 0.9
    return {
        "silence": np.zeros(48_000),
        "noise": rng.normal(0.0, 0.1, 48_000),
        "click": click,
        "noise that begins": rng.normal(0.0, 0.1, 48_000) * (np.arange(48_000) > 20_000),
        "hum": 0.3 * np.sin(2 * np.pi * 120 * np.arange(48_000) / 16_000),
        "blink": rng.normal(0.0, 0.1, 1_600),
        "one sample": np.ones(1),
    }


@pytest.mark.parametrize("name", nothing_said())
def test_where_nobody_speaks_there_are_no_accents(name):
    found = hear_prosody(ArraySound(nothing_said()[name].astype(np.float32)))
    assert not len(found.accents_s) and not len(found.accent_strengths)
    for each in (found.loudness, found.pitch):
        assert np.isfinite(each).all()


def test_it_is_heard_once():
    sound = syllables(TIMES, SIZES, PITCHES, 6.0)
    assert prosody_of(sound) is prosody_of(sound)
