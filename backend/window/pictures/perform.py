"""The demo character says a sentence to the camera: all parts at the press of one button."""

from __future__ import annotations

import album
import bpy
from mathutils import Euler

_OPEN = {"NEURALMOTION_PT_perform", "NEURALMOTION_PT_perform_options"}
_HEIGHT = 420  # pixels
_CHEST, _FROM_AHEAD = (0.0, 0.0, 1.3), Euler((1.5, 0.0, 0.35))
_FRAME = 60


def steps(desk: album.Album) -> album.Waits:
    """A voice from a file, and a camera as the partner."""
    yield from desk.open_wide_tab()
    yield from desk.run("neural_motion.add_character")
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    camera.location = (1.0, -3.0, 1.6)
    bpy.context.scene.collection.objects.link(camera)
    character = bpy.context.scene.neural_motion.character
    chosen = character.neural_motion.perform
    chosen.source = "FILE"
    chosen.file = desk.sound_beside_file("dialogue_first.wav")
    chosen.partner = camera
    yield from desk.run("neural_motion.generate_perform")
    desk.note(result=chosen.last_result)
    yield from desk.panel("perform_panel")
    camera.hide_set(True)
    bpy.context.scene.frame_set(_FRAME)
    desk.look(_CHEST, 2.5, _FROM_AHEAD)
    yield from desk.view("perform_view", _HEIGHT)


album.start(steps, "perform", _OPEN)
