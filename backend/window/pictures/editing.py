"""The Motion panel with an edit that was made, and a map of motions over the 3D view."""

from __future__ import annotations

import album
import bpy

_OPEN = {f"NEURALMOTION_PT_{name}" for name in ("editing", "motion_map")}
_HEIGHT = 640  # pixels
_WALKS = ("happy", "old", "sneaky", "proud", "tired")


def steps(desk: album.Album) -> album.Waits:
    """A walk is cleaned; then the walks of several styles are laid out."""
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
    chosen.edit = "CLEAN"
    yield from desk.run("neural_motion.clean_motion")
    desk.note(warnings=chosen.last_warnings, result=chosen.last_result)
    yield from desk.run("neural_motion.make_motion_map")
    yield from desk.panel("editing_panel")
    area = desk.ui.area()
    region = desk.ui.region(area, "WINDOW")
    with bpy.context.temp_override(window=desk.ui.window, area=area, region=region):
        bpy.ops.neural_motion.show_motion_map("INVOKE_DEFAULT")
    yield 1.0
    yield from desk.view("editing_map", min(_HEIGHT, region.height))
    desk.ui.key("Escape")
    yield 0.5


album.start(steps, "editing", _OPEN)
