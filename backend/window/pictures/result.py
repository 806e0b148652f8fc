"""What a walk is written to: a strip with fewer keys."""

from __future__ import annotations

import album
import bpy

_OPEN = {f"NEURALMOTION_PT_{name}" for name in ("walk", "walk_options", "walk_result")}


def steps(desk: album.Album) -> album.Waits:
    """A walk with reduced keys, in the NLA."""
    yield from desk.open_wide_tab()
    yield from desk.run("neural_motion.add_character")
    yield from desk.run("neural_motion.add_path")
    result = bpy.context.scene.neural_motion.character.neural_motion.walk.result
    result.kind, result.density, result.blend_in = "STRIP", "REDUCED", 0.25
    yield from desk.run("neural_motion.generate_walk")
    yield from desk.panel("result_panel")


album.start(steps, "result", _OPEN)
