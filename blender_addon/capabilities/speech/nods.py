"""Writes the nods of somebody who only listens."""

from __future__ import annotations

from typing import Final

import bpy

from ...blender.face.shape_keys import armature_of
from ...blender.keys.fingerprint import MARKS
from ...blender.keys.giving_way import layers_of, meets, playing
from ...blender.keys.layers import Layer, add_layer
from ...blender.keys.options import ResultOptions
from ...blender.keys.together import remember_together
from ...blender.keys.undo import Undo, undone_on_error
from ...blender.timeline import extend_scene, playhead_kept
from ...core.errors import FaceError
from .bones import find_head_bone, head_channels
from .listening import Nods
from .scene import CAPABILITY

_NODS: Final = f"{MARKS}nods"
"""Custom property of an action that holds nothing but a listener's nods."""


def speech_between(
    armature: bpy.types.Object, first: float, last: float
) -> bpy.types.NlaTrack | None:
    """A layer of speech that plays between two frames; a listener's nods are none."""
    for track in playing(layers_of(armature, CAPABILITY)):
        if meets(track, (first, last)) and not _is_nods(track):
            return track
    return None


def write_nods(
    context: bpy.types.Context,
    character: bpy.types.Object,
    nods: Nods,
    options: ResultOptions,
    undo: Undo | None = None,
) -> Layer:
    """Write nods as a layer on top of what moves the head.

    Args:
        context: whose scene.
        character: who listens.
        nods: at least one.
        options: how the layer is written.
        undo: answers for what was written, where something after this may fail.

    Raises:
        InputError: there is no head, or it cannot be animated; nothing is changed then.
    """
    armature = armature_of(character)
    head = find_head_bone(armature)
    if armature is None or head is None:
        raise FaceError(f"'{character.name}' has no head bone to nod with")
    with playhead_kept(context.scene), undone_on_error(undo) as own:
        channels = head_channels(context, armature, head, nods.offsets_rad, nods.frames)
        name = f"{armature.name} Nods"
        layer = add_layer(context, armature, CAPABILITY, name, channels, own, options)
        action = bpy.data.actions[layer.action_name, None]
        action[_NODS] = True
        remember_together([layer.action_name])
    extend_scene(context.scene, layer.last_frame, [action])
    return layer


def _is_nods(track: bpy.types.NlaTrack) -> bool:
    return any(s.action is not None and _NODS in s.action for s in track.strips)
