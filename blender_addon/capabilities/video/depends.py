"""What motion was taken from, to tell whether it still fits."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import bpy

from ...blender.jobs.stale import animation_beneath, settings_of_group

_OVER = ("gaze", "speech", "gesture")
"""Layers above the motion, which change nothing of it."""


def made_from(scene: bpy.types.Scene, chosen: Any) -> Hashable:
    """Changes with whatever the motion of a character depends on; quick.

    Args:
        scene: that it is in.
        chosen: settings of the character.
    """
    own = {"active_pin", "result"}
    settings = tuple(e for e in settings_of_group(chosen) if e[0] not in own)  # type: ignore[attr-defined]
    return settings, animation_beneath(chosen.id_data, _OVER, with_bones=False)
