"""Blender's preferences in the place of the 3D view: where to install, and the add-on's own."""

from __future__ import annotations

import album
import bpy

# Pixels: above are paths of this computer.
_HEIGHT, _BELOW, _BESIDE = 650, 254, 172
_MENU, _MENU_HEIGHT = 45, 300  # pixels


def _show_get_extensions(desk: album.Album) -> album.Waits:
    """With the menu at its top right open."""
    bpy.context.window_manager.extension_search = "Neural"
    bpy.context.preferences.active_section = "EXTENSIONS"
    desk.ui.area().ui_type = "PREFERENCES"
    yield 1.5
    area = desk.ui.area("PREFERENCES")
    top = desk.ui.window.height - area.y - area.height
    desk.ui.click(area.x + area.width - 22, top + _MENU)
    yield 1.0
    corner, size = (area.x, top), (desk.ui.window.width - area.x, _MENU_HEIGHT)
    desk.ui.shot(str(album.clicks.SHOTS / "pictures" / "install_from_disk.png"), (*corner, *size))
    desk.ui.key("Escape")
    yield 0.5


def steps(desk: album.Album) -> album.Waits:
    """Found by its name, unfolded."""
    yield from _show_get_extensions(desk)
    bpy.context.window_manager.addon_search = "Neural"
    bpy.context.preferences.active_section = "ADDONS"
    area = desk.ui.area("PREFERENCES")
    yield 1.0
    bpy.ops.preferences.addon_expand(module=album.ADDON)
    area.tag_redraw()
    yield 1.5
    desk.keep("preferences", area, _HEIGHT, _BELOW, _BESIDE)


album.start(steps, "preferences")
