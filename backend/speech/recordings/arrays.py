"""NumPy files of recordings, opened with errors that say what is wrong; no pickles."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from blender_addon.core.conventions import Floats, Ints
from blender_addon.core.errors import InputError

_HEADERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}


def frame_count_of(path: Path, width: int) -> int:
    """How many frames of so many numbers a .npy file holds; only its header is read.

    Args:
        path: (T, width) or (T, width / 3, 3).
        width: numbers in a frame.

    Raises:
        InputError: it is missing, a pickle, cut short, or of another width.
    """
    shape, dtype, start = _header(path)
    size = int(np.prod(shape))
    if start + size * dtype.itemsize > path.stat().st_size:
        raise InputError(
            f"{path} is cut short: its header promises {size} numbers of {dtype}, the file has "
            f"{path.stat().st_size} bytes. Fetch it again"
        )
    found = size // shape[0] if shape and shape[0] else 0
    if found != width or len(shape) not in (2, 3) or shape[0] < 2:
        raise InputError(
            f"{path} has shape {shape}; expected two frames or more of {width} numbers "
            f"({width // 3} vertices). It is of another mesh"
        )
    return int(shape[0])


def width_of(path: Path) -> int:
    """Numbers in a frame of a .npy file."""
    shape, _, _ = _header(path)
    return int(np.prod(shape[1:])) if len(shape) > 1 else 0


def read_vertices(path: Path, step: int = 1) -> Floats:
    """(T, V, 3) of a file that ``frame_count_of`` has seen."""
    frames = np.load(path, allow_pickle=False)[::step]
    return np.asarray(frames, np.float32).reshape(len(frames), -1, 3)


def _header(path: Path) -> tuple[tuple[int, ...], np.dtype[Any], int]:
    if not path.is_file():
        raise InputError(f"{path} is missing; every sound needs its frames")
    try:
        with path.open("rb") as file:
            shape, _, dtype = _HEADERS[np.lib.format.read_magic(file)](file)
            start = file.tell()
    except (ValueError, KeyError, EOFError, OSError) as error:
        raise InputError(
            f"{path} is no array of NumPy ({error}). {_no_pickle(path.name)}"
        ) from error
    if dtype.hasobject or dtype.kind not in "fiu":
        raise InputError(f"{path} holds {dtype}, not numbers. {_no_pickle(path.name)}")
    return shape, dtype, start


def _no_pickle(name: str) -> str:
    return (
        "Pickles are not opened here, for they may run any program; load it where you trust it, "
        f"and save plain numbers: numpy.save('{name}', numpy.asarray(data, 'float32'))"
    )


def read_indices(path: Path, count: int) -> Ints:
    """Numbers of vertices in a text, separated by commas or spaces.

    Args:
        path: the text.
        count: of vertices there are.

    Raises:
        InputError: no numbers, or a vertex that is not there.
    """
    try:
        numbers = [int(word) for word in path.read_text("utf-8").replace(",", " ").split()]
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: expected numbers of vertices; {error}") from error
    if not numbers or min(numbers) < 0 or max(numbers) >= count:
        found = f"{min(numbers)} to {max(numbers)}" if numbers else "nothing"
        raise InputError(f"{path}: expected vertices from 0 to {count - 1}; found {found}")
    return np.unique(numbers)
