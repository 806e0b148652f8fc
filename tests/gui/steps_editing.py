"""Motion editing, clicked: a gap is filled; Esc, undo; a map is made, shown and clicked."""

from __future__ import annotations

import sys

import bpy
import clicks

_GENERATE = "neural_motion.fill_motion"
_MANY = 24  # variants: long enough that there is something to cancel
_ADDON = "bl_ext.user_default.neural_motion"


def _character() -> bpy.types.Object | None:
    return bpy.context.scene.neural_motion.character


def _chosen() -> bpy.types.PropertyGroup:
    return bpy.data.objects[clicks.CHARACTER].neural_motion.editing


def steps(desk: clicks.Desk) -> clicks.Waits:
    """From the panel alone, on the walk of the demo character."""
    yield from desk.open_tab()
    yield from desk.press("neural_motion.add_character")
    yield 1.0
    bpy.data.objects["Cube"].hide_set(True)
    yield from desk.choose("neural_motion.character", clicks.CHARACTER, _character)
    yield from desk.press("neural_motion.add_path")
    yield 1.0
    yield from desk.generate("neural_motion.generate_walk")
    yield from desk.open_panel("NEURALMOTION_PT_editing")
    yield from desk.settle()
    desk.shot("ready")
    module = sys.modules[f"{_ADDON}.capabilities.editing.choosing"]
    kinds = sys.modules[f"{_ADDON}.capabilities.editing.choice"]
    walk = bpy.data.objects[clicks.CHARACTER].animation_data.action
    for each in walk.fcurves:
        for key in each.keyframe_points:
            key.select_control_point = False
    yield 0.5
    desk.note(reason_without_keys=module.reason_not_to_edit(bpy.context, kinds.Edit.FILL))
    desk.shot("no_keys")
    chosen = _chosen()
    chosen.fill_span, chosen.first_frame, chosen.last_frame = "FRAMES", 40, 70
    chosen.variants = _MANY
    yield from desk.settle()
    yield from desk.generate_and_cancel(_GENERATE)
    _chosen().variants = 1
    bpy.ops.ed.undo_push(message="One")
    before = clicks.state()
    yield from desk.generate(_GENERATE)
    desk.note(layers=clicks.layers(), shown=_chosen().last_result, chosen=_chosen().edit)
    yield from desk.shot_at(31, "result")
    yield from desk.undo()
    desk.note(changed_after_undo=clicks.differences(before, clicks.state()))
    yield from _map(desk)


def _map(desk: clicks.Desk) -> clicks.Waits:
    """The actions of this file, as a picture."""
    area = desk.ui.area()
    region = desk.ui.region(area, "WINDOW")
    scene = bpy.context.scene
    with bpy.context.temp_override(window=desk.ui.window, area=area, region=region):
        bpy.ops.neural_motion.make_motion_map("EXEC_DEFAULT")
        before = clicks.state()
        bpy.ops.neural_motion.show_motion_map("INVOKE_DEFAULT")
    yield 1.0
    desk.shot("map")
    shown = sys.modules[f"{_ADDON}.capabilities.editing.motion_map.shown"].latest_map()
    layout = sys.modules[f"{_ADDON}.capabilities.editing.motion_map.layout"]
    overlay = sys.modules[f"{_ADDON}.capabilities.editing.motion_map.overlay"]
    x, y = layout.pixels_of(shown, overlay.picture_frame(area))[0]
    place = region.x + int(x), desk.ui.window.height - region.y - int(y)
    desk.ui.move(*place)
    yield 0.6
    desk.ui.click(*place)
    yield 0.6
    desk.shot("map_clicked")
    chosen = scene.neural_motion.editing
    desk.note(clicked=chosen.clip, assigned_by_click=clicks.differences(before, clicks.state()))
    desk.ui.key("Escape")
    yield 0.8
    desk.shot("map_closed")
    desk.note(map_closed=not desk.ui.window.modal_operators)


clicks.start(steps, "editing")
