"""Headers of AVI files.

Source: Microsoft, *AVI RIFF File Reference*.
"""

from __future__ import annotations

from dataclasses import replace
from typing import BinaryIO, Final

from .header import FilmHeader

_SEARCHED: Final = 1 << 16
"""Bytes from the beginning in which the headers of all streams lie."""


def read_avi(file: BinaryIO, length: int) -> FilmHeader:
    """What an AVI file says of itself.

    Args:
        file: opened for reading.
        length: of the file, bytes.
    """
    head = file.read(_SEARCHED)
    announced = 8 + int.from_bytes(head[4:8], "little")
    found = FilmHeader("AVI", is_cut_off=length < announced)
    main = head.find(b"avih")
    if main >= 0 and main + 48 <= len(head):
        width = int.from_bytes(head[main + 40 : main + 44], "little")
        height = int.from_bytes(head[main + 44 : main + 48], "little")
        found = replace(found, size_px=(width, height) if width and height else None)
    at = head.find(b"strh")
    while at >= 0:
        kind = head[at + 8 : at + 12]
        found = replace(
            found,
            has_picture=found.has_picture or kind == b"vids",
            has_sound=found.has_sound or kind == b"auds",
        )
        at = head.find(b"strh", at + 4)
    return found
