"""Live drive, clicked: W is held, the character walks; Esc takes it back, Enter keeps it."""

from __future__ import annotations

import subprocess

import album
import bpy
import clicks
from mathutils import Euler

_OPEN = {f"NEURALMOTION_PT_{name}" for name in ("character", "walk", "walk_options", "live_drive")}
_DRIVE = "neural_motion.live_drive"
_FAR_M = 1.6


def _bone() -> tuple[float, ...]:
    rig = bpy.context.scene.neural_motion.character
    return tuple(rig.matrix_world @ rig.pose.bones["spine"].head)


def _running() -> bool:
    return bpy.context.window_manager.neural_motion.running


def _view() -> tuple[float, ...]:
    area = next(each for each in bpy.context.window.screen.areas if each.type == "VIEW_3D")
    return tuple(area.spaces.active.region_3d.view_location)


def _apart(a: tuple[float, ...], b: tuple[float, ...]) -> float:
    return sum((one - other) ** 2 for one, other in zip(a, b, strict=True)) ** 0.5


def _drive_ahead(desk: album.Album) -> clicks.Waits:
    stood = _bone()
    yield from desk.press(_DRIVE)
    yield _running
    area = desk.ui.area()
    desk.ui.move(area.x + area.width // 3, desk.ui.window.height - area.y - area.height // 2)
    yield 0.3
    subprocess.run(["xdotool", "keydown", "w"], check=True, timeout=60)
    yield lambda: _apart(_bone(), stood) > _FAR_M
    desk.shot("driving")
    subprocess.run(["xdotool", "keyup", "w"], check=True, timeout=60)
    yield 0.7


def steps(desk: album.Album) -> clicks.Waits:
    """From the panel alone; its sub-panel is open from the start."""
    yield from desk.open_tab()
    yield from desk.press("neural_motion.add_character")
    yield 1.0
    for each in bpy.context.selected_objects:
        each.select_set(False)
    desk.look((0.0, 0.0, 0.7), 5.0, Euler((1.1, 0.0, 0.5)))
    bpy.ops.ed.undo_push(message="Ready")
    yield 0.5
    before, stood, looked = clicks.state(), _bone(), _view()
    yield from _drive_ahead(desk)
    went = _bone()
    desk.note(went_m=_apart(went, stood), followed_m=_apart(_view(), looked))
    desk.ui.key("Escape")
    yield lambda: not _running()
    yield 0.5
    desk.note(off_after_cancel_m=_apart(_view(), looked))
    desk.note(changed_by_cancel=clicks.differences(before, clicks.state()))

    actions = set(bpy.data.actions.keys())
    yield from _drive_ahead(desk)
    desk.ui.key("Return")
    yield lambda: not _running()
    yield 1.0
    desk.note(
        new_actions=sorted(set(bpy.data.actions.keys()) - actions),
        shown=bpy.context.scene.neural_motion.character.neural_motion.walk.last_result,
    )
    yield from desk.shot_at(40, "kept")
    yield from desk.undo()
    desk.note(changed_after_undo=clicks.differences(before, clicks.state()))


album.start(steps, "live", _OPEN)
