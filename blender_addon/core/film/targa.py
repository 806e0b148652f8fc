"""Reads uncompressed Targa pictures, the form in which Blender hands on what it decoded.

Source: Truevision, *TGA File Format Specification* 2.0, image type 2.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..errors import FilmError

_HEADER: Final = 18  # bytes
_TRUE_COLOUR: Final = 2
_FROM_ABOVE: Final = 0x20
"""Bit of the descriptor: the first row is the upper one."""


def read_targa(data: bytes) -> NDArray[np.uint8]:
    """(H, W, 4) blue, green, red, alpha; the first row is the upper one.

    Args:
        data: a whole file with an alpha channel.

    Raises:
        FilmError: it is not such a file, or it is cut off.
    """
    if len(data) < _HEADER or data[2] != _TRUE_COLOUR or data[16] != 32:
        raise FilmError(
            "a picture was not decoded as expected: it is no uncompressed Targa file with alpha. "
            "Check the room on the disk of temporary files and try again"
        )
    width, height = int.from_bytes(data[12:14], "little"), int.from_bytes(data[14:16], "little")
    start, length = _HEADER + data[0], 4 * width * height
    if len(data) < start + length:
        raise FilmError(
            f"a decoded picture is cut off: {len(data) - start} of {length} bytes are there. Make "
            "room on the disk of temporary files and try again"
        )
    rows = np.frombuffer(data, np.uint8, length, start).reshape(height, width, 4)
    return rows if data[17] & _FROM_ABOVE else rows[::-1]
