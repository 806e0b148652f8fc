"""A character driven ahead."""

from __future__ import annotations

import subprocess

import album
import bpy
from mathutils import Euler

_OPEN = {f"NEURALMOTION_PT_{name}" for name in ("walk", "walk_options", "live_drive")}
_HEIGHT = 600  # pixels
_FAR_M = 1.6


def _way() -> float:
    rig = bpy.context.scene.neural_motion.character
    return (rig.matrix_world @ rig.pose.bones["spine"].head).xy.length


def steps(desk: album.Album) -> album.Waits:
    """The panel, then on the way."""
    yield from desk.open_wide_tab()
    yield from desk.run("neural_motion.add_character")
    for each in bpy.context.selected_objects:
        each.select_set(False)
    lower_rows = 2 * desk.ui.area().height - _HEIGHT  # the keys are shown at the bottom
    desk.look((0.0, 0.0, 0.6), 5.5, Euler((1.1, 0.0, 0.5)), lower_rows)
    yield from desk.panel("live_drive_panel")
    yield from desk.press("neural_motion.live_drive")
    yield lambda: bpy.context.window_manager.neural_motion.driving
    desk.leave()
    yield 0.3
    subprocess.run(("xdotool", "keydown", "w"), check=True, timeout=60)
    yield lambda: _way() > _FAR_M
    yield from desk.area("live_drive_view", _HEIGHT, is_lower=True)
    subprocess.run(("xdotool", "keyup", "w"), check=True, timeout=60)
    desk.ui.key("Escape")
    yield 0.5


album.start(steps, "live_drive", _OPEN)
