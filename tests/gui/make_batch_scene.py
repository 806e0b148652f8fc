"""The scene that the manual's batch examples work on."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import bpy

_FOLDER = Path(sys.argv[sys.argv.index("--") + 1])
_SOUNDS = Path(__file__).resolve().parents[2] / "backend" / "demos" / "sounds"


def _add_empty(name: str, place: tuple[float, float, float]) -> None:
    bpy.ops.object.empty_add(location=place)
    bpy.context.object.name = name


for name, path in (("Anna", "Path"), ("Carl", "Other")):
    bpy.context.scene.neural_motion.character = None
    bpy.ops.neural_motion.add_character()
    bpy.ops.neural_motion.add_path()
    character = bpy.context.scene.neural_motion.character
    character.name, character.neural_motion.walk.path.name = name, path
bpy.ops.mesh.primitive_plane_add(size=40.0)
bpy.context.object.name = "Hills"
_add_empty("Ben", (1.5, -30.0, 1.6))  # ahead of the whole walk: it is seen all the time
_add_empty("Lamp", (-4.0, -32.0, 2.5))
shutil.copy(_SOUNDS / "sentence.wav", _FOLDER / "voice.wav")
bpy.ops.wm.save_as_mainfile(filepath=str(_FOLDER / "scene.blend"))
