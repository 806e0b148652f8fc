"""What a speech was generated from, to tell whether it still fits."""

from __future__ import annotations

from collections.abc import Hashable

import bpy

from ...blender.jobs.stale import animation_beneath, settings_of_group, strip_key

_LAYERS = ("gaze", "speech")


def made_from(scene: bpy.types.Scene, owner: bpy.types.Object) -> Hashable:
    """Changes with whatever the speech of a character depends on; quick.

    Args:
        scene: that it is in.
        owner: whose settings they are.
    """
    chosen = owner.neural_motion.speech
    strip = strip_key(scene, chosen.strip) if chosen.source == "STRIP" else None
    return settings_of_group(chosen), strip, animation_beneath(owner, _LAYERS, with_bones=False)
