"""Markers in the timeline where a foot of the last walk comes down or goes up."""

from __future__ import annotations

import json
from typing import Any, Final

import bpy

from ...blender.keys.fingerprint import MARKS
from ...blender.layers.found import Placed
from ...blender.timeline import scene_frame
from ...blender.translation import translated
from ...blender.ui.reporting import report
from ..character.chosen import chosen_armature, reason_if_linked, reason_without_armature
from .facts import Event, facts_of, last_walk

_MADE: Final = f"{MARKS}contact_markers"
"""Custom property of a scene: frames and names of the markers made for each character."""


def reason_without_walk(context: bpy.types.Context) -> str | None:
    """Why there is no last walk to do anything with, in the user's words; None if there is one."""
    armature = chosen_armature(context)
    if armature is None:
        return reason_without_armature(context)
    if last_walk(armature) is None:
        return reason_if_linked(armature) or f"Generate a walk for '{armature.name}' first"
    return None


def add_markers(scene: bpy.types.Scene, armature: bpy.types.Object, walk: Placed) -> int:
    """Mark a walk's contacts in the timeline, in place of those marked for it before.

    Returns:
        How many.
    """
    remove_markers(scene, armature)
    made: list[Event] = []
    for frame, name in facts_of(walk.action).get("contacts", ()):
        at = round(scene_frame(scene, _played_at(walk, frame)))
        marker = scene.timeline_markers.new(f"{armature.name} {name}", frame=at)
        made.append((marker.frame, marker.name))
    if made:
        scene[_MADE] = json.dumps({**_made(scene), armature.name: made})
    return len(made)


def remove_markers(scene: bpy.types.Scene, armature: bpy.types.Object) -> int:
    """Remove the markers made for a character, but none that was renamed or moved since.

    Returns:
        How many.
    """
    made = _made(scene)
    ours = [tuple(each) for each in made.pop(armature.name, ())]
    count = 0
    for marker in list(scene.timeline_markers):
        if (marker.frame, marker.name) in ours:
            ours.remove((marker.frame, marker.name))
            scene.timeline_markers.remove(marker)
            count += 1
    if made:
        scene[_MADE] = json.dumps(made)
    elif _MADE in scene:
        del scene[_MADE]
    return count


def _made(scene: bpy.types.Scene) -> dict[str, Any]:
    text = scene.get(_MADE)
    try:
        made = json.loads(text) if isinstance(text, str) else {}
    except ValueError:
        return {}
    return made if isinstance(made, dict) else {}


def _played_at(walk: Placed, frame: float) -> float:
    """When a frame of the action is played."""
    strip = walk.strip
    if strip is None:
        return frame
    return strip.frame_start + (frame - strip.action_frame_start) * strip.scale


class NEURALMOTION_OT_contact_markers(bpy.types.Operator):
    """Marks the contacts of the feet, or takes the marks away."""

    bl_idname = "neural_motion.contact_markers"
    bl_label = "Contact Markers"
    bl_description = (
        "Mark in the timeline where a foot of the last walk comes down or goes up; if "
        "these markers are there, remove them again"
    )
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        reason = reason_without_walk(context)
        if reason is not None:
            cls.poll_message_set(translated(reason))
        return reason is None

    def execute(self, context: bpy.types.Context) -> set[str]:
        scene, armature = context.scene, chosen_armature(context)
        if removed := remove_markers(scene, armature):
            report(self, {"INFO"}, f"{removed} markers removed")
            return {"FINISHED"}
        added = add_markers(scene, armature, last_walk(armature))
        if not added:
            report(self, {"ERROR"}, "No contacts are known of the last walk. Generate it again")
            return {"CANCELLED"}
        report(self, {"INFO"}, f"{added} markers added")
        return {"FINISHED"}


CLASSES = (NEURALMOTION_OT_contact_markers,)
