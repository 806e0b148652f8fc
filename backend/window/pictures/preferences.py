"""The add-on's preferences, in the place of the 3D view."""

from __future__ import annotations

import album
import bpy

_HEIGHT, _BELOW, _BESIDE = (
    152,
    254,
    172,
)  # pixels: above are paths of this computer


def steps(desk: album.Album) -> album.Waits:
    """Found by its name, unfolded."""
    bpy.context.window_manager.addon_search = "Neural"
    bpy.context.preferences.active_section = "ADDONS"
    desk.ui.area().ui_type = "PREFERENCES"
    area = desk.ui.area("PREFERENCES")
    yield 1.0
    bpy.ops.preferences.addon_expand(module=album.ADDON)
    area.tag_redraw()
    yield 1.5
    desk.keep("preferences", area, _HEIGHT, _BELOW, _BESIDE)


album.start(steps, "preferences")
