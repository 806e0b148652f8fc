"""Teacher two moves as teacher one does, by the measures that it was fitted with."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from backend.phonetics.espeak_voice import Voice
from backend.speech.pairs import FACEGOOD, RATE_HZ, SpeechPair
from backend.speech.teachers.coarticulation_fit import (
    FITTED_PARTS,
    VOICES,
    mean_movements,
    measure_movements,
    mouth_with,
    speaking_frames,
)
from backend.speech.teachers.facegood import TRAIN, read_recording
from backend.speech.teachers.phone_speech import Speaker, speak
from blender_addon.core.face.arkit import SPEECH_CHANNELS


def nodding_jaw(reach: float, rate_hz: float) -> SpeechPair:
    """Noise throughout, and a jaw that opens and closes as a sine."""
    times = np.arange(600) / 60.0
    curves = np.zeros((600, len(SPEECH_CHANNELS)), np.float32)
    curves[:, 0] = 0.5 * reach * (1.0 - np.cos(2 * np.pi * rate_hz * times))
    waveform = np.random.default_rng(0).normal(0, 0.1, 10 * RATE_HZ).astype(np.float32)
    return SpeechPair("sine", waveform, times, curves, FACEGOOD)


def test_reach_speed_and_width_of_a_known_movement_are_found() -> None:
    jaw = measure_movements(nodding_jaw(0.4, 2.0))["jaw"]
    assert jaw.reach == pytest.approx(0.4, rel=0.03)
    assert jaw.speed == pytest.approx(np.pi * 2.0 * 0.4, rel=0.05)
    assert jaw.lasting_s == pytest.approx(0.25, rel=0.05)


def test_pauses_do_not_count_as_speaking() -> None:
    pair = nodding_jaw(0.4, 2.0)
    silent = replace(pair, waveform=pair.waveform * (np.arange(10 * RATE_HZ) < 5 * RATE_HZ))
    speaking = speaking_frames(silent, silent.times_s)
    assert speaking[:300].all() and not speaking[320:].any()


def test_factors_change_what_they_name() -> None:
    ones = np.ones(2 * len(FITTED_PARTS) + 2)
    plain, doubled = mouth_with(ones), mouth_with(2.0 * ones)
    for part in FITTED_PARTS:
        assert doubled.gains[part] == 2.0 * plain.gains[part]
        assert doubled.timings[part].before_s == 2.0 * plain.timings[part].before_s
    assert (doubled.jaw_grip, doubled.timings["tongue"]) == (2.0, plain.timings["tongue"])


@pytest.mark.data
def test_both_teachers_move_alike(data_dir: Path) -> None:
    pytest.importorskip("espeakng_loader", reason="eSpeak NG is not installed")
    folder = data_dir / "face" / "facegood"
    goal = mean_movements([read_recording(folder, name) for name in TRAIN])
    sessions = [
        speak(Speaker(Voice(name, speed), 1.0), 25.0, np.random.default_rng(n))
        for n, (name, speed) in enumerate(VOICES.items())
    ]
    ratio = mean_movements(sessions) / goal
    assert 0.7 < ratio.min() and ratio.max() < 1.4
