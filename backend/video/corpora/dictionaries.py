"""Reads NumPy's .npz files that hold dictionaries of arrays, as *VideoPose3D* writes them."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
from scipy.io.matlab import MatReadError

from blender_addon.core.conventions import Floats
from blender_addon.core.errors import MALFORMED, InputError

from .restricted_pickle import read_pickle

_MOST_BYTES: Final = 4 << 30
_FORMAT = np.lib.format
UNREADABLE: Final = (
    *MALFORMED, OSError, EOFError, NotImplementedError, RuntimeError, AssertionError, MemoryError,
    struct.error, zlib.error, MatReadError,
)  # fmt: skip
"""What the libraries for CDF, HDF5 and MATLAB raise of a file that is cut short, or another."""


def read_positions(path: Path, count: int) -> Iterator[tuple[str, str, Floats]]:
    """Subjects, their actions and (T, count, 3) points of each, from a .npz of *VideoPose3D*.

    Raises:
        InputError: the file is broken, or holds something else.
    """
    for subject, actions in read_dictionary(path, "positions_3d").items():
        if not isinstance(actions, dict):
            raise InputError(f"{path}: '{subject}' is no dictionary of actions")
        for action, points in actions.items():
            yield subject, str(action), shaped(points, count, f"{path}: {subject}, {action}")


def shaped(values: Any, count: int, where: str) -> Floats:
    """(T, count, 3) of finite or missing numbers.

    Args:
        values: as a file holds them.
        count: of points a frame.
        where: for messages.

    Raises:
        InputError: they are something else.
    """
    try:
        array = np.asarray(values, np.float64)
        points = array.reshape(-1, count, 3)
    except MALFORMED as error:
        raise InputError(
            f"{where}: expected (T, {count}, 3) numbers; found {np.shape(values)}"
        ) from error
    if not len(points):
        raise InputError(f"{where}: there is no frame")
    return np.where(np.isfinite(points), points, np.nan)


def read_dictionary(path: Path, name: str) -> dict[str, Any]:
    """One of a file's members, which must be a dictionary.

    Args:
        path: of a .npz file.
        name: of the member, such as "positions_3d".

    Raises:
        InputError: the file is missing, broken, lacks the member, or that is something else.
        UnsafePickleError: the member asks for more than plain data and arrays.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            names = [each.removesuffix(".npy") for each in archive.namelist()]
            if name not in names:
                raise InputError(
                    f"{path} holds {', '.join(names) or 'nothing'}; expected '{name}', as "
                    "VideoPose3D writes it"
                )
            value = _read_member(archive, f"{name}.npy")
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror or error})") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError) as error:
        raise InputError(f"{path} is no whole .npz file ({error}); fetch it again") from error
    except InputError as error:
        raise type(error)(f"{path}, '{name}': {error}") from error
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise InputError(
            f"{path}: '{name}' is a {type(value).__name__}; expected a dictionary by name"
        )
    return value


def _read_member(archive: zipfile.ZipFile, name: str) -> Any:
    if archive.getinfo(name).file_size > _MOST_BYTES:
        raise InputError(f"it has {archive.getinfo(name).file_size} bytes, which is too large")
    with archive.open(name) as file:
        version = _FORMAT.read_magic(file)
        read_header = {
            (1, 0): _FORMAT.read_array_header_1_0,
            (2, 0): _FORMAT.read_array_header_2_0,
        }.get(version)
        if read_header is None:
            raise InputError(f"its .npy format is {version}; expected 1.0 or 2.0")
        shape, _, kind = read_header(file)
        if not kind.hasobject or kind != np.dtype(object) or shape != ():
            raise InputError(f"it is an array {kind} {shape}; expected one dictionary")
        return read_pickle(file.read())
