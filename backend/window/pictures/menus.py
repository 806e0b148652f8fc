"""Our menu in the one of the right mouse button."""

from __future__ import annotations

import album
import bpy

_RIGHT = 3  # mouse button
_AT = (420, 330)  # pixels from the view's lower left corner
_LEFT, _ABOVE, _WIDTH, _HEIGHT = 240, 60, 700, 700  # pixels around the mouse


def steps(desk: album.Album) -> album.Waits:
    """For a character with a path, chosen and selected."""
    yield from desk.run("neural_motion.add_character")
    yield from desk.run("neural_motion.add_path")
    person = bpy.data.objects[album.clicks.CHARACTER]
    person.select_set(True)
    bpy.context.view_layer.objects.active = person
    area = desk.ui.area()
    x, y = area.x + _AT[0], desk.ui.window.height - area.y - area.height + _AT[1]
    desk.ui.move(x, y)
    yield 0.4
    desk.ui.click(x, y, button=_RIGHT)
    yield 1.0
    desk.ui.key("Up")  # to the last entry
    yield 0.4
    for _ in range(2):  # the first may come before the entry is lit up
        desk.ui.key("Right")
        yield 0.8
    target = album.clicks.SHOTS / "pictures" / "menus_right_click.png"
    desk.ui.shot(str(target), (x - _LEFT, y - _ABOVE, _WIDTH, _HEIGHT))
    desk.ui.key("Escape", "Escape")
    yield 0.5


album.start(steps, "menus")
