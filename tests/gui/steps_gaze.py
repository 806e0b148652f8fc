"""The gaze, clicked: character, target, Generate; Esc in one run, undo in another."""

from __future__ import annotations

import bpy
import clicks

_GENERATE = "neural_motion.generate_gaze"


def _rig() -> bpy.types.Object | None:
    return bpy.context.scene.neural_motion.character


def _targets() -> bpy.types.bpy_prop_collection:
    return _rig().neural_motion.gaze.targets


def steps(desk: clicks.Desk) -> clicks.Waits:
    """From the panel alone: the target is chosen in its list, not by selection."""
    yield from desk.open_tab()
    yield from desk.press("neural_motion.add_character")
    yield 1.0
    bpy.data.objects["Cube"].hide_set(True)
    bpy.context.scene.frame_end = 4000  # long enough that there is something to cancel
    bpy.ops.ed.undo_push(message="Frames")
    desk.close_up(f"{clicks.CHARACTER} Head")
    yield from desk.choose("neural_motion.character", clicks.CHARACTER, _rig)
    desk.note(rig=_rig().name)
    yield from desk.open_panel("NEURALMOTION_PT_gaze")
    yield 0.5
    desk.shot("no_target")
    yield from desk.press("neural_motion.add_gaze_target")
    yield 0.6
    desk.shot("empty_target")
    yield from desk.choose(".target", "Camera", lambda: _targets()[0].target)
    desk.note(targets=[each.target.name for each in _targets()])
    desk.shot("ready")
    yield from desk.generate_and_cancel(_GENERATE)

    before = clicks.state()
    yield from desk.generate(_GENERATE)
    shown = bpy.data.objects[clicks.CHARACTER].neural_motion.gaze
    desk.note(layers=clicks.layers(), shown=shown.last_result, ran_on=shown.last_provider)
    yield from desk.shot_at(60, "result")
    yield from desk.undo()
    desk.shot("undone")
    desk.note(changed_after_undo=clicks.differences(before, clicks.state()))


clicks.start(steps, "gaze")
