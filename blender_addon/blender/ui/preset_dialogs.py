"""Questions before a preset of the user's is replaced or deleted."""

from __future__ import annotations

from pathlib import Path

import bpy

from ...core.errors import REPORTED, in_words
from ..presets import has_preset
from .reporting import report


def confirm_replacing(
    operator: bpy.types.Operator,
    context: bpy.types.Context,
    event: bpy.types.Event,
    folder: Path,
    name: str,
) -> set[str]:
    """Save at once under a free name; else ask, and set the operator's ``replace``."""
    try:
        taken = has_preset(folder, name)
    except REPORTED as error:
        report(operator, {"ERROR"}, in_words(error))
        return {"CANCELLED"}
    if not taken:
        return operator.execute(context)
    operator.replace = True
    return context.window_manager.invoke_confirm(
        operator, event, title="Replace Preset", message=f"There is already a preset '{name}'",
        confirm_text="Replace", icon="WARNING",
    )  # fmt: skip


def confirm_deleting(
    operator: bpy.types.Operator, context: bpy.types.Context, event: bpy.types.Event, name: str
) -> set[str]:
    """Ask before the file is gone."""
    return context.window_manager.invoke_confirm(
        operator, event, title="Delete Preset", message=f"Delete the preset '{name}' for good",
        confirm_text="Delete", icon="WARNING",
    )  # fmt: skip
