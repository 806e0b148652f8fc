"""A crowd, clicked: Esc in the middle, then all of it, then another number of people, then undo."""

from __future__ import annotations

from typing import Any

import bpy
import clicks

_ADD = "neural_motion.add_people"
_MANY, _FEW = 10, 2


def _counts() -> dict[str, int]:
    kinds = ("objects", "meshes", "armatures", "materials")
    return {kind: len(getattr(bpy.data, kind)) for kind in kinds}


def _people() -> int:
    return len(bpy.data.armatures)


def _start(desk: clicks.Desk) -> clicks.Waits:
    yield from desk.press(_ADD)
    yield 1.2
    desk.ui.key("Return")


def _facts() -> dict[str, Any]:
    layer = bpy.context.view_layer
    selected = [each.name for each in layer.objects.selected]
    return {**_counts(), "selected": selected, "active": layer.objects.active.name}


def steps(desk: clicks.Desk) -> clicks.Waits:
    """As an animator does it who thinks better of it twice."""
    yield from desk.open_tab()
    before = _facts()
    yield from _start(desk)
    yield lambda: _people() > 1
    desk.ui.key("Escape")
    yield 1.5
    desk.note(before=before, after_cancel=_facts())

    yield from _start(desk)
    yield lambda: _people() >= _MANY
    yield 1.5
    desk.shot("crowd")
    desk.note(added=_people())
    bpy.context.window_manager.operators[-1].count = _FEW
    area = desk.ui.area()
    region = next(each for each in area.regions if each.type == "WINDOW")
    with bpy.context.temp_override(window=desk.ui.window, area=area, region=region):
        bpy.ops.ed.undo_redo("EXEC_DEFAULT", True)  # what the panel of the last operation does
    yield 2.0
    desk.note(added_again=_people())
    yield from desk.undo()
    desk.note(after_undo=_counts())


clicks.start(steps, "people")
