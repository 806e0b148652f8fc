"""Puts generated motion on top of what is there: an NLA track that can be muted at any time.

Blender evaluates the tracks from the bottom up and the active action after all of them. So the new
track alone shows where the active action keys nothing. Where the active action keys the same
channels, it has to be blended with Combine, and what the layer holds is computed against it: for
quaternions, evaluated = lower · layer · active; for all else the three are added. The active
action stays where it is, with every key it had.

Two things of Blender's own to know. Combine takes each quaternion apart into angle and axis in
single precision, which may shift it by up to 0.0005 where it is nearly at rest. And a channel that
nothing but the layer animates would keep its last value when the layer is muted; a second track
below, Rest, holds what it had before, unless that would send an otherwise untouched quaternion
animation through Combine.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from typing import Final

import bpy
import numpy as np

from ...core.errors import InputError
from .. import compat
from ..drivers import driven_paths
from ..face.shape_keys import linked_keys
from ..units import metres_per_unit
from .density import KeyCount, thin_out
from .giving_way import (
    GaveWay,
    Span,
    at_rest,
    give_way,
    is_covered,
    layers_of,
    mute_layers,
    playing,
    remember_beneath,
    resolve,
    span_of,
)
from .held import undone_by
from .keyframes import Channel, check_can_be_animated, frame_span, group_channels, write_channel
from .layer_values import (
    LAYER_MARK,
    REST,
    active_curves,
    capability_of,
    label_of,
    lower_tracks,
    other_layers,
    owners,
    relative_channels,
    rest_channels,
    track_paths,
)
from .options import DEFAULT_LAYER, ResultOptions
from .strips import StripEnds
from .takes import is_ours_alone, mark_strip
from .undo import BEFORE, Undo, undone_on_error

_NOT_AT_REST: Final = 1e-6
_SWITCHED_OFF: Final = "neural_motion_switched_off"
"""Custom property of a layer's action: muted as all of its kind were."""


@dataclass(frozen=True)
class Layer:
    """A layer that was written.

    Args:
        track_name: of the NLA track.
        action_name: of the action in its only strip.
        first_frame, last_frame: where it acts.
        keys: how many there are, and what leaving some out costs.
        gave_way: earlier layers that it lies over, and what became of them, a line each.
    """

    track_name: str
    action_name: str
    first_frame: int
    last_frame: int
    keys: KeyCount = field(default_factory=KeyCount)
    gave_way: tuple[str, ...] = field(default=(), compare=False)


def add_layer(
    context: bpy.types.Context,
    datablock: bpy.types.ID,
    capability: str,
    name: str,
    channels: Sequence[Channel],
    undo: Undo | None = None,
    options: ResultOptions = DEFAULT_LAYER,
    over: Collection[str] = (),
) -> Layer:
    """Write channels as a layer on top; earlier ones of the same capability give way where it lies.

    Args:
        context: gives the scene's time.
        datablock: an object, or the shape keys of a mesh.
        capability: such as "gaze"; kept on the action.
        name: of action and track; Blender appends a number when it is taken.
        channels: with the values that are desired once everything is evaluated, on whole frames.
            Rotations in the form of the bone or object, all elements of it on the same frames.
        undo: how to take everything back is registered here, for when something after this fails.
        options: how dense the keys are, for which every frame must have one in ``channels``; how
            the ends blend; and whether an earlier layer makes room that nobody changed and that
            lies where the new one does. It goes when all is well.
        over: other capabilities whose layers give way as well, where they move the same.

    Returns:
        What was written.

    Raises:
        InputError: the datablock cannot be layered now; nothing is changed then.
    """
    groups = group_channels(channels)
    _check_can_be_layered(datablock, groups)
    span = frame_span(channels)
    with undone_on_error() as own:
        replaced = []
        if options.replace_last:
            replaced = _let_go_of_last(context.scene, datablock, capability, span, own)
        partly, gave_way = give_way(
            context.scene, datablock, capability, span, own, over, groups.keys()
        )
        lent = {f"{each.name}{BEFORE}" for each in replaced}
        gave_way = replaced + [each for each in gave_way if each.name not in lent]
        groups |= undone_by(context, datablock, partly, groups, span)
        if datablock.animation_data is None:
            datablock.animation_data_create()
            own.callback(datablock.animation_data_clear)
        released = _combine_active_action(datablock, groups, own)
        _hold_rest(datablock, groups, released, own)
        relative = relative_channels(context, datablock, groups, partly)
        unit_m = _unit_of_locations(context, datablock)
        thinned, keys = thin_out(
            relative, options.density, options.bounds(unit_m), 1000.0 * unit_m, keep_ends=True
        )
        strip, layer = _add_track(datablock, capability, name, thinned, own)
        strip.blend_type, strip.extrapolation = "COMBINE", "NOTHING"
        StripEnds.of(context.scene, options.blend_in_s, options.blend_out_s).apply(strip)
        remember_beneath(strip.action, partly)
        mark_strip(strip, datablock.animation_data.nla_tracks[-1], capability)
        if undo is not None:
            undo.take_over(own)
    told = tuple(each.describe() for each in gave_way)
    return replace(layer, keys=keys, gave_way=told)


def _unit_of_locations(context: bpy.types.Context, datablock: bpy.types.ID) -> float:
    """Metres in one unit of what an object's bones are moved by."""
    scales = [sum(map(abs, obj.matrix_world.to_scale())) / 3.0 for obj in owners(datablock)]
    return metres_per_unit(context.scene) * (scales[0] if scales and scales[0] > 0 else 1.0)


@contextmanager
def layers_muted(datablocks: Iterable[bpy.types.ID], capability: str) -> Iterator[None]:
    """Leave a capability's layers out for as long as the body runs."""
    with ExitStack() as undo:
        for datablock in dict.fromkeys(datablocks):
            mute_layers(datablock, playing(layers_of(datablock, capability)), undo)
        yield


def is_shown(datablock: bpy.types.ID, capability: str) -> bool:
    """Whether any layer of a capability plays."""
    return bool(playing(layers_of(datablock, capability)))


def show_layer(datablock: bpy.types.ID, capability: str, shown: bool) -> bool:
    """Mute all layers of a capability that play, or unmute those muted so; else the newest.

    Returns:
        Whether there is one.
    """
    tracks = layers_of(datablock, capability)
    with ExitStack() as undo:
        if shown:
            _show_again(datablock, tracks, undo)
        else:
            for action in filter(None, map(_own_action, playing(tracks))):
                action[_SWITCHED_OFF] = True
            mute_layers(datablock, playing(tracks), undo)
        undo.pop_all()
    return bool(tracks)


def _own_action(track: bpy.types.NlaTrack) -> bpy.types.Action | None:
    """The action that tells whose layer a track is, if a note can be kept on it."""
    actions = (strip.action for strip in track.strips if strip.action is not None)
    return next((action for action in actions if action.library is None), None)


def _show_again(
    datablock: bpy.types.ID, tracks: Sequence[bpy.types.NlaTrack], undo: ExitStack
) -> None:
    """Unmute what was switched off, but not what a newer one lies over."""
    scene = bpy.context.scene
    switched_off = [t for t in tracks if t.mute and _SWITCHED_OFF in (_own_action(t) or ())]
    kept: list[bpy.types.NlaTrack] = []
    for track in reversed(switched_off or tracks[-1:]):
        if not any(is_covered(track, span_of(newer), scene) for newer in kept):
            kept.append(track)
    hidden = [
        t for t in playing(tracks) if any(is_covered(t, span_of(newer), scene) for newer in kept)
    ]
    mute_layers(datablock, [t for t in hidden if t not in kept], undo)
    for track in switched_off:
        del _own_action(track)[_SWITCHED_OFF]
    for track in kept:
        track.mute = False


# What must hold ---------------------------------------------------------------------------------


def _check_can_be_layered(datablock: bpy.types.ID, groups: Mapping[str, list[Channel]]) -> None:
    name = label_of(datablock)
    if not datablock.is_editable and isinstance(datablock, bpy.types.Key):
        raise InputError(linked_keys(name))
    check_can_be_animated(datablock, name)
    if datablock.animation_data is None:
        return
    check_nla_plays(datablock, "layer")
    driven = sorted(driven_paths(datablock) & set(groups))
    if driven:
        raise InputError(
            f"a driver moves {driven[0]} of '{name}' and would hide every key. Remove or mute the "
            "driver, or choose what it listens to instead"
        )
    _check_active_action(datablock, groups)


def check_nla_plays(datablock: bpy.types.ID, what: str) -> None:
    """Refuse a datablock on which a new NLA strip would not show.

    Args:
        datablock: which may have no animation yet.
        what: what the strip is to the user, in one word.

    Raises:
        InputError: says what to do.
    """
    data, name = datablock.animation_data, label_of(datablock)
    if data is None:
        return
    if not data.use_nla:
        raise InputError(
            f"the NLA of '{name}' is switched off, so a {what} would not show. Tick the box "
            "beside its name in the NLA editor"
        )
    check_none_solo(datablock, what)


def check_none_solo(datablock: bpy.types.ID, what: str) -> None:
    """Refuse a datablock of whose NLA one track plays alone, without its active action as well.

    Raises:
        InputError: says what to do.
    """
    data, name = datablock.animation_data, label_of(datablock)
    if data is None or not data.use_nla:
        return
    soloed = [track.name for track in data.nla_tracks if track.is_solo]
    if soloed:
        raise InputError(
            f"the NLA track '{soloed[0]}' of '{name}' plays solo, so a {what} would not show. "
            "Click its star in the NLA editor"
        )


def _check_active_action(datablock: bpy.types.ID, groups: Mapping[str, list[Channel]]) -> None:
    """The active action must let a layer through, and adding one must not change what it does."""
    data = datablock.animation_data
    name, action = label_of(datablock), data.action
    curves = active_curves(datablock)
    shared = sorted(set(curves) & set(groups))
    if action is None:
        return
    if data.action_extrapolation != "HOLD" or data.action_influence < 1:
        raise InputError(
            f"the action '{action.name}' of '{name}' is blended in only in part. Set its "
            "Influence to 1 and its Extrapolation to Hold in the NLA editor"
        )
    if not shared or data.action_blend_type == "COMBINE":
        return
    if data.action_blend_type != "REPLACE":
        raise InputError(
            f"the action '{action.name}' of '{name}' is blended with "
            f"{data.action_blend_type.title()} and keys {shared[0]}. Set its Blending to Combine "
            "or Replace in the NLA editor"
        )
    for track in lower_tracks(datablock):
        both = sorted(track_paths(track) & set(curves))
        if both and capability_of(track) != REST:
            raise InputError(
                f"the action '{action.name}' of '{name}' replaces what the NLA track "
                f"'{track.name}' does to {both[0]}, and keys {shared[0]} as well, so there is no "
                "place between them for a layer. Push the action down (NLA editor ▸ Push Down) "
                "and try again"
            )


# What is changed ------------------------------------------------------------------------------


def _let_go_of_last(
    scene: bpy.types.Scene,
    datablock: bpy.types.ID,
    capability: str,
    span: Span,
    undo: Undo,
) -> list[GaveWay]:
    """Let layers go that nobody laid a hand on and that the new one covers, once all is well.

    Until then they only lend their name. Those that are muted are kept: they are takes that
    somebody may want.
    """
    told: list[GaveWay] = []
    others = playing(layers_of(datablock, capability))
    for track in layers_of(datablock, capability):
        strip, action = track.strips[0], track.strips[0].action
        covered = is_covered(track, span, scene, others)
        if covered and is_ours_alone(strip, track, capability):
            told.append(GaveWay(track.name, "was replaced", *map(round, span_of(track))))
            for named in (action, track):
                undo.callback(setattr, named, "name", named.name)
                named.name = f"{named.name}{BEFORE}"
            undo.afterwards(_remove_track, datablock, track, action)
    return told


def remove_layer(datablock: bpy.types.ID, track: bpy.types.NlaTrack) -> None:
    """Take a layer out; what nothing else moves goes back to where it was without."""
    action = track.strips[0].action
    with ExitStack() as undo:
        mute_layers(datablock, [track], undo)
        undo.pop_all()
    _remove_track(datablock, track, action)


def _remove_track(
    datablock: bpy.types.ID, track: bpy.types.NlaTrack, action: bpy.types.Action
) -> None:
    datablock.animation_data.nla_tracks.remove(track)
    if action.users == 0:
        bpy.data.actions.remove(action)


def _combine_active_action(
    datablock: bpy.types.ID, groups: Mapping[str, list[Channel]], undo: Undo
) -> list[Channel]:
    """Let the layer through; give back what Rest tracks held that are out of the way now.

    What was keyed since such a track was made has replaced what it holds, and must not be added.
    """
    data = datablock.animation_data
    keyed = set(active_curves(datablock))
    if data.action_blend_type != "REPLACE" or not keyed & set(groups):
        return []
    released = []
    for track in lower_tracks(datablock):
        if capability_of(track) == REST and track_paths(track) & keyed:
            released += [each for each in rest_channels(track) if each.data_path not in keyed]
            undo.callback(setattr, track, "mute", False)
            track.mute = True
    undo.callback(setattr, data, "action_blend_type", "REPLACE")
    data.action_blend_type = "COMBINE"
    return released


def _hold_rest(
    datablock: bpy.types.ID,
    groups: Mapping[str, list[Channel]],
    released: Sequence[Channel],
    undo: Undo,
) -> None:
    """Keep the values of channels that nothing moves yet, or no longer, in a track of their own."""
    data = datablock.animation_data
    active = active_curves(datablock)
    held = set().union(*map(track_paths, lower_tracks(datablock)), active)
    layered = set().union(*map(track_paths, other_layers(datablock)))  # over rest, else it is held
    inexact = data.action_blend_type == "COMBINE" and any(
        path.endswith("rotation_quaternion") for path in active
    )
    channels = list(released)
    held |= {each.data_path for each in released}
    for path, group in groups.items():
        values = np.atleast_1d(np.array(resolve(datablock, path), np.float64))
        if path in layered:
            values = at_rest(path, len(values)).astype(np.float64)
        moved = np.abs(values - at_rest(path, len(values))).max() > _NOT_AT_REST
        if path not in held and (moved or not inexact):
            channels += [
                replace(each, frames=each.frames[:1], values=values[[each.index]]) for each in group
            ]
    if channels:
        name = f"{label_of(datablock)} Rest"
        strip, _ = _add_track(datablock, REST, name, channels, undo)
        strip.blend_type, strip.extrapolation = "REPLACE", "HOLD"


def _add_track(
    datablock: bpy.types.ID,
    capability: str,
    name: str,
    channels: Sequence[Channel],
    undo: Undo,
) -> tuple[bpy.types.NlaStrip, Layer]:
    action = bpy.data.actions.new(name)
    undo.callback(bpy.data.actions.remove, action)
    action[LAYER_MARK] = capability
    owner = compat.new_fcurves(action, datablock)
    for channel in channels:
        write_channel(owner, channel)
    tracks = datablock.animation_data.nla_tracks
    undo.callback(setattr, tracks, "active", tracks.active)
    track = tracks.new()
    undo.callback(tracks.remove, track)
    track.name = action.name  # which is unique; Blender lets tracks share a name
    first, last = frame_span(channels)
    strip = track.strips.new(name, int(first), action)
    compat.assign_strip_slot(strip)
    return strip, Layer(track.name, action.name, int(first), int(last))
