"""Reads tables of a FlatBuffer: the container of TensorFlow Lite's models.

A table begins with the way back to its ``vtable``, which says where each field lies, by slot; a
slot that is 0 or beyond the vtable's end means the default. All numbers are little-endian.

Source: google/flatbuffers, docs/source/internals.md.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from blender_addon.core.errors import InputError

_IDENTIFIER_AT: Final = 4
_VTABLE_HEAD_BYTES: Final = 4


class FlatBufferError(InputError):
    """A FlatBuffer is of another kind, cut short or points out of itself."""


@dataclass(frozen=True)
class Table:
    """A table inside a buffer.

    Args:
        data: the whole buffer.
        at: where the table begins.
    """

    data: bytes
    at: int

    def number(self, slot: int, layout: str, default: int = 0) -> int:
        """A whole number stored in the table itself.

        Args:
            slot: which field.
            layout: as ``struct`` calls the type: "b", "B", "i", "I".
            default: where the file leaves the field out.
        """
        place = self._place(slot)
        return default if place is None else _unpack(self.data, place, layout)

    def table(self, slot: int) -> Table | None:
        """Another table; None where there is none."""
        place = self._place(slot)
        return None if place is None else Table(self.data, _follow(self.data, place))

    def tables(self, slot: int) -> list[Table]:
        """A list of tables."""
        start, count = self._list(slot, 4)
        return [Table(self.data, _follow(self.data, start + 4 * n)) for n in range(count)]

    def numbers(self, slot: int, dtype: type[np.generic]) -> NDArray:
        """A list of numbers; empty where there is none."""
        start, count = self._list(slot, np.dtype(dtype).itemsize)
        return np.frombuffer(self.data, np.dtype(dtype).newbyteorder("<"), count, start)

    def text(self, slot: int) -> str:
        """A text; empty where there is none."""
        return self.numbers(slot, np.uint8).tobytes().decode("utf-8", "replace")

    def _place(self, slot: int) -> int | None:
        """Where a field lies."""
        vtable = self.at - _unpack(self.data, self.at, "i")
        entry = _VTABLE_HEAD_BYTES + 2 * slot
        if entry + 2 > _unpack(self.data, vtable, "H"):
            return None
        offset = _unpack(self.data, vtable + entry, "H")
        return self.at + offset if offset else None

    def _list(self, slot: int, item_bytes: int) -> tuple[int, int]:
        """Where a list's items begin, and how many there are."""
        place = self._place(slot)
        if place is None:
            return 0, 0
        head = _follow(self.data, place)
        count = _unpack(self.data, head, "I")
        if head + 4 + count * item_bytes > len(self.data):
            raise FlatBufferError(
                f"it breaks off: a list of {count} items at byte {head} goes beyond its "
                f"{len(self.data)} bytes"
            )
        return head + 4, count


def root_table(data: bytes, identifier: bytes) -> Table:
    """The outermost table.

    Args:
        data: the whole buffer.
        identifier: four bytes that say what the buffer is.

    Raises:
        FlatBufferError: it is something else.
    """
    found = data[_IDENTIFIER_AT : _IDENTIFIER_AT + len(identifier)]
    if found != identifier:
        raise FlatBufferError(f"expected the mark {identifier!a} at byte 4; found {found!a}")
    return Table(data, _follow(data, 0))


def _follow(data: bytes, place: int) -> int:
    return place + _unpack(data, place, "I")


def _unpack(data: bytes, place: int, layout: str) -> int:
    if not 0 <= place <= len(data) - struct.calcsize(f"<{layout}"):
        raise FlatBufferError(
            f"it breaks off: byte {place} is needed, there are {len(data)} of them"
        )
    return struct.unpack_from(f"<{layout}", data, place)[0]
