"""Stills as arrays, put together into one picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import bpy
import numpy as np
from numpy.typing import NDArray

from .film import LABEL_SIZE, render_still

Pixels = NDArray[np.float32]

_GAP: Final = 4


def render_pixels(
    scene: bpy.types.Scene, file: Path, label: str = "", font_size: int = LABEL_SIZE
) -> Pixels:
    """Render a still and give its pixels (height, width, 4), bottom row first.

    Args:
        scene: rendered at its present frame.
        file: where the still lies for a moment.
        label: burnt in at the top left.
        font_size: of the label.
    """
    render_still(scene, file, label, font_size)
    return take_pixels(file)


def render_smooth(
    scene: bpy.types.Scene, folder: Path, label: str = "", font_size: int = LABEL_SIZE
) -> Pixels:
    """As ``render_pixels``, with smooth edges: the mean over a picture twice as large.

    That takes a fraction of the time of Workbench's own smoothing.

    Args:
        folder: where the large picture lies for a moment.
    """
    scene.render.resolution_percentage = 200
    large = render_pixels(scene, folder / "large.png", label, 2 * font_size)
    scene.render.resolution_percentage = 100
    high, wide = large.shape[0] // 2, large.shape[1] // 2
    return np.asarray(large.reshape(high, 2, wide, 2, 4).mean(axis=(1, 3)))


def take_pixels(file: Path) -> Pixels:
    """Pixels (height, width, 4) of a picture, bottom row first; the file is deleted."""
    image = bpy.data.images.load(str(file))
    pixels = np.empty(len(image.pixels), np.float32)
    image.pixels.foreach_get(pixels)
    shape = (image.size[1], image.size[0], 4)
    bpy.data.images.remove(image)
    file.unlink()
    return pixels.reshape(shape)


def compose_sheet(poses: Sequence[Pixels], columns: int, below: Pixels | None = None) -> Pixels:
    """Rows of equal stills, above a picture of the rows' width if there is one; thin white gaps."""
    width = columns * poses[0].shape[1] if below is None else below.shape[1]
    rows = [
        _with_gaps(poses[start : start + columns], width) for start in range(0, len(poses), columns)
    ]
    gap = np.ones((_GAP, width, 4), np.float32)
    parts = [] if below is None else [below]
    for row in reversed(rows):  # the bottom row comes first
        parts += [gap, row]
    return np.concatenate(parts, axis=0)


def _with_gaps(stills: Sequence[Pixels], full_width: int) -> Pixels:
    """Stills side by side; a row that is not full ends in white."""
    row = np.ones((stills[0].shape[0], full_width, 4), np.float32)
    row[:, : stills[0].shape[1] * len(stills)] = np.concatenate(stills, axis=1)
    width = stills[0].shape[1]
    for number in range(1, len(stills)):
        row[:, number * width - _GAP // 2 : number * width + _GAP // 2] = 1.0
    return row


def save_pixels(pixels: Pixels, out: Path) -> None:
    """Write (height, width, 4), bottom row first, as a PNG."""
    image = bpy.data.images.new("Sheet", pixels.shape[1], pixels.shape[0])
    image.pixels.foreach_set(np.ascontiguousarray(pixels).ravel())
    image.filepath_raw, image.file_format = str(out), "PNG"
    image.save()
    bpy.data.images.remove(image)
