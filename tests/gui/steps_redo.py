"""Adjust Last Operation, clicked: the panel at the bottom left, opened, and the speed changed."""

from __future__ import annotations

import bpy
import clicks

_GENERATE = "neural_motion.generate_walk"
_HEADER, _ROW = 13, 24  # pixels of the panel of the last operation


def _walk() -> bpy.types.PropertyGroup:
    return bpy.context.scene.neural_motion.character.neural_motion.walk


def _keys() -> list[float]:
    armature = bpy.context.scene.neural_motion.character
    return [round(each) for each in armature.animation_data.action.frame_range]


def _panel(desk: clicks.Desk) -> bpy.types.Region:
    return desk.ui.region(desk.ui.area(), "HUD")


def _row(desk: clicks.Desk, number: int, across: float) -> tuple[int, int]:
    """Place of a row of the open panel, counted from its header, in pixels from the top left."""
    region = _panel(desk)
    top = desk.ui.window.height - region.y - region.height
    return region.x + round(across * region.width), top + _HEADER + number * _ROW


def steps(desk: clicks.Desk) -> clicks.Waits:
    """A walk, then the same one slower, then neither."""
    yield from desk.open_tab()
    yield from desk.press("neural_motion.add_character")
    yield 1.5
    yield from desk.press("neural_motion.add_path")
    yield 1.0
    before = clicks.state()
    yield from desk.generate(_GENERATE)
    desk.note(speed=_walk().speed, keys=_keys())
    desk.shot("generated")
    closed = _panel(desk).height
    desk.ui.click(*_row(desk, 0, 0.3))
    yield lambda: _panel(desk).height > closed
    yield 0.8
    desk.shot("open")
    desk.ui.click(*_row(desk, 1, 0.75))
    yield 0.5
    desk.ui.key("ctrl+a")
    desk.ui.type("0.9")
    yield 0.3
    desk.ui.key("Return")
    yield lambda: abs(_walk().speed - 0.9) < 1e-3
    yield from desk.settle()
    desk.shot("slower")
    desk.note(speed_after=round(_walk().speed, 3), keys_after=_keys())
    yield from desk.undo()
    desk.note(speed_undone=round(_walk().speed, 3))
    desk.note(changed_after_undo=clicks.differences(before, clicks.state()))


clicks.start(steps, "redo")
