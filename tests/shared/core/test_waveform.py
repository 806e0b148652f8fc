"""Whatever a sound file looks like, the networks hear the same: one channel at 16 kHz."""

from __future__ import annotations

import struct
import wave
from itertools import pairwise

import numpy as np
import pytest

from blender_addon.core.errors import Cancelled, SoundError
from blender_addon.core.jobs import Cancellation
from blender_addon.core.sound.voice_activity import detect_voice
from blender_addon.core.sound.waveform import ArraySound, CancellableSound, WavSound
from tests.shared.core.sound_samples import FLOAT, PCM, sine, write_wav

RATES = (8_000, 11_025, 16_000, 22_050, 44_100, 48_000, 96_000, 48_001, 15_123)
KINDS = ((PCM, 1), (PCM, 2), (PCM, 3), (PCM, 4), (FLOAT, 4), (FLOAT, 8))
DESIRED = sine(16_000)
INNER = slice(200, -200)  # where the sine neither begins nor ends


def whole(sound):
    return sound.read(0, round(16_000 * sound.duration_s))


@pytest.mark.parametrize("rate", RATES)
def test_a_tone_comes_out_the_same_from_every_rate(rate):
    sound = ArraySound(sine(rate), rate)
    assert sound.sample_rate_hz == 16_000
    assert sound.duration_s == pytest.approx(1.0, abs=1e-4)
    heard = whole(sound)
    assert heard.dtype == np.float32
    assert np.abs(heard[INNER] - DESIRED[: len(heard)][INNER]).max() < 2e-4


@pytest.mark.parametrize("rate", [22_050, 44_100, 48_000, 96_000, 48_001])
def test_what_16_khz_cannot_carry_is_not_folded_down(rate):
    loud = ArraySound(sine(rate, pitch_hz=9_500), rate)
    assert np.abs(whole(loud)[INNER]).max() < 1e-3


@pytest.mark.parametrize("rate", RATES)
def test_pieces_are_the_whole(rate):
    noise = np.random.default_rng(rate).normal(0, 0.1, rate).astype(np.float32)
    sound = ArraySound(noise, rate)
    heard = sound.read(-500, 17_000)
    assert np.abs(heard[:300]).max() < 1e-6  # silence before the sound
    cuts = [-500, -499, 0, 7, 1000, 8191, 12_345, 16_500]
    pieces = [sound.read(a, b - a) for a, b in pairwise(cuts)]
    assert np.allclose(np.concatenate(pieces), heard, atol=1e-6)
    assert sound.read(100, 0).shape == (0,)
    assert not sound.read(10**6, 50).any()


@pytest.mark.parametrize(("kind", "width"), KINDS)
@pytest.mark.parametrize("channels", [1, 2])
def test_every_sample_type(tmp_path, kind, width, channels):
    samples = np.repeat(sine(16_000)[:, None], channels, axis=1)
    path = write_wav(tmp_path / "a.wav", samples, 16_000, kind, width)
    step = 2.0 ** -(8 * width - 1) if kind == PCM else 1e-6
    assert np.abs(whole(WavSound(path)) - DESIRED).max() <= step


@pytest.mark.parametrize("rate", [8_000, 44_100, 96_000])
def test_a_file_of_the_standard_library(tmp_path, rate):
    path = tmp_path / "a.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(rate)
        both = np.stack((2 * sine(rate), 0 * sine(rate)), axis=1)
        file.writeframes((32_767 * both).astype("<i2").tobytes())
    sound = WavSound(path)
    assert not sound.warnings
    assert np.abs(whole(sound)[INNER] - DESIRED[INNER]).max() < 3e-4  # the mean of both


def test_surround_is_mixed_without_its_low_frequency_channel(tmp_path):
    six = np.zeros((16_000, 6), np.float32)
    six[:, 2] = sine(16_000)  # the voice, in front
    six[:, 3] = 0.9  # a rumble
    for mask in (None, 0x3F):
        path = write_wav(tmp_path / "a.wav", six, 16_000, mask=mask)
        assert np.abs(whole(WavSound(path)) - DESIRED / 5).max() < 1e-4


def test_extensible_24_bit_and_other_chunks(tmp_path):
    extra = b"LIST" + struct.pack("<I", 3) + b"abc\x00"  # odd length, padded
    path = write_wav(tmp_path / "a.wav", sine(48_000), 48_000, PCM, 3, mask=4, extra=extra)
    assert np.abs(whole(WavSound(path))[INNER] - DESIRED[INNER]).max() < 2e-4


def test_a_file_from_a_pipe_has_no_size(tmp_path):
    for size in (0xFFFFFFFF, 0):
        path = write_wav(tmp_path / "a.wav", sine(16_000), 16_000, data_size=size)
        sound = WavSound(path)
        assert sound.duration_s == 1.0
        assert not sound.warnings


def test_a_truncated_file_gives_what_there_is_and_says_so(tmp_path):
    path = write_wav(tmp_path / "a.wav", sine(16_000), 16_000)
    path.write_bytes(path.read_bytes()[:-16_001])  # half, and half a sample more
    sound = WavSound(path)
    assert sound.duration_s == pytest.approx(0.5, abs=1e-3)
    assert "breaks off" in sound.warnings[0]
    assert np.abs(sound.read(0, 7_900) - DESIRED[:7_900]).max() < 1e-4


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty"),
        (b"RIFF", "no WAV file"),
        (b"ID3\x03" + bytes(100), "no WAV file"),
        (b"RIFF\x00\x00\x00\x00WAVE", "breaks off"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00", "breaks off"),
    ],
)
def test_what_is_no_sound_is_refused(tmp_path, content, message):
    path = tmp_path / "a.wav"
    path.write_bytes(content)
    with pytest.raises(SoundError, match=message):
        WavSound(path)


def test_other_encodings_are_named(tmp_path):
    path = write_wav(tmp_path / "a.wav", sine(8_000), 8_000, PCM, 1, code=7)
    with pytest.raises(SoundError, match=r"µ-law.*16-bit PCM"):
        WavSound(path)
    with pytest.raises(SoundError, match="holds no sound"):
        WavSound(write_wav(tmp_path / "b.wav", np.zeros((0, 1)), 8_000))
    with pytest.raises(SoundError, match="does not exist"):
        WavSound(tmp_path / "none.wav")
    with pytest.raises(SoundError, match="cannot be read"):
        WavSound(tmp_path)
    with pytest.raises(SoundError, match="Hz"):
        WavSound(write_wav(tmp_path / "c.wav", sine(8_000), 3))


def test_damaged_float_samples_are_silence(tmp_path):
    samples = sine(16_000).astype(np.float64)
    samples[100:103] = (np.nan, np.inf, -np.inf)
    heard = whole(WavSound(write_wav(tmp_path / "a.wav", samples, 16_000, FLOAT, 4)))
    assert np.isfinite(heard).all()
    assert not heard[100:103].any()


def test_arrays_that_are_no_sound_are_refused():
    for samples in (np.zeros((3, 2)), np.array([0.0, np.nan])):
        with pytest.raises(SoundError, match="one channel"):
            ArraySound(samples)


def test_a_cancelled_job_stops_at_its_next_read():
    cancellation = Cancellation()
    sound = CancellableSound(ArraySound(np.ones(16_000, np.float32), 16_000), cancellation)
    assert np.array_equal(sound.read(0, 100), np.ones(100, np.float32))
    assert (sound.sample_rate_hz, sound.duration_s) == (16_000, 1.0)
    cancellation.ask()
    with pytest.raises(Cancelled):
        detect_voice(sound)
