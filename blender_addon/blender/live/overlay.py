"""Draws the keys of Live Drive in the viewport, those held lit, and where the feet stood."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import blf
import bpy
import gpu
import numpy as np
from gpu_extras.batch import batch_for_shader
from numpy.typing import NDArray

Array = NDArray[np.float64]
Colour = tuple[float, float, float, float]

_KEYS: Final = (
    # name, text, what it does, column, row from below, width
    ("W", "W", "", 1.0, 2.0, 1.0),
    ("A", "A", "", 0.0, 1.0, 1.0),
    ("S", "S", "", 1.0, 1.0, 1.0),
    ("D", "D", "", 2.0, 1.0, 1.0),
    ("SHIFT", "Shift", "", 3.6, 2.0, 2.0),
    ("RET", "Enter", "keep", 3.6, 1.0, 2.0),
    ("ESC", "Esc", "take back", 3.6, 0.0, 2.0),
)
_SIZE_PX: Final = 26.0
_GAP_PX: Final = 4.0
_FROM_LEFT_PX: Final = 64.0  # beside the toolbar
_FROM_BELOW_PX: Final = 28.0
_TEXT_PX: Final = 12
_IDLE: Final[Colour] = (0.09, 0.09, 0.09, 0.75)
_LIT: Final[Colour] = (0.25, 0.5, 0.95, 0.95)
_TEXT: Final[Colour] = (0.92, 0.92, 0.92, 1.0)
_PRINT: Final = (0.95, 0.62, 0.2)
_FRESH, _OLD = 0.75, 0.12
_FADES_S: Final = 8.0


@dataclass(frozen=True, eq=False)
class Seen:
    """What is drawn.

    Args:
        region: that shows the keys, by its address; None for none.
        held: names of the keys that are down.
        footprints: outline (P, 3) and age in seconds of each.
        lift: how far above the ground they are drawn, in Blender's units.
        faster: what Shift does.
    """

    region: int | None = None
    held: frozenset[str] = frozenset()
    footprints: tuple[tuple[Array, float], ...] = ()
    lift: float = 0.0
    faster: str = ""


class DriveOverlay:
    """Draws until it is removed.

    Args:
        seen: what to begin with; set it anew as it changes.
    """

    def __init__(self, seen: Seen) -> None:
        self.seen = seen
        add = bpy.types.SpaceView3D.draw_handler_add
        self._handlers = [
            add(self._draw_footprints, (), "WINDOW", "POST_VIEW"),
            add(self._draw_keys, (), "WINDOW", "POST_PIXEL"),
        ]

    def remove(self) -> None:
        """Draw no more."""
        for handler in self._handlers:
            bpy.types.SpaceView3D.draw_handler_remove(handler, "WINDOW")
        self._handlers = []

    def _draw_footprints(self) -> None:
        places, colours, corners = footprint_mesh(self.seen)
        if not len(corners):
            return
        shader = gpu.shader.from_builtin("SMOOTH_COLOR")
        batch = batch_for_shader(shader, "TRIS", {"pos": places, "color": colours}, indices=corners)
        gpu.state.depth_test_set("LESS_EQUAL")
        gpu.state.blend_set("ALPHA")
        shader.bind()
        batch.draw(shader)
        gpu.state.blend_set("NONE")
        gpu.state.depth_test_set("NONE")

    def _draw_keys(self) -> None:
        if bpy.context.region is None or bpy.context.region.as_pointer() != self.seen.region:
            return
        scale = bpy.context.preferences.system.ui_scale
        blf.size(0, _TEXT_PX * scale)
        gpu.state.blend_set("ALPHA")
        for name, text, told, column, row, width in _KEYS:
            told = self.seen.faster if name == "SHIFT" else told
            step = _SIZE_PX + _GAP_PX
            x, y = _FROM_LEFT_PX + column * step, _FROM_BELOW_PX + row * step
            wide = width * step - _GAP_PX
            colour = _LIT if name in self.seen.held else _IDLE
            _rectangle(x * scale, y * scale, wide * scale, _SIZE_PX * scale, colour)
            _write(text, (x + 0.5 * wide) * scale, (y + 0.5 * _SIZE_PX) * scale, centred=True)
            _write(told, (x + wide + 2.0 * _GAP_PX) * scale, (y + 0.5 * _SIZE_PX) * scale)
        gpu.state.blend_set("NONE")


def footprint_mesh(seen: Seen) -> tuple[Any, Any, Any]:
    """Vertices (V, 3), colours (V, 4) and triangles (T, 3) of all footprints."""
    places, colours, corners = [], [], []
    count = 0
    for outline, age in seen.footprints:
        middle = outline.mean(axis=0, keepdims=True)
        points = np.concatenate((middle, outline)) + np.array([0.0, 0.0, seen.lift])
        alpha = _OLD + (_FRESH - _OLD) * max(0.0, 1.0 - age / _FADES_S)
        rim = np.arange(len(outline))
        corners.append(count + np.stack((0 * rim, 1 + rim, 1 + (rim + 1) % len(rim)), axis=-1))
        places.append(points)
        colours.append(np.tile((*_PRINT, alpha), (len(points), 1)))
        count += len(points)
    if not places:
        return np.zeros((0, 3)), np.zeros((0, 4)), np.zeros((0, 3), np.int32)
    return (
        np.concatenate(places).astype(np.float32),
        np.concatenate(colours).astype(np.float32),
        np.concatenate(corners).astype(np.int32),
    )


def _rectangle(x: float, y: float, width: float, height: float, colour: Colour) -> None:
    shader = gpu.shader.from_builtin("UNIFORM_COLOR")
    places = ((x, y), (x + width, y), (x + width, y + height), (x, y + height))
    batch = batch_for_shader(shader, "TRI_FAN", {"pos": places})
    shader.bind()
    shader.uniform_float("color", colour)
    batch.draw(shader)


def _write(text: str, x: float, y: float, centred: bool = False) -> None:
    width, height = blf.dimensions(0, text)
    blf.color(0, *_TEXT)
    blf.position(0, x - (0.5 * width if centred else 0.0), y - 0.35 * height, 0)
    blf.draw(0, text)
