"""Speech, clicked: character, sound file, Generate; Esc in one run, undo in another."""

from __future__ import annotations

import tempfile
import wave
from pathlib import Path

import bpy
import clicks

_GENERATE = "neural_motion.generate_speech"
_REPEATS = 40


def _character() -> bpy.types.Object | None:
    return bpy.context.scene.neural_motion.character


def _repeated(sound: Path) -> Path:
    with wave.open(str(sound)) as short:
        layout, samples = short.getparams(), short.readframes(short.getnframes())
    path = Path(tempfile.mkdtemp()) / "long.wav"
    with wave.open(str(path), "wb") as long:
        long.setparams(layout)
        long.writeframes(samples * _REPEATS)
    return path


def steps(desk: clicks.Desk) -> clicks.Waits:
    """With the sentence of the demo."""
    yield from desk.open_tab()
    yield from desk.press("neural_motion.add_character")
    yield 1.0
    bpy.data.objects["Cube"].hide_set(True)
    desk.close_up(f"{clicks.CHARACTER} Head")
    yield from desk.choose("neural_motion.character", clicks.CHARACTER, _character)
    desk.note(character=_character().name)
    yield from desk.open_panel("NEURALMOTION_PT_speech")
    yield 0.5
    desk.shot("no_sound")
    sound = Path(__file__).resolve().parents[2] / "backend" / "demos" / "sounds" / "sentence.wav"
    yield from desk.fill("neural_motion.speech.file", str(sound))
    chosen = bpy.data.objects[clicks.CHARACTER].neural_motion.speech
    desk.note(sound_found=chosen.file == str(sound))
    desk.shot("ready")
    chosen.file = str(_repeated(sound))  # long enough that there is something to cancel
    yield from desk.generate_and_cancel(_GENERATE)
    bpy.data.objects[clicks.CHARACTER].neural_motion.speech.file = str(sound)

    before = clicks.state()
    yield from desk.generate(_GENERATE)
    shown = bpy.data.objects[clicks.CHARACTER].neural_motion.speech
    desk.note(layers=clicks.layers(), shown=shown.last_result, ran_on=shown.last_provider)
    yield from desk.shot_at(31, "result")
    yield from desk.undo()
    desk.shot("undone")
    desk.note(changed_after_undo=clicks.differences(before, clicks.state()))


clicks.start(steps, "speech")
