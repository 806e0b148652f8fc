"""The Motion panel with an edit that was made, and a map of motions over the 3D view."""

from __future__ import annotations

import sys

import album
import bpy

_OPEN = {f"NEURALMOTION_PT_{name}" for name in ("editing", "motion_map")}
_BORDER = 6  # pixels around the map
_HOVERED = 3  # window of the map under the mouse
_MAP = f"{album.ADDON}.capabilities.editing.motion_map"
_WALKS = ("happy", "old", "sneaky", "proud", "tired")


def steps(desk: album.Album) -> album.Waits:
    """A gap in a walk is filled; then the walks of several styles are laid out."""
    yield from desk.open_wide_tab()
    yield from desk.run("neural_motion.add_character")
    yield from desk.run("neural_motion.add_path")
    armature = bpy.context.scene.neural_motion.character
    walk, chosen = armature.neural_motion.walk, armature.neural_motion.editing
    walk.result.replace_last = False
    for number, style in enumerate(_WALKS):
        yield from desk.run("neural_motion.load_direction_preset", name=style)
        walk.speed = 0.9 + 0.15 * number
        yield from desk.run("neural_motion.generate_walk")
        armature.animation_data.action.name = f"{style.capitalize()} Walk"
    chosen.fill_span, chosen.first_frame, chosen.last_frame = "FRAMES", 40, 70
    yield from desk.run("neural_motion.fill_motion")
    desk.note(warnings=chosen.last_warnings, result=chosen.last_result)
    yield from desk.run("neural_motion.make_motion_map")
    yield from desk.panel("editing_panel")
    area = desk.ui.area()
    region = desk.ui.region(area, "WINDOW")
    with bpy.context.temp_override(window=desk.ui.window, area=area, region=region):
        bpy.ops.neural_motion.show_motion_map("INVOKE_DEFAULT")
    modules = sys.modules
    made = modules[f"{_MAP}.shown"].latest_map()
    frame = modules[f"{_MAP}.overlay"].picture_frame(area)
    x, y = modules[f"{_MAP}.layout"].pixels_of(made, frame)[_HOVERED]
    for aside in (40, 0):  # a mouse that moves within the picture
        desk.ui.move(region.x + int(x) - aside, desk.ui.window.height - region.y - int(y))
        yield 1.0
    size = int(frame.size) + 2 * _BORDER
    beside, below = int(frame.left) - _BORDER, region.height - int(frame.bottom) - size + _BORDER
    desk.keep("editing_map", region, size, below, beside)
    desk.ui.key("Escape")
    yield 0.5


album.start(steps, "editing", _OPEN)
