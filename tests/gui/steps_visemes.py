"""Mouth shapes, edited over the timeline by mouse and keys: drag, retype, insert, remove, undo."""

from __future__ import annotations

import subprocess
from pathlib import Path

import bpy
import clicks

_EDIT = "neural_motion.edit_mouth_shapes"
_SOUND = Path(__file__).resolve().parents[2] / "backend" / "demos" / "sounds" / "natural.wav"


def _speech() -> bpy.types.PropertyGroup:
    return bpy.data.objects[clicks.CHARACTER].neural_motion.speech


def _rows() -> list[tuple[str, float, float, bool]]:
    [heard] = _speech().heard
    return [(row.kind, round(row.first, 2), round(row.last, 2), row.used) for row in heard.phones]


def _timeline(desk: clicks.Desk) -> bpy.types.Area:
    return next(a for a in desk.ui.window.screen.areas if a.type == "DOPESHEET_EDITOR")


def _from_the_front(desk: clicks.Desk) -> None:
    area = desk.ui.area()
    region = next(each for each in area.regions if each.type == "WINDOW")
    with bpy.context.temp_override(window=desk.ui.window, area=area, region=region):
        bpy.ops.view3d.view_axis(type="FRONT")


def _raise_timeline(desk: clicks.Desk) -> clicks.Waits:
    """Drag its upper border, so that there is room for the bands."""
    area = _timeline(desk)
    x, y = area.x + 700, desk.ui.window.height - (area.y + area.height)
    desk.ui.move(x, y)
    yield 0.4
    _mouse("mousedown", "1")
    for step in range(1, 6):
        yield 0.2  # the first move is lost if it comes with the button
        desk.ui.move(x, y - 30 * step)
    yield 0.2
    _mouse("mouseup", "1")
    yield 0.8


def _place_of(desk: clicks.Desk, frame: float) -> tuple[int, int]:
    """Pixels of the window at which the band has this frame."""
    area = _timeline(desk)
    region = next(each for each in area.regions if each.type == "WINDOW")
    left, right = (region.view2d.region_to_view(x, 0)[0] for x in (0, region.width))
    x = region.x + (frame - left) / (right - left) * region.width
    from bl_ext.user_default.neural_motion.capabilities.speech.heard_blocks import band_of

    with bpy.context.temp_override(window=desk.ui.window, area=area, region=region):
        bottom, top = band_of(bpy.context, region)
    return round(x), round(desk.ui.window.height - region.y - 0.5 * (bottom + top))


def _mouse(*arguments: str) -> None:
    subprocess.run(["xdotool", *arguments], check=True, timeout=20)


def _drag(desk: clicks.Desk, first: float, last: float) -> clicks.Waits:
    x, y = _place_of(desk, first)
    end, _ = _place_of(desk, last)
    desk.ui.move(x, y)
    yield 0.3
    _mouse("mousedown", "1")
    yield 0.3
    for part in (0.3, 0.6, 1.0):
        desk.ui.move(round(x + part * (end - x)), y)
        yield 0.25
    _mouse("mouseup", "1")
    yield 0.6


def _zoom(desk: clicks.Desk, first: int, last: int) -> clicks.Waits:
    """Show the frames between these."""
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end = first, last
    area = _timeline(desk)
    region = next(each for each in area.regions if each.type == "WINDOW")
    with bpy.context.temp_override(window=desk.ui.window, area=area, region=region):
        bpy.ops.action.view_all()
    yield 0.8


def _jaw(frame: float) -> float:
    bpy.context.scene.frame_set(round(frame))
    head = bpy.data.objects[f"{clicks.CHARACTER} Head"]
    keys = head.evaluated_get(bpy.context.evaluated_depsgraph_get()).data.shape_keys
    return keys.key_blocks["jawOpen"].value


def steps(desk: clicks.Desk) -> clicks.Waits:
    """With the sentences of the demo."""
    yield from desk.open_tab()
    yield from desk.press("neural_motion.add_character")
    yield 1.0
    bpy.data.objects["Cube"].hide_set(True)
    _from_the_front(desk)
    desk.close_up(f"{clicks.CHARACTER} Head")
    bpy.context.scene.neural_motion.character = bpy.data.objects[clicks.CHARACTER]
    speech = _speech()
    speech.file, speech.add_to_sequencer = str(_SOUND), False
    bpy.ops.neural_motion.generate_speech()
    bpy.ops.ed.undo_push(message="spoken")
    yield from _zoom(desk, 10, 60)
    yield 0.5
    desk.shot("listed")
    before = _rows()
    desk.note(listed=len(before))

    with bpy.context.temp_override(window=desk.ui.window, area=desk.ui.area()):
        bpy.ops.neural_motion.edit_mouth_shapes("INVOKE_DEFAULT")
    yield 0.6
    desk.shot("editing_small")
    yield from _raise_timeline(desk)
    desk.shot("editing")
    kind, first, last, _ = next(row for row in before if row[0] == "BILABIAL" and row[1] > 16)
    at = 0.5 * (first + last)
    jaw = _jaw(at)
    x, y = _place_of(desk, at)
    desk.ui.click(x, y)
    yield 0.5
    desk.ui.key("4")
    yield 0.8
    desk.shot("retyped")
    desk.note(retyped=_rows()[before.index((kind, first, last, True))][0], jaw=jaw, opened=_jaw(at))

    later = next(row for row in before if row[0] == "BILABIAL" and row[1] > 34)
    middle = 0.5 * (later[1] + later[2])
    yield from _drag(desk, middle, middle + 4.0)
    desk.shot("moved")
    desk.note(moved=[row for row in _rows() if row not in before])
    desk.ui.move(*_place_of(desk, 52.0))
    yield 0.3
    desk.ui.key("a")
    yield 0.8
    desk.shot("inserted")
    desk.note(inserted=len(_rows()) - len(before))
    desk.ui.key("x")
    yield 0.8
    desk.note(removed=len(_rows()) - len(before))
    desk.ui.click(*_place_of(desk, 0.5 * (before[8][1] + before[8][2])))
    yield 0.4
    _mouse("click", "3")
    yield 0.6
    _mouse("mousemove_relative", "--", "2", "-2")  # a still window is not drawn
    yield 0.8
    desk.shot("menu")
    desk.ui.key("Escape")  # closes the menu alone
    yield 0.6
    desk.ui.move(*_place_of(desk, 45.0))
    yield 0.3
    desk.ui.key("Return")
    yield 0.8
    kept = _rows()
    desk.note(kept=kept != before)
    desk.shot("kept")
    yield from desk.undo()
    desk.note(undone=_rows() == before, jaw_undone=_jaw(at))
    desk.shot("undone")

    with bpy.context.temp_override(window=desk.ui.window, area=desk.ui.area()):
        bpy.ops.neural_motion.edit_mouth_shapes("INVOKE_DEFAULT")
    yield 0.5
    x, y = _place_of(desk, at)
    desk.ui.click(x, y)
    yield 0.4
    desk.ui.key("0")
    yield 0.8
    desk.note(changed_before_esc=_rows() != before)
    desk.ui.key("Escape")
    yield 0.8
    desk.note(cancelled=_rows() == before, jaw_cancelled=_jaw(at))
    yield from desk.open_panel("NEURALMOTION_PT_speech")
    yield 0.8
    desk.shot("panel")


clicks.start(steps, "visemes")
