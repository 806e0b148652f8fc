"""The scene that the manual's batch examples work on."""

from __future__ import annotations

import shutil
import sys
import wave
from pathlib import Path

import bpy
import numpy as np

_FOLDER = Path(sys.argv[sys.argv.index("--") + 1])
_SOUNDS = Path(__file__).resolve().parents[2] / "backend" / "demos" / "sounds"


def _add_empty(name: str, place: tuple[float, float, float]) -> None:
    bpy.ops.object.empty_add(location=place)
    bpy.context.object.name = name


def _write_beats(path: Path, beats_per_minute: float, seconds: float = 8.0) -> None:
    """A drum on every beat, at 16 kHz."""
    rate = 16_000
    since_beat = np.arange(int(rate * seconds)) / rate % (60.0 / beats_per_minute)
    drum = np.exp(-30.0 * since_beat) * np.sin(2.0 * np.pi * 90.0 * since_beat)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((20_000.0 * drum).astype("<i2").tobytes())


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
for sound, name in (("sentence", "voice"), ("dialogue_first", "anna"), ("dialogue_second", "carl")):
    shutil.copy(_SOUNDS / f"{sound}.wav", _FOLDER / f"{name}.wav")
_write_beats(_FOLDER / "song.wav", 172.0)
bpy.ops.wm.save_as_mainfile(filepath=str(_FOLDER / "scene.blend"))
