"""Layers of one capability that lie in the same time: the earlier one gives way to the later.

An earlier layer that the new one covers is muted. One that lies there only in part goes on playing,
untouched: what the new layer holds is computed against it, so that both together are as desired,
the ends of the new one blend with it, and muting the new one gives it back whole.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence, Set
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ...core.wording import in_brief
from ..timeline import frame_rate_of
from .fingerprint import MARKS
from .layer_values import active_curves, capability_of, lower_tracks, other_layers, track_paths
from .takes import is_ours_alone, mark_again

Array = NDArray[np.floating]
Span = tuple[float, float]

_IDENTITY: Final = (1.0, 0.0, 0.0, 0.0)
_AT_REST: Final = {
    "rotation_quaternion": _IDENTITY,
    "rotation_axis_angle": (0.0, 0.0, 1.0, 0.0),
}
_OVER: Final = f"{MARKS}over"
"""Custom property of a layer's action: names of the actions that it was computed against."""
_TOLD: Final = 3
_SCRAP_S: Final = 0.5
_SCRAP_SHARE: Final = 0.25
"""What is left of an earlier layer is not worth playing if it is shorter than both."""


@dataclass(frozen=True)
class GaveWay:
    """An earlier layer that a new one lies over.

    Args:
        name: of its track.
        how: what became of it.
        first_frame, last_frame: where.
    """

    name: str
    how: str
    first_frame: int
    last_frame: int

    def describe(self) -> str:
        """One line for the user."""
        return f"'{self.name}' {self.how} from frame {self.first_frame} to {self.last_frame}"


def told_in_brief(lines: Sequence[str]) -> str:
    """What gave way, as the end of a line about a result; empty if nothing did."""
    shown = in_brief(list(dict.fromkeys(lines)), _TOLD, "; ")
    return f"; {shown}" if shown else ""


def layers_of(datablock: bpy.types.ID, capability: str) -> list[bpy.types.NlaTrack]:
    """Tracks that a capability has written, lowest first."""
    data = datablock.animation_data
    return [] if data is None else [t for t in data.nla_tracks if capability_of(t) == capability]


def playing(tracks: Collection[bpy.types.NlaTrack]) -> list[bpy.types.NlaTrack]:
    """Those that are not muted."""
    return [t for t in tracks if not t.mute]


def span_of(track: bpy.types.NlaTrack) -> Span:
    """First and last frame on which a track's strips act."""
    strips = [strip for strip in track.strips if not strip.mute]
    if not strips:
        return np.inf, -np.inf
    return min(s.frame_start for s in strips), max(s.frame_end for s in strips)


def meets(track: bpy.types.NlaTrack, span: Span) -> bool:
    """Whether they have a frame in common."""
    first, last = span_of(track)
    return first <= span[1] and last >= span[0]


def is_covered(
    track: bpy.types.NlaTrack,
    span: Span,
    scene: bpy.types.Scene,
    others: Sequence[bpy.types.NlaTrack] = (),
) -> bool:
    """Whether nothing of a layer is left outside a span, or so little that it is not worth playing.

    Args:
        track: the layer.
        span: first and last frame of what lies over it.
        scene: gives the frame rate.
        others: that may be computed against it; while one meets it, even a scrap is kept.
    """
    first, last = span_of(track)
    if first >= span[1] or last <= span[0]:
        return False
    left = max(span[0] - first, 0.0) + max(last - span[1], 0.0)
    if left <= 0 or any(each != track and meets(each, (first, last)) for each in others):
        return left <= 0
    return bool(left < min(_SCRAP_S * frame_rate_of(scene), _SCRAP_SHARE * (last - first)))


def give_way(
    scene: bpy.types.Scene,
    datablock: bpy.types.ID,
    capability: str,
    span: Span,
    undo: ExitStack,
    over: Collection[str] = (),
    paths: Set[str] = frozenset(),
) -> tuple[list[bpy.types.NlaTrack], list[GaveWay]]:
    """Mute a capability's layers that a new one covers.

    Args:
        scene: gives the frame rate.
        datablock: whose layers they are.
        capability: of the new one.
        span: first and last frame of it.
        undo: where taking it back is registered.
        over: other capabilities whose layers give way where they move any of ``paths``. Of these
            only what nobody laid a hand on is muted.
        paths: what the new one moves.

    Returns:
        Those that play on but meet the new one, and what is to be told.
    """
    layers = playing(layers_of(datablock, capability))
    covered = [t for t in layers if is_covered(t, span, scene, layers)]
    ours = []
    for each in over:
        theirs = [t for t in playing(layers_of(datablock, each)) if track_paths(t) & paths]
        untouched = [t for t in theirs if is_ours_alone(t.strips[0], t, each)]
        muted = [t for t in untouched if is_covered(t, span, scene, theirs)]
        ours += [(t, each) for t in muted]
        covered += muted
        layers += theirs
    partly = [t for t in layers if t not in covered and meets(t, span)]
    told = [GaveWay(t.name, "was muted", *map(round, span_of(t))) for t in covered]
    for track in partly:
        first, last = max(span_of(track)[0], span[0]), min(span_of(track)[1], span[1])
        if last > first:
            told.append(GaveWay(track.name, "gives way", round(first), round(last)))
    mute_layers(datablock, covered, undo)
    for track, maker in ours:
        mark_again(track.strips[0], track, maker, undo)
    return partly, told


def remember_beneath(action: bpy.types.Action, partly: Sequence[bpy.types.NlaTrack]) -> None:
    """Keep on a layer's action which layers go on playing beneath it."""
    if partly:
        action[_OVER] = json.dumps([t.strips[0].action.name for t in partly])


def made_over(datablock: bpy.types.ID, track: bpy.types.NlaTrack) -> bpy.types.NlaTrack | None:
    """A layer that plays and was computed against this one, and would be wrong without it."""
    name = json.dumps(track.strips[0].action.name)
    for other in playing(other_layers(datablock)):
        if any(name in str(s.action.get(_OVER, "")) for s in other.strips if s.action is not None):
            return other
    return None


def mute_layers(
    datablock: bpy.types.ID, tracks: Sequence[bpy.types.NlaTrack], undo: ExitStack
) -> None:
    """Mute layers; what nothing else moves goes back to where it was without."""
    for track in tracks:
        undo.callback(setattr, track, "mute", False)
        track.mute = True
    still = (*lower_tracks(datablock), *other_layers(datablock))
    held = set().union(*map(track_paths, still), active_curves(datablock))
    for path in sorted(set().union(*map(track_paths, tracks)) - held):
        value = resolve(datablock, path)
        if value is not None:
            many = hasattr(value, "__len__")
            now = tuple(value) if many else value
            undo.callback(assign, datablock, path, now)
            assign(datablock, path, tuple(at_rest(path, len(now))) if many else 0.0)


def at_rest(path: str, count: int) -> Array:
    """(C,) what a channel is where nothing moves it."""
    return np.array(_AT_REST.get(path.rpartition(".")[2], (0.0,) * count))


def resolve(datablock: bpy.types.ID, path: str) -> Any:
    """What a property is now; None if the bone or shape is gone."""
    try:
        return datablock.path_resolve(path)
    except ValueError:
        return None


def assign(datablock: bpy.types.ID, path: str, value: Any) -> None:
    """Set a property."""
    owner_path, _, name = path.rpartition(".")
    setattr(datablock.path_resolve(owner_path) if owner_path else datablock, name, value)
