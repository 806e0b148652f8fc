"""What a simulated motion was made from, to tell whether it still fits."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import bpy

from ...blender.jobs.stale import animation_beneath, settings_of_group
from ...blender.keys.places import place_key
from .choice import things_in
from .last import CAPABILITY

_OVER = ("gaze", "speech", "gesture", CAPABILITY)
"""Layers and strips above the motion, which change nothing of it."""


def made_from(scene: bpy.types.Scene, chosen: Any) -> Hashable:
    """Changes with whatever the motion of a character depends on; quick.

    Args:
        scene: that it is in.
        chosen: settings of the character.
    """
    own = {"active_push", "result", "obstacles"}
    settings = tuple(e for e in settings_of_group(chosen) if e[0] not in own)  # type: ignore[attr-defined]
    around = tuple(place_key(each) for each in things_in(chosen.obstacles))
    return settings, around, animation_beneath(chosen.id_data, _OVER)
