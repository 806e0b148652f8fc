"""What was written at once, on however many objects and meshes, is known to belong together."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Final

import bpy

from .fingerprint import MARKS

_TOGETHER: Final = f"{MARKS}together"
"""Custom property of an action: what all of one result are known by."""


def remember_together(names: Iterable[str]) -> None:
    """Keep on actions that they are one result.

    Args:
        names: of actions that were written just now.
    """
    known_by = uuid.uuid4().hex
    for name in names:
        bpy.data.actions[name, None][_TOGETHER] = known_by


def together(action: bpy.types.Action) -> str:
    """What an action's result is known by; empty if an earlier version wrote it."""
    return str(action.get(_TOGETHER, ""))
