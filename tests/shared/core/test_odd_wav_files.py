"""WAV files whose headers contradict themselves are read as the sound libraries read them."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from blender_addon.core.errors import SoundError
from blender_addon.core.sound.wav_file import kind_of_file
from blender_addon.core.sound.waveform import WavSound
from tests.shared.core.sound_samples import FLOAT, PCM, encode, sine

RATE = 16_000
VOICE = sine(RATE)
DATA = encode(VOICE[:, None], PCM, 2)
UNKNOWN = 0xFFFFFFFF


def chunk(name, body, size=None, order="<"):
    size = len(body) if size is None else size
    return name + struct.pack(f"{order}I", size) + body + b"\0" * (len(body) & 1)


def fmt(kind=PCM, channels=1, rate=RATE, bits=16, block=None, extra=b"", order="<"):
    block = channels * bits // 8 if block is None else block
    layout = (kind, channels, rate, rate * block, block, bits)
    return chunk(b"fmt ", struct.pack(f"{order}HHIIHH", *layout) + extra, order=order)


def riff(*chunks, top=b"RIFF", size=None, order="<"):
    body = b"WAVE" + b"".join(chunks)
    return top + struct.pack(f"{order}I", len(body) if size is None else size) + body


def ds64(size):
    return chunk(b"ds64", struct.pack("<QQQI", 0, size, len(VOICE), 0))


def extensible(kind, bits, mask=4):
    rest = bytes.fromhex("000000001000800000aa00389b71")
    return struct.pack("<HHIH", 22, bits, mask, kind) + rest


def opened(tmp_path, content):
    path = tmp_path / "voice.wav"
    path.write_bytes(content)
    return WavSound(path)


BODY = chunk(b"data", DATA)
IN_24 = encode(VOICE[:, None], PCM, 3)
ODD = {
    "block align 0": riff(fmt(block=0), BODY),
    "block align 1": riff(fmt(block=1), BODY),
    "block align 4 of one channel": riff(fmt(block=4), BODY),
    "block align 65535": riff(fmt(block=65_535), BODY),
    "block align 1 of 24 bits": riff(fmt(bits=24, block=1), chunk(b"data", IN_24)),
    "block align 2 of float": riff(fmt(FLOAT, bits=32, block=2),
                                   chunk(b"data", encode(VOICE[:, None], FLOAT, 4))),
    "no bits but block align": riff(fmt(bits=0, block=2), BODY),
    "15 bits in two bytes": riff(fmt(bits=15, block=2), BODY),
    "24 bits in four bytes": riff(fmt(0xFFFE, bits=32, extra=extensible(PCM, 24)),
                                  chunk(b"data", encode(VOICE[:, None], PCM, 4))),
    "64 bits": riff(fmt(bits=64), chunk(b"data", b"".join(
        struct.pack("<q", round(float(v) * 2**63)) for v in VOICE))),
    "float in an extensible header": riff(fmt(0xFFFE, bits=32, extra=extensible(FLOAT, 32)),
                                          chunk(b"data", encode(VOICE[:, None], FLOAT, 4))),
    "data before format": riff(BODY, fmt()),
    "odd data before format": riff(chunk(b"data", DATA + b"\0"), fmt()),
    "format of 18 bytes": riff(fmt(extra=b"\0\0"), BODY),
    "format of 100 bytes": riff(fmt(extra=bytes(84)), BODY),
    "two formats": riff(fmt(), fmt(rate=44_100), BODY),
    "chunks before and after": riff(chunk(b"JUNK", bytes(27)), chunk(b"bext", bytes(602)), fmt(),
                                    chunk(b"LIST", b"INFO"), BODY, chunk(b"id3 ", b"ID3x")),
    "an odd chunk without padding": riff(fmt(), b"LIST\x05\0\0\0INFOx", BODY),
    "an id3 tail": riff(fmt(), BODY) + b"ID3\3" + bytes(40),
    "a stream of size 0": riff(fmt(), chunk(b"data", DATA, 0), size=0),
    "a stream of unknown size": riff(fmt(), chunk(b"data", DATA, UNKNOWN), size=UNKNOWN),
    "a stream as SoX writes it": riff(fmt(), chunk(b"data", DATA, 0x7FFFF000), size=0x7FFFF024),
    "RF64": riff(ds64(len(DATA)), fmt(), chunk(b"data", DATA, UNKNOWN), top=b"RF64", size=UNKNOWN),
    "BW64": riff(ds64(len(DATA)), fmt(), chunk(b"data", DATA, UNKNOWN), top=b"BW64", size=UNKNOWN),
    "RF64 with size 0": riff(ds64(len(DATA)), fmt(), chunk(b"data", DATA, 0), top=b"RF64"),
    "RF64 with its own size": riff(ds64(0), fmt(), BODY, top=b"RF64"),
    "RF64 that does not know": riff(ds64(0), fmt(), chunk(b"data", DATA, UNKNOWN), top=b"RF64"),
    "big-endian": riff(fmt(order=">"), chunk(b"data", (VOICE * 2**15).astype(">i2").tobytes(),
                                             order=">"), top=b"RIFX", order=">"),
}  # fmt: skip


@pytest.mark.parametrize("name", ODD)
def test_an_odd_header(tmp_path, name):
    sound = opened(tmp_path, ODD[name])
    assert (sound.header.rate_hz, sound.header.channels) == (RATE, 1)
    assert len(VOICE) <= sound.header.frame_count <= len(VOICE) + 22  # an id3 tail of a stream
    assert np.abs(sound.read(0, len(VOICE)) - VOICE).max() < 1e-4
    assert not sound.warnings


@pytest.mark.parametrize("count", [3, 8, 64])
def test_many_channels(tmp_path, count):
    samples = np.repeat(VOICE[:, None], count, axis=1)
    sound = opened(tmp_path, riff(fmt(channels=count), chunk(b"data", encode(samples, PCM, 2))))
    assert np.abs(sound.read(0, RATE) - VOICE).max() < 1e-4


REFUSED = {
    "ds64 that is cut": riff(b"ds64\x1c\0\0\0\0\0\0\0", top=b"RF64"),
    "no data": riff(fmt()),
    "a header alone": riff(fmt(), chunk(b"data", b"")),
    "half a sample": riff(fmt(), chunk(b"data", b"\1")),
    "a format that is cut": riff(b"fmt \x10\0\0\0\1\0"),
    "a huge format": riff(b"fmt \xf0\xff\xff\xff" + fmt()[8:], BODY),
    "no channels": riff(fmt(channels=0), BODY),
    "no rate": riff(fmt(rate=0), BODY),
    "1 Hz": riff(fmt(rate=1), BODY),
    "4 GHz": riff(chunk(b"fmt ", struct.pack("<HHIIHH", 1, 1, 4_000_000_000, 0, 2, 16)), BODY),
    "no bits at all": riff(fmt(bits=0, block=0), BODY),
    "40 bits": riff(fmt(bits=40), BODY),
    "float of 16 bits": riff(fmt(FLOAT), BODY),
    "ADPCM": riff(fmt(2, bits=4), BODY),
    "IMA ADPCM": riff(fmt(17, bits=4), BODY),
    "MP3 in WAV": riff(fmt(85, bits=0), BODY),
    "µ-law": riff(fmt(7, bits=8), BODY),
    "extensible without its extension": riff(fmt(0xFFFE), BODY),
    "a size of 2^64 bytes": riff(ds64(2**64 - 1), chunk(b"data", b"", UNKNOWN), top=b"RF64"),
    "AVI": b"RIFF\x64\0\0\0AVI LIST" + bytes(100),
    "AIFF": b"FORM\0\0\0\x64AIFFCOMM" + bytes(100),
    "an HTML page": b"<!DOCTYPE html><html>404</html>",
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_refused_in_our_words(tmp_path, name):
    with pytest.raises(SoundError, match=r"voice\.wav|Hz"):
        opened(tmp_path, REFUSED[name])


def test_every_cut_of_a_file_is_read_or_refused(tmp_path):
    named = chunk(b"LIST", b"INFOx")
    header = ds64(40), fmt(0xFFFE, bits=16, extra=extensible(PCM, 16)), named
    whole = riff(*header, chunk(b"data", DATA[:40], UNKNOWN), top=b"RF64")
    for length in range(len(whole)):
        try:
            opened(tmp_path, whole[:length])
        except SoundError:
            assert length < len(whole) - 38


@pytest.mark.parametrize(
    ("top", "kind"),
    [
        (b"RIFF....WAVE", "WAV"), (b"RIFF....AVI ", "AVI"), (b"RIFF....ACON", "unknown"),
        (b"FORM....AIFF", "AIFF"), (b"\0\0\0\x1cftypmp42", "MP4"), (b"OggS", "Ogg"),
        (b"\x1aE\xdf\xa3", "Matroska or WebM"), (b"", "unknown"),
    ],
)  # fmt: skip
def test_a_file_is_known_by_its_beginning(top, kind):
    assert kind_of_file(top) == kind


def stereo(tmp_path, left, right, **options):
    samples = np.stack((left, right), axis=1)
    path = tmp_path / "stereo.wav"
    path.write_bytes(riff(fmt(channels=2), chunk(b"data", encode(samples, PCM, 2))))
    return WavSound(path, **options)


NOISE = np.random.default_rng(1).normal(0.0, 0.1, (2, RATE)).astype(np.float32)


@pytest.mark.parametrize(
    ("left", "right", "heard"),
    [
        (VOICE, -VOICE, VOICE),
        (0.7 * VOICE, -VOICE, -VOICE),
        (VOICE, np.where(np.arange(RATE) < RATE // 2, VOICE, -VOICE), VOICE),  # later turned round
        (VOICE + 0.2, -VOICE + 0.2, VOICE + 0.2),  # with an offset that does not cancel
        (VOICE, VOICE, VOICE),
        (VOICE, 0 * VOICE, VOICE / 2),
        (NOISE[0], NOISE[1], NOISE.mean(axis=0)),
        (0 * VOICE, 0 * VOICE, 0 * VOICE),
    ],
)
def test_channels_that_cancel(tmp_path, left, right, heard):
    sound = stereo(tmp_path, left, right)
    found = sound.read(0, RATE)
    assert np.abs(found - heard).max() < 1e-3
    cancels = np.abs((left + right) / 2 - heard).max() > 0.1
    assert bool(sound.warnings) == cancels


def test_a_strip_that_is_mixed_to_mono_stays_cancelled(tmp_path):
    sound = stereo(tmp_path, VOICE, -VOICE, mono=True)
    assert np.abs(sound.read(0, RATE)).max() < 1e-4
    assert "Switch off Mono" in sound.warnings[0]


def test_a_gain(tmp_path):
    assert np.allclose(stereo(tmp_path, VOICE, VOICE, gain=0.5).read(0, RATE), VOICE / 2, atol=1e-4)
