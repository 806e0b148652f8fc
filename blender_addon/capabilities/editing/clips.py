"""Names of motions to choose from: strips of the character's NLA, and actions of the file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import bpy

from ...blender.keys.layer_values import capability_of


def search_clips(group: Any, _context: bpy.types.Context, text: str) -> list[str]:
    """Those whose name holds what is typed; used while somebody types."""
    names = dict.fromkeys((*strip_names(group.id_data), *bpy.data.actions.keys()))
    return [name for name in names if text.lower() in name.lower()]


def strip_names(armature: bpy.types.Object) -> Iterator[str]:
    """Strips of a character's own motions, layers left out."""
    data = armature.animation_data
    for track in data.nla_tracks if data is not None else ():
        if not capability_of(track):
            yield from (strip.name for strip in track.strips if strip.action is not None)


def is_known(armature: bpy.types.Object, name: str) -> bool:
    """Whether there is a strip or an action of this name."""
    return name in bpy.data.actions or name in set(strip_names(armature))
