"""Reads WAV files piece by piece, odd ones as the sound libraries do.

The standard library's ``wave`` knows neither float samples nor, before Python 3.12, the extensible
header that every file of 24 bit or of more than two channels has; hence this small reader.

Source: Microsoft, Multimedia Programming Interface and Data Specifications 1.0 (RIFF, RIFX, WAVE)
and WAVEFORMATEXTENSIBLE; EBU Tech 3306 (RF64) and ITU-R BS.2088 (BW64), for files beyond 4 GiB.
What a header that contradicts itself means is taken from FFmpeg's libavformat/wavdec.c.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from ..conventions import Floats
from ..errors import SoundError

_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
_BYTE_ORDERS: Final = {b"RIFF": "<", b"RF64": "<", b"BW64": "<", b"RIFX": ">"}
_LONG: Final = (b"RF64", b"BW64")
_STREAMED_SIZE: Final = 0x7FFF0000
"""What programs that write to a pipe state as size: this and more, such as 0xFFFFFFFF; or 0."""
_MAX_FORMAT_BYTES: Final = 40
_MAX_CHUNKS: Final = 10_000
_LOW_FREQUENCY: Final = 0x8
_OTHER_FORMATS: Final = {2: "ADPCM", 6: "A-law", 7: "µ-law", 17: "ADPCM", 49: "GSM", 85: "MP3"}
_SAMPLE_TYPES: Final = {
    (_PCM, 1): "u1", (_PCM, 2): "i2", (_PCM, 3): "u1", (_PCM, 4): "i4", (_PCM, 8): "i8",
    (_FLOAT, 4): "f4", (_FLOAT, 8): "f8",
}  # fmt: skip
_BEGINNINGS: Final = (
    (0, b"FORM", "AIFF"), (0, b"OggS", "Ogg"), (0, b"fLaC", "FLAC"), (0, b"ID3", "MP3"),
    (0, b"\xff\xfb", "MP3"), (0, b"\xff\xf3", "MP3"), (0, b"\xff\xf1", "AAC"),
    (4, b"ftyp", "MP4"), (0, b"\x1aE\xdf\xa3", "Matroska or WebM"), (8, b"AVI ", "AVI"),
    (0, b"caff", "CAF"), (0, b"riff", "Wave64"), (0, b"#!AMR", "AMR"),
    (0, b"<", "text"), (0, b"{", "text"),
)  # fmt: skip


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
        byte_order: "<" for the lowest byte first, ">" for the highest.
    """

    rate_hz: int
    channels: int
    kind: int
    width: int
    data_start: int
    frame_count: int
    channel_mask: int = 0
    cut_short: bool = False
    byte_order: str = "<"

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
    except (OSError, ValueError) as error:  # a path with a zero byte is a ValueError
        raise _unreadable(path, error) from error


def kind_of_file(top: bytes) -> str:
    """What a file is, by its first 12 bytes; "unknown" if they tell nothing."""
    if is_wav(top):
        return "WAV"
    for start, letters, kind in _BEGINNINGS:
        if top[start : start + len(letters)] == letters:
            return kind
    return "unknown"


def is_wav(top: bytes) -> bool:
    """Whether these first 12 bytes are those of a WAV file: an AVI video is a RIFF file, too."""
    return top[:4] in _BYTE_ORDERS and top[8:12] == b"WAVE"


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
    except (OSError, ValueError, OverflowError) as error:
        raise _unreadable(path, error) from error
    data = data[: len(data) // frame_bytes * frame_bytes]
    return _decode(data, header).reshape(-1, header.channels)


def _unreadable(path: Path, error: Exception) -> SoundError:
    reason = error.strerror if isinstance(error, OSError) else error
    return SoundError(f"{path} cannot be read ({reason}). Check the file")


def _decode(data: bytes, header: WavHeader) -> Floats:
    kind, width = header.kind, header.width
    stored = np.dtype(header.byte_order + _SAMPLE_TYPES[kind, width])
    raw: NDArray[Any] = np.frombuffer(data, stored)
    if width == 3:
        wide = np.zeros((len(raw) // 3, 4), np.uint8)  # as the upper bytes of 32 bit
        upper = slice(1, 4) if header.byte_order == "<" else slice(0, 3)
        wide[:, upper] = raw.reshape(-1, 3)
        raw, width = wide.view(f"{header.byte_order}i4")[:, 0], 4
    with np.errstate(over="ignore", invalid="ignore"):
        samples = raw.astype(np.float32)  # beyond float32 there is no sound; the caller drops it
    if kind == _FLOAT:
        return samples
    # Whole numbers are signed, but for those of one byte.
    return (samples - 128.0) / 128.0 if width == 1 else samples / float(1 << (8 * width - 1))


@dataclass(frozen=True)
class _Format:
    """The format chunk: how samples are laid out."""

    kind: int
    channels: int
    rate_hz: int
    width: int
    mask: int


@dataclass
class _Parts:
    """What has been found of a file so far."""

    format: _Format | None = None
    data: tuple[int, int] | None = None  # where the samples begin; bytes promised, 0 if unsaid
    long_size: int = 0


def _read_header(file: BinaryIO, path: Path) -> WavHeader:
    top = file.read(12)
    if not top:
        raise SoundError(f"{path.name} is empty. Choose another sound file")
    if len(top) < 12 or not is_wav(top):
        kind = kind_of_file(top)
        what = "" if kind == "unknown" else f" but {kind}"
        raise SoundError(f"{path.name} is no WAV file{what}. Save the sound as WAV and choose that")
    order = _BYTE_ORDERS[top[:4]]
    parts, end = _Parts(), os.fstat(file.fileno()).st_size
    for _ in range(_MAX_CHUNKS):
        head = file.read(8)
        if len(head) < 8 or (parts.format and parts.data):
            break
        name, size = struct.unpack(f"{order}4sI", head)
        start = file.tell()
        if name == b"ds64":
            parts.long_size = _read_long_size(file.read(16), path)
        elif name == b"fmt " and parts.format is None:
            parts.format = _read_format(file.read(min(size, _MAX_FORMAT_BYTES)), order, path)
        elif name == b"data" and parts.data is None:
            size = _promised(size, parts.long_size if top[:4] in _LONG else 0)
            parts.data = start, size
            size = size or end - start
        _seek_chunk(file, min(start + size, end), size & 1)
    if parts.format is None or parts.data is None:
        raise SoundError(f"{path.name} holds no sound: it breaks off early. Save or copy it again")
    return _finish(path, parts.format, parts.data, end, order)


def _promised(size: int, long_size: int) -> int:
    """Bytes of samples that the header states; 0 where it does not know."""
    unknown = not size or size >= _STREAMED_SIZE
    return long_size if unknown else size


def _read_long_size(body: bytes, path: Path) -> int:
    if len(body) < 16:
        raise SoundError(f"{path.name} breaks off in its header. Save or copy it again")
    return int(struct.unpack("<8xQ", body)[0])


def _seek_chunk(file: BinaryIO, end: int, padding: int) -> None:
    """Go to the next chunk: chunks of odd length are padded, but not by every program."""
    file.seek(end)
    if padding:
        ahead = file.read(5)
        unpadded = ahead[:4] in (b"data", b"fmt ", b"LIST", b"fact")
        file.seek(end + (0 if unpadded else 1))


def _read_format(body: bytes, order: str, path: Path) -> _Format:
    if len(body) < 14:
        raise SoundError(f"{path.name} breaks off in its header. Save or copy it again")
    kind, channels, rate, _, frame_bytes = struct.unpack(f"{order}HHIIH", body[:14])
    bits = struct.unpack(f"{order}H", body[14:16])[0] if len(body) >= 16 else 8
    mask = 0
    if kind == _EXTENSIBLE and len(body) >= 26:
        mask, kind = struct.unpack(f"{order}IH", body[20:26])
    if kind not in (_PCM, _FLOAT):
        name = _OTHER_FORMATS.get(kind, f"format {kind}")
        raise WavEncodingError(
            f"{path.name} is encoded as {name}; whole numbers (PCM) or float were expected. "
            "Save it again as 16-bit PCM"
        )
    # Bits say how wide a sample is; the bytes of a frame, which they should agree with, do not.
    width = (bits + 7) // 8 or (frame_bytes // channels if channels else 0)
    if (kind, width) not in _SAMPLE_TYPES or not channels or not rate:
        raise SoundError(
            f"{path.name} has {channels} channels of {bits} bits at {rate} Hz, which cannot be "
            "read. Save it again as 16-bit PCM"
        )
    return _Format(kind, channels, rate, width, mask)


def _finish(path: Path, layout: _Format, data: tuple[int, int], end: int, order: str) -> WavHeader:
    start, size = data
    there = max(end - start, 0)
    count = min(size or there, there) // (layout.channels * layout.width)
    if not count:
        raise SoundError(f"{path.name} holds no sound. Choose another sound file")
    return WavHeader(
        layout.rate_hz, layout.channels, layout.kind, layout.width, start, count, layout.mask,
        size > there, order,
    )  # fmt: skip
