"""Where a result was asked to begin, kept with it: its first pose stands a little beside that."""

from __future__ import annotations

from typing import Final

import bpy

from .standing import Standing

_KEY: Final = "neural_motion_stands"
"""Custom property of an action: its first frame, the place asked for, and that seen there."""


def remember_standing(
    action: bpy.types.Action, frame: int, asked: Standing, seen: Standing
) -> None:
    """Keep with a result where it was asked to begin.

    Args:
        action: the result.
        frame: on which it begins.
        asked: where.
        seen: where its character stands on that frame.
    """
    action[_KEY] = [float(frame), *_numbers(asked), *_numbers(seen)]


def remembered_standing(
    armature: bpy.types.Object, frame: int, seen: Standing, size: float
) -> Standing | None:
    """Where the result that plays there was asked to begin.

    Args:
        armature: whose.
        frame: of animation.
        seen: where the character stands on it.
        size: of the character, against a person.

    Returns:
        None if no such result begins on that frame, or if anything moved the character since.
    """
    data = armature.animation_data
    if data is None:
        return None
    actions = [data.action, *(s.action for track in data.nla_tracks for s in track.strips)]
    for action in actions:
        if action is None or len(kept := list(action.get(_KEY, ()))) != 9 or kept[0] != frame:
            continue
        if Standing(*kept[5:]).is_near(seen, size):
            return Standing(*kept[1:5])
    return None


def _numbers(stands: Standing) -> tuple[float, ...]:
    return stands.x, stands.z, stands.heading_rad, stands.floor_m
