"""Headers of Matroska and WebM files.

Source: RFC 8794 (EBML), RFC 9559 (Matroska).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO, Final

from .header import FilmHeader

_SEGMENT: Final = 0x18538067
_TRACKS: Final = 0x1654AE6B
_ENTRY: Final = 0xAE
_KIND: Final = 0x83
_VIDEO: Final = 0xE0
_WIDTH: Final = 0xB0
_HEIGHT: Final = 0xBA
_PROJECTION: Final = 0x7670
_ROLL: Final = 0x7675
_CLUSTER: Final = 0x1F43B675
_IS_PICTURE: Final = 1
_IS_SOUND: Final = 2
_MOST_BYTES: Final = 1 << 20


@dataclass(frozen=True)
class _Element:
    number: int
    start: int
    end: int | None
    """None where the size is not known: as a live recording is written."""


def read_matroska(file: BinaryIO, length: int) -> FilmHeader:
    """What a Matroska or WebM file says of itself.

    Args:
        file: opened for reading.
        length: of the file, bytes.
    """
    found = FilmHeader("Matroska")
    for segment in _elements(file, 0, length):
        if segment.number != _SEGMENT:
            continue
        end = length if segment.end is None else segment.end
        found = replace(found, is_cut_off=end > length)
        for element in _elements(file, segment.start, min(end, length)):
            if element.number == _TRACKS and element.end is not None:
                found = _with_tracks(file, element, length, found)
            if element.number == _CLUSTER:  # tracks come before
                break
        break
    return found


def _with_tracks(file: BinaryIO, tracks: _Element, length: int, found: FilmHeader) -> FilmHeader:
    for entry in _inside(file, tracks, length):
        if entry.number != _ENTRY:
            continue
        parts = {each.number: each for each in _inside(file, entry, length)}
        kind = _whole(file, parts.get(_KIND))
        found = replace(found, has_sound=found.has_sound or kind == _IS_SOUND)
        if kind == _IS_PICTURE and not found.has_picture:
            found = replace(found, has_picture=True)
            if _VIDEO in parts:
                found = _with_picture(file, parts[_VIDEO], length, found)
    return found


def _with_picture(file: BinaryIO, video: _Element, length: int, found: FilmHeader) -> FilmHeader:
    parts = {each.number: each for each in _inside(file, video, length)}
    width, height = _whole(file, parts.get(_WIDTH)), _whole(file, parts.get(_HEIGHT))
    turn = 0
    if _PROJECTION in parts:
        turned = {each.number: each for each in _inside(file, parts[_PROJECTION], length)}
        # The roll is said counter-clockwise.
        turn = round(-_real(file, turned.get(_ROLL)) / 90.0) * 90 % 360
    size = (width, height) if width and height else None
    return replace(found, size_px=size, turn_deg=turn)


def _inside(file: BinaryIO, parent: _Element, length: int) -> Iterator[_Element]:
    end = length if parent.end is None else min(parent.end, length)
    return _elements(file, parent.start, end)


def _elements(file: BinaryIO, start: int, end: int) -> Iterator[_Element]:
    at = start
    while at < end:
        file.seek(at)
        head = file.read(12)
        number_length = _length_of(head)
        size_length = _length_of(head[number_length:]) if number_length else 0
        if not size_length or len(head) < number_length + size_length:
            return
        number = int.from_bytes(head[:number_length], "big")
        size = int.from_bytes(head[number_length : number_length + size_length], "big")
        all_ones = (1 << 7 * size_length) - 1
        size &= all_ones
        inside = at + number_length + size_length
        if size == all_ones:
            yield _Element(number, inside, None)
            return
        yield _Element(number, inside, inside + size)
        at = inside + size


def _length_of(head: bytes) -> int:
    """Bytes of a number of varying length; 0 where there is none."""
    if not head or head[0] == 0:
        return 0
    return 9 - head[0].bit_length()


def _data(file: BinaryIO, element: _Element | None) -> bytes:
    if element is None or element.end is None or element.end - element.start > _MOST_BYTES:
        return b""
    file.seek(element.start)
    return file.read(element.end - element.start)


def _whole(file: BinaryIO, element: _Element | None) -> int:
    return int.from_bytes(_data(file, element), "big")


def _real(file: BinaryIO, element: _Element | None) -> float:
    data = _data(file, element)
    if len(data) not in {4, 8}:
        return 0.0
    value = float(struct.unpack(">f" if len(data) == 4 else ">d", data)[0])
    return value if abs(value) <= 360.0 else 0.0
