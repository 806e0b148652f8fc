"""Whether a .blend file was written to its end.

Blender (4.5 to 5.2 were tried) saves a packed file onto a full disk, says that all went well, and
leaves a file that cannot be opened. So what was saved is looked at before it replaces anything.

Source: Zstandard's seekable format, in which Blender packs files: frames, then a table with the
size of each, and at the very end how many there are and a magic number.
"""

from __future__ import annotations

import errno
import os
import struct
from pathlib import Path
from typing import IO, Final

PLAIN_BEGINNING: Final = b"BLENDER"
PACKED_BEGINNING: Final = b"\x28\xb5\x2f\xfd"
_LAST_BLOCK: Final = b"ENDB"
_LAST_BYTES: Final = 32  # the head of the last block, in the largest of Blender's layouts
_FOOTER: Final = struct.Struct("<IBI")
_ENTRY: Final = struct.Struct("<II")
_TABLE_HEAD_BYTES: Final = 8
_TABLE_MAGIC: Final = 0x8F92EAB1


def check_whole(path: Path) -> None:
    """Make sure that a .blend file that was just saved is there to its last byte.

    Raises:
        OSError: it is not, or it cannot be read.
    """
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        if not _is_whole(file, size):
            raise OSError(errno.ENOSPC, "only a part of it was written; the disk may be full")


def _is_whole(file: IO[bytes], size: int) -> bool:
    beginning = _read(file, 0, len(PLAIN_BEGINNING))
    if beginning == PLAIN_BEGINNING:
        return _LAST_BLOCK in _read(file, max(0, size - _LAST_BYTES), _LAST_BYTES)
    return beginning.startswith(PACKED_BEGINNING) and _packed_size(file, size) == size


def _packed_size(file: IO[bytes], size: int) -> int:
    """How large a packed file is by its own table; 0 where there is none."""
    if size < _FOOTER.size:
        return 0
    frames: int
    frames, _, magic = _FOOTER.unpack(_read(file, size - _FOOTER.size, _FOOTER.size))
    table_bytes = _TABLE_HEAD_BYTES + frames * _ENTRY.size + _FOOTER.size
    if magic != _TABLE_MAGIC or table_bytes > size:
        return 0
    entries = _read(file, size - table_bytes + _TABLE_HEAD_BYTES, frames * _ENTRY.size)
    return table_bytes + sum(int(packed) for packed, _ in _ENTRY.iter_unpack(entries))


def _read(file: IO[bytes], place: int, count: int) -> bytes:
    file.seek(place)
    return file.read(count)
