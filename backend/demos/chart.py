"""Curves over a waveform as a picture: drawn as meshes and rendered, so nothing else is needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import bpy
import numpy as np
from numpy.typing import NDArray

from .film import render_still, use_workbench

Array = NDArray[np.floating]
Colour = tuple[float, float, float]

INK: Final[Colour] = (0.02, 0.02, 0.03)
GREY: Final[Colour] = (0.55, 0.58, 0.62)
BLUE: Final[Colour] = (0.02, 0.13, 0.60)
ORANGE: Final[Colour] = (0.90, 0.25, 0.02)
GREEN: Final[Colour] = (0.02, 0.35, 0.10)
_PAPER: Final[Colour] = (0.93, 0.94, 0.95)

_ROW: Final = 1.0  # height of a row; the width of the chart follows from the picture's shape
_LABELS: Final = 1.25  # room at the left
_FILL: Final = 0.42  # of a row's height, to both sides of its middle
_COLUMNS: Final = 1600  # more than the pixels of a row


@dataclass(frozen=True, eq=False)
class Curve:
    """One line, or a filled band around the row's middle.

    Args:
        times_s: (N,) rising.
        values: (N,) in the row's range.
        colour: linear.
        filled: draw the largest absolute value within each column, as of a sound.
    """

    times_s: Array
    values: Array
    colour: Colour = INK
    filled: bool = False


@dataclass(frozen=True, eq=False)
class Row:
    """Curves that share a scale, and the label before them.

    Args:
        label: beside the row; lines are split at a line feed.
        low, high: the range shown.
        curves: drawn over one another.
    """

    label: str
    low: float
    high: float
    curves: Sequence[Curve]


def render_chart(rows: Sequence[Row], duration_s: float, size: tuple[int, int], out: Path) -> None:
    """Render rows of curves over time.

    Args:
        rows: from the top down.
        duration_s: the time axis goes from 0 to here, with a mark each second.
        size: of the picture, pixels.
        out: the PNG, written over.
    """
    scene = bpy.data.scenes.new("Chart")
    try:
        _fill_scene(scene, rows, duration_s, size)
        render_still(scene, out)
    finally:
        for thing in list(scene.objects):
            bpy.data.objects.remove(thing)
        bpy.data.scenes.remove(scene)


def _fill_scene(
    scene: bpy.types.Scene, rows: Sequence[Row], duration_s: float, size: tuple[int, int]
) -> None:
    height = _ROW * (len(rows) + 0.4)
    width = height * size[0] / size[1]
    _set_up(scene, size, width, height)
    span = width - _LABELS - 0.15
    _draw_seconds(scene, duration_s, span, height)
    for number, row in enumerate(rows):
        middle = height - _ROW * (number + 0.5)
        _add_text(scene, row.label, 0.08, middle, 0.17)
        _add_ribbon(scene, np.array([[_LABELS, middle], [_LABELS + span, middle]]), 0.006, GREY)
        for layer, curve in enumerate(row.curves):
            x = _LABELS + span * np.asarray(curve.times_s, np.float64) / duration_s
            y = (np.asarray(curve.values, np.float64) - row.low) / (row.high - row.low)
            places = np.stack((x, middle + 2 * _FILL * (np.clip(y, -0.1, 1.1) - 0.5)), axis=-1)
            if curve.filled:
                _add_band(scene, places, middle, curve.colour)
            else:
                _add_ribbon(scene, places, 0.022, curve.colour, 0.01 * (layer + 1))


def _set_up(scene: bpy.types.Scene, size: tuple[int, int], width: float, height: float) -> None:
    use_workbench(scene, *size)
    scene.display.shading.light = "FLAT"
    scene.display.shading.show_shadows = False
    scene.display.render_aa = "8"
    scene.world = bpy.data.worlds.get("Chart Paper") or bpy.data.worlds.new("Chart Paper")
    scene.world.color = _PAPER
    data = bpy.data.cameras.new("Chart")
    data.type, data.ortho_scale = "ORTHO", max(width, height)
    camera = bpy.data.objects.new("Chart", data)
    camera.location = (width / 2, height / 2, 5.0)
    scene.collection.objects.link(camera)
    scene.camera = camera


def _draw_seconds(scene: bpy.types.Scene, duration_s: float, span: float, height: float) -> None:
    step = next(s for s in (1, 2, 5, 10, 20, 60, 600) if duration_s / s <= 30)
    for second in np.arange(0, duration_s + 1e-6, step):
        x = _LABELS + span * second / duration_s
        _add_ribbon(scene, np.array([[x, 0.32], [x, height - 0.05]]), 0.004, GREY, -0.01)
        _add_text(scene, f"{second:g} s", x - 0.05, 0.16, 0.13)


def _add_ribbon(
    scene: bpy.types.Scene, places: Array, width: float, colour: Colour, lift: float = 0.0
) -> None:
    way = np.gradient(places, axis=0)
    way = way / np.maximum(np.linalg.norm(way, axis=1, keepdims=True), 1e-9)
    aside = 0.5 * width * np.stack((-way[:, 1], way[:, 0]), axis=-1)
    _add_strip(scene, places - aside, places + aside, colour, lift)


def _add_band(scene: bpy.types.Scene, places: Array, middle: float, colour: Colour) -> None:
    """A sound's envelope, the same above and below the row's middle."""
    columns = np.array_split(places, min(_COLUMNS, len(places)))
    x = np.array([column[0, 0] for column in columns])
    reach = np.array([np.abs(column[:, 1] - middle).max() for column in columns])
    _add_strip(
        scene,
        np.stack((x, middle - reach - 0.004), axis=-1),
        np.stack((x, middle + reach + 0.004), axis=-1),
        colour,
        0.0,
    )


def _add_strip(
    scene: bpy.types.Scene, low: Array, high: Array, colour: Colour, lift: float
) -> None:
    """A strip of quads between two lines, facing the camera."""
    sides = np.stack((low, high), axis=1).reshape(-1, 2)
    vertices = np.column_stack((sides, np.full(len(sides), lift)))
    here = 2 * np.arange(len(low) - 1)
    quads = np.stack((here, here + 2, here + 3, here + 1), axis=-1)
    mesh = bpy.data.meshes.new("Chart")
    mesh.from_pydata(vertices.tolist(), [], quads.tolist())
    mesh.materials.append(_colour(colour))
    scene.collection.objects.link(bpy.data.objects.new("Chart", mesh))


def _add_text(scene: bpy.types.Scene, text: str, x: float, y: float, size: float) -> None:
    data = bpy.data.curves.new("Chart", "FONT")
    data.body, data.size, data.align_y = text, size, "CENTER"
    data.materials.append(_colour(INK))
    label = bpy.data.objects.new("Chart", data)
    label.location = (x, y, 0.05)
    scene.collection.objects.link(label)


def _colour(colour: Colour) -> bpy.types.Material:
    name = "Chart {:.2f} {:.2f} {:.2f}".format(*colour)
    known = bpy.data.materials.get(name)
    if known is None:
        known = bpy.data.materials.new(name)
        known.diffuse_color = (*colour, 1.0)
    return known
