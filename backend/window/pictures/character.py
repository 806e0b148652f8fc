"""The Character panel: nobody chosen yet, then the mesh of a face that an armature carries."""

from __future__ import annotations

import album
import bpy
import clicks

_OPEN = {"NEURALMOTION_PT_character"}


def steps(desk: album.Album) -> album.Waits:
    """Before and after somebody is chosen."""
    yield from desk.open_wide_tab()
    yield from desk.panel("character_panel")
    yield from desk.run("neural_motion.add_character")
    yield from desk.run("neural_motion.add_path")
    armature, face = (bpy.data.objects[f"{clicks.CHARACTER}{part}"] for part in ("", " Head"))
    armature.name, face.name = "Anna", "Face of Anna"
    bpy.context.scene.neural_motion.character = face
    yield from desk.panel("character_mesh")


album.start(steps, "character", _OPEN)
