"""A character driven ahead."""

from __future__ import annotations

import subprocess

import album
import bpy
from mathutils import Euler

_OPEN = {"NEURALMOTION_PT_walk", "NEURALMOTION_PT_live_drive"}
_HEIGHT = 600  # pixels
_SECONDS = 2.5


def steps(desk: album.Album) -> album.Waits:
    """The panel, then on the way."""
    yield from desk.open_wide_tab()
    yield from desk.run("neural_motion.add_character")
    for each in bpy.context.selected_objects:
        each.select_set(False)
    desk.look((0.4, 1.2, 0.9), 6.5, Euler((1.25, 0.0, 0.5)), _HEIGHT)
    yield from desk.panel("live_drive_panel")
    yield from desk.press("neural_motion.live_drive")
    yield lambda: bpy.context.window_manager.neural_motion.driving
    desk.leave()
    yield 0.3
    subprocess.run(("xdotool", "keydown", "w"), check=True, timeout=60)
    yield _SECONDS
    yield from desk.area("live_drive_view", _HEIGHT)
    subprocess.run(("xdotool", "keyup", "w"), check=True, timeout=60)
    desk.ui.key("Escape")
    yield 0.5


album.start(steps, "live_drive", _OPEN)
