"""The 3D view that the user sees: what it looks at, and whether it plays."""

from __future__ import annotations

from collections.abc import Sequence

import bpy


def frame_objects(context: bpy.types.Context, things: Sequence[bpy.types.Object]) -> None:
    """Turn the 3D view's eye to some objects; the last of them is left selected and active.

    Without a window only the selection changes.
    """
    for each in context.selected_objects:
        each.select_set(False)
    for each in things:
        each.select_set(True)
    area = _view_of(context)
    if area is not None:
        region = next(each for each in area.regions if each.type == "WINDOW")
        with context.temp_override(window=context.window, area=area, region=region):
            bpy.ops.view3d.view_selected()
    for each in things[:-1]:
        each.select_set(False)
    context.view_layer.objects.active = things[-1]


def play(context: bpy.types.Context) -> None:
    """Play from here, as Space does; without a window nothing is played."""
    area = _view_of(context)
    if area is None or context.screen.is_animation_playing:
        return
    region = next(each for each in area.regions if each.type == "WINDOW")
    with context.temp_override(window=context.window, area=area, region=region):
        bpy.ops.screen.animation_play()


def _view_of(context: bpy.types.Context) -> bpy.types.Area | None:
    """The 3D view in which something was clicked, else the largest one; None without a window."""
    if bpy.app.background or context.window is None:
        return None
    if context.area is not None and context.area.type == "VIEW_3D":
        return context.area
    views = [each for each in context.window.screen.areas if each.type == "VIEW_3D"]
    return max(views, key=lambda each: each.width * each.height, default=None)
