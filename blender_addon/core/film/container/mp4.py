"""Headers of MP4 and QuickTime files.

Source: ISO/IEC 14496-12, *ISO base media file format*, 8.3.2 (tkhd), 8.4.2 (mdhd), 8.6.1 (stts).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from .header import FilmHeader

_PARENTS: Final = frozenset({b"moov", b"trak", b"mdia", b"minf", b"stbl"})
_MOST_BYTES: Final = 64 << 20
"""A box that is larger is no table of a film's pictures."""
_MOST_PICTURES: Final = 1 << 24
_RIGHT_ANGLE_DEG: Final = 90


@dataclass(frozen=True)
class _Box:
    kind: bytes
    start: int  # of what is in it
    end: int


@dataclass(frozen=True)
class _Track:
    handler: bytes = b""
    size_px: tuple[int, int] = (0, 0)
    turn_deg: int = 0
    ticks_hz: int = 0
    table: bytes = b""


def read_mp4(file: BinaryIO, length: int) -> FilmHeader:
    """What an MP4 or QuickTime file says of itself.

    Args:
        file: opened for reading.
        length: of the file, bytes.
    """
    found = FilmHeader("MP4", has_index=False)
    for box in _boxes(file, 0, length):
        if box.end > length:
            found = replace(found, is_cut_off=True)
        if box.kind == b"moov":
            found = replace(found, has_index=box.end <= length)
            for track in _tracks(file, box, length):
                found = _with_track(found, track)
    return found


def _with_track(found: FilmHeader, track: _Track) -> FilmHeader:
    if track.handler == b"soun":
        return replace(found, has_sound=True)
    if track.handler != b"vide" or found.has_picture:
        return found
    return replace(
        found,
        has_picture=True,
        size_px=track.size_px if min(track.size_px) > 0 else None,
        turn_deg=track.turn_deg,
        durations_s=_durations(track),
    )


def _boxes(file: BinaryIO, start: int, end: int) -> Iterator[_Box]:
    """Boxes one after the other; the last may reach beyond the end, and ends the search then."""
    at = start
    while at + 8 <= end:
        file.seek(at)
        head = file.read(16)
        if len(head) < 8:
            return
        size, kind, inside = int.from_bytes(head[:4], "big"), head[4:8], at + 8
        if size == 1 and len(head) == 16:
            size, inside = int.from_bytes(head[8:16], "big"), at + 16
        elif size == 0:
            size = end - at
        if size < inside - at:
            return
        yield _Box(kind, inside, at + size)
        at += size


def _tracks(file: BinaryIO, moov: _Box, length: int) -> Iterator[_Track]:
    for box in _boxes(file, moov.start, min(moov.end, length)):
        if box.kind == b"trak":
            yield _track(file, box, length, _Track())


def _track(file: BinaryIO, parent: _Box, length: int, found: _Track) -> _Track:
    for box in _boxes(file, parent.start, min(parent.end, length)):
        if box.kind in _PARENTS:
            found = _track(file, box, length, found)
            continue
        read = _READ.get(box.kind)
        if read is not None and box.end - box.start <= _MOST_BYTES:
            file.seek(box.start)
            found = read(found, file.read(min(box.end, length) - box.start))
    return found


def _read_tkhd(found: _Track, data: bytes) -> _Track:
    at = 4 + (32 if data[:1] == b"\x01" else 20) + 16
    numbers = np.frombuffer(data[at : at + 44].ljust(44, b"\0"), ">i4").astype(np.float64)
    a, b = numbers[0], numbers[1]
    turn = math.degrees(math.atan2(b, a)) / _RIGHT_ANGLE_DEG
    width, height = (int(each) >> 16 for each in numbers[9:11])
    return replace(found, turn_deg=round(turn) * _RIGHT_ANGLE_DEG % 360, size_px=(width, height))


def _read_mdhd(found: _Track, data: bytes) -> _Track:
    at = 20 if data[:1] == b"\x01" else 12
    return replace(found, ticks_hz=int.from_bytes(data[at : at + 4], "big"))


def _read_hdlr(found: _Track, data: bytes) -> _Track:
    """The first one counts: QuickTime has another for how the data are referred to."""
    return found if found.handler else replace(found, handler=data[8:12])


def _read_stts(found: _Track, data: bytes) -> _Track:
    return replace(found, table=data[8 : 8 + 8 * int.from_bytes(data[4:8], "big")])


_READ: Final = {
    b"tkhd": _read_tkhd, b"mdhd": _read_mdhd, b"hdlr": _read_hdlr, b"stts": _read_stts,
}  # fmt: skip


def _durations(track: _Track) -> NDArray[np.float64] | None:
    """(T,) seconds that each picture is shown; None where the table makes no sense."""
    pairs = np.frombuffer(track.table[: len(track.table) // 8 * 8], ">u4").reshape(-1, 2)
    counts, ticks = pairs[:, 0].astype(np.int64), pairs[:, 1].astype(np.float64)
    if not len(pairs) or track.ticks_hz <= 0 or counts.sum() > _MOST_PICTURES:
        return None
    return np.repeat(ticks / track.ticks_hz, counts)
