"""Perform, clicked: character, voice, Perform; Esc in one run, undo in another."""

from __future__ import annotations

from pathlib import Path

import bpy
import clicks

_GENERATE = "neural_motion.generate_perform"
_SEVERAL_DONE = 0.55
"""Of the performance: walk and face are written then."""
_SOUNDS = Path(__file__).resolve().parents[2] / "backend" / "demos" / "sounds"


def _character() -> bpy.types.Object | None:
    return bpy.context.scene.neural_motion.character


def steps(desk: clicks.Desk) -> clicks.Waits:
    """The sentence of the demo, said to the camera; Esc falls into one of the parts."""
    yield from desk.open_tab()
    yield from desk.press("neural_motion.add_character")
    yield 1.0
    bpy.data.objects["Cube"].hide_set(True)
    yield from desk.choose("neural_motion.character", clicks.CHARACTER, _character)
    yield from desk.open_panel("NEURALMOTION_PT_perform")
    yield 0.5
    desk.shot("no_sound")
    chosen = bpy.data.objects[clicks.CHARACTER].neural_motion.perform
    chosen.source = "FILE"
    yield from desk.settle()
    desk.shot("no_file")
    chosen.file, chosen.partner = str(_SOUNDS / "sentence.wav"), bpy.data.objects["Camera"]
    bpy.ops.ed.undo_push(message="Voice")
    yield from desk.settle()
    desk.shot("ready")
    yield from desk.generate_and_cancel(_GENERATE)
    before = clicks.state()
    yield from desk.press(_GENERATE)
    yield lambda: bpy.context.window_manager.neural_motion.progress > _SEVERAL_DONE
    desk.ui.key("Escape")
    yield lambda: not bpy.context.window_manager.neural_motion.running
    yield 0.5
    desk.note(changed_by_late_cancel=clicks.differences(before, clicks.state()))
    yield from desk.generate(_GENERATE)
    shown = bpy.data.objects[clicks.CHARACTER].neural_motion.perform
    desk.note(layers=clicks.layers(), shown=shown.last_result, ran_on=shown.last_provider)
    yield from desk.shot_at(80, "result")
    yield from desk.undo()
    desk.shot("undone")
    desk.note(changed_after_undo=clicks.differences(before, clicks.state()))


clicks.start(steps, "perform")
