"""The demo character speaks the sentence that comes with the add-on."""

from __future__ import annotations

import album
import bpy
import clicks

_OPEN = {f"NEURALMOTION_PT_{name}" for name in ("speech", "speech_options", "speech_channels")}
_HEIGHT = 420  # pixels


def _jaw(frame: int) -> float:
    """How far the jaw is open."""
    bpy.context.scene.frame_set(frame)
    keys = bpy.data.objects[f"{clicks.CHARACTER} Head"].data.shape_keys
    return keys.key_blocks["jawOpen"].value


def steps(desk: album.Album) -> album.Waits:
    """With the channel table filled."""
    yield from desk.open_wide_tab()
    yield from desk.run("neural_motion.add_character")
    chosen = bpy.context.scene.neural_motion.character.neural_motion.speech
    chosen.file = desk.sound_beside_file("sentence.wav")
    yield from desk.run("neural_motion.find_face_channels")
    yield from desk.run("neural_motion.generate_speech")
    yield from desk.panel("speech_panel")
    desk.look_at_face(0.65)
    bpy.context.scene.frame_set(max(range(1, 150), key=_jaw))
    yield from desk.view("speech_view", _HEIGHT)


album.start(steps, "speech", _OPEN)
