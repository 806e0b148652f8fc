"""Mark Walk as Asset: the last walk goes to the Asset Browser, with a picture of a stride."""

from __future__ import annotations

import logging
from typing import Any, Final

import bpy
import numpy as np

from ...blender.layers.found import Placed, objects_of
from ...blender.portrait import portrait
from ...blender.rig.evaluation import evaluated_apart
from ...blender.translation import translated
from ...blender.ui.reporting import report
from ..character.chosen import chosen_armature
from .contact_markers import reason_without_walk
from .facts import facts_of, last_walk

_TAG: Final = "Neural Motion"
_SIZE_PX: Final = 256
_STEP_FRAMES: Final = 6.0
_log = logging.getLogger(__name__)


class NEURALMOTION_OT_mark_walk(bpy.types.Operator):
    """Makes an asset of the last walk."""

    bl_idname = "neural_motion.mark_walk_as_asset"
    bl_label = "Mark Walk as Asset"
    bl_description = (
        "Mark the last walk as an asset, with a picture, tags, and what it was generated "
        "from. A walk that is an asset is kept by what is generated next"
    )
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        reason = reason_without_walk(context)
        if reason is not None:
            cls.poll_message_set(translated(reason))
        return reason is None

    def execute(self, context: bpy.types.Context) -> set[str]:
        armature = chosen_armature(context)
        walk = last_walk(armature)
        if not walk.action.is_editable:
            report(
                self, {"ERROR"}, f"'{walk.action.name}' is linked from another file. Mark it there"
            )
            return {"CANCELLED"}
        mark_walk(walk)
        try:
            picture = picture_of(context, armature, walk)
        except RuntimeError as error:
            _log.warning("no picture of %s: %s", walk.action.name, error)
            report(
                self, {"WARNING"}, f"'{walk.action.name}' is an asset without a picture: {error}"
            )
            return {"FINISHED"}
        preview = walk.action.preview_ensure()
        preview.image_size = picture.shape[:2]
        preview.image_pixels_float = picture.ravel().tolist()
        report(self, {"INFO"}, f"'{walk.action.name}' is an asset")
        return {"FINISHED"}


def mark_walk(walk: Placed) -> None:
    """Mark a walk's action, with tags and a description that tell it from others."""
    action, facts = walk.action, facts_of(walk.action)
    action.asset_mark()
    action.asset_data.description = describe(facts)
    for tag in (_TAG, "walk", facts.get("style", "")):
        if tag:
            action.asset_data.tags.new(tag, skip_if_exists=True)


def describe(facts: dict[str, Any]) -> str:
    """What a walk is, in one line."""
    seconds, metres = facts.get("seconds", 0.0), facts.get("metres", 0.0)
    speed = metres / seconds if seconds else 0.0
    told = [f"Walk of {seconds:.1f} s", f"{metres:.1f} m", f"{speed:.2f} m/s on average"]
    if facts.get("style"):
        told.append(f"style {facts['style']}")
    told.append(f"seed {facts.get('seed', 0)}")
    return ", ".join(told)


def picture_of(
    context: bpy.types.Context, armature: bpy.types.Object, walk: Placed
) -> np.ndarray[Any, Any]:
    """The character in the middle of its walk, on a landing: there a stride is longest."""
    frame = _stride(walk)
    meshes = [each for each in objects_of(armature) if each.type == "MESH" and not each.hide_render]
    return portrait(context, armature, meshes, frame, _way(context, armature, frame), _SIZE_PX)


def _stride(walk: Placed) -> float:
    first, last = walk.span
    middle = 0.5 * (first + last)
    contacts = facts_of(walk.action).get("contacts", ())
    downs = [frame for frame, name in contacts if name.endswith("down")]
    if walk.strip is not None:
        return middle
    return float(min(downs, key=lambda frame: abs(frame - middle), default=middle))


def _way(
    context: bpy.types.Context, armature: bpy.types.Object, frame: float
) -> tuple[float, float]:
    """Where the hips go about a frame, along the scene's X and Y."""
    places = []
    with evaluated_apart(context, [armature]) as set_frame:
        for at in (frame - _STEP_FRAMES, frame + _STEP_FRAMES):
            seen = armature.evaluated_get(set_frame(at))
            places.append(
                np.mean([seen.matrix_world @ bone.head for bone in seen.pose.bones], axis=0)
            )
    off = places[1] - places[0]
    return float(off[0]), float(off[1])


CLASSES = (NEURALMOTION_OT_mark_walk,)
