"""Draws a preview on its path in the 3D viewports: speed as colour, seconds, stops, the arrival."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import blf
import bpy
import gpu
import numpy as np
from bpy_extras.view3d_utils import location_3d_to_region_2d
from gpu_extras.batch import batch_for_shader

from .previews import PathPreview

_SLOW, _FAST = np.array([0.15, 0.55, 1.0, 1.0]), np.array([1.0, 0.45, 0.1, 1.0])
_SLOW_M_S, _FAST_M_S = 0.5, 3.0
_TEXT: Final = (0.9, 0.9, 0.9, 1.0)
_MARK: Final = (1.0, 0.75, 0.2, 1.0)
_WIDTH_PX: Final = 3.0
_SIZE_PX: Final = 12
_NEAREST_PX: Final = 34  # closer to the one before a tick's text is left out
_NEAREST_TO_LAST_PX: Final = 60  # likewise; the last one's text is longer


class PathOverlay:
    """Shows what a function gives at each redraw, in every viewport that shows overlays.

    Args:
        latest: the preview of the scene, or None for nothing.
    """

    def __init__(self, latest: Callable[[], PathPreview | None]) -> None:
        self._latest = latest
        space = bpy.types.SpaceView3D
        self._handlers = [
            space.draw_handler_add(self._draw_line, (), "WINDOW", "POST_VIEW"),
            space.draw_handler_add(self._draw_texts, (), "WINDOW", "POST_PIXEL"),
        ]

    def remove(self) -> None:
        """Draw no more."""
        for handler in self._handlers:
            bpy.types.SpaceView3D.draw_handler_remove(handler, "WINDOW")
        self._handlers = []

    def _shown(self) -> PathPreview | None:
        space = bpy.context.space_data
        if space is None or not space.overlay.show_overlays:
            return None
        preview = self._latest()
        return preview if preview is not None and preview.points is not None else None

    def _draw_line(self) -> None:
        preview = self._shown()
        if preview is None:
            return
        shader = gpu.shader.from_builtin("POLYLINE_SMOOTH_COLOR")
        colours = speed_colours(preview.speeds_m_s / preview.size)
        batch = batch_for_shader(
            shader,
            "LINE_STRIP",
            {"pos": preview.points.astype(np.float32), "color": colours.astype(np.float32)},
        )
        region = bpy.context.region
        gpu.state.depth_test_set("NONE")  # over hills, under which a level curve lies
        gpu.state.blend_set("ALPHA")
        shader.bind()
        shader.uniform_float("viewportSize", (region.width, region.height))
        shader.uniform_float("lineWidth", _WIDTH_PX)
        batch.draw(shader)
        gpu.state.blend_set("NONE")

    def _draw_texts(self) -> None:
        preview = self._shown()
        if preview is None:
            return
        region, view = bpy.context.region, bpy.context.region_data
        blf.size(0, _SIZE_PX * bpy.context.preferences.system.ui_scale)
        ticks = [location_3d_to_region_2d(region, view, place) for place, _ in preview.ticks]
        for number in readable_ticks(ticks):
            _write(ticks[number], preview.ticks[number][1], _TEXT, -1.3)
        for place, text in preview.marks:
            at = location_3d_to_region_2d(region, view, place)
            if at is not None:
                _write(at, text, _MARK, 0.6)


def readable_ticks(places: Sequence[Any]) -> list[int]:
    """Numbers of the ticks whose texts do not lie over one another; the last one's is kept.

    Args:
        places: in the region, pixels; None for what lies behind the viewer.
    """
    if not places:
        return []
    *others, last = places
    kept: list[int] = []
    for number, at in enumerate(others):
        is_near_last = at and last and (at - last).length < _NEAREST_TO_LAST_PX
        is_near_another = at and kept and (at - places[kept[-1]]).length < _NEAREST_PX
        if at and not is_near_last and not is_near_another:
            kept.append(number)
    return [*kept, len(others)] if last else kept


def speed_colours(speeds_m_s: Any) -> Any:
    """(N, 4) colours from slow to fast, for speeds at a person's size."""
    share = np.clip((speeds_m_s - _SLOW_M_S) / (_FAST_M_S - _SLOW_M_S), 0.0, 1.0)[:, None]
    return (1.0 - share) * _SLOW + share * _FAST


def _write(at: Any, text: str, colour: tuple[float, ...], lines_up: float) -> None:
    width, height = blf.dimensions(0, text)
    blf.color(0, *colour)
    blf.position(0, at.x - 0.5 * width, at.y + lines_up * height, 0)
    blf.draw(0, text)
