"""The scene that the manual's batch examples work on."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import bpy

_FOLDER = Path(sys.argv[sys.argv.index("--") + 1])
_ADDON = sys.modules["bl_ext.user_default.neural_motion"]


def _add_empty(name: str, place: tuple[float, float, float]) -> None:
    bpy.ops.object.empty_add(location=place)
    bpy.context.object.name = name


bpy.ops.neural_motion.add_demo_character()
bpy.ops.neural_motion.add_path()
bpy.context.scene.neural_motion.rig.name = "Anna"
bpy.context.scene.neural_motion.path.name = "Path"
bpy.context.scene.neural_motion.path = None
bpy.ops.neural_motion.add_demo_character()
bpy.ops.neural_motion.add_path()
bpy.context.scene.neural_motion.path.name = "Other"
figures = [each for each in bpy.data.objects if each.type == "ARMATURE"]
next(each for each in figures if each.name != "Anna").name = "Carl"
bpy.ops.mesh.primitive_plane_add(size=40.0)
bpy.context.object.name = "Hills"
_add_empty("Ben", (0.5, -1.5, 1.6))
_add_empty("Lamp", (-0.8, -1.2, 1.9))
shutil.copy(Path(_ADDON.__file__).parent / "sounds" / "sentence.wav", _FOLDER / "voice.wav")
bpy.ops.wm.save_as_mainfile(filepath=str(_FOLDER / "scene.blend"))
