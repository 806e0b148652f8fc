"""What plays on an armature: from where to where, and whether its keys are numbers."""

from __future__ import annotations

from collections.abc import Iterator

import bpy
import numpy as np

from ...core.errors import ClipError, SettingsError
from ..paths import bone_of_path
from .layer_values import capability_of
from .sampled import seen_curves
from .strips import played_range


def check_keys(armature: bpy.types.Object) -> None:
    """Refuse keys that are no numbers, naming the first.

    Raises:
        ClipError: says which channel, and on which frame.
    """
    for path, curve, frame in _bad_keys(armature):
        bone = bone_of_path(path)
        named = f"of the bone '{bone}'" if bone else f"of '{armature.name}'"
        raise ClipError(
            f"a key of '{armature.name}' is no number: {path.rpartition('.')[2]}"
            f"[{curve.array_index}] {named} on frame {frame:g}. Delete the key or set it again"
        )


def _bad_keys(armature: bpy.types.Object) -> Iterator[tuple[str, bpy.types.FCurve, float]]:
    for path, curves in seen_curves(armature).items():
        for curve in curves:
            keys = np.empty(2 * len(curve.keyframe_points), np.float32)
            curve.keyframe_points.foreach_get("co", keys)
            bad = ~np.isfinite(keys[1::2])
            if bad.any():
                yield path, curve, float(keys[::2][int(np.argmax(bad))])


def played_spans(armature: bpy.types.Object) -> list[tuple[float, float]]:
    """First and last frame of animation of each action or strip that plays, layers left out."""
    data = armature.animation_data
    spans = []
    if data is not None and data.action is not None and seen_curves(armature):
        first, last = data.action.curve_frame_range
        spans.append(played_range(armature) if last > first else (first, last))
    for track in data.nla_tracks if data is not None and data.use_nla else ():
        if capability_of(track):  # layers of ours add to what plays
            continue
        spans += [(s.frame_start, s.frame_end) for s in track.strips if not (track.mute or s.mute)]
    return spans


def played_span(armature: bpy.types.Object) -> tuple[int, int]:
    """First and last whole frame of animation on which something plays.

    Raises:
        SettingsError: nothing does.
    """
    spans = played_spans(armature)
    if not spans:
        raise SettingsError(
            f"nothing animates '{armature.name}', so there is no motion to edit. Assign an action, "
            "or unmute a strip in the NLA editor"
        )
    first, last = min(a for a, _ in spans), max(b for _, b in spans)
    return int(np.ceil(first - 1e-3)), int(np.floor(last + 1e-3))
