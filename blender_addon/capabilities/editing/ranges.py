"""Which frames and which bones an edit may change, as the panel says."""

from __future__ import annotations

import math
import time
from typing import Any, Final

import bpy
import numpy as np

from ...blender import compat
from ...blender.timeline import scene_frame
from .choice import Edit
from .kinds import KINDS
from .properties import GAPS, KEYS, PREVIEW, WHOLE, NEURALMOTION_PG_editing

NO_KEYS: Final = (
    "Select keys on two frames at least, in the Dope Sheet or the Graph Editor, or choose other "
    "frames"
)
_LEAST_FRAMES: Final = 2
"""From the first to the last of a range: one lies between them."""
_LOOKED_EVERY_S: Final = 0.3
_seen: dict[int, tuple[float, tuple[int, int] | None]] = {}


def span_of(chosen: NEURALMOTION_PG_editing, edit: Edit) -> str:
    """Where the frames of an edit come from: the identifier of the panel's choice."""
    return chosen.fill_span if edit is Edit.FILL else chosen.span


def chosen_range(
    scene: bpy.types.Scene, owner: bpy.types.Object, edit: Edit
) -> tuple[int, int] | None:
    """First and last frame of what is edited; None for all that plays, or for all gaps.

    Of Fill the poses on both stay.

    Args:
        scene: whose preview range counts.
        owner: the armature.
        edit: what is done.
    """
    chosen: NEURALMOTION_PG_editing = owner.neural_motion.editing
    span = span_of(chosen, edit)
    if not KINDS[edit].has_range or span in (GAPS, WHOLE):
        return None
    if span == KEYS:
        return selected_keys(scene, owner)
    if span == PREVIEW:
        return scene.frame_preview_start, scene.frame_preview_end
    return chosen.first_frame, chosen.last_frame


def reason_without_range(scene: bpy.types.Scene, owner: bpy.types.Object, edit: Edit) -> str | None:
    """What of the frames is still to be chosen, in the user's words; None if nothing is."""
    chosen: NEURALMOTION_PG_editing = owner.neural_motion.editing
    span = span_of(chosen, edit)
    if not KINDS[edit].has_range or span == WHOLE:
        return None
    if span == GAPS:
        action = owner.animation_data.action if owner.animation_data else None
        return None if action else "Gaps lie between keys of the active action, and there is none"
    if span == PREVIEW and not scene.use_preview_range:
        return "Set a preview range first (P in the timeline), or choose other frames"
    ends = _quickly(scene, owner) if span == KEYS else chosen_range(scene, owner, edit)
    if ends is None:
        return NO_KEYS
    if ends[1] - ends[0] >= _LEAST_FRAMES:
        return None
    if ends[1] < ends[0]:
        return f"The last frame, {ends[1]}, lies before the first one, {ends[0]}"
    return f"There is no frame between {ends[0]} and {ends[1]}"


def _quickly(scene: bpy.types.Scene, owner: bpy.types.Object) -> tuple[int, int] | None:
    """Selected keys, looked at a few times a second at most: a capture has many."""
    place, now_s = owner.session_uid, time.monotonic()
    looked_s, found = _seen.get(place, (-math.inf, None))
    if now_s - looked_s > _LOOKED_EVERY_S:
        found = selected_keys(scene, owner)
        _seen.clear()
        _seen[place] = now_s, found
    return found


def selected_keys(scene: bpy.types.Scene, owner: bpy.types.Object) -> tuple[int, int] | None:
    """Frames of the first and the last selected key of the active action; None without two.

    Args:
        scene: whose frames they are.
        owner: the armature.
    """
    if owner.animation_data is None or owner.animation_data.action is None:
        return None
    frames = [each for curve in compat.fcurves_of(owner) for each in _selected(curve)]
    if not frames:
        return None
    first, last = (round(scene_frame(scene, end(frames))) for end in (min, max))
    return None if first == last else (first, last)


def _selected(curve: Any) -> list[float]:
    """Frames of the outermost selected keys of a curve."""
    count = len(curve.keyframe_points)
    chosen, places = np.zeros(count, bool), np.zeros(2 * count, np.float32)
    curve.keyframe_points.foreach_get("select_control_point", chosen)
    if curve.hide or not chosen.any():
        return []
    curve.keyframe_points.foreach_get("co", places)
    frames = places[::2][chosen]
    return [float(frames.min()), float(frames.max())]


def selected_bones(owner: bpy.types.Object) -> tuple[str, ...]:
    """Names of the bones that are selected in Pose Mode, in the armature's order."""
    return tuple(bone.name for bone in owner.pose.bones if _is_selected(bone))


def _is_selected(bone: bpy.types.PoseBone) -> bool:
    """Blender 5 keeps it at the pose, and earlier ones at the armature."""
    return bool(bone.select if hasattr(bone, "select") else bone.bone.select)
