"""Layers on shape keys that belong to a walk: where it makes room for another, they go with it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from typing import Final

import bpy

from ...blender.keys.fingerprint import MARKS
from ...blender.keys.giving_way import layers_of, made_over, mute_layers
from ...blender.keys.layer_values import label_of
from ...blender.keys.layers import remove_layer
from ...blender.keys.takes import is_leaving, is_ours_alone
from ...blender.keys.undo import BEFORE, Undo
from ...core.notes import Note
from .writing import CAPABILITY

_EYES: Final = f"{MARKS}eyes"
"""Custom property of a walk's action: what its layers are known by."""
_EYES_OF: Final = f"{MARKS}eyes_of"
"""Custom property of a layer's action: the same."""


def remember_eyes(action: bpy.types.Action, layers: Iterable[str]) -> None:
    """Keep on a walk and on its layers that they belong together.

    Args:
        action: of the walk.
        layers: names of the actions of its layers.
    """
    known_by = uuid.uuid4().hex
    for name in layers:
        action[_EYES] = bpy.data.actions[name, None][_EYES_OF] = known_by


def walks_with_eyes() -> set[str]:
    """What the layers of all walks that there are are known by; none that is about to go."""
    walks = [action for action in bpy.data.actions if _EYES in action]
    return {str(action[_EYES]) for action in walks if not is_leaving(action)}


def let_eyes_go(before: set[str], undo: Undo) -> list[str]:
    """Mute layers whose walk makes room, but none that anybody laid a hand on.

    Args:
        before: what ``walks_with_eyes`` gave before the new walk was written.
        undo: how to take that back; they are removed when all is well.

    Returns:
        Notes on layers that stay because another one was computed against them.
    """
    gone = before - walks_with_eyes()
    notes = []
    for keys, track in list(_layers_of_walks(gone)) if gone else ():
        if over := made_over(keys, track):
            notes.append(
                Note(
                    f"'{track.name}' of the walk before still plays on '{label_of(keys)}', for "
                    f"'{over.name}' was made over it. Delete both to be rid of it"
                )
            )
        else:
            action = track.strips[0].action
            for named in (action, track):
                undo.callback(setattr, named, "name", named.name)
                named.name = f"{named.name}{BEFORE}"
            mute_layers(keys, [track], undo)
            undo.afterwards(remove_layer, keys, track)
    return notes


def _layers_of_walks(known_by: set[str]) -> Iterator[tuple[bpy.types.Key, bpy.types.NlaTrack]]:
    """Untouched layers of these walks."""
    for keys in bpy.data.shape_keys:
        for track in layers_of(keys, CAPABILITY):
            strip = track.strips[0]
            if strip.action.get(_EYES_OF) in known_by and is_ours_alone(strip, track, CAPABILITY):
                yield keys, track
