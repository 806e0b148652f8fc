"""Auto Update, in the window: a point of the path is dragged in Edit Mode, and the walk follows."""

from __future__ import annotations

import sys
from typing import Any

import bpy
import clicks
from bpy_extras.view3d_utils import location_3d_to_region_2d
from mathutils import Vector

_GENERATE = "neural_motion.generate_walk"


def _rig() -> bpy.types.Object:
    return bpy.context.scene.neural_motion.character


def _take() -> Any:
    data = _rig().animation_data
    return data and data.action and data.action.session_uid


def _keys() -> Any:
    return clicks.state()[f"action {_rig().animation_data.action.name}"]


def _on_screen(desk: clicks.Desk, place: Vector) -> tuple[int, int]:
    area = desk.ui.area()
    region = next(each for each in area.regions if each.type == "WINDOW")
    view = area.spaces.active.region_3d
    at = location_3d_to_region_2d(region, view, place)
    return int(region.x + at.x), int(desk.ui.window.height - (region.y + at.y))


def _point(number: int = 1) -> Any:
    path = _rig().neural_motion.walk.path
    return path.matrix_world @ path.data.splines[0].bezier_points[number].co


def _drag(desk: clicks.Desk, right: int, down: int) -> clicks.Waits:
    """Move what is selected with G and the mouse, and let go with a click."""
    x, y = _on_screen(desk, _point())
    desk.ui.move(x, y)
    yield 0.3
    desk.ui.key("g")
    yield 0.3
    for part in (0.3, 0.6, 1.0):
        desk.ui.move(int(x + part * right), int(y + part * down))
        yield 0.15
    desk.ui.click(x + right, y + down)


def _state() -> str:
    ending = "neural_motion.capabilities.walk.auto_update.states"
    states = next(module for name, module in sys.modules.items() if name.endswith(ending))
    return str(states.state_of(_rig())[0])


def _settled() -> clicks.Waits:
    """Wait until nothing is due any more."""
    yield 0.6
    yield lambda: not _state().startswith(("Updating", "Waits until"))
    yield 0.2


def steps(desk: clicks.Desk) -> clicks.Waits:
    """As an animator does who bends a path."""
    yield from desk.open_tab()
    yield from desk.press("neural_motion.add_character")
    yield 1.0
    yield from desk.press("neural_motion.add_path")
    yield 1.0
    bpy.data.objects["Cube"].hide_set(True)
    bpy.ops.ed.undo_push(message="Hide")
    yield from desk.generate(_GENERATE)
    desk.close_up(_rig().neural_motion.walk.path.name)
    yield 0.5
    _rig().neural_motion.walk.auto_update = True
    bpy.ops.ed.undo_push(message="Auto Update")
    watch = clicks.Stopwatch(_take)
    yield 1.0
    desk.shot("on")
    desk.note(state_on=_state())

    # Object Mode: the whole path
    path = _rig().neural_motion.walk.path
    path.select_set(True)
    bpy.context.view_layer.objects.active = path
    before = _keys()
    yield from _drag(desk, 60, 20)
    yield from _settled()
    desk.note(object_mode_s=watch.took_s(), object_followed=_keys() != before, state=_state())
    moved = _keys()
    yield from desk.settle()
    desk.shot("object_moved")
    yield from desk.undo()
    yield from _settled()
    desk.note(object_undone=_keys() == before, object_undone_state=_state())
    yield from desk.undo()
    yield from _settled()
    desk.note(object_undone_twice=_keys() == before, object_undone_twice_state=_state())
    for _ in range(2):
        desk.ui.key("ctrl+shift+z")
        yield from _settled()
    desk.note(object_redone=_keys() == moved, object_redone_state=_state())

    # Edit Mode: one point
    desk.ui.key("Tab")
    yield 0.5
    path = _rig().neural_motion.walk.path
    for number, point in enumerate(path.data.splines[0].bezier_points):
        point.select_control_point = number == 1
        point.select_left_handle = point.select_right_handle = number == 1
    desk.note(mode=bpy.context.mode)
    times = []
    for right, down in ((90, 10), (-60, 30), (50, -40)):
        before = _keys()
        yield from _drag(desk, right, down)
        yield from _settled()
        times.append(watch.took_s())
        desk.note(edit_mode_s=times, edit_followed=_keys() != before, edit_state=_state())
    yield from desk.settle()
    desk.shot("edit_moved")
    moved = _keys()
    yield from desk.undo()
    yield from _settled()
    desk.note(edit_undone=_keys() == before, edit_undone_state=_state())
    desk.ui.key("ctrl+shift+z")
    yield from _settled()
    desk.note(edit_redone=_keys() == moved, edit_redone_state=_state())
    desk.ui.key("Tab")
    yield 0.8
    desk.note(left_state=_state(), mode_after=bpy.context.mode)
    for _ in range(5):
        yield from desk.undo()
        yield from _settled()
    desk.note(all_undone_state=_state(), all_undone_mode=bpy.context.mode)
    for _ in range(5):
        desk.ui.key("ctrl+shift+z")
        yield from _settled()
    desk.note(all_redone_state=_state(), all_redone=_keys() == moved)

    # By hand
    action = _rig().animation_data.action
    action.fcurves[3].keyframe_points[5].co.y += 0.1
    bpy.ops.ed.undo_push(message="By hand")
    held, name = _keys(), action.name
    path = _rig().neural_motion.walk.path
    path.location.x += 0.5
    bpy.ops.ed.undo_push(message="Move")
    yield from _settled()
    desk.note(by_hand_kept=_keys() == held and action.name == name, by_hand_state=_state())
    yield from desk.settle()
    desk.shot("by_hand")


clicks.start(steps, "auto")
