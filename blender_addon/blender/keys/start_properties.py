"""What the user sets about where a result begins; start.py finds the frame."""

from __future__ import annotations

from enum import Enum

import bpy


class StartKind(Enum):
    """Where a result begins."""

    LAST = "LAST"
    CURRENT = "CURRENT"
    FRAME = "FRAME"


def start_items(what: str) -> tuple[tuple[str, str, str], ...]:
    """Items of an enum property.

    Args:
        what: is generated, as its button names it, such as "Walk".
    """
    thing = what.lower()
    as_last = f"Where the last {thing} begins, if the new one takes its place; else at the playhead"
    return (
        (StartKind.LAST.value, f"As Last {what}", as_last),
        (StartKind.CURRENT.value, "Current Frame", "At the playhead"),
        (StartKind.FRAME.value, "Frame", "On one frame, wherever the playhead is"),
    )


def draw_start(layout: bpy.types.UILayout, chosen: bpy.types.PropertyGroup) -> None:
    """Draw ``start``, and ``start_frame`` where that counts."""
    layout.prop(chosen, "start")
    if chosen.start == StartKind.FRAME.value:
        layout.prop(chosen, "start_frame")
