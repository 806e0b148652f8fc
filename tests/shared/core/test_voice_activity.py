"""A voice is found in noise and at any gain; who talks when gives the roles."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from blender_addon.core.errors import SoundError
from blender_addon.core.gaze.events import ROLES
from blender_addon.core.gaze.roles import roles_over_time
from blender_addon.core.sound.voice_activity import RATE_HZ, VoiceActivity, detect_voice
from blender_addon.core.sound.waveform import ArraySound, WavSound

RATE = 16_000


def syllables(seconds: float, seed: int = 0) -> np.ndarray:
    """Something like speech: a buzz whose loudness rises and falls four times a second."""
    time = np.arange(round(seconds * RATE)) / RATE
    rng = np.random.default_rng(seed)
    buzz = sum(np.sin(2 * np.pi * 120 * k * time + rng.uniform(0, 6)) / k for k in range(1, 20))
    return 0.2 * buzz * (0.15 + np.sin(np.pi * 4 * time) ** 2)


def talk(*spans: tuple[float, float], length: float = 20.0) -> np.ndarray:
    track = np.zeros(round(length * RATE))
    for start, stop in spans:
        piece = syllables(stop - start)
        track[round(start * RATE) : round(start * RATE) + len(piece)] = piece
    return track


def found(samples: np.ndarray) -> VoiceActivity:
    return detect_voice(ArraySound(samples.astype(np.float32)))


def activity(*spans: tuple[float, float], length: float = 20.0) -> VoiceActivity:
    flags = np.zeros(round(length * RATE_HZ), bool)
    for start, stop in spans:
        flags[round(start * RATE_HZ) : round(stop * RATE_HZ)] = True
    return VoiceActivity(RATE_HZ, flags, np.where(flags, -20.0, -80.0), flags.astype(float))


@pytest.mark.parametrize("noise", [0.0, 1e-4, 3e-3])
@pytest.mark.parametrize("gain", [0.05, 1.0])
def test_a_voice_is_found_where_it_is(noise: float, gain: float) -> None:
    rng = np.random.default_rng(0)
    track = talk((3, 6), (10, 14.5))
    voice = found(gain * (track + noise * rng.standard_normal(len(track))))
    truth = activity((3, 6), (10, 14.5)).speaking
    assert (voice.speaking == truth).mean() > 0.97
    assert len(voice.speaking) == len(voice.energy) == len(voice.level_db) == 2000


@pytest.mark.parametrize(
    "samples",
    [
        np.zeros(5 * RATE),
        0.1 * np.random.default_rng(0).standard_normal(5 * RATE),
        0.3 * np.sin(2 * np.pi * 50 * np.arange(5 * RATE) / RATE),
        np.full(5 * RATE, 0.4),
        np.zeros(100),
    ],
    ids=["silence", "noise", "hum", "offset", "6 ms"],
)
def test_no_voice_is_found_where_none_is(samples: np.ndarray) -> None:
    assert not found(samples).speaking.any()


def test_energy_follows_loudness_between_zero_and_one() -> None:
    voice = found(talk((2, 8)))
    assert voice.energy.min() >= 0 and voice.energy.max() <= 1
    assert voice.energy[300:700].mean() > 0.6
    assert voice.energy[1000:].max() < 0.2


def test_blocks_leave_no_seam() -> None:
    long = talk(*((s, s + 3.0) for s in range(1, 60, 7)), length=60)
    whole = found(long).speaking
    truth = activity(*((s, s + 3.0) for s in range(1, 60, 7)), length=60).speaking
    edges = np.abs(np.diff(whole.astype(int))).sum()
    assert edges == np.abs(np.diff(truth.astype(int))).sum()


def test_a_sound_without_length_is_an_error() -> None:
    with pytest.raises(SoundError, match="0 s"):
        detect_voice(ArraySound(np.zeros(0, np.float32)))


@pytest.mark.data
def test_words_of_a_forced_alignment_are_found(data_dir: Path) -> None:
    agree = []
    for path in sorted((data_dir / "speech" / "librivox").glob("*.wav")):
        voice = detect_voice(WavSound(path))
        truth = np.zeros(len(voice.speaking), bool)
        with path.with_suffix(".phones.csv").open() as file:
            for row in csv.DictReader(file):
                if row["phone"] != "SIL":
                    start, end = (round(float(row[k]) * RATE_HZ) for k in ("start_s", "end_s"))
                    truth[start:end] = True
        agree.append((voice.speaking == truth).mean())
    assert len(agree) >= 5
    assert np.mean(agree) > 0.94


def roles(own, partner, times) -> list[str]:
    return [ROLES[n] for n in roles_over_time(own, partner, np.array(times, float))]


def test_who_talks_gives_the_role_and_silence_keeps_it() -> None:
    own, partner = activity((2, 6)), activity((11, 15))
    at = roles(own, partner, [0.5, 4, 8, 10.5, 13, 19])
    assert at == ["listening", "speaking", "speaking", "speaking", "listening", "listening"]


def test_rapid_exchange_and_talking_at_once_are_dialogue() -> None:
    own = activity((1, 5), (6, 6.8), (7.8, 8.5), (14, 18))
    partner = activity((5.1, 5.9), (6.9, 7.7), (15, 17))
    at = roles(own, partner, [2.0, 7.0, 12.0, 14.5, 16.0, 17.9])
    assert at == ["speaking", "dialogue", "speaking", "speaking", "dialogue", "speaking"]


def test_a_short_word_in_between_is_no_dialogue() -> None:
    assert roles(activity((1, 19)), activity((9, 9.3)), [9.15]) == ["speaking"]


def test_with_one_track_long_pauses_are_the_other_s_turn() -> None:
    track = activity((2, 6), (6.8, 9), (14, 18))
    assert roles(track, None, [4, 6.4, 11, 16]) == ["speaking"] * 2 + ["listening", "speaking"]
    assert roles(None, track, [4, 6.4, 11, 16]) == ["listening"] * 2 + ["speaking", "listening"]


def test_without_tracks_all_is_dialogue_and_outside_them_silence() -> None:
    assert roles(None, None, [0, 1]) == ["dialogue"] * 2
    assert (
        roles(activity((1, 3), length=4), activity((0, 1), length=2), [2, 30, 300])
        == ["speaking"] * 3
    )
    assert roles(activity((0, 1)), None, []) == []


def test_roles_do_not_depend_on_the_frame_rate() -> None:
    own, partner = activity((1, 5), (6, 7)), activity((5.1, 5.9), (7.1, 9))
    coarse = roles(own, partner, np.arange(0, 20, 1 / 24))
    fine = roles(own, partner, np.arange(0, 20, 1 / 120))
    assert coarse == fine[::5]
