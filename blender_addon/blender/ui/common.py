"""What the panels share: the tab, the button with its reason, the last result."""

from __future__ import annotations

import bpy

from ...core.wording import wrap
from ..translation import translated
from .help import draw_help

_LETTERS_PER_PIXEL = 0.125  # of Blender's own font, margins and icon reckoned in
_FEWEST_LETTERS = 24
_USUAL_WIDTH = 256  # pixels of a sidebar, for what is drawn outside of a window


class InTab:
    """Mix-in that puts a panel into the add-on's tab of the 3D view's sidebar."""

    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Neural Motion"

    def draw_header_preset(self, _context: bpy.types.Context) -> None:
        """The "?" at the right of the header."""
        draw_help(self.layout, type(self))


def draw_generate(
    layout: bpy.types.UILayout, context: bpy.types.Context, operator: str, reason: str | None
) -> None:
    """The button; progress while anything is generated; under it why it is greyed out."""
    state = context.window_manager.neural_motion
    if state.running and not state.driving:
        layout.progress(factor=state.progress, text=f"{state.progress:.0%}   (Esc cancels)")
        return
    row = layout.row()
    row.scale_y = 1.5
    row.operator(operator, icon="PLAY")
    if reason is not None:
        draw_wrapped(layout, reason, "INFO")


def draw_result(layout: bpy.types.UILayout, result: str, ran_on: str) -> None:
    """What was generated last, and what computed it."""
    column = layout.column(align=True)
    draw_wrapped(column, result, "ACTION")
    for sentence in ran_on.split("; "):
        draw_wrapped(column, sentence, "BLANK1")


def row_without_dot(layout: bpy.types.UILayout) -> bpy.types.UILayout:
    """Room for a field beside others that can be keyed, as wide as these without their dots."""
    row = layout.row(align=True)
    field = row.column()
    row.label(text="", icon="BLANK1")
    return field


def draw_wrapped(layout: bpy.types.UILayout, text: str, icon: str) -> None:
    """A text over as many lines as it needs; labels do not wrap by themselves."""
    column = layout.column(align=True)  # its lines lie close together
    for n, line in enumerate(wrap(translated(text), _letters_in_line())):
        column.label(text=line, icon="BLANK1" if n else icon, translate=False)


def _letters_in_line() -> int:
    """How many letters fit beside an icon in the region that is drawn."""
    region, scale = bpy.context.region, bpy.context.preferences.system.ui_scale
    width = region.width / scale if region is not None else _USUAL_WIDTH
    return max(int(_LETTERS_PER_PIXEL * width), _FEWEST_LETTERS)
