"""The gaze of the demo character, which looks at two things."""

from __future__ import annotations

import album
import bpy

_OPEN = {f"NEURALMOTION_PT_{name}" for name in ("gaze", "gaze_sound", "gaze_style", "gaze_eyes")}
_HEIGHT = 420  # pixels


def _add_empty(name: str, place: tuple[float, float, float]) -> bpy.types.Object:
    empty = bpy.data.objects.new(name, None)
    empty.location, empty.empty_display_size = place, 0.15
    bpy.context.collection.objects.link(empty)
    return empty


def steps(desk: album.Album) -> album.Waits:
    """A partner and a lamp."""
    yield from desk.open_wide_tab()
    yield from desk.run("neural_motion.add_character")
    chosen = bpy.context.scene.neural_motion.character.neural_motion.gaze
    friend, lamp = _add_empty("Friend", (0.6, -1.2, 1.6)), _add_empty("Lamp", (-0.8, -0.9, 1.9))
    for target, kind, weight in ((friend, "PARTNER", 1.0), (lamp, "OBJECT", 0.5)):
        row = chosen.targets.add()
        row.target, row.kind, row.weight = target, kind, weight
    chosen.sound.source = "FILE"
    chosen.sound.file = desk.sound_beside_file("dialogue_first.wav")
    yield from desk.run("neural_motion.generate_gaze")
    desk.note(warnings=chosen.last_warnings, result=chosen.last_result)
    yield from desk.panel("gaze_panel")
    desk.look_at_face(0.75)
    bpy.context.scene.frame_set(60)
    yield from desk.view("gaze_view", _HEIGHT)


album.start(steps, "gaze", _OPEN)
