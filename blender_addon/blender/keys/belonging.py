"""Layers that belong to a result: where it makes room for another, they go with it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from typing import Final

import bpy

from ...core.notes import Note
from .fingerprint import MARKS
from .giving_way import layers_of, made_over, mute_layers
from .layer_values import label_of
from .layers import remove_layer
from .takes import is_leaving, is_ours_alone
from .undo import BEFORE, Undo

_LAYERS: Final = f"{MARKS}eyes"
"""Custom property of a result's action: what its layers are known by. In files of earlier versions
only walks had such, and those were of eyes."""
_LAYERS_OF: Final = f"{MARKS}eyes_of"
"""Custom property of a layer's action: the same."""


def remember_layers(action: bpy.types.Action, layers: Iterable[str]) -> None:
    """Keep on a result and on its layers that they belong together.

    Args:
        action: of the result.
        layers: names of the actions of its layers.
    """
    known_by = uuid.uuid4().hex
    for name in layers:
        action[_LAYERS] = bpy.data.actions[name, None][_LAYERS_OF] = known_by


def results_with_layers() -> set[str]:
    """What the layers of all results that there are are known by; none that is about to go."""
    results = [action for action in bpy.data.actions if _LAYERS in action]
    return {str(action[_LAYERS]) for action in results if not is_leaving(action)}


def let_layers_go(
    before: set[str], mark: str, datablocks: Iterable[bpy.types.ID], undo: Undo
) -> list[str]:
    """Mute layers whose result makes room, but none that anybody laid a hand on.

    Args:
        before: what ``results_with_layers`` gave before the new result was written.
        mark: by which the layers are known, such as "walk".
        datablocks: on which they may lie.
        undo: how to take that back; they are removed when all is well.

    Returns:
        Notes on layers that stay because another one was computed against them.
    """
    gone = before - results_with_layers()
    notes = []
    for datablock, track in list(_layers_of_results(gone, mark, datablocks)) if gone else ():
        if over := made_over(datablock, track):
            notes.append(
                Note(
                    f"'{track.name}' of the result before still plays on "
                    f"'{label_of(datablock)}', for '{over.name}' was made over it. Delete both to "
                    "be rid of it"
                )
            )
        else:
            action = track.strips[0].action
            for named in (action, track):
                undo.callback(setattr, named, "name", named.name)
                named.name = f"{named.name}{BEFORE}"
            mute_layers(datablock, [track], undo)
            undo.afterwards(remove_layer, datablock, track)
    return notes


def _layers_of_results(
    known_by: set[str], mark: str, datablocks: Iterable[bpy.types.ID]
) -> Iterator[tuple[bpy.types.ID, bpy.types.NlaTrack]]:
    """Untouched layers of these results."""
    for datablock in datablocks:
        for track in layers_of(datablock, mark):
            strip = track.strips[0]
            if strip.action.get(_LAYERS_OF) in known_by and is_ours_alone(strip, track, mark):
                yield datablock, track
