"""Reads the weights of a CTranslate2 model, ``model.bin``.

Source: OpenNMT/CTranslate2, python/ctranslate2/specs/model_spec.py, binary version 6: the number of
tensors, then of each its name, shape, type and bytes; little-endian, names end in a zero.
"""

from __future__ import annotations

import math
import struct
from pathlib import Path
from typing import Final

import numpy as np

from blender_addon.core.errors import InputError

FILE_NAME: Final = "model.bin"
_OLDEST, _NEWEST = 4, 6
"""Versions whose tensors state their type."""
_TYPES: Final = (np.float32, np.int8, np.int16, np.int32, np.float16)
_MOST_TENSORS, _MOST_AXES = 100_000, 8


class _Reader:
    """Takes numbers and names from the front of some bytes."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = memoryview(data), 0

    def numbers(self, layout: str) -> tuple[int, ...]:
        """Whole numbers as ``struct`` writes their layout."""
        layout = f"<{layout}"
        return struct.unpack(layout, self.take(struct.calcsize(layout)))

    def number(self, layout: str) -> int:
        """One of them."""
        return self.numbers(layout)[0]

    def name(self) -> str:
        """A text after its length."""
        return bytes(self.take(self.number("H"))).rstrip(b"\0").decode("utf-8")

    def take(self, count: int) -> memoryview:
        """The next bytes; ValueError where there are not so many."""
        piece = self._data[self._at : self._at + count]
        if len(piece) != count:
            raise ValueError("it breaks off")
        self._at += count
        return piece


def read_ctranslate2(folder: Path) -> dict[str, np.ndarray]:
    """Tensors of a model by name, '/' as in the file.

    Args:
        folder: with ``model.bin``.

    Raises:
        InputError: the file is missing, broken or of another version.
    """
    path = folder / FILE_NAME
    try:
        reader = _Reader(path.read_bytes())
        return _tensors(reader)
    except OSError as error:
        raise InputError(
            f"{path} cannot be read ({error.strerror}). Give the folder of a CTranslate2 model"
        ) from error
    except (ValueError, IndexError, struct.error) as error:
        raise InputError(
            f"{path} is no whole CTranslate2 model of version {_OLDEST} to {_NEWEST}: {error}. "
            "Fetch it again"
        ) from error


def _tensors(reader: _Reader) -> dict[str, np.ndarray]:
    version = reader.number("I")
    if not _OLDEST <= version <= _NEWEST:
        raise ValueError(f"it states version {version}")
    reader.name()  # of the kind of model
    reader.number("I")  # its revision
    count = reader.number("I")
    if count > _MOST_TENSORS:
        raise ValueError(f"it states {count} tensors")
    return dict(_tensor(reader) for _ in range(count))


def _tensor(reader: _Reader) -> tuple[str, np.ndarray]:
    name, axes = reader.name(), reader.number("B")
    if axes > _MOST_AXES:
        raise ValueError(f"'{name}' has {axes} axes")
    shape = reader.numbers(f"{axes}I")
    kind = np.dtype(_TYPES[reader.number("B")])
    size = reader.number("I")
    if size != math.prod(shape) * kind.itemsize:
        raise ValueError(f"'{name}' has {size} bytes for {shape} of {kind}")
    return name, np.frombuffer(reader.take(size), kind).reshape(shape)
