"""What a performance was generated from, to tell whether it still fits."""

from __future__ import annotations

from collections.abc import Hashable

import bpy

from ...blender.jobs.stale import strip_key
from .properties import performing


def made_from(scene: bpy.types.Scene, owner: bpy.types.Object) -> Hashable:
    """Changes with the voices, the partner, the role and the seed; quick.

    What belongs to one part alone is told in the panel of that part.

    Args:
        scene: that it is in.
        owner: whose settings they are.
    """
    chosen = performing(owner)
    voices = [
        (each.source, each.file, strip_key(scene, each.strip) if each.source == "STRIP" else None)
        for each in (chosen, chosen.partner_sound)
    ]
    partner = "" if chosen.partner is None else chosen.partner.name
    return voices, partner, chosen.role, chosen.seed, chosen.start_frame
