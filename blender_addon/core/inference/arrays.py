"""Arrays in .npz files that anybody may have made: read without pickles, no more than is there.

An .npz is a zip of .npy files. What its names and headers promise is held against the bytes before
memory is asked for, so neither a lying header nor a zip that swells can take it all.

Source: NumPy enhancement proposal 1, the .npy format.
"""

from __future__ import annotations

import io
import math
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final

import numpy as np
from numpy.typing import NDArray

from ..conventions import Floats, Ints
from ..errors import ModelError

ARRAYS_SHA256: Final = "arrays_sha256"
"""Setting of a contract: the hash of the ``<name>.npz`` that belongs to the model."""
_npy: Any = np.lib.format  # has no types
MAX_ARRAY_BYTES: Final = 512 * 1024 * 1024
_LFS: Final = b"version https://git-lfs"
_UNREADABLE: Final = (
    zipfile.BadZipFile, zlib.error, ValueError, EOFError, NotImplementedError, RuntimeError,
    struct.error, tokenize.TokenError, SyntaxError, TypeError, MemoryError,
)  # fmt: skip
"""What zipfile and NumPy raise over a file that is no whole .npz."""


class ArrayFile:
    """An open .npz; one that is read from disk is to be used in a ``with``.

    Args:
        path: of the file.
        data: its content where that is known already, and nothing is to be read.

    Raises:
        ModelError: it is missing, unreadable or no .npz.
    """

    def __init__(self, path: Path, data: bytes | None = None) -> None:
        self._name = path.name
        try:
            self._file: IO[bytes] = path.open("rb") if data is None else io.BytesIO(data)
        except FileNotFoundError:
            raise ModelError(f"{path} does not exist; fetch the whole model again") from None
        except OSError as error:
            raise ModelError(f"{path} cannot be read ({error.strerror}); check the file") from error
        try:
            if self._file.read(len(_LFS)) == _LFS:
                raise ModelError(
                    f"{path.name} is a Git LFS pointer, not the data; run 'git lfs pull'"
                )
            self._zip = zipfile.ZipFile(self._file)
        except (OSError, *_UNREADABLE) as error:
            self._file.close()
            raise self._wrong(f"it is no whole .npz ({error})") from error
        except ModelError:
            self._file.close()
            raise

    def __enter__(self) -> ArrayFile:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._zip.close()
        self._file.close()

    def __contains__(self, name: str) -> bool:
        return f"{name}.npy" in self._zip.NameToInfo

    def floats(self, name: str, shape: Sequence[int | None]) -> Floats:
        """Finite numbers of a shape.

        Args:
            name: of the array.
            shape: None for any size from 1 on.

        Returns:
            float32 or float64, as stored (half precision becomes float32).

        Raises:
            ModelError: missing, of another kind or shape, NaN or infinite.
        """
        found = self._read(name, "f", shape)
        if not np.isfinite(found).all():
            raise self._wrong(f"'{name}' holds NaN or infinity, expected finite numbers")
        return found.astype(np.float32) if found.itemsize < 4 else found

    def integers(self, name: str, shape: Sequence[int | None]) -> Ints:
        """Whole numbers of a shape; as ``floats``."""
        return self._read(name, "iu", shape).astype(np.int64)

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts; as ``floats``."""
        found = self._read(name, "SU", (None,))
        if found.dtype.kind == "U":
            return tuple(str(each) for each in found)
        return tuple(bytes(each).decode("utf-8", "backslashreplace") for each in found)

    def _read(self, name: str, kinds: str, shape: Sequence[int | None]) -> NDArray[Any]:
        info = self._zip.NameToInfo.get(f"{name}.npy")
        if info is None:
            raise self._wrong(f"it holds no '{name}'")
        if info.file_size > MAX_ARRAY_BYTES:
            raise self._wrong(f"'{name}' is larger than {MAX_ARRAY_BYTES / 2**20:.0f} MiB")
        try:
            with self._zip.open(info) as file:
                found, by_columns, dtype = _header(file)
                self._check(name, kinds, shape, found, dtype)
                size = math.prod(found) * dtype.itemsize
                if size != info.file_size - file.tell():
                    raise self._wrong(f"'{name}' has {info.file_size} bytes, not those of {found}")
                data = file.read(size)
                values = np.frombuffer(data, dtype)
        except OSError as error:
            raise self._wrong(f"'{name}' cannot be read ({error})") from error
        except _UNREADABLE as error:
            raise self._wrong(f"'{name}' is damaged ({error})") from error
        plain = dtype.newbyteorder("=")
        return values.astype(plain, copy=False).reshape(found, order="F" if by_columns else "C")

    def _check(
        self,
        name: str,
        kinds: str,
        desired: Sequence[int | None],
        found: tuple[int, ...],
        dtype: np.dtype[Any],
    ) -> None:
        if dtype.hasobject:
            raise self._wrong(
                f"'{name}' holds pickled Python objects, which are never read because they could "
                "run any program"
            )
        fits = len(found) == len(desired) and all(
            have > 0 and want in (None, have) for have, want in zip(found, desired, strict=True)
        )
        if dtype.kind not in kinds or not fits:
            sizes = " × ".join("any" if size is None else str(size) for size in desired)
            what = {"f": "floats", "iu": "whole numbers", "SU": "texts"}[kinds]
            raise self._wrong(f"'{name}' is {dtype} {list(found)}, expected {sizes} {what}")

    def _wrong(self, what: str) -> ModelError:
        return ModelError(f"{self._name}: {what}; fetch the whole model again")


def _header(file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Shape, whether columns come first, and the kind of numbers; ValueError for no .npy."""
    readers = {(1, 0): "read_array_header_1_0", (2, 0): "read_array_header_2_0"}
    version = _npy.read_magic(file)
    if version not in readers:
        raise ValueError(f"format {version}")
    shape, by_columns, dtype = getattr(_npy, readers[version])(file)
    return shape, by_columns, dtype
