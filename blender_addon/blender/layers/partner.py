"""What a layer is merged with: the nearest below that moves the same, and how far it acts."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor
from typing import Any, Final

import bpy

from ...core.errors import InputError
from .. import compat
from ..keys.layer_values import REST, capability_of, strip_curves
from .found import Placed

Curves = dict[str, list[Any]]

_MOST_FRAMES: Final = 20_000
"""Longer ranges would keep the user waiting for minutes."""


@dataclass(frozen=True, eq=False)
class Partner:
    """What lies below a layer.

    Args:
        action: what it plays.
        track, strip: where; both None for the active action.
    """

    action: bpy.types.Action
    track: bpy.types.NlaTrack | None = None
    strip: bpy.types.NlaStrip | None = None

    @property
    def replaces(self) -> bool:
        """Whether it hides what lies below it."""
        return self.strip is not None and self.strip.blend_type == "REPLACE"


@dataclass(frozen=True)
class Reach:
    """Where a merged action has keys, and what it does beyond them.

    Args:
        first, last: frames.
        extrapolation: of its strip.
    """

    first: int
    last: int
    extrapolation: str = "NOTHING"


def partner_of(layer: Placed) -> Partner | None:
    """What a layer is merged with; None if nothing else moves the same.

    Raises:
        InputError: several strips lie there, or one that cannot be merged with.
    """
    paths = by_path(strip_curves(layer.strip)).keys()
    data = layer.datablock.animation_data
    tracks = list(data.nla_tracks)[: layer.height]
    for track in reversed(tracks):
        if track.mute or capability_of(track) == REST:
            continue
        if (strip := _sharing(layer, track, set(paths))) is not None:
            return Partner(strip.action, track, strip)
    active = by_path(_playing_curves(layer.datablock))
    return Partner(data.action) if active.keys() & paths else None


def _sharing(
    layer: Placed, track: bpy.types.NlaTrack, paths: set[str]
) -> bpy.types.NlaStrip | None:
    sharing = [s for s in track.strips if not s.mute and by_path(strip_curves(s)).keys() & paths]
    first, last = layer.span
    meeting = [s for s in sharing if s.frame_start <= last and s.frame_end >= first]
    found = meeting or sharing
    if len(found) > 1:
        raise InputError(
            f"'{layer.action.name}' lies over {len(found)} strips of the track '{track.name}'. "
            "Merge them into one first (NLA editor ▸ Edit ▸ Bake), or move one to another track"
        )
    if not found:
        return None
    strip = found[0]
    if strip.type != "CLIP" or strip.blend_type not in ("REPLACE", "COMBINE"):
        kind = strip.blend_type.title() if strip.type == "CLIP" else f"a {strip.type.lower()} strip"
        raise InputError(
            f"the strip '{strip.name}' below is {kind}; only strips blended with Replace or "
            "Combine can be merged with"
        )
    return strip


def reach_of(layer: Placed, partner: Partner) -> Reach:
    """Where what both become has keys: where either has any, and once beyond where it is held.

    Raises:
        InputError: it is too long.
    """
    strip = partner.strip
    theirs = partner.action.frame_range if strip is None else (strip.frame_start, strip.frame_end)
    first = floor(min(layer.span[0], theirs[0]))
    last = ceil(max(layer.span[1], theirs[1]))
    back, on, extrapolation = 1, 1, "HOLD"
    if strip is not None:
        extrapolation = strip.extrapolation
        back = int(extrapolation == "HOLD")
        on = int(extrapolation != "NOTHING")
        following = [s.frame_start for s in partner.track.strips if s.frame_start >= theirs[1]]
        if following and on:  # held until the next one on the track begins
            last, on, extrapolation = max(last, ceil(min(following)) - 1), 0, "NOTHING"
    reach = Reach(first - back, last + on, extrapolation)
    if reach.last - reach.first > _MOST_FRAMES:
        raise InputError(
            f"merging would set keys on {reach.last - reach.first} frames; {_MOST_FRAMES} are the "
            "most. Trim the strips in the NLA editor"
        )
    return reach


def curves_of(layer: Placed, partner: Partner) -> Curves:
    """F-curves of both by data path, those of the layer first; none of what there is no more."""
    below = (
        _playing_curves(layer.datablock) if partner.strip is None else strip_curves(partner.strip)
    )
    both = by_path([*strip_curves(layer.strip), *below])
    return {path: found for path, found in both.items() if _is_there(layer.datablock, path)}


def _is_there(datablock: bpy.types.ID, path: str) -> bool:
    """Whether something is moved; not so for a bone that was removed or renamed."""
    try:
        datablock.path_resolve(path)
    except ValueError:
        return False
    return True


def by_path(curves: list[Any]) -> Curves:
    """F-curves that play by data path."""
    found: Curves = {}
    for curve in curves:
        if not curve.mute and not (curve.group is not None and curve.group.mute):
            found.setdefault(curve.data_path, []).append(curve)
    return found


def _playing_curves(datablock: bpy.types.ID) -> list[Any]:
    return compat.fcurves_of(datablock)
