"""Bands drawn over the timelines and dope sheets, stacked from the bottom, aligned by frames.

Every capability that shows something along time adds a band here; each editor draws all of them
in one go. A band with nothing to show has height 0 and takes no room; one without room shares the
lowest band's place and is drawn beneath it, as in the low timeline that Blender begins with.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import bpy

_SCROLL_BAR_PX: Final = 11.0
"""What an editor shows at its bottom; this and all heights before the interface's scale."""
_MARGIN_PX: Final = 2.0
_FRAME_NUMBERS_PX: Final = 23.0
"""Height of what an editor shows at its top."""
_LEAST_PX: Final = 6.0
"""With less room a band shares the lowest one's; with a little more, it is as high as there is."""

Height = Callable[[bpy.types.Context], float]
Draw = Callable[[bpy.types.Context, bpy.types.Region, float, float], None]


@dataclass(frozen=True)
class _Band:
    height_px: Height
    draw: Draw


_bands: dict[str, _Band] = {}
_handlers: list[Any] = []
_first: list[str] = []


def add_band(name: str, height_px: Height, draw: Draw) -> None:
    """Draw a band from now on, above those that were added before; none in background mode.

    Args:
        name: tells it from others; one of that name is replaced.
        height_px: of the band now, before the interface's scale; 0 where there is nothing to show.
        draw: called at each redraw with the context, the region, and the band's bottom and top in
            pixels of the region. ``frame_to_pixel`` says where a frame lies.
    """
    _bands[name] = _Band(height_px, draw)
    if not _handlers and not bpy.app.background:
        space = bpy.types.SpaceDopeSheetEditor
        _handlers.append(space.draw_handler_add(_draw, (), "WINDOW", "POST_PIXEL"))
    redraw()


def put_first(name: str | None) -> None:
    """Give a band the lowest place, and so the room there is, for as long as it is worked on.

    Args:
        name: of the band; None for the order in which all were added.
    """
    _first[:] = [] if name is None else [name]
    redraw()


def remove_band(name: str) -> None:
    """Draw a band no more; nothing happens where there is none of that name."""
    _bands.pop(name, None)
    if not _bands:
        while _handlers:
            bpy.types.SpaceDopeSheetEditor.draw_handler_remove(_handlers.pop(), "WINDOW")
    redraw()


def shown_bands(
    context: bpy.types.Context, region_height_px: float
) -> list[tuple[str, float, float]]:
    """Which bands have something to show: name, bottom and top in pixels of the region.

    They are in the order in which they are drawn; none where not even one has room.

    Args:
        context: of the editor.
        region_height_px: of its region.
    """
    scale = context.preferences.system.ui_scale or 1.0  # 0 in background mode
    bottom, found, without_room = _SCROLL_BAR_PX, [], []
    for name, band in sorted(_bands.items(), key=lambda each: each[0] not in _first):
        room = region_height_px / scale - _FRAME_NUMBERS_PX - bottom
        desired = band.height_px(context)
        if desired <= 0.0:
            continue
        if room < min(desired, _LEAST_PX):
            without_room.append(name)
        else:
            height = min(desired, room)
            found.append((name, bottom * scale, (bottom + height) * scale))
            bottom += height + _MARGIN_PX
    return [(name, *found[0][1:]) for name in without_room if found] + found


def frames_across(region: bpy.types.Region) -> tuple[float, float]:
    """The frames at the left and at the right border of a region of the timeline."""
    left, right = (region.view2d.region_to_view(x, 0)[0] for x in (0, region.width))
    return left, right


def frame_to_pixel(region: bpy.types.Region, frame: float) -> float:
    """How far from the region's left border a frame lies, in pixels; outside of it as well."""
    left, right = frames_across(region)
    return (frame - left) / (right - left) * region.width


def redraw() -> None:
    """Let every timeline and dope sheet be drawn anew."""
    for window in bpy.context.window_manager.windows if bpy.context.window_manager else ():
        for area in window.screen.areas:
            if area.type == "DOPESHEET_EDITOR":
                area.tag_redraw()


def _draw() -> None:
    context = bpy.context
    region = context.region
    if region is None or region.width < 1:
        return
    for name, bottom, top in shown_bands(context, region.height):
        _bands[name].draw(context, region, bottom, top)
