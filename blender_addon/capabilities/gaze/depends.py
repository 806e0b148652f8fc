"""What a gaze was generated from, to tell whether it still fits."""

from __future__ import annotations

from collections.abc import Hashable

import bpy

from ...blender.jobs.stale import animation_beneath, settings_of_group, strip_key

_LAYERS = ("gaze", "speech")


def made_from(scene: bpy.types.Scene, owner: bpy.types.Object) -> Hashable:
    """Changes with whatever the gaze of a character depends on; quick.

    Args:
        scene: that it is in.
        owner: whose settings they are.
    """
    chosen, when = owner.neural_motion.gaze, scene.neural_motion.gaze
    return (
        settings_of_group(chosen),
        settings_of_group(when),
        (scene.frame_start, scene.frame_end) if when.range == "SCENE" else None,
        [
            strip_key(scene, each.strip) if each.source == "STRIP" else None
            for each in (chosen.sound, chosen.partner_sound)
        ],
        animation_beneath(owner, _LAYERS),
    )
