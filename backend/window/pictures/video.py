"""A film behind the 3D view, and the character where the person was."""

from __future__ import annotations

import album
import bpy
import film_behind

_OPEN = {f"NEURALMOTION_PT_{name}" for name in ("video", "video_camera", "video_pins")}
_HEIGHT = 450  # pixels


def steps(desk: album.Album) -> album.Waits:
    """A walk of two seconds."""
    yield from desk.open_wide_tab()
    yield from film_behind.make_film(desk)
    yield from desk.run("neural_motion.preview_film")
    yield from desk.generate("neural_motion.generate_video")
    desk.note(result=film_behind.video().last_result)
    bpy.context.scene.frame_set(18)
    for each in bpy.context.selected_objects:
        each.select_set(False)
    yield from desk.view("video_view", _HEIGHT)


album.start(steps, "video", _OPEN)
