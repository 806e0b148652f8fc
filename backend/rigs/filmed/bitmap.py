"""Pictures between Blender and NumPy by way of bitmaps, which cost no time to pack."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import bpy
import numpy as np

from backend.demos.film import quiet_stdout
from blender_addon.core.errors import InputError
from blender_addon.core.film.facts import Picture

_BITS: Final = 24
_HEADER: Final = 54


def rendered(scene: bpy.types.Scene, frames: Iterable[int], folder: Path) -> Iterator[Picture]:
    """Render frames of a scene one after the other.

    Args:
        scene: set up to be rendered.
        frames: which.
        folder: where each picture lies for a moment.
    """
    file, render = folder / "picture.bmp", scene.render
    settings: Any = render.image_settings
    if bpy.app.version >= (5, 0, 0):
        settings.media_type = "IMAGE"
    settings.file_format, settings.color_mode = "BMP", "RGB"
    render.filepath = str(file)
    for frame in frames:
        scene.frame_set(frame)
        with quiet_stdout():
            bpy.ops.render.render(write_still=True, scene=scene.name)
        yield read_bmp(file)
    file.unlink(missing_ok=True)


def read_bmp(file: Path) -> Picture:
    """(H, W, 3) of a bitmap of 24 bits as Blender writes it.

    Raises:
        InputError: it has another depth.
    """
    data = np.frombuffer(file.read_bytes(), np.uint8)
    start = int(data[10:14].view("<u4")[0])
    width, height = (int(v) for v in data[18:26].view("<i4"))
    if int(data[28]) != _BITS:
        raise InputError(f"{file} has {int(data[28])} bits a pixel; expected {_BITS}")
    row = (3 * width + 3) // 4 * 4
    rows = data[start : start + row * height].reshape(height, row)
    return np.ascontiguousarray(rows[::-1, : 3 * width].reshape(height, width, 3)[..., ::-1])


def write_bmp(picture: Picture, file: Path) -> None:
    """Write (H, W, 3) as a bitmap of 24 bits."""
    height, width = picture.shape[:2]
    row = (3 * width + 3) // 4 * 4
    rows = np.zeros((height, row), np.uint8)
    rows[:, : 3 * width] = picture[::-1, :, ::-1].reshape(height, 3 * width)
    sizes = np.array([_HEADER + rows.size, 0, _HEADER, 40, width, height], "<u4").tobytes()
    depth = np.array([1, _BITS], "<u2").tobytes()
    rest = np.array([0, rows.size, 2835, 2835, 0, 0], "<u4").tobytes()
    file.write_bytes(b"BM" + sizes + depth + rest + rows.tobytes())
