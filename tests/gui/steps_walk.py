"""The walk, clicked: character, path, Generate; Esc in one run, undo in another."""

from __future__ import annotations

import bpy
import clicks

_GENERATE = "neural_motion.generate_walk"


def _walk() -> bpy.types.PropertyGroup:
    return bpy.context.scene.neural_motion.character.neural_motion.walk


def steps(desk: clicks.Desk) -> clicks.Waits:
    """As an animator does it for the first time."""
    yield from desk.open_tab()
    desk.shot("nothing_chosen")
    yield from desk.press("neural_motion.add_character")
    yield 1.0
    desk.shot("character_added")
    yield from desk.press("neural_motion.add_path")
    yield 1.0
    chosen = _walk()
    desk.note(rig=chosen.id_data.name, path=chosen.path.name)
    chosen.path.scale = (12.0, 12.0, 1.0)  # long enough that there is something to cancel
    bpy.data.objects["Cube"].hide_set(True)
    bpy.ops.ed.undo_push(message="Scale")
    yield 0.3
    yield from desk.generate_and_cancel(_GENERATE)

    before, actions = clicks.state(), set(bpy.data.actions.keys())
    yield from desk.generate(_GENERATE)
    desk.note(
        new_actions=sorted(set(bpy.data.actions.keys()) - actions),
        shown=_walk().last_result,
        ran_on=_walk().last_provider,
    )
    yield from desk.shot_at(60, "result")
    first = clicks.state()
    yield from desk.generate(_GENERATE)  # an untouched walk makes room for it
    desk.note(actions_after_second=sorted(set(bpy.data.actions.keys()) - actions))
    yield from desk.undo()
    desk.note(changed_after_second_undo=clicks.differences(first, clicks.state()))
    yield from desk.undo()
    desk.shot("undone")
    desk.note(changed_after_undo=clicks.differences(before, clicks.state()))


clicks.start(steps, "walk")
