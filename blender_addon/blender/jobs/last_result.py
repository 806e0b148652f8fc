"""What came of the last job of a character: kept in the file, shown in its panel."""

from __future__ import annotations

from collections.abc import Iterable

import bpy

from ...core.notes import notes_in, warnings_in
from ..ui.common import draw_result, draw_wrapped


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


def keep_result(shown: LastResult, result: str, ran_on: str, told: Iterable[str] = ()) -> None:
    """Keep what came of a job, and the notes and warnings told beside it."""
    told = tuple(told)
    shown.last_result, shown.last_provider = result, ran_on
    shown.last_warnings = "\n".join(warnings_in(told))
    shown.last_notes = "\n".join(notes_in(told))


def draw_last_result(layout: bpy.types.UILayout, shown: LastResult) -> None:
    """Warnings first and in red, then the result, then notes."""
    for warning in shown.last_warnings.splitlines():
        column = layout.column(align=True)
        column.alert = True
        draw_wrapped(column, warning, "ERROR")
    draw_result(layout, shown.last_result, shown.last_provider)
    for note in shown.last_notes.splitlines():
        draw_wrapped(layout.column(align=True), note, "INFO")
