"""Gestures, clicked: character, sound file, Generate; Esc, markers, undo."""

from __future__ import annotations

import tempfile
import wave
from pathlib import Path

import bpy
import clicks

_GENERATE = "neural_motion.generate_gesture"
_SOUND = Path(__file__).resolve().parents[2] / "backend" / "demos" / "sounds" / "sentence.wav"
_REPEATS = 40


def _character() -> bpy.types.Object | None:
    return bpy.context.scene.neural_motion.character


def _chosen() -> bpy.types.PropertyGroup:
    return bpy.data.objects[clicks.CHARACTER].neural_motion.gesture


def _markers() -> int:
    return len(bpy.context.scene.timeline_markers)


def _repeated(sound: Path) -> Path:
    with wave.open(str(sound)) as short:
        layout, samples = short.getparams(), short.readframes(short.getnframes())
    path = Path(tempfile.mkdtemp()) / "long.wav"
    with wave.open(str(path), "wb") as long:
        long.setparams(layout)
        long.writeframes(samples * _REPEATS)
    return path


def steps(desk: clicks.Desk) -> clicks.Waits:
    """From the panel alone, with the sentence of the demo."""
    yield from desk.open_tab()
    yield from desk.press("neural_motion.add_character")
    yield 1.0
    bpy.data.objects["Cube"].hide_set(True)
    yield from desk.choose("neural_motion.character", clicks.CHARACTER, _character)
    yield from desk.open_panel("NEURALMOTION_PT_gesture")
    yield 0.5
    desk.shot("no_sound")
    _chosen().source = "FILE"
    yield from desk.settle()
    yield from desk.fill("neural_motion.gesture.file", str(_SOUND))
    desk.note(sound_found=_chosen().file == str(_SOUND))
    desk.shot("ready")
    _chosen().file = str(_repeated(_SOUND))  # long enough that there is something to cancel
    yield from desk.generate_and_cancel(_GENERATE)
    desk.note(markers_after_esc=_markers())
    _chosen().file = str(_SOUND)

    before = clicks.state()
    yield from desk.generate(_GENERATE)
    desk.note(
        layers=clicks.layers(), shown=_chosen().last_result, strokes=len(_chosen().strokes),
        markers=_markers(),
    )  # fmt: skip
    yield from desk.shot_at(31, "result")
    yield from desk.undo()
    desk.shot("undone")
    desk.note(
        changed_after_undo=clicks.differences(before, clicks.state()), markers_undone=_markers()
    )


clicks.start(steps, "gesture")
