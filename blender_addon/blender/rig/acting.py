"""Constraints and drivers that act: found by what they are, named as the user knows them."""

from __future__ import annotations

from typing import Any

import bpy

from ..drivers import acting_drivers
from ..keys.beneath import playing_on
from ..keys.layer_values import capability_of


def acting_constraints(owner: bpy.types.Object | bpy.types.PoseBone) -> list[bpy.types.Constraint]:
    """Those that are not muted, not without influence and not without a target."""
    return [each for each in owner.constraints if acts(each)]


def acts(constraint: bpy.types.Constraint) -> bool:
    """Whether a constraint has an effect as it stands; one whose influence is animated may."""
    if constraint.mute or not constraint.is_valid:
        return False
    return constraint.influence > 0 or _influence_is_animated(constraint)


def _influence_is_animated(constraint: bpy.types.Constraint) -> bool:
    path = f"{constraint.path_from_id()}.influence"
    owner = constraint.id_data
    keyed = any(path == each for playing in playing_on(owner) for each, _ in playing.channels)
    return keyed or any(path == driver.data_path for driver in acting_drivers(owner))


def label_of_constraint(constraint: bpy.types.Constraint) -> str:
    """Name, kind and owner of a constraint."""
    kinds: Any = constraint.bl_rna.properties["type"]
    kind = kinds.enum_items[constraint.type].name
    named = f"the constraint '{constraint.name}'"
    if kind != constraint.name:
        named += f" ({kind})"
    bone = _bone_of(constraint)
    return f"{named} of the bone '{bone}'" if bone else f"{named} of '{constraint.id_data.name}'"


def _bone_of(constraint: bpy.types.Constraint) -> str:
    owner_path = constraint.path_from_id().rpartition(".constraints[")[0]
    owner = constraint.id_data.path_resolve(owner_path) if owner_path else None
    return owner.name if isinstance(owner, bpy.types.PoseBone) else ""


def label_of_driver(data_path: str) -> str:
    """A driver by what it moves."""
    return f"the driver on {data_path}"


def partly_blended(obj: bpy.types.Object) -> str:
    """What to say where an active action is not shown as it is; empty where it is.

    Combine is as it should be where layers of ours lie beneath. Without a track that plays
    anything, Blender shows the action whole whatever is set.
    """
    data = obj.animation_data
    tracks = data.nla_tracks if data is not None and data.use_nla else ()
    playing = [track for track in tracks if not track.mute and len(track.strips)]
    if not playing:
        return ""
    layered = any(map(capability_of, playing))
    whole = data.action_blend_type == "REPLACE" or (layered and data.action_blend_type == "COMBINE")
    if whole and data.action_influence >= 1:
        return ""
    return (
        f"the active action of '{obj.name}', blended in with "
        f"{data.action_blend_type.title()} and an Influence of {data.action_influence:.2g}"
    )
