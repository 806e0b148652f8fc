"""What gestures were generated from, to tell whether they still fit."""

from __future__ import annotations

from collections.abc import Hashable

import bpy

from ...blender.jobs.stale import animation_beneath, settings_of_group, strip_key
from .markers import markers_key
from .properties import chosen_sound

_LAYERS = ("gaze", "speech", "gesture")


def made_from(scene: bpy.types.Scene, owner: bpy.types.Object) -> Hashable:
    """Changes with whatever the gestures of a character depend on; quick.

    Args:
        scene: that it is in.
        owner: whose settings they are.
    """
    chosen = owner.neural_motion.gesture
    sound, start = chosen_sound(owner)
    return (
        settings_of_group(chosen),
        (sound.source, sound.path, sound.strip, start if sound.source == "FILE" else None),
        strip_key(scene, sound.strip) if sound.source == "STRIP" else None,
        markers_key(scene, owner),
        animation_beneath(owner, _LAYERS),
    )
