"""The quadruped, clicked: horse, path, Generate, Esc, undo, then driven by keys."""

from __future__ import annotations

import subprocess

import album
import bpy
import clicks
from mathutils import Euler

_OPEN = {
    f"NEURALMOTION_PT_{name}" for name in ("quadruped", "quadruped_options", "quadruped_drive")
}
_GENERATE, _DRIVE = "neural_motion.generate_quadruped", "neural_motion.drive_quadruped"
_HEADER, _ROW = 13, 24  # pixels of the panel of the last operation
_FAR_M = 1.6


def _quadruped() -> bpy.types.PropertyGroup:
    return bpy.context.scene.neural_motion.character.neural_motion.quadruped


def _keys() -> list[float]:
    armature = bpy.context.scene.neural_motion.character
    return [round(each) for each in armature.animation_data.action.frame_range]


def _hips() -> tuple[float, ...]:
    rig = bpy.context.scene.neural_motion.character
    return tuple(rig.matrix_world @ rig.pose.bones["hips"].head)


def _running() -> bool:
    return bpy.context.window_manager.neural_motion.running


def _apart(a: tuple[float, ...], b: tuple[float, ...]) -> float:
    return sum((one - other) ** 2 for one, other in zip(a, b, strict=True)) ** 0.5


def _row(desk: album.Album, number: int, across: float) -> tuple[int, int]:
    """Place of a row of the open panel of the last operation, counted from its header."""
    region = desk.ui.region(desk.ui.area(), "HUD")
    top = desk.ui.window.height - region.y - region.height
    return region.x + round(across * region.width), top + _HEADER + number * _ROW


def _adjust(desk: album.Album) -> clicks.Waits:
    """The same motion faster, by the panel of the last operation."""
    closed = desk.ui.region(desk.ui.area(), "HUD").height
    desk.ui.click(*_row(desk, 0, 0.3))
    yield lambda: desk.ui.region(desk.ui.area(), "HUD").height > closed
    yield 0.8
    desk.shot("adjust")
    desk.ui.click(*_row(desk, 1, 0.75))
    yield 0.5
    desk.ui.key("ctrl+a")
    desk.ui.type("4")
    yield 0.3
    desk.ui.key("Return")
    yield lambda: abs(_quadruped().speed - 4.0) < 1e-3
    yield from desk.settle()
    desk.shot("faster")
    desk.note(speed_after=round(_quadruped().speed, 3), keys_after=_keys())


def _drive_ahead(desk: album.Album) -> clicks.Waits:
    stood = _hips()
    yield from desk.press(_DRIVE)
    yield _running
    area = desk.ui.area()
    desk.ui.move(area.x + area.width // 3, desk.ui.window.height - area.y - area.height // 2)
    yield 0.3
    subprocess.run(["xdotool", "keydown", "w"], check=True, timeout=60)
    yield lambda: _apart(_hips(), stood) > _FAR_M
    desk.shot("driving")
    subprocess.run(["xdotool", "keyup", "w"], check=True, timeout=60)
    yield 0.7


def _drive(desk: album.Album) -> clicks.Waits:
    """Given up with Esc, then kept with Enter."""
    desk.look((0.0, 0.0, 0.9), 7.0, Euler((1.1, 0.0, 0.5)))
    before = clicks.state()
    yield from _drive_ahead(desk)
    desk.ui.key("Escape")
    yield lambda: not _running()
    yield 0.5
    desk.note(changed_by_drive_cancelled=clicks.differences(before, clicks.state()))
    actions = set(bpy.data.actions.keys())
    yield from _drive_ahead(desk)
    desk.ui.key("Return")
    yield lambda: not _running()
    yield 1.0
    desk.note(
        driven_actions=sorted(set(bpy.data.actions.keys()) - actions),
        driven=_quadruped().last_result,
    )
    yield from desk.shot_at(40, "kept")
    yield from desk.undo()
    desk.note(changed_after_drive_undone=clicks.differences(before, clicks.state()))


def steps(desk: album.Album) -> clicks.Waits:
    """As an animator does it for the first time."""
    yield from desk.open_tab()
    desk.shot("nothing_chosen")
    yield from desk.press("neural_motion.add_animal")
    yield 1.0
    yield from desk.press("neural_motion.add_quadruped_path")
    yield 1.0
    desk.note(rig=_quadruped().id_data.name, path=_quadruped().path.name)
    desk.shot("ready")
    yield from desk.generate_and_cancel(_GENERATE)
    before, actions = clicks.state(), set(bpy.data.actions.keys())
    yield from desk.generate(_GENERATE)
    desk.note(
        new_actions=sorted(set(bpy.data.actions.keys()) - actions),
        shown=_quadruped().last_result,
        speed=round(_quadruped().speed, 3),
        keys=_keys(),
    )
    yield from desk.shot_at(60, "result")
    yield from _adjust(desk)
    yield from desk.undo()
    desk.note(speed_undone=round(_quadruped().speed, 3))
    desk.note(changed_after_undo=clicks.differences(before, clicks.state()))
    yield from _drive(desk)


album.start(steps, "quadruped", _OPEN)
