"""Music is heard as it was made: tempo, beats, measures, and that it is music."""

from __future__ import annotations

import wave
from dataclasses import fields

import numpy as np
import pytest

from backend.music import STYLES, make_music, write_music
from blender_addon.core.errors import Cancelled, SoundError
from blender_addon.core.jobs import Cancellation
from blender_addon.core.sound.beats import BeatTrack, beats_at_tempo
from blender_addon.core.sound.heard import beats_of, kind_of_sound, music_of
from blender_addon.core.sound.music.features import music_features
from blender_addon.core.sound.music.kind import kind_of
from blender_addon.core.sound.music.tracking import track_beats
from blender_addon.core.sound.waveform import ArraySound, WavSound
from tests.shared.core.sound_samples import sine, write_wav


def music(beats, seconds=12.0, style="plain", seed=1):
    return make_music(beats, np.full(round(30 * seconds), 0.7), seed, style)


def hits(found, true):
    """F-measure within 70 ms."""
    near = np.abs(np.asarray(found)[:, None] - np.asarray(true)) <= 0.07
    return 2.0 * near.any(axis=0).sum() / (len(found) + len(true))


@pytest.mark.parametrize(
    ("bpm", "style"),
    [(95, "salsa"), (110, "house"), (120, "plain"), (132, "swing"), (140, "march"), (165, "salsa")],
)
def test_made_music_is_heard_in_time(bpm, style):
    made = beats_at_tempo(bpm, 0.3, 16.0)
    found = track_beats(music_features(ArraySound(music(made, 16.0, style, bpm))))
    assert found.tempo_bpm == pytest.approx(bpm, rel=0.02)
    assert hits(found.beats_s, made.beats_s) > 0.9
    assert found.confidence > 0.7


@pytest.mark.parametrize("bpm", [40, 60, 200, 260])
def test_slow_and_fast_music_is_heard_in_some_octave(bpm):
    made = beats_at_tempo(bpm, 0.3, 20.0)
    found = track_beats(music_features(ArraySound(music(made, 20.0, "quarters"))))
    ratios = found.tempo_bpm / bpm * np.array([0.5, 1.0, 2.0])
    assert np.abs(ratios - 1.0).min() < 0.02
    every_other = [made.beats_s[n::2] for n in (0, 1)]
    assert max(hits(found.beats_s, each) for each in (made.beats_s, *every_other)) > 0.9


def test_what_dances_decides_the_octave():
    made = beats_at_tempo(180.0, 0.3, 16.0)
    features = music_features(ArraySound(music(made, 16.0, "salsa")))
    assert track_beats(features, preferred_bpm=175.0).tempo_bpm == pytest.approx(180.0, rel=0.02)
    slow = track_beats(features, preferred_bpm=70.0)
    assert slow.tempo_bpm == pytest.approx(90.0, rel=0.02)
    assert any(each == pytest.approx(180.0, rel=0.03) for each in slow.other_bpm)


@pytest.mark.parametrize("first", [0, 1, 2, 3])
def test_measures_begin_where_they_were_made(first):
    made = BeatTrack(beats_at_tempo(120.0, 0.2, 16.0).beats_s, first)
    found = track_beats(music_features(ArraySound(music(made, 16.0))))
    begins = found.beats_s[found.first_of_measure :: 4]
    assert hits(begins, made.beats_s[first::4]) > 0.8
    assert found.measure_confidence > 0.3


def test_beats_follow_rubato():
    steady = beats_at_tempo(120.0, 0.3, 20.0).beats_s
    times = steady + 0.2 * np.sin(2 * np.pi * steady / 11.0)
    found = track_beats(music_features(ArraySound(music(BeatTrack(times), 20.0))))
    assert hits(found.beats_s, times) > 0.9


def bad_sounds():
    rng = np.random.default_rng(3)
    click = np.zeros(48_000, np.float32)
    click[20_000] = 0.9
    noise = rng.normal(0.0, 0.2, 48_000).astype(np.float32)
    return {
        "silence": (ArraySound(np.zeros(48_000, np.float32)), "SILENCE"),
        "click": (ArraySound(click), "SILENCE"),
        "noise": (ArraySound(noise), "NOISE"),
        "quiet noise": (ArraySound(noise * 0.02), "NOISE"),
        "hum": (ArraySound(sine(16_000, 3.0, 100.0)), "NOISE"),
        "blink": (ArraySound(noise[:1600]), "NOISE"),
        "one sample": (ArraySound(click[20_000:20_001]), None),
        "8 kHz": (ArraySound(noise[:24_000], 8_000), "NOISE"),
    }


@pytest.mark.parametrize("name", bad_sounds())
def test_bad_sounds_give_numbers_and_no_confidence(name):
    sound, kind = bad_sounds()[name]
    features = music_features(sound)
    for each in fields(features):
        assert np.isfinite(getattr(features, each.name)).all()
    count = max(1, int(np.ceil(sound.duration_s * 30 - 1e-6)))
    assert features.mfcc.shape == (count, 13) and features.onsets.shape == (count, 3)
    assert len(features.rms) == len(features.pitch_hz) == len(features.loudness) == count
    assert features.loudness.min() >= 0.0 and features.loudness.max() <= 1.0
    found = track_beats(features)
    assert np.isfinite(found.beats_s).all() and found.confidence < 0.4
    assert kind is None or kind_of(features).name == kind


def test_gain_changes_nothing():
    samples = music(beats_at_tempo(120.0, 0.3, 6.0), 6.0)
    loud, soft = (music_features(ArraySound(samples * gain)) for gain in (1.0, 0.02))
    np.testing.assert_allclose(soft.mfcc, loud.mfcc, atol=0.01)
    np.testing.assert_allclose(soft.rms, loud.rms, atol=0.01)
    np.testing.assert_allclose(track_beats(soft).beats_s, track_beats(loud).beats_s, atol=1e-4)


def test_blocks_leave_no_seam():
    samples = music(beats_at_tempo(97.0, 0.3, 13.0), 13.0)
    late = np.concatenate((np.zeros(5 * 16_000, np.float32), samples))
    first, second = music_features(ArraySound(samples)), music_features(ArraySound(late))
    np.testing.assert_allclose(second.onsets[150:530], first.onsets[:380], atol=0.02)
    np.testing.assert_allclose(second.mfcc[150:530], first.mfcc[:380], atol=0.2)


@pytest.mark.parametrize("style", STYLES)
def test_made_music_is_music(style):
    made = music(beats_at_tempo(120.0, 0.3, 10.0), 10.0, style)
    assert kind_of_sound(ArraySound(made)).name == "MUSIC"


def test_it_is_heard_once(tmp_path):
    path = write_wav(tmp_path / "a.wav", music(beats_at_tempo(120.0, 0.3, 5.0), 5.0), 16_000)
    assert music_of(WavSound(path)) is music_of(WavSound(path))
    assert beats_of(WavSound(path)) is beats_of(WavSound(path))
    assert beats_of(WavSound(path), preferred_bpm=70.0) is not beats_of(WavSound(path))


def test_a_cancelled_job_stops():
    cancellation = Cancellation()
    cancellation.ask()
    with pytest.raises(Cancelled):
        music_features(ArraySound(np.ones(16_000, np.float32)), cancellation)
    with pytest.raises(SoundError, match="expected some length"):
        music_features(ArraySound(np.zeros(0, np.float32)))


def test_made_music_follows_energy_and_seed(tmp_path):
    beats = beats_at_tempo(120.0, 0.0, 8.0)
    energy = np.repeat([0.0, 1.0], 120)
    made = make_music(beats, energy, 3, "salsa")
    assert made.dtype == np.float32 and len(made) == 8 * 16_000 and np.abs(made).max() < 0.801
    soft, loud = (np.sqrt(np.mean(part**2)) for part in np.split(made, 2))
    assert loud > 3.0 * soft > 0.0
    np.testing.assert_array_equal(made, make_music(beats, energy, 3, "salsa"))
    assert not np.array_equal(made, make_music(beats, energy, 4, "salsa"))
    write_music(tmp_path / "a.wav", made)
    with wave.open(str(tmp_path / "a.wav")) as file:
        assert file.getnframes() == len(made) and file.getframerate() == 16_000
    assert not make_music(BeatTrack(np.zeros(0)), energy).any()
    with pytest.raises(ValueError, match="expected one of salsa"):
        make_music(beats, energy, 0, "polka")
