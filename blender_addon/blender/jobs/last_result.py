"""What came of the last job of a character: kept in the file, shown in its panel.

A result is one text. What stands before its first semicolon is the line that is always shown; the
rest are details, and so are what computed it and the notes.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import bpy

from ...core.inference.choice import DEFAULT_PROVIDERS
from ...core.notes import notes_in, warnings_in
from ..models.preferred import preferred_models
from ..ui.common import draw_wrapped

_TOGGLE: Final = 20  # pixels: of the arrow that shows details


class LastResult:
    """Mix-in of a capability's settings: its last result, and what was told beside it."""

    last_result: bpy.props.StringProperty(
        name="Last Result", description="Measures of what was generated last"
    )
    last_provider: bpy.props.StringProperty(
        name="Execution Provider",
        description="What computed the last result, and why not something faster",
    )
    last_warnings: bpy.props.StringProperty(
        name="Warnings", description="Why the last result is not what was asked for"
    )
    last_notes: bpy.props.StringProperty(
        name="Notes", description="What is good to know about the last result"
    )
    made_from: bpy.props.StringProperty(
        name="Made From",
        description="Tells whether anything changed since the last result",
        options={"HIDDEN"},
    )


def keep_result(shown: LastResult, result: str, ran_on: str, told: Iterable[str] = ()) -> None:
    """Keep what came of a job, and the notes and warnings told beside it.

    Args:
        shown: settings of the character.
        result: the line that is always shown, and after a semicolon each detail.
        ran_on: what computed it, and after a semicolon each why not something faster.
        told: notes and warnings.
    """
    told = tuple(told)
    shown.last_result, shown.last_provider = result, ran_on
    shown.last_warnings = "\n".join(warnings_in(told))
    shown.last_notes = "\n".join(notes_in(told))


def draw_last_result(layout: bpy.types.UILayout, shown: LastResult, capability: str) -> None:
    """Warnings first and in red, then the result in one line, then details if they are opened.

    Args:
        layout: where.
        shown: settings of the character; nothing is drawn before a first result.
        capability: by whose name it is remembered whether details are shown.
    """
    if not shown.last_result:
        return
    warnings = shown.last_warnings.splitlines()
    for warning in warnings:
        column = layout.column(align=True)
        column.alert = True
        draw_wrapped(column, warning, "ERROR")
    brief, *details = shown.last_result.split("; ")
    ran_on, *fallbacks = shown.last_provider.split("; ")
    opened = bpy.context.window_manager.neural_motion.details  # type: ignore[attr-defined]
    column = layout.column(align=True)
    row = column.row(align=True)
    draw_wrapped(row, brief, "ACTION" if warnings else "CHECKMARK", beside=_TOGGLE)
    is_open = getattr(opened, capability)
    icon = "DISCLOSURE_TRI_DOWN" if is_open else "DISCLOSURE_TRI_RIGHT"
    row.prop(opened, capability, text="", icon=icon, emboss=False)
    if is_open or _providers_were_chosen():
        _draw_texts(column, fallbacks, "INFO")
    if is_open:
        _draw_texts(column, [*details, ran_on], "BLANK1")
        _draw_texts(column, shown.last_notes.splitlines(), "INFO")


def _providers_were_chosen() -> bool:
    """Whether somebody asked for other providers than the usual ones: a fallback is news then."""
    return preferred_models(bpy.context).providers != DEFAULT_PROVIDERS


def _draw_texts(column: bpy.types.UILayout, texts: Iterable[str], icon: str) -> None:
    for text in filter(None, texts):
        draw_wrapped(column, text[0].upper() + text[1:], icon)
