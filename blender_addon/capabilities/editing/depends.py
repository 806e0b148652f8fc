"""What an edit was made from, to tell whether it still fits."""

from __future__ import annotations

from collections.abc import Hashable

import bpy

from ...blender.jobs.stale import animation_beneath, settings_of_group
from ...blender.keys.places import place_key
from .choice import Edit
from .kinds import KINDS
from .ranges import span_of
from .result.last import layer_mark
from .written import CAPABILITY

_LAYERS = ("gaze", "speech", "gesture", CAPABILITY, *map(layer_mark, Edit))


def made_from(scene: bpy.types.Scene, owner: bpy.types.Object, edit: Edit) -> Hashable:
    """Changes with whatever an edit of a character depends on; quick.

    Args:
        scene: that it is in.
        owner: whose settings they are.
        edit: what was done.
    """
    chosen, kind = owner.neural_motion.editing, KINDS[edit]
    frames: Hashable = ()
    if kind.has_range:
        frames = (span_of(chosen, edit), chosen.first_frame, chosen.last_frame, chosen.gap)
    return (
        edit.value,
        settings_of_group(getattr(chosen, kind.name)),
        frames,
        (chosen.seed, chosen.variants) if kind.has_seed else (),
        (chosen.reference, chosen.reference_rig) if edit is Edit.RESTYLE else (),
        (chosen.first, chosen.second) if edit is Edit.CONNECT else (),
        place_key(chosen.path) if edit in (Edit.FILL, Edit.FOLLOW) and chosen.path else None,
        chosen.missing if edit is Edit.CLEAN else "",
        animation_beneath(owner, _LAYERS),
    )
