"""Whether objects can be added to the scene."""

from __future__ import annotations

import bpy


def reason_not_to_add(context: bpy.types.Context) -> str | None:
    """Why nothing can be added to the scene now, in the user's words; None if it can."""
    if context.mode != "OBJECT":
        return "Switch to Object Mode first"
    if not context.collection.is_editable:
        return (
            f"The active collection '{context.collection.name}' is linked from another file. "
            "Click one of this file's own in the Outliner"
        )
    return None
