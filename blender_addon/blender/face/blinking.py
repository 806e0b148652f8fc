"""Whose blinks a face shows: where one layer blinks, another leaves the blinking to it.

Layers add up, so two that blink would blink twice as often. Each layer of a face therefore keeps
on which frames it blinks; whatever is generated later asks before it does so, too.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Set
from typing import Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ...core.notes import Note
from ..keys.fingerprint import MARKS
from ..keys.giving_way import Span, layers_of, playing, span_of
from ..keys.layer_values import track_paths
from ..keys.layers import Layer
from .shape_keys import shape_path

Array = NDArray[np.floating]
Bools = NDArray[np.bool_]

_BLINKS: Final = f"{MARKS}blinks"
"""Custom property of a layer's action: first and last frames between which it blinks."""
_WAYS: Final = ("location", "rotation_quaternion", "rotation_euler", "rotation_axis_angle")

Lids = tuple[bpy.types.ID, Set[str]]
"""A datablock, and the data paths of it that close an eye."""


def lids_of(
    meshes: Iterable[bpy.types.Object],
    shapes: Iterable[str],
    armature: bpy.types.Object | None,
    bones: Iterable[str],
) -> list[Lids]:
    """What closes the eyes of a face.

    Args:
        meshes, shapes: with shape keys, and names of those that close an eye.
        armature, bones: likewise.
    """
    paths = set(map(shape_path, shapes))
    lids: list[Lids] = [(mesh.data.shape_keys, paths) for mesh in meshes]
    if armature is not None:
        lids.append((armature, bone_paths(bones)))
    return lids


def bone_paths(names: Iterable[str]) -> set[str]:
    """Data paths by which bones may be turned or slid."""
    return {
        f'pose.bones["{bpy.utils.escape_identifier(name)}"].{way}'
        for name in names
        for way in _WAYS
    }


def blinked_by(capability: str, lids: Iterable[Lids], frames: Array) -> Bools:
    """(K,) whether a capability's layers that play blink on each of the frames (K,)."""
    blinked = np.zeros(len(frames), bool)
    for datablock, paths in lids:
        for track in playing(layers_of(datablock, capability)):
            if paths & track_paths(track):
                blinked |= np.any([(frames >= a) & (frames <= b) for a, b in _spans(track)], axis=0)
    return blinked


def keep_blinks(layers: Iterable[Layer], frames: Array, blinks: Bools) -> None:
    """Remember on which frames (K,), one after the other, layers blink that were written just now.

    Args:
        layers: of one capability and face.
        frames: on which their keys lie.
        blinks: (K,) where they would blink, whether or not they do.
    """
    edges = np.diff(blinks.astype(np.int8), prepend=0, append=0)
    first, last = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1) - 1
    spans = np.stack((frames[first], frames[last]), axis=1).tolist()
    for layer in layers:
        bpy.data.actions[layer.action_name][_BLINKS] = json.dumps(spans)


def blinks_left_to(what: str, frames: Array) -> list[Note]:
    """A note that something else blinks on these frames; none if there are none."""
    if not len(frames):
        return []
    between = f"between frames {frames[0]:.0f} and {frames[-1]:.0f}"
    return [Note(f"blinks are left to the {what} that is on this face {between}")]


def _spans(track: bpy.types.NlaTrack) -> list[Span]:
    """First and last frames of the scene between which a layer blinks; all of it if unsaid."""
    strip = next((strip for strip in track.strips if strip.action is not None), None)
    kept = _read(strip.action.get(_BLINKS)) if strip is not None else None
    if strip is None or kept is None:
        return [span_of(track)]
    spans = [[strip.frame_start + strip.scale * (f - strip.action_frame_start) for f in span]
             for span in kept]  # fmt: skip
    lowest, highest = span_of(track)
    clipped = [(max(first, lowest), min(last, highest)) for first, last in spans]
    return [(first, last) for first, last in clipped if first <= last]


def _read(text: object) -> list[Span] | None:
    """Spans as they were kept; None where there are none, or where somebody wrote into them."""
    try:
        found = json.loads(text) if isinstance(text, str) else None
        return None if found is None else [(float(a), float(b)) for a, b in found]
    except (TypeError, ValueError):
        return None
