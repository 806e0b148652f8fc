"""The list of what was written on a character: a walk, a look, a line of speech."""

from __future__ import annotations

from pathlib import Path

import album
import bpy

_OPEN = {"NEURALMOTION_PT_layers"}
_SOUND = Path(__file__).resolve().parents[2] / "demos" / "sounds" / "sentence.wav"


def steps(desk: album.Album) -> album.Waits:
    """Of three results one shows in part and one is solo."""
    yield from desk.open_wide_tab()
    yield from desk.run("neural_motion.add_character")
    yield from desk.run("neural_motion.add_path")
    character = bpy.context.scene.neural_motion.character.neural_motion
    character.walk.result.kind = "STRIP"
    yield from desk.run("neural_motion.generate_walk")
    bpy.context.scene.frame_end = 120  # the look lies over a part of the walk
    character.gaze.targets.add().target = bpy.data.objects["Walk Path"]
    yield from desk.run("neural_motion.generate_gaze")
    character.speech.file = str(_SOUND)
    yield from desk.run("neural_motion.generate_speech")
    bpy.data.actions[f"{character.id_data.name} Gaze"].neural_motion_row.influence = 0.6
    yield from desk.panel("layers_panel")


album.start(steps, "layers", _OPEN)
