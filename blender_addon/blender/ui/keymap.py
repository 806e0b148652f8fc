"""Shortcuts for our operators: none is taken from the start, every one can be given.

Blender offers *Assign Shortcut* only for operators whose names begin as those of its own editors
do, and for those that have a line in a keymap. Ours have one each, without a key, and an entry of
their own in the menu of the right mouse button.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import bpy
import rna_keymap_ui

from .reporting import report

_NAME: Final = "3D View"
_SPACE: Final = "VIEW_3D"
_NO_KEY: Final = "NONE"

_items: list[tuple[bpy.types.KeyMap, bpy.types.KeyMapItem]] = []


class NEURALMOTION_OT_assign_shortcut(bpy.types.Operator):
    """Give this operator a key in the 3D view"""

    bl_idname = "neural_motion.assign_shortcut"
    bl_label = "Assign Shortcut"
    bl_options = {"INTERNAL"}

    operator: bpy.props.StringProperty(
        name="Operator",
        description="Name of the operator",
        options={"HIDDEN", "SKIP_SAVE"},
    )

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        if find_item(context, self.operator) is None:
            report(self, {"ERROR"}, f"{self.operator} has no line in the keymap '{_NAME}'")
            return {"CANCELLED"}
        return context.window_manager.invoke_popup(self, width=260)

    def draw(self, context: bpy.types.Context) -> None:
        item = find_item(context, self.operator)
        if item is not None:
            self.layout.label(text=item.name)
            self.layout.prop(item, "type", text="", full_event=True)
            self.layout.label(text="Click the field, then press the key", icon="INFO")

    def execute(self, _context: bpy.types.Context) -> set[str]:
        return {"FINISHED"}


def find_item(context: bpy.types.Context, operator: str) -> bpy.types.KeyMapItem | None:
    """The line of an operator of ours in the user's keymap; None if it has none."""
    keymap = _users_keymap(context)
    lines = keymap.keymap_items if keymap is not None else ()
    return next((line for line in lines if line.idname == operator), None)


def draw_keymap(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """Our lines of the user's keymap, as Blender's own preferences show them, folded at first."""
    keymap = _users_keymap(context)
    header, layout = layout.panel("neural_motion_shortcuts", default_closed=True)
    header.label(text="Shortcuts in the 3D View")
    if layout is None or keymap is None:
        return
    layout.context_pointer_set("keymap", keymap)
    user = context.window_manager.keyconfigs.user
    lines = {line.idname: line for line in keymap.keymap_items}
    for _, item in _items:
        if item.idname in lines:
            line = lines[item.idname]
            rna_keymap_ui.draw_kmi([], user, keymap, line, layout.column(), 0)


def _users_keymap(context: bpy.types.Context) -> bpy.types.KeyMap | None:
    user = context.window_manager.keyconfigs.user
    return user.keymaps.get(_NAME) if user is not None else None


def _draw_in_context_menu(menu: bpy.types.Menu, context: bpy.types.Context) -> None:
    """Where a button of ours without a key was clicked with the right mouse button."""
    clicked = getattr(context, "button_operator", None)
    if clicked is None:
        return
    name = clicked.bl_rna.identifier.replace("_OT_", ".").lower()
    line = find_item(context, name) if name in {item.idname for _, item in _items} else None
    if line is not None and line.type == _NO_KEY:
        menu.layout.separator()
        menu.layout.operator("neural_motion.assign_shortcut", icon="HAND").operator = name


def register(operators: Sequence[str]) -> None:
    """Give each of these operators a line without a key.

    Args:
        operators: their names, as in ``neural_motion.generate_walk``.
    """
    bpy.utils.register_class(NEURALMOTION_OT_assign_shortcut)
    bpy.types.UI_MT_button_context_menu.append(_draw_in_context_menu)
    keyconfig = bpy.context.window_manager.keyconfigs.addon
    if keyconfig is None:
        return  # without a window
    keymap = keyconfig.keymaps.new(name=_NAME, space_type=_SPACE)
    _items.extend((keymap, keymap.keymap_items.new(name, _NO_KEY, "PRESS")) for name in operators)


def unregister() -> None:
    """Take the lines out again."""
    for keymap, item in _items:
        keymap.keymap_items.remove(item)
    _items.clear()
    bpy.types.UI_MT_button_context_menu.remove(_draw_in_context_menu)
    bpy.utils.unregister_class(NEURALMOTION_OT_assign_shortcut)
