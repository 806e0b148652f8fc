"""Brows and nods follow stress, blinks look like blinks, and pitch is what it is."""

from __future__ import annotations

import numpy as np
import pytest

from blender_addon.core.sound.pitch import measure_pitch
from blender_addon.core.sound.voice_activity import detect_voice
from blender_addon.core.sound.waveform import ArraySound
from blender_addon.core.speech import upper_face
from blender_addon.core.speech.upper_face import BLINKS, animate_upper_face
from tests.speech.contract_samples import babble


def hear_prosody(sound):
    return upper_face.hear_prosody(sound, detect_voice(sound))


def times_of(sound, rate=60.0):
    return np.arange(int(sound.duration_s * rate)) / rate


@pytest.mark.parametrize("pitch_hz", [80.0, 120.0, 210.0, 330.0])
def test_pitch_of_a_voice(pitch_hz):
    times = np.arange(16_000) / 16_000
    rng = np.random.default_rng(0)
    voice = sum(np.sin(2 * np.pi * n * pitch_hz * times) / n for n in range(1, 10))
    heard = measure_pitch(ArraySound(0.2 * voice + 0.005 * rng.normal(size=16_000)))
    assert len(heard) == 50
    assert np.allclose(heard[5:-5], pitch_hz, rtol=0.03)


def test_noise_and_silence_have_no_pitch():
    noise = np.random.default_rng(0).normal(0, 0.1, 16_000)
    assert (measure_pitch(ArraySound(noise)) > 0).mean() < 0.1
    assert not measure_pitch(ArraySound(np.zeros(16_000))).any()


def test_pitch_of_a_glide_in_more_than_one_block():
    times = np.arange(16_000 * 12) / 16_000
    desired = 100 + 10 * times
    heard = measure_pitch(
        ArraySound(0.3 * np.sign(np.sin(2 * np.pi * np.cumsum(desired) / 16_000)))
    )
    at = (np.arange(len(heard)) + 0.5) / 50
    assert np.allclose(heard[5:-5], (100 + 10 * at)[5:-5], rtol=0.04)


def test_a_loud_high_word_is_stressed():
    times = np.arange(16_000 * 4) / 16_000
    stressed = np.exp(-0.5 * ((times - 2.0) / 0.12) ** 2)
    pitch = 110 * 2 ** (0.6 * stressed)
    voice = np.sign(np.sin(2 * np.pi * np.cumsum(pitch) / 16_000))
    sound = ArraySound(voice * (0.05 + 0.3 * stressed) * (np.sin(8 * np.pi * times) > -0.5))
    prosody = hear_prosody(sound)
    assert abs(np.argmax(prosody.emphasis) / 100 - 2.0) < 0.15
    raised, nodded = 0.0, 0.0
    for seed in range(12):
        face = animate_upper_face(prosody, times_of(sound), np.random.default_rng(seed))
        near = slice(round(1.6 * 60), round(2.3 * 60))
        raised += face.channels["browInnerUp"][near].max()
        nodded += -face.head_offset_rad[near, 1].min()
    assert raised / 12 > 0.08  # not every time, but often
    assert nodded / 12 > np.deg2rad(1.0)


def test_moves_are_small_smooth_and_in_range():
    sound = babble(60.0)
    times = times_of(sound)
    face = animate_upper_face(hear_prosody(sound), times, np.random.default_rng(3))
    assert set(face.channels) == {"browInnerUp", "browOuterUpLeft", "browOuterUpRight", *BLINKS}
    for name, curve in face.channels.items():
        assert curve.shape == times.shape
        assert curve.min() >= 0
        assert curve.max() <= 1
        if not name.startswith("eyeBlink"):
            assert np.abs(np.diff(curve)).max() * 60 < 12
    assert np.abs(face.head_offset_rad).max() < np.deg2rad(12)
    speed = np.abs(np.diff(face.head_offset_rad, axis=0)).max() * 60
    assert speed < np.deg2rad(120)


def test_blinks_come_as_often_and_fast_as_peoples():
    sound = babble(120.0)
    times = times_of(sound)
    face = animate_upper_face(hear_prosody(sound), times, np.random.default_rng(0))
    lids = face.channels["eyeBlinkLeft"]
    assert np.array_equal(lids, face.channels["eyeBlinkRight"])
    onsets = np.flatnonzero((lids[1:] > 0.5) & (lids[:-1] <= 0.5))
    assert 24 <= len(onsets) <= 70  # 12 to 35 a minute
    assert np.diff(onsets).min() > 0.7 * 60
    shut_frames = (lids > 0.5).sum() / len(onsets)
    assert 3 <= shut_frames <= 12


def test_silence_still_blinks_but_does_not_nod():
    sound = ArraySound(np.zeros(16_000 * 20))
    face = animate_upper_face(hear_prosody(sound), times_of(sound), np.random.default_rng(0))
    assert not face.channels["browInnerUp"].any()
    assert np.abs(face.head_offset_rad).max() < 1e-6
    assert face.channels["eyeBlinkLeft"].max() > 0.9


def test_liveliness_scales_and_frame_rates_agree():
    sound = babble(20.0)
    prosody = hear_prosody(sound)
    still = animate_upper_face(prosody, times_of(sound), np.random.default_rng(0), liveliness=0.0)
    assert not still.channels["browInnerUp"].any()
    assert not still.head_offset_rad.any()
    slow = animate_upper_face(prosody, times_of(sound, 30.0), np.random.default_rng(0))
    fast = animate_upper_face(prosody, times_of(sound, 60.0), np.random.default_rng(0))
    inner = slice(30, -30)  # the ends are eased in, and the two do not end together
    fast_rad = fast.head_offset_rad[::2][: len(slow.head_offset_rad)]
    assert np.allclose(slow.head_offset_rad[inner], fast_rad[inner], atol=1e-5)
