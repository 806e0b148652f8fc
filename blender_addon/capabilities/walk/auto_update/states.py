"""What Auto Update says of each character: read by the panel, kept in no file."""

from __future__ import annotations

import bpy

from ....blender.ui.common import draw_wrapped

_states: dict[int, tuple[str, bool]] = {}


def set_state(armature: bpy.types.Object, text: str, is_waiting: bool) -> None:
    """Say this of a character from now on; panels are drawn again where it is new."""
    state = text, is_waiting
    if _states.get(armature.session_uid) == state:
        return
    _states[armature.session_uid] = state
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "VIEW_3D":
                area.tag_redraw()


def state_of(armature: bpy.types.Object) -> tuple[str, bool]:
    """What is said, and whether it waits for the user."""
    return _states.get(armature.session_uid, ("", False))


def clear_states() -> None:
    """Nobody is followed any more."""
    _states.clear()


def draw_auto_update(layout: bpy.types.UILayout, chosen: bpy.types.PropertyGroup) -> None:
    """The tick, and what goes on."""
    layout.prop(chosen, "auto_update")
    if not chosen.auto_update:
        return
    text, is_waiting = state_of(chosen.id_data)
    if text:
        draw_wrapped(layout.column(align=True), text, "INFO" if is_waiting else "CHECKMARK")
