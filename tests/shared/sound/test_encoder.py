"""An encoder over sounds of any length: where reading begins and where windows lie is not heard."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from blender_addon.core.errors import ContractError
from blender_addon.core.inference.session import ModelSession
from blender_addon.core.sound import encoder as encoders
from blender_addon.core.sound.encoder import EncodedTrack, SpeechEncoder, make_store
from blender_addon.core.sound.waveform import ArraySound
from tests.conftest import ROOT
from tests.shared.sound.encoder_samples import FRAMES, OVERLAP, STRIDE, Counting, make_encoder

SHIPPED = ROOT / "onnx_models" / "speech_encoder.onnx"
SENTENCE = ROOT / "backend" / "demos" / "sounds" / "sentence.wav"
HOP = FRAMES - OVERLAP


@pytest.fixture(scope="module")
def session(tmp_path_factory) -> ModelSession:
    return make_encoder(tmp_path_factory.mktemp("encoder"))


@pytest.fixture(scope="module")
def shipped() -> SpeechEncoder:
    return SpeechEncoder(ModelSession(SHIPPED, ["CPUExecutionProvider"]))


def noise(seconds: float) -> ArraySound:
    samples = np.random.default_rng(0).normal(0.0, 0.1, round(16_000 * seconds))
    return ArraySound(samples.astype(np.float32))


def by_hand(session: ModelSession, sound: ArraySound, gain: float, count: int) -> np.ndarray:
    """Windows one after another, faded in and out over what they share."""
    ramp = np.sin(0.5 * np.pi * (np.arange(OVERLAP) + 0.5) / OVERLAP) ** 2
    share = np.concatenate((ramp, np.ones(FRAMES - 2 * OVERLAP), ramp[::-1]))
    total = np.zeros((count + 2 * FRAMES, 3))
    for start in range(-OVERLAP // 2 - HOP, count + FRAMES - FRAMES, HOP):
        piece = gain * sound.read(start * STRIDE, FRAMES * STRIDE)
        window = session.run({"waveform": piece[None]})["features"][0]
        low = max(start + FRAMES, 0)
        rows = total[low : start + 2 * FRAMES]
        rows += (share[:, None] * window)[low - start - FRAMES :][: len(rows)]
    return total[FRAMES : FRAMES + count]


def test_windows_are_faded_into_each_other(session):
    sound = noise(4.0)
    found = EncodedTrack(SpeechEncoder(session), sound, 2.0).read(0, 200)
    np.testing.assert_allclose(found, by_hand(session, sound, 2.0, 200), atol=1e-3)
    assert found.dtype == np.float32


def test_it_does_not_matter_where_reading_begins(session):
    sound = noise(5.0)
    whole = EncodedTrack(SpeechEncoder(session), sound, 1.0).read(-60, 400)
    for first, count in ((-60, 1), (-13, 77), (0, 31), (119, 200), (249, 91), (7, 0)):
        part = EncodedTrack(SpeechEncoder(session), sound, 1.0).read(first, count)
        np.testing.assert_array_equal(part, whole[first + 60 : first + 60 + count])


def test_around_a_sound_there_is_silence(session):
    track = EncodedTrack(SpeechEncoder(session), noise(2.0), 1.0)
    quiet = EncodedTrack(SpeechEncoder(session), ArraySound(np.zeros(10, np.float32)), 1.0)
    for first in (-3 * HOP, 10 * HOP):
        np.testing.assert_array_equal(track.read(first, HOP), quiet.read(first, HOP))


def test_windows_are_encoded_once_and_silence_once(session):
    counting = Counting(session)
    track = EncodedTrack(SpeechEncoder(counting), noise(12.0), 1.0)
    for first in range(-20, 600, 50):
        track.read(first - 10, 70)
    touching, silent = 600 // HOP + 2, 1
    assert counting.windows == touching + silent
    track.read(5_000, 5_000)
    assert counting.windows == touching + silent
    assert counting.runs < counting.windows


def test_a_long_sound_keeps_but_its_last_windows(session):
    counting = Counting(session)
    encoder = SpeechEncoder(counting)
    _, bytes_of_hours = make_store(encoder, 3 * 3600.0)
    _, bytes_of_minutes = make_store(encoder, 20 * 60.0)
    assert bytes_of_hours < bytes_of_minutes / 50
    encoder.size = 4_096  # one so wide that minutes would take it all
    assert make_store(encoder, 20 * 60.0)[1] < 64 * 2**20
    encoder = SpeechEncoder(counting)
    sound = noise(0.5)
    sound = SimpleNamespace(sample_rate_hz=16_000, duration_s=3 * 3600.0, read=sound.read)
    track = EncodedTrack(encoder, sound, 1.0)
    track.read(0, HOP)
    sound.read = lambda start, count: np.full(count, 0.1, np.float32)
    for first in range(40):
        track.read(HOP * (1_000 + first), HOP)
    assert len(track._store._windows) == encoders._KEPT_WINDOWS
    before = counting.windows
    track.read(0, HOP)
    assert counting.windows == before + 3


def test_a_voice_has_no_jumps_where_windows_end(shipped):
    samples = np.resize(speech(), 16_000 * 40)
    features = EncodedTrack(shipped, ArraySound(samples), 1.0).read(0, 2_000)
    steps = np.linalg.norm(np.diff(features, axis=0), axis=1)
    hop = shipped.hop_frames
    shared = (np.arange(len(steps)) + shipped.overlap_frames // 2) % hop < shipped.overlap_frames
    assert steps[shared].mean() < 1.05 * steps[~shared].mean()
    assert steps[hop - 1 :: hop].mean() < 1.15 * steps.mean()  # 1.5 × without fading


def test_the_same_word_differs_no_more_where_windows_end(shipped):
    word = speech()[:24_000]
    heard = []
    for frame in range(190, 440, 41):
        samples = np.zeros(16_000 * 11, np.float32)
        samples[frame * 320 : frame * 320 + len(word)] = word
        heard.append(EncodedTrack(shipped, ArraySound(samples), 1.0).read(frame, 75))
    mean = np.mean(heard, 0)
    off = np.sqrt(np.mean((np.array(heard) - mean) ** 2, 2) / np.mean(mean**2))
    at = np.arange(190, 440, 41)[:, None] + np.arange(75)
    shared = (at + shipped.overlap_frames // 2) % shipped.hop_frames < shipped.overlap_frames
    assert off[shared].mean() < 1.15 * off[~shared].mean()


def test_a_click_elsewhere_is_not_heard(shipped):
    samples = np.resize(speech(), 16_000 * 18)
    loud = samples.copy()
    loud[16_000 * 9 : 16_000 * 9 + 50] = 0.98
    plain, clicked = (
        EncodedTrack(shipped, ArraySound(each), 1.0).read(0, 900) for each in (samples, loud)
    )
    off = np.sqrt(np.mean((plain - clicked) ** 2, 1) / np.mean(plain**2))
    assert off[:220].max() == 0.0 and off[780:].max() == 0.0  # further than a window
    assert off[445:455].max() > 0.2
    assert np.delete(off, np.arange(425, 475)).mean() < 0.02


def speech() -> np.ndarray:
    """The demo's sentence near the level of the encoder."""
    from blender_addon.core.sound.waveform import WavSound

    sound = WavSound(SENTENCE)
    samples = sound.read(0, int(sound.duration_s * 16_000))
    return samples * (10 ** (-22 / 20) / np.sqrt(np.mean(samples[np.abs(samples) > 0.01] ** 2)))


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"window_samples": 12_801}, "'window_samples' must be a multiple of 320"),
        ({"window_samples": 6_400}, r"waveform \(windows, 6400\)"),
        ({"overlap_samples": 8_000}, "from 320 to 6400"),
        ({"stride_samples": 160}, "'stride_samples' must be"),
        ({"level_db": 3}, "'level_db'"),
    ],
)
def test_an_encoder_laid_out_otherwise_is_refused(session, settings, said):
    changed = replace(session.contract, settings={**session.contract.settings, **settings})
    with pytest.raises(ContractError, match=said):
        SpeechEncoder(SimpleNamespace(contract=changed))


def test_another_task_is_refused(session):
    with pytest.raises(ContractError, match="speech_encoder"):
        SpeechEncoder(SimpleNamespace(contract=replace(session.contract, task="speech_face")))


def test_the_shipped_encoder_is_whispers(shipped):
    document = json.loads(SHIPPED.with_suffix(".json").read_text("utf-8"))
    assert SHIPPED.stat().st_size <= 9_000_000
    assert "Whisper" in document["data"][0]["name"] and "OpenAI" in document["weights_licence"]
    assert document["weights_licence"].startswith("MIT")
    assert (shipped.size, shipped.window_samples, shipped.overlap_frames) == (384, 96_000, 50)
