"""What the user sets about where a result begins; start.py finds the frame."""

from __future__ import annotations

from enum import Enum
from typing import Any

import bpy

from ..timeline import animation_frame
from .keyframes import MAX_FRAME


class StartKind(Enum):
    """Where a result begins."""

    LAST = "LAST"
    CURRENT = "CURRENT"
    SCENE = "SCENE"
    FRAME = "FRAME"


def _start_items(what: str) -> tuple[tuple[str, str, str], ...]:
    """Items of an enum property.

    Args:
        what: is generated, as its button names it, such as "Walk".
    """
    thing = what.lower()
    as_last = f"Where the last {thing} begins, if the new one takes its place; else at the playhead"
    return (
        (StartKind.LAST.value, f"As Last {what}", as_last),
        (StartKind.CURRENT.value, "Current Frame", "At the playhead"),
        (StartKind.SCENE.value, "Scene Start", "On the scene's first frame"),
        (StartKind.FRAME.value, "Frame", "On one frame, wherever the playhead is"),
    )


def start_property(what: str) -> Any:
    """Where a result begins, of what the button calls so, such as "Walk"."""
    return bpy.props.EnumProperty(
        name="Start",
        description=f"Where the {what.lower()} begins",
        items=_start_items(what),
        default=StartKind.LAST.value,
    )


def start_frame_property(what: str) -> Any:
    """On which frame it begins, where one is chosen."""
    return bpy.props.IntProperty(
        name="Frame",
        description=f"First frame of the {what.lower()}",
        default=1,
        min=-MAX_FRAME,
        max=MAX_FRAME,
    )


def asked_frame(scene: bpy.types.Scene, chosen: bpy.types.PropertyGroup) -> int | None:
    """The frame of animation on which a result is to begin; None where others tell it.

    Args:
        scene: says where it starts.
        chosen: has ``start`` and ``start_frame``.
    """
    if chosen.start == StartKind.SCENE.value:
        return animation_frame(scene, scene.frame_start)
    return chosen.start_frame if chosen.start == StartKind.FRAME.value else None


def draw_start(layout: bpy.types.UILayout, chosen: bpy.types.PropertyGroup) -> None:
    """Draw ``start``, and ``start_frame`` where that counts."""
    layout.prop(chosen, "start")
    if chosen.start == StartKind.FRAME.value:
        layout.prop(chosen, "start_frame")
