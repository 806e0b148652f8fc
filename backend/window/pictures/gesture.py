"""The gestures of the demo character, which talks with its hands."""

from __future__ import annotations

import album
import bpy
from mathutils import Euler

_OPEN = {f"NEURALMOTION_PT_{name}" for name in ("gesture", "gesture_style", "gesture_strokes")}
_HEIGHT = 420  # pixels
_CHEST, _FROM_AHEAD = (0.0, 0.0, 1.3), Euler((1.5, 0.0, 0.35))


def steps(desk: album.Album) -> album.Waits:
    """Two sentences."""
    yield from desk.open_wide_tab()
    yield from desk.run("neural_motion.add_character")
    chosen = bpy.context.scene.neural_motion.character.neural_motion.gesture
    chosen.source = "FILE"
    chosen.file = desk.sound_beside_file("dialogue_first.wav")
    yield from desk.run("neural_motion.generate_gesture")
    desk.note(warnings=chosen.last_warnings, result=chosen.last_result)
    yield from desk.panel("gesture_panel")
    largest = max(chosen.strokes, key=lambda stroke: stroke.size)
    bpy.context.scene.frame_set(round(largest.frame))
    desk.look(_CHEST, 2.5, _FROM_AHEAD)
    yield from desk.view("gesture_view", _HEIGHT)


album.start(steps, "gesture", _OPEN)
