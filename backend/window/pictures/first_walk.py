"""The first minute: from an empty view to a walk."""

from __future__ import annotations

import album
import bpy
from mathutils import Euler

_GENERATE = "neural_motion.generate_walk"
_HEIGHT, _VIEW_HEIGHT, _TRY_HEIGHT = 620, 400, 760  # pixels
_FROM_THE_SIDE = Euler((1.2, 0.0, 1.1))


def _try(desk: album.Album) -> album.Waits:
    """One click, in the middle of what it shows; then as before."""
    scene = bpy.context.scene
    bpy.ops.ed.undo_push(message="Tidy")  # one step back leads to the tidy scene, no further
    yield from desk.press("neural_motion.try_it")
    yield lambda: desk.ui.window.screen.is_animation_playing
    yield 1.0
    bpy.ops.screen.animation_cancel(restore_frame=False)
    yield 0.5
    scene.frame_set(70)
    yield from desk.area("first_walk_try", _TRY_HEIGHT)
    yield from desk.undo()


def steps(desk: album.Album) -> album.Waits:
    """Clicked, as the manual tells it."""
    yield from desk.open_wide_tab()
    yield from desk.panel("first_walk_empty")
    yield from _try(desk)
    yield from desk.press("neural_motion.add_character")
    yield 1.0
    desk.look((0.0, 0.0, 0.9), 4.5, Euler((1.35, 0.0, 0.4)))
    yield from desk.view("first_walk_character", _VIEW_HEIGHT)
    desk.look((0.0, -4.2, 0.8), 8.5, _FROM_THE_SIDE, _HEIGHT)
    yield from desk.press("neural_motion.add_path")
    yield 1.0
    yield from desk.panel("first_walk_ready")
    yield from desk.generate(_GENERATE)
    bpy.context.scene.frame_set(100)
    walk = bpy.context.scene.neural_motion.character.neural_motion.walk
    walk.show_on_path = False  # it tells of the next walk
    yield from desk.area("first_walk_result", _HEIGHT)


album.start(steps, "first_walk")
