"""One natural voice becomes many, in step with its phones; the voice itself only where it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from backend.phonetics.texts import LIP_WORDS, make_utterance
from backend.speech.pairs import RATE_HZ
from backend.speech.prepare import VOICE, plan_sessions, prepare_phones
from backend.speech.teachers.natural_speech import draw_natural_speaker, make_natural_session
from backend.speech.teachers.phone_speech import Session, loudness_of
from backend.speech.teachers.voice_change import move_formants
from blender_addon.core.conventions import Floats
from blender_addon.core.errors import InputError


def vowel(formant_hz: float, pitch_hz: float = 125.0) -> Floats:
    """Half a second of harmonics around one formant."""
    times = np.arange(RATE_HZ // 2) / RATE_HZ
    harmonics = pitch_hz * np.arange(1, 40)
    weights = np.exp(-0.5 * ((harmonics - formant_hz) / 250.0) ** 2) + 1e-3
    waves = weights[:, None] * np.sin(2 * np.pi * harmonics[:, None] * times)
    return (0.1 * waves.sum(0)).astype(np.float32)


def test_formants_move_and_pitch_and_times_stay() -> None:
    before = vowel(1500.0)
    before[: len(before) // 2] = 0.0
    after = move_formants(before, 1.3)
    assert after.shape == before.shape and np.abs(after[: len(after) // 2 - 600]).max() < 1e-3
    spectrum = np.abs(np.fft.rfft(after[-4000:] * np.hanning(4000)))
    hertz = np.fft.rfftfreq(4000, 1 / RATE_HZ)
    assert hertz[np.argmax(spectrum)] == pytest.approx(1500 * 1.3, abs=130)
    assert hertz[np.argmax(spectrum)] % 125.0 == pytest.approx(0.0, abs=5.0)
    np.testing.assert_array_equal(move_formants(before, 1.0), before)


def test_speakers_differ_and_a_share_has_the_voices_own_pitch() -> None:
    rng = np.random.default_rng(0)
    pitches = [draw_natural_speaker(rng).pitch for _ in range(200)]
    assert min(pitches) < 0.95 and max(pitches) > 1.6 and 30 < pitches.count(1.0) < 70


def test_utterances_hold_words_alone_and_lips_in_every_place() -> None:
    made = [make_utterance("en-us", np.random.default_rng(n)) for n in range(300)]
    assert sum(len(text.split()) == 1 for text in made) > 20
    for letter in "pbmfvw":
        assert any(word.startswith(letter) for word in LIP_WORDS)
        assert any(letter in word[1:-1] for word in LIP_WORDS)
    assert all(any(word.rstrip("e").endswith(letter) for word in LIP_WORDS) for letter in "pbmfv")


def test_natural_sessions_are_planned_beside_the_others_and_need_the_voice(tmp_path: Path) -> None:
    plan = plan_sessions(1.0, 3, 0.5)
    assert sum(s.natural for s in plan if s.split == "train") == 30
    assert len({(s.split, s.file_name) for s in plan}) == len(plan)
    with pytest.raises(InputError, match="--natural 0"):
        prepare_phones(tmp_path / "out", plan, 3, 1, tmp_path)


@pytest.mark.skipif(not any(VOICE.rglob("*.onnx")), reason="the natural voice is not fetched")
def test_a_natural_session_is_repeatable_and_its_bilabials_are_soft() -> None:
    session = Session("train", 1, 0, seconds=8.0, natural=True)
    pair, again = make_natural_session(session, VOICE), make_natural_session(session, VOICE)
    np.testing.assert_array_equal(pair.waveform, again.waveform)
    assert pair.phones is not None and pair.duration_s >= 8.0
    levels = loudness_of(pair.phones, pair.waveform)
    names = np.array(pair.phones.names)
    assert np.median(levels[np.isin(names, list("pb"))]) < -12.0
