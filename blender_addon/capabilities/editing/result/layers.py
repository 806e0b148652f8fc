"""Edits that keep the time of every frame, written as layers with a strength."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import bpy

from ....blender.keys.giving_way import layers_of, playing
from ....blender.keys.keyframes import Channel, set_pose_markers
from ....blender.keys.layers import Layer, add_layer
from ....blender.keys.options import ResultOptions
from ....blender.keys.takes import mark_again
from ....blender.keys.undo import Undo
from ....core.editing.edited import Edited
from ..choice import Edit
from ..job import EditJob
from .difference import difference_channels
from .last import last_left_out, layer_mark, layers_going


def write_layers(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    job: EditJob,
    edited: Sequence[Edited],
    options: ResultOptions,
    undo: Undo,
) -> list[Layer]:
    """Write each variant as a layer; only the first one plays, the others are muted takes.

    Args:
        context: whose scene.
        armature: gets the layers.
        job, edited: what was made.
        options: how they are written.
        undo: where taking it back is registered.

    Returns:
        The layers, the one that plays first; none where nothing differs.
    """
    made = _channels(context, armature, job, edited, options)
    layers: list[Layer] = []
    for number in reversed(range(len(made))):
        if not made[number]:
            continue
        last = not layers
        ways = options if last else replace(options, replace_last=False)
        name = variant_name(armature, job.edit, number)
        write = partial(_write, context, armature, job, edited[number], made[number])
        layers.insert(0, write(name, ways, undo))
    return layers


def variant_name(armature: bpy.types.Object, edit: Edit, number: int) -> str:
    """What a result is called: the one that plays by its edit alone, the others from 2 on."""
    plain = f"{armature.name} {edit.value.title()}"
    return f"{plain} {number + 1}" if number else plain


def _channels(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    job: EditJob,
    edited: Sequence[Edited],
    options: ResultOptions,
) -> list[list[Channel]]:
    going = []
    if options.replace_last and armature.animation_data is not None:
        going = layers_going(context.scene, armature, job.edit, job.span)
    with last_left_out(armature, job.edit, options, job.span, context.scene):
        own = playing(layers_of(armature, layer_mark(job.edit)))
        partly = [track for track in own if track not in going]
        return [difference_channels(context, armature, job, each, partly) for each in edited]


def _write(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    job: EditJob,
    edited: Edited,
    channels: Sequence[Channel],
    name: str,
    options: ResultOptions,
    undo: Undo,
) -> Layer:
    mark = layer_mark(job.edit)
    layer = add_layer(context, armature, mark, name, channels, undo, options)
    moments = [(job.take.first + frame, text) for frame, text in sorted(edited.markers.items())]
    if moments and options.markers:
        track = next(t for t in armature.animation_data.nla_tracks if t.name == layer.track_name)
        set_pose_markers(track.strips[0].action, moments)
        mark_again(track.strips[0], track, mark, undo)
    return layer
