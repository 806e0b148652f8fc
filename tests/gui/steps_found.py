"""Everything found: F3, the menus, the right mouse button, "?" in headers, F1 on a field."""

from __future__ import annotations

import webbrowser

import bpy
import clicks

_OPERATOR = "neural_motion.generate_walk"
_RIGHT = 3  # mouse button
_KEY = "F6"  # which Blender leaves free
_TO_FIELD = (90, 38)  # pixels from where the mouse was to the field of the small window
_HEADER_END = (0.78, 0.8, 0.76)  # of the sidebar's width


def steps(desk: clicks.Desk) -> clicks.Waits:
    """As somebody does who knows Blender, and looks where everything else is found."""
    opened: list[str] = []
    webbrowser.open = lambda address, *_rest, **_named: opened.append(address)  # no browser here
    yield from desk.open_tab()
    yield from desk.press("neural_motion.add_character")
    yield 1.0
    yield from desk.press("neural_motion.add_path")
    yield 1.0
    yield from _ask_for_the_manual(desk, opened)
    yield from _assign_a_key(desk)
    yield from _open_menus(desk)
    yield from _search(desk)


def _ask_for_the_manual(desk: clicks.Desk, opened: list[str]) -> clicks.Waits:
    desk.shot("question_marks")
    found = yield from desk.ui.find(op="neural_motion.open_manual", columns=_HEADER_END)
    assert found is not None, 'no "?"'
    yield from desk._click(*found)
    yield 0.5
    found = yield from desk.ui.find(prop=".speed", columns=(0.6, 0.5))
    assert found is not None, "no field for the speed"
    desk.ui.move(*found)
    yield 0.4
    desk.ui.key("F1")
    yield 0.8
    desk.note(opened=opened)


def _assign_a_key(desk: clicks.Desk) -> clicks.Waits:
    """Right click on a button, Assign Shortcut, a key: then that key walks."""
    found = yield from desk.ui.find(op=_OPERATOR, columns=(0.3, 0.83, 0.6))
    assert found is not None, "no button that generates"
    desk.ui.move(*found)
    yield 0.4
    desk.ui.click(*found, button=_RIGHT)
    yield 0.8
    desk.shot("right_click")
    desk.ui.key("Up")  # to the last entry
    yield 0.3
    desk.ui.key("Return")
    yield 1.0
    desk.shot("assign_shortcut")
    desk.ui.click(found[0] + _TO_FIELD[0], found[1] + _TO_FIELD[1])
    yield 0.6
    desk.ui.key(_KEY)
    yield 0.6
    desk.shot("assigned")
    desk.leave()  # closes the small window
    yield 0.6
    user = bpy.context.window_manager.keyconfigs.user.keymaps["3D View"].keymap_items
    line = next(line for line in user if line.idname == _OPERATOR)
    desk.note(assigned=line.type)
    actions = set(bpy.data.actions.keys())
    yield from _in_view(desk)
    desk.ui.key(_KEY)
    yield lambda: set(bpy.data.actions.keys()) - actions
    yield 1.0
    yield from desk.undo()
    desk.note(undone=set(bpy.data.actions.keys()) == actions)


def _in_view(desk: clicks.Desk) -> clicks.Waits:
    area = desk.ui.area()
    desk.ui.move(area.x + area.width // 4, desk.ui.window.height - area.y - area.height // 2)
    yield 0.4


def _open_menus(desk: clicks.Desk) -> clicks.Waits:
    rig = bpy.context.scene.neural_motion.character
    bpy.context.view_layer.objects.active = rig
    rig.select_set(True)
    yield from _in_view(desk)
    desk.ui.key("shift+a")
    yield 1.0
    desk.ui.key("Up")  # to the last entry
    yield 0.4
    desk.ui.key("Right")
    yield 0.6
    desk.shot("add_menu")
    desk.ui.key("Escape", "Escape")
    yield 0.4
    yield from _in_view(desk)
    area = desk.ui.area()
    desk.ui.click(
        area.x + area.width // 4,
        desk.ui.window.height - area.y - area.height * 3 // 4,
        button=_RIGHT,
    )
    yield 1.0
    desk.ui.key("Up")  # to the last entry
    yield 0.4
    desk.ui.key("Right")
    yield 0.6
    desk.shot("object_context_menu")
    desk.ui.key("Escape", "Escape")
    yield 0.4


def _search(desk: clicks.Desk) -> clicks.Waits:
    actions = set(bpy.data.actions.keys())
    yield from _in_view(desk)
    desk.ui.key("F3")
    yield 1.2
    desk.ui.type("Generate Walk")
    yield 1.5
    desk.shot("search")
    desk.ui.key("Return")
    yield lambda: set(bpy.data.actions.keys()) - actions
    yield 1.0
    desk.shot("walks")
    timeline = desk.ui.area("DOPESHEET_EDITOR")
    timeline.ui_type = "DOPESHEET"
    yield 0.8
    bottom = desk.ui.window.height - timeline.y
    desk.ui.move(timeline.x + timeline.width // 2, bottom - timeline.height // 3)
    yield 0.4
    desk.ui.key("F3")
    yield 1.0
    desk.ui.type("Generate Walk")
    yield 1.2
    desk.shot("search_in_dope_sheet")
    desk.ui.key("Escape", "Escape")
    yield 0.4
    desk.note(new_actions=sorted(set(bpy.data.actions.keys()) - actions))


clicks.start(steps, "found")
