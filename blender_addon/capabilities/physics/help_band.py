"""Shows over the timelines where the last result was helped, pushed and fell."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Final

import bpy

from ...blender.timeline import scene_frame
from ...blender.timeline_overlay import add_band, frame_to_pixel, remove_band
from .properties import chosen_physics
from .told import Shown

BAND: Final = "physics"
_HEIGHT_PX: Final = 7.0
_HONEST: Final = (0.35, 0.75, 0.45, 0.55)
_HELPED: Final = (1.0, 0.55, 0.1)
_PALE: Final = 0.35
_FELL: Final = (0.95, 0.2, 0.2, 1.0)
_PUSHED: Final = (0.25, 0.62, 1.0, 1.0)
_MARK_PX: Final = 3.0
_LEVELS: Final = 9


def shown_now(context: bpy.types.Context) -> Shown | None:
    """What there is to show of the chosen character."""
    if not hasattr(context.scene, "neural_motion"):
        return None
    chosen = chosen_physics(context)
    if chosen is None or not chosen.last_result_shown:
        return None
    return Shown.from_text(chosen.last_result_shown)


def runs(shown: Shown) -> Iterator[tuple[float, float, int]]:
    """First and last frame of animation of each run of the same help, and how much: 0 to 9."""
    begin = 0
    for level, same in groupby(shown.help):
        count = len(list(same))
        yield shown.first + begin, shown.first + begin + count, int(level)
        begin += count


def colour_of(level: int) -> tuple[float, float, float, float]:
    """Green where it is honest; the more orange, the more help."""
    if level == 0:
        return _HONEST
    return (*_HELPED, _PALE + (1.0 - _PALE) * level / _LEVELS)


def _height(context: bpy.types.Context) -> float:
    return 0.0 if shown_now(context) is None else _HEIGHT_PX


def _draw(context: bpy.types.Context, region: bpy.types.Region, bottom: float, top: float) -> None:
    import gpu

    shown = shown_now(context)
    if shown is None:
        return

    def place(frame: float) -> float:
        return frame_to_pixel(region, scene_frame(context.scene, frame))

    gpu.state.blend_set("ALPHA")
    for first, last, level in runs(shown):
        _fill(place(first), bottom, place(last), top, colour_of(level))
    half = 0.5 * _MARK_PX * context.preferences.system.ui_scale
    for frame in shown.pushes:
        _fill(place(frame) - half, bottom, place(frame) + half, top, _PUSHED)
    if shown.fell is not None:
        _fill(place(shown.fell) - half, bottom, place(shown.fell) + half, top, _FELL)
    gpu.state.blend_set("NONE")


def _fill(left: float, bottom: float, right: float, top: float, colour: tuple[float, ...]) -> None:
    import gpu
    from gpu_extras.batch import batch_for_shader

    shader = gpu.shader.from_builtin("UNIFORM_COLOR")
    corners = ((left, bottom), (right, bottom), (right, top), (left, top))
    batch = batch_for_shader(shader, "TRIS", {"pos": corners}, indices=((0, 1, 2), (0, 2, 3)))
    shader.uniform_float("color", colour)
    batch.draw(shader)


def register() -> None:
    """Draw from now on."""
    add_band(BAND, _height, _draw)


def unregister() -> None:
    """Draw no more."""
    remove_band(BAND)
