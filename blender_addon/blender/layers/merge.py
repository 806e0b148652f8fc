"""Merges a result with what lies below it: a new action holds both, and the old ones are kept.

What both show together is evaluated on every frame and keyed, where the lower one lay. Then all of
it is evaluated once more: where any bone, object or shape is elsewhere than before, all is undone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import bpy
import numpy as np
from numpy.typing import NDArray

from ...core.errors import InputError
from ...core.maths.rotations import (
    make_continuous,
    normalise,
    quaternion_conjugate,
    quaternion_multiply,
)
from .. import compat
from ..keys.keyframes import Channel, write_channel
from ..keys.layer_values import REST, blended_from, capability_of, owners, track_paths
from ..keys.layers import check_nla_plays
from ..keys.together import remember_together
from ..keys.undo import Undo, undone_on_error
from ..paths import bone_of_path
from ..rig.evaluation import evaluated_apart
from ..timeline import playhead_kept
from .found import MERGED_MARK, LayerResult, Placed
from .partner import Curves, Partner, Reach, curves_of, partner_of, reach_of
from .shown import check_shown, shown
from .switching import check_can_be_switched, is_muted

Array = NDArray[np.float64]

_GROWS = ("scale", "delta_scale")
"""Properties that Combine multiplies."""
_MERGED = " Merged"


@dataclass(frozen=True)
class Merged:
    """What came of merging.

    Args:
        actions: names of the new ones.
        largest_turn_rad, largest_shift_m: by which anything is elsewhere than before.
        alone: what had nothing below, and lies as before.
    """

    actions: tuple[str, ...]
    largest_turn_rad: float
    largest_shift_m: float
    alone: tuple[str, ...] = ()


def reason_not_to_merge(result: LayerResult) -> str | None:
    """Why a result cannot be merged with what lies below; None if it can."""
    try:
        _pairs(result)
    except InputError as error:
        return str(error)
    return None


def merge_down(context: bpy.types.Context, result: LayerResult) -> Merged:
    """Let a result and what lies below it become one new action, on all that it moves.

    Args:
        context: whose scene's time it is.
        result: that plays.

    Raises:
        InputError: there is nothing below, or it would show otherwise then; all is as before.
    """
    pairs, alone = _pairs(result)
    names: list[str] = []
    turn, shift = 0.0, 0.0
    with playhead_kept(context.scene), undone_on_error() as undo:
        for layer, partner in pairs:
            reach = reach_of(layer, partner)
            frames = np.arange(reach.first - 1.0, reach.last + 2.0)
            before = shown(context, layer.datablock, frames)
            action, is_exact = _merge(context, layer, partner, reach, undo)
            after = shown(context, layer.datablock, frames)
            far = check_shown(layer.label, before, after, is_exact)
            turn, shift = max(turn, far[0]), max(shift, far[1])
            names.append(action.name)
        remember_together(names)
    return Merged(tuple(names), turn, shift, tuple(each.label for each in alone))


def _pairs(result: LayerResult) -> tuple[list[tuple[Placed, Partner]], list[Placed]]:
    check_can_be_switched(result)
    if is_muted(result):
        raise InputError(f"'{result.name}' is muted. Unmute it first: what plays is merged")
    pairs, alone = [], []
    for each in result.strips:
        check_nla_plays(each.datablock, "merged action")
        partner = partner_of(each)
        if partner is None:
            alone.append(each)
        elif not each.track.mute and not each.strip.mute:
            pairs.append((each, partner))
    if not pairs:
        raise InputError(
            f"nothing below '{result.name}' moves the same, so there is nothing to merge it with"
        )
    return pairs, alone


def _merge(
    context: bpy.types.Context, layer: Placed, partner: Partner, reach: Reach, undo: Undo
) -> tuple[bpy.types.Action, bool]:
    """Write the new action; returns it, and whether it replaces rather than combines."""
    datablock, curves = layer.datablock, curves_of(layer, partner)
    frames = np.arange(reach.first, reach.last + 1.0)
    with _only(datablock, layer, partner, with_both=True):
        desired = _values(context, datablock, curves, frames)
    under: dict[str, Array] = {}
    if not partner.replaces:
        with _only(datablock, layer, partner, with_both=False) as playing:
            moved = set().union(*map(track_paths, playing))
            beside = {path: found for path, found in curves.items() if path in moved}
            under = _values(context, datablock, beside, frames)
        resting = [track for track in playing if capability_of(track) == REST]
        if partner.strip is None and not _any_moves(set(playing) - set(resting), curves):
            under = {}
    replaces = partner.replaces or (partner.strip is None and not under)
    channels = _channels(datablock, curves, frames, desired, under, replaces)
    action = _new_action(datablock, layer, partner, channels, undo)
    _silence(layer, undo)
    if partner.strip is None:
        _take_place_of_active(datablock, action, partner, replaces, undo)
    else:
        _lay_above(datablock, action, partner, reach, undo)
    return action, replaces


def _any_moves(tracks: Iterable[bpy.types.NlaTrack], curves: Curves) -> bool:
    return any(track_paths(track) & curves.keys() for track in tracks)


@contextmanager
def _only(
    datablock: bpy.types.ID, layer: Placed, partner: Partner, with_both: bool
) -> Iterator[list[bpy.types.NlaTrack]]:
    """Let only what lies below the partner play for a while, and both themselves, or not.

    Above an active action nothing lies, so that all else plays.

    Yields:
        The tracks that play.
    """
    data = datablock.animation_data
    tracks = list(data.nla_tracks)
    above = [] if partner.track is None else tracks[tracks.index(partner.track) + 1 :]
    with ExitStack() as undo:
        for track in above:
            if track != layer.track:
                _set(undo, track, "mute", True)
        for strip in layer.track.strips:
            if strip != layer.strip or not with_both:
                _set(undo, strip, "mute", True)
        if partner.strip is not None and not with_both:
            _set(undo, partner.strip, "mute", True)
        if partner.strip is not None or not with_both:
            before = compat.remember_assignment(datablock)
            undo.callback(compat.restore_assignment, datablock, before)
            data.action = None
        yield [t for t in tracks if not t.mute and any(not s.mute for s in t.strips)]


def _set(undo: ExitStack, owner: object, name: str, value: object) -> None:
    undo.callback(setattr, owner, name, getattr(owner, name))
    setattr(owner, name, value)


def _values(
    context: bpy.types.Context, datablock: bpy.types.ID, curves: Curves, frames: Array
) -> dict[str, Array]:
    """(K, C) evaluated values by data path."""
    rows: dict[str, list[Array]] = {path: [] for path in curves}
    if not rows:
        return {}
    with evaluated_apart(context, owners(datablock)) as set_frame:
        for frame in frames.tolist():
            evaluated = datablock.evaluated_get(set_frame(frame))
            for path, values in rows.items():
                values.append(_number(evaluated, path))
    return {path: np.array(values, np.float64) for path, values in rows.items()}


def _number(evaluated: bpy.types.ID, path: str) -> Array:
    value = evaluated.path_resolve(path)
    if isinstance(value, str):  # an enumeration, such as a rotation mode: keyed by its number
        owner_path, _, name = path.rpartition(".")
        owner = evaluated.path_resolve(owner_path) if owner_path else evaluated
        value = owner.bl_rna.properties[name].enum_items[value].value
    return np.atleast_1d(np.array(value, np.float64))


def _channels(
    datablock: bpy.types.ID,
    curves: Curves,
    frames: Array,
    desired: dict[str, Array],
    under: dict[str, Array],
    replaces: bool,
) -> list[Channel]:
    channels = []
    for path, found in curves.items():
        values = desired[path]
        if not replaces:
            values = _relative(datablock, path, values, under.get(path))
        if path.endswith("rotation_quaternion"):
            values = _short_way(normalise(values))
        indices = {curve.array_index for curve in found}
        if path.endswith(("rotation_quaternion", "rotation_axis_angle")):
            indices = set(range(4))
        stepped = all(_is_stepped(curve) for curve in found)
        group = next((curve.group.name for curve in found if curve.group is not None), "")
        group = group or bone_of_path(path) or ""
        channels += [
            Channel(path, n, frames, values[:, n], group, "CONSTANT" if stepped else "LINEAR")
            for n in sorted(indices)
        ]
    return channels


def _is_stepped(curve: bpy.types.FCurve) -> bool:
    return all(key.interpolation == "CONSTANT" for key in curve.keyframe_points)


def _relative(datablock: bpy.types.ID, path: str, desired: Array, under: Array | None) -> Array:
    """What Combine makes the desired values of, over what lies below."""
    if under is None:
        return desired
    if path.endswith("rotation_quaternion"):
        turned = quaternion_multiply(quaternion_conjugate(normalise(under)), normalise(desired))
        return _short_way(turned)
    default = blended_from(datablock, path, desired.shape[1])
    if path.rpartition(".")[2] in _GROWS:
        return np.asarray(default * desired / np.where(np.abs(under) < 1e-9, 1.0, under))
    return np.asarray(default + desired - under)


def _short_way(values: Array) -> Array:
    """Without a jump, and beginning within half a turn: Combine takes what is beyond otherwise."""
    values = np.asarray(make_continuous(values))
    return values if values[0, 0] >= 0 else -values


def _new_action(
    datablock: bpy.types.ID,
    layer: Placed,
    partner: Partner,
    channels: Sequence[Channel],
    undo: Undo,
) -> bpy.types.Action:
    action = bpy.data.actions.new(f"{partner.action.name.removesuffix(_MERGED)}{_MERGED}")
    undo.callback(bpy.data.actions.remove, action)
    action[MERGED_MARK] = json.dumps([partner.action.name, layer.action.name])
    owner = compat.new_fcurves(action, datablock)
    for channel in channels:
        write_channel(owner, channel)
    for each in (layer.action, partner.action):
        if each.is_editable:
            _set(undo, each, "use_fake_user", True)
    return action


def _silence(placed: Placed | Partner, undo: Undo) -> None:
    """Mute a strip, by its track where it lies alone there."""
    alone = len(placed.track.strips) == 1
    _set(undo, placed.track if alone else placed.strip, "mute", True)


def _lay_above(
    datablock: bpy.types.ID, action: bpy.types.Action, partner: Partner, reach: Reach, undo: Undo
) -> None:
    """Put the new action right above the strip that it takes the place of."""
    _silence(partner, undo)
    tracks = datablock.animation_data.nla_tracks
    undo.callback(setattr, tracks, "active", tracks.active)
    track = tracks.new(prev=partner.track)
    undo.callback(tracks.remove, track)
    track.name = action.name
    strip = track.strips.new(action.name, reach.first, action)
    compat.assign_strip_slot(strip)
    strip.blend_type = partner.strip.blend_type
    strip.extrapolation = reach.extrapolation


def _take_place_of_active(
    datablock: bpy.types.ID,
    action: bpy.types.Action,
    partner: Partner,
    replaces: bool,
    undo: Undo,
) -> None:
    """Let the new action be the active one; the one before lies in a muted track of its own."""
    data = datablock.animation_data
    before = compat.remember_assignment(datablock)
    undo.callback(compat.restore_assignment, datablock, before)
    _set(undo, data, "action_blend_type", "REPLACE" if replaces else "COMBINE")
    compat.assign_action(datablock, action)
    undo.callback(setattr, data.nla_tracks, "active", data.nla_tracks.active)
    track = data.nla_tracks.new()
    undo.callback(data.nla_tracks.remove, track)
    track.name, track.mute = partner.action.name, True
    strip = track.strips.new(track.name, int(partner.action.frame_range[0]), partner.action)
    compat.assign_strip_slot(strip, before.slot_handle)
