"""Draws a map over a 3D viewport: points by colour, their legend, what is under the mouse."""

from __future__ import annotations

from typing import Any, Final

import blf
import bpy
import gpu
import numpy as np
from gpu_extras.batch import batch_for_shader

from ....core.conventions import Floats
from .data import MotionMap
from .layout import Colour, Frame, colours_of, frame_in, nearest, pixels_of

_BORDER_PX: Final = 48.0
_BACKGROUND: Final = (0.08, 0.08, 0.08, 0.92)
_TEXT: Final = (0.92, 0.92, 0.92, 1.0)
_POINT_PX: Final = 6.0
_MARKED_PX: Final = 13.0
_REACH_PX: Final = 14.0
"""So near to a point the mouse is on it."""
_FONT_PX: Final = 12
_LINE_PX: Final = 18.0
_MOST_LABELS: Final = 14
_PADDING_PX: Final = 10.0
_CORNERS: Final = 24
"""Of what is drawn as a circle."""


class MapOverlay:
    """Shows a map in one region of a 3D viewport until it is removed.

    Args:
        made: the map.
        area: of the viewport.
        hint: what can be done, in the user's language.
    """

    def __init__(self, made: MotionMap, area: bpy.types.Area, hint: str) -> None:
        self._made, self._hint = made, hint
        self._area = area.as_pointer()
        self._colours = colours_of(made.labels)
        self._of_windows = np.array(
            [(*self._colours[made.place(n).label], 1.0) for n in range(len(made.points))],
            np.float32,
        ).reshape(-1, 4)
        self.hovered: int | None = None
        self.selected: int | None = None
        self._handler: Any = bpy.types.SpaceView3D.draw_handler_add(
            self._draw, (), "WINDOW", "POST_PIXEL"
        )

    def remove(self) -> None:
        """Draw no more."""
        if self._handler is not None:
            bpy.types.SpaceView3D.draw_handler_remove(self._handler, "WINDOW")
            self._handler = None

    def window_at(self, frame: Frame, x: float, y: float) -> int | None:
        """The window of the map at a place of the region, in pixels; None for none."""
        return nearest(pixels_of(self._made, frame), x, y, _REACH_PX * _scale())

    def _draw(self) -> None:
        area = bpy.context.area
        if area is None or area.as_pointer() != self._area:
            return
        frame = picture_frame(area)
        pixels = pixels_of(self._made, frame)
        gpu.state.blend_set("ALPHA")
        _draw_square(frame)
        for window in (self.selected, self.hovered):
            if window is not None:
                _draw_discs(pixels[window : window + 1], np.ones((1, 4), np.float32), _MARKED_PX)
        _draw_discs(pixels, self._of_windows, _POINT_PX)
        gpu.state.blend_set("NONE")
        self._draw_legend(frame)
        self._draw_words(frame, pixels)

    def _draw_legend(self, frame: Frame) -> None:
        labels = list(self._colours)[:_MOST_LABELS]
        x = frame.left + _PADDING_PX
        for n, label in enumerate(labels, 1):
            y = frame.bottom + frame.size - n * _LINE_PX * _scale()
            _write(label, x, y, self._colours[label])

    def _draw_words(self, frame: Frame, pixels: Floats) -> None:
        _write(self._hint, frame.left + _PADDING_PX, frame.bottom + _PADDING_PX, _TEXT[:3])
        if self.hovered is None:
            return
        text = words_of(self._made, self.hovered)
        x, y = pixels[self.hovered]
        width = blf.dimensions(0, text)[0]
        x = min(float(x) + _PADDING_PX, frame.left + frame.size - width - _PADDING_PX)
        _write(text, x, float(y) + _PADDING_PX, _TEXT[:3])


def words_of(made: MotionMap, window: int) -> str:
    """The name of a window's clip, and the frame on which the window begins."""
    return f"{made.place(window).name}   {made.frame(window)}"


def picture_frame(area: bpy.types.Area) -> Frame:
    """Where in a viewport's main region the picture lies: beside whatever lies over that."""
    region = next(each for each in area.regions if each.type == "WINDOW")
    left, right = region.x, region.x + region.width
    for each in area.regions:
        if each.type == "TOOLS" and each.width > 1:
            left = max(left, each.x + each.width)
        elif each.type == "UI" and each.width > 1:
            right = min(right, each.x)
    frame = frame_in(max(right - left, 1), region.height, _BORDER_PX * _scale())
    return Frame(frame.left + left - region.x, frame.bottom, frame.size)


def _scale() -> float:
    return bpy.context.preferences.system.ui_scale or 1.0  # 0 in background mode


def _draw_square(frame: Frame) -> None:
    ends_x = (frame.left, frame.left + frame.size)
    ends_y = (frame.bottom, frame.bottom + frame.size)
    corners = [(x, y, 0.0) for x in ends_x for y in ends_y]
    shader = gpu.shader.from_builtin("UNIFORM_COLOR")
    shader.bind()
    shader.uniform_float("color", _BACKGROUND)
    batch_for_shader(shader, "TRI_STRIP", {"pos": corners}).draw(shader)


def _draw_discs(pixels: Floats, colours: Floats, size_px: float) -> None:
    """A disc at each place (N, 2) in its colour (N, 4), of this diameter."""
    if not len(pixels):
        return
    angles = np.linspace(0.0, 2.0 * np.pi, _CORNERS + 1)
    rim = 0.5 * size_px * _scale() * np.stack((np.cos(angles), np.sin(angles)), axis=1)
    slices = np.stack((np.zeros((_CORNERS, 2)), rim[:-1], rim[1:]), axis=1).reshape(-1, 2)
    places = (pixels[:, None] + slices[None]).reshape(-1, 2)
    whole = np.concatenate((places, np.zeros((len(places), 1))), axis=1).astype(np.float32)
    shader = gpu.shader.from_builtin("SMOOTH_COLOR")
    told = {"pos": whole, "color": np.repeat(colours, len(slices), axis=0)}
    batch_for_shader(shader, "TRIS", told).draw(shader)


def _write(text: str, x: float, y: float, colour: Colour) -> None:
    blf.size(0, _FONT_PX * _scale())
    blf.color(0, *colour, 1.0)
    blf.position(0, x, y, 0)
    blf.draw(0, text)
