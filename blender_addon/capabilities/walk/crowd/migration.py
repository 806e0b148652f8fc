"""Files in which a speed of 0 meant "as in Walk" open with Own Speed ticked for the others only."""

from __future__ import annotations

from typing import Any

import bpy


def has_own_speed(row: Any) -> bool:
    """Whether a character of the list has a speed of its own, in files of any age."""
    if row.is_property_set("own_speed"):
        return bool(row.own_speed)
    return bool(row.is_property_set("speed") and row.speed > 0)


def migrate_speeds() -> None:
    """Tick Own Speed for those who had a speed before there was such a tick."""
    for scene in bpy.data.scenes:
        if not scene.is_editable:
            continue
        for row in scene.neural_motion.walk.crowd:
            if has_own_speed(row) and not row.own_speed:
                row.own_speed = True
            if row.is_property_set("speed") and row.speed <= 0:
                row.property_unset("speed")


@bpy.app.handlers.persistent  # type: ignore[untyped-decorator]
def _after_load(_path: str, *_more: object) -> None:
    migrate_speeds()


def register() -> None:
    """Look at each file that is loaded."""
    bpy.app.handlers.load_post.append(_after_load)


def unregister() -> None:
    """Look no more."""
    bpy.app.handlers.load_post.remove(_after_load)
