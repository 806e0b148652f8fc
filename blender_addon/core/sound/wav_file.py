"""Reads WAV files piece by piece.

The standard library's ``wave`` knows neither float samples nor, before Python 3.12, the extensible
header that every file of 24 bit or of more than two channels has; hence this small reader.

Source: Microsoft, Multimedia Programming Interface and Data Specifications 1.0 (RIFF, WAVE) and
WAVEFORMATEXTENSIBLE; EBU Tech 3306 (RF64, files beyond 4 GiB).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from ..conventions import Floats
from ..errors import SoundError

_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
_UNKNOWN_SIZE: Final = 0xFFFFFFFF
_LOW_FREQUENCY: Final = 0x8
_OTHER_FORMATS: Final = {2: "ADPCM", 6: "A-law", 7: "µ-law", 17: "ADPCM", 85: "MP3"}
_SAMPLE_TYPES: Final[dict[tuple[int, int], Any]] = {
    (_PCM, 1): np.dtype("u1"), (_PCM, 2): np.dtype("<i2"),
    (_PCM, 3): np.dtype("u1"), (_PCM, 4): np.dtype("<i4"),
    (_FLOAT, 4): np.dtype("<f4"), (_FLOAT, 8): np.dtype("<f8"),
}  # fmt: skip


class WavEncodingError(SoundError):
    """A whole WAV file whose samples are encoded in a way unknown here."""


@dataclass(frozen=True)
class WavHeader:
    """What a WAV file holds and where.

    Args:
        rate_hz: samples a second.
        channels: how many are interleaved.
        kind: 1 for whole numbers, 3 for float.
        width: bytes of one sample.
        data_start: byte at which the samples begin.
        frame_count: samples of each channel that are really there.
        channel_mask: which loudspeakers, as bits; 0 if not said.
        cut_short: the file promises more than it holds.
    """

    rate_hz: int
    channels: int
    kind: int
    width: int
    data_start: int
    frame_count: int
    channel_mask: int = 0
    cut_short: bool = False

    @property
    def voice_channels(self) -> list[int]:
        """All channels but the low-frequency one of a surround file."""
        mask = self.channel_mask
        if not mask and self.channels == 6:
            mask = 0x3F  # 5.1 in the usual order
        if not mask & _LOW_FREQUENCY or self.channels < 3:
            return list(range(self.channels))
        low = (mask & (_LOW_FREQUENCY - 1)).bit_count()
        return [n for n in range(self.channels) if n != low]


def read_wav_header(path: Path) -> WavHeader:
    """Find out what a WAV file holds.

    Raises:
        SoundError: missing, unreadable, no WAV file, or without samples.
        WavEncodingError: an encoding unknown here.
    """
    try:
        with path.open("rb") as file:
            return _read_header(file, path)
    except FileNotFoundError:
        raise SoundError(f"{path} does not exist. Choose a sound file") from None
    except OSError as error:
        raise SoundError(f"{path} cannot be read ({error.strerror}). Check the file") from error


def wav_frames(path: Path, header: WavHeader, start: int, count: int) -> Floats:
    """Samples ``start`` … ``start + count`` of every channel, (≤ count, channels), ±1.

    Raises:
        SoundError: the file cannot be read any more.
    """
    frame_bytes = header.channels * header.width
    try:
        with path.open("rb") as file:
            file.seek(header.data_start + start * frame_bytes)
            data = file.read(count * frame_bytes)
    except OSError as error:
        raise SoundError(f"{path} cannot be read ({error.strerror}). Check the file") from error
    data = data[: len(data) // frame_bytes * frame_bytes]
    return _decode(data, header.kind, header.width).reshape(-1, header.channels)


def _decode(data: bytes, kind: int, width: int) -> Floats:
    raw: NDArray[Any] = np.frombuffer(data, _SAMPLE_TYPES[kind, width])
    if width == 3:
        wide = np.zeros((len(raw) // 3, 4), np.uint8)
        wide[:, 1:] = raw.reshape(-1, 3)  # as the upper bytes of 32 bit
        raw, width = wide.view("<i4")[:, 0], 4
    with np.errstate(over="ignore"):  # a number beyond float32 is no sound; the caller drops it
        samples = raw.astype(np.float32)
    if kind == _FLOAT:
        return samples
    # Whole numbers are signed, but for those of one byte.
    return (samples - 128.0) / 128.0 if width == 1 else samples / float(1 << (8 * width - 1))


def _read_header(file: BinaryIO, path: Path) -> WavHeader:
    top = file.read(12)
    if not top:
        raise SoundError(f"{path.name} is empty. Choose another sound file")
    if len(top) < 12 or top[:4] not in (b"RIFF", b"RF64") or top[8:] != b"WAVE":
        raise SoundError(f"{path.name} is no WAV file. Save the sound as WAV and choose that")
    layout: tuple[int, int, int, int, int] | None = None
    long_size = 0
    while len(head := file.read(8)) == 8:
        name, size = struct.unpack("<4sI", head)
        if name == b"ds64":
            long_size = struct.unpack("<8xQ", file.read(16))[0]
            file.seek(size - 16, 1)
        elif name == b"fmt ":
            layout = _read_format(file.read(size), path)
            file.seek(size & 1, 1)
        elif name == b"data" and layout is not None:
            return _finish(file, path, layout, size, long_size)
        else:
            file.seek(size + (size & 1), 1)
    raise SoundError(f"{path.name} holds no sound: it breaks off early. Save or copy it again")


def _read_format(body: bytes, path: Path) -> tuple[int, int, int, int, int]:
    """Kind, channels, rate, bytes a sample, loudspeaker mask."""
    if len(body) < 16:
        raise SoundError(f"{path.name} breaks off in its header. Save or copy it again")
    kind, channels, rate, _, frame_bytes, _ = struct.unpack("<HHIIHH", body[:16])
    mask = 0
    if kind == _EXTENSIBLE and len(body) >= 26:
        mask, kind = struct.unpack("<IH", body[20:26])
    width = frame_bytes // channels if channels else 0
    if kind not in (_PCM, _FLOAT):
        name = _OTHER_FORMATS.get(kind, f"format {kind}")
        raise WavEncodingError(
            f"{path.name} is encoded as {name}; whole numbers (PCM) or float were expected. "
            "Save it again as 16-bit PCM"
        )
    if (kind, width) not in _SAMPLE_TYPES or width * channels != frame_bytes or not rate:
        raise SoundError(
            f"{path.name} has {channels} channels in {frame_bytes} bytes at {rate} Hz, which "
            "cannot be read. Save it again as 16-bit PCM"
        )
    return kind, channels, rate, width, mask


def _finish(
    file: BinaryIO, path: Path, layout: tuple[int, int, int, int, int], size: int, long_size: int
) -> WavHeader:
    kind, channels, rate, width, mask = layout
    start = file.tell()
    there = file.seek(0, 2) - start
    # Programs that write to a pipe cannot know the size; then everything there is is meant.
    promised = (long_size or there) if size == _UNKNOWN_SIZE else size or there
    count = min(promised, there) // (channels * width)
    if not count:
        raise SoundError(f"{path.name} holds no sound. Choose another sound file")
    return WavHeader(rate, channels, kind, width, start, count, mask, promised > there)
