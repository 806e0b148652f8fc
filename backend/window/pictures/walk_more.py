"""Several characters, driving, and what a walk is written to."""

from __future__ import annotations

import album
import bpy

_OPEN = {f"NEURALMOTION_PT_{name}" for name in ("walk", "crowd", "live_drive", "walk_result")}
_NAMES = ("Anna", "Ben", "Carl")


def steps(desk: album.Album) -> album.Waits:
    """Three characters in the list; keys are reduced."""
    yield from desk.open_wide_tab()
    chosen = bpy.context.scene.neural_motion
    for number, name in enumerate(_NAMES):
        before = set(bpy.data.objects)
        yield from desk.run("neural_motion.add_demo_character")
        figure = next(o for o in set(bpy.data.objects) - before if o.type == "ARMATURE")
        figure.name, figure.location.x = name, 1.5 * number
        member = chosen.crowd.add()
        member.rig, member.seed, member.delay = figure, number, 0.4 * number
    chosen.active_member = 1
    yield from desk.run("neural_motion.add_path")
    chosen.result.density = "REDUCED"
    yield from desk.panel("walk_more")


album.start(steps, "walk_more", _OPEN)
