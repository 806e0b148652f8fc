"""What the panels share: the tab, the button with its reason, fields, texts that wrap."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import blf
import bpy

from ...core.wording import wrap
from ..translation import translated
from .help import draw_help

_USUAL_WIDTH: Final = 290  # pixels of a sidebar, for what is drawn outside of a window
_BESIDE: Final = 86  # pixels of it that no text gets: tabs, margins, an icon
_NARROWEST: Final = 100
_LETTER: Final = 5.6  # pixels, where Blender has no font to measure with
_LABELS: Final = 0.4  # of the width: where Blender parts labels from fields
_UI_FONT: Final = 0


class InTab:
    """Mix-in that puts a panel into the add-on's tab of the 3D view's sidebar."""

    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Neural Motion"

    def draw_header_preset(self, _context: bpy.types.Context) -> None:
        """The "?" at the right of the header."""
        draw_help(self.layout, type(self))


def draw_generate(
    layout: bpy.types.UILayout,
    context: bpy.types.Context,
    operator: str,
    reason: str | None,
    *,
    text: str | None = None,
    icon: str = "PLAY",
) -> None:
    """The button; progress while anything is generated; under it why it is greyed out.

    Args:
        layout: where.
        context: whose job may run.
        operator: of the button.
        reason: why it is greyed out; None if it is not.
        text: on the button, instead of the operator's label.
        icon: beside it.
    """
    state = context.window_manager.neural_motion
    if state.running and not state.driving:
        layout.progress(
            factor=state.progress, text=translated(f"{state.progress:.0%}   (Esc cancels)")
        )
        return
    row = layout.row()
    row.scale_y = 1.4
    row.operator(operator, text=text, icon=icon)
    if reason is not None:
        draw_wrapped(layout, reason, "INFO")


def draw_keyable(
    layout: bpy.types.UILayout, data: bpy.types.bpy_struct, name: str, *, text: str | None = None
) -> None:
    """A field that can be keyed: as wide as those that cannot, its dot between label and field."""
    parts = layout.split(factor=_LABELS, align=True)
    parts.use_property_split = False
    label = parts.row(align=True)
    label.alignment = "RIGHT"
    label.label(text=data.bl_rna.properties[name].name if text is None else text)
    label.prop_decorator(data, name)
    parts.prop(data, name, text="")


def draw_hint(layout: bpy.types.UILayout, rows: Collection[object], text: str) -> None:
    """What to do about a list that is empty, below it."""
    if not rows:
        draw_wrapped(layout, text, "INFO")


def draw_wrapped(layout: bpy.types.UILayout, text: str, icon: str, *, beside: int = 0) -> None:
    """A text over as many lines as it needs; labels do not wrap by themselves.

    Args:
        layout: where.
        text: parted where it has plain spaces.
        icon: before its first line.
        beside: pixels to leave free at its right.
    """
    column = layout.column(align=True)  # its lines lie close together
    room = room_for_text() - beside
    for n, line in enumerate(wrap(translated(text), room, text_width)):
        column.label(text=line, icon="BLANK1" if n else icon, translate=False)


def room_for_text() -> float:
    """How wide a line beside an icon may be in the region that is drawn, in pixels at scale 1."""
    region, scale = bpy.context.region, bpy.context.preferences.system.ui_scale
    width = region.width / scale if region is not None else _USUAL_WIDTH
    return max(width - _BESIDE, _NARROWEST)


def text_width(text: str) -> float:
    """Width of a text in Blender's own font, in pixels at scale 1."""
    blf.size(_UI_FONT, bpy.context.preferences.ui_styles[0].widget.points)
    return blf.dimensions(_UI_FONT, text)[0] or _LETTER * len(text)
