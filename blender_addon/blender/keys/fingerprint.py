"""Knows what the extension made and nobody changed since, by a fingerprint of its keys.

It is kept on the action: as soon as a key is changed by hand the action is the animator's, too.
"""

from __future__ import annotations

import hashlib

import bpy
import numpy as np

from .. import compat


def mark_as_made(action: bpy.types.Action, capability: str) -> None:
    """Remember what an action holds now, and what made it."""
    action[_property(capability)] = fingerprint(action)


def was_made(action: bpy.types.Action, capability: str) -> bool:
    """Whether a capability made this action, whatever became of it since."""
    return _property(capability) in action


def is_ours_alone(action: bpy.types.Action, capability: str) -> bool:
    """Whether a capability made it, nobody changed it, and nothing else or nobody wants to keep it.

    Args:
        action: with one user, what animates with it.
        capability: such as "walk".
    """
    return (
        was_made(action, capability)
        and action[_property(capability)] == fingerprint(action)
        and action.library is None
        and action.asset_data is None
        and not action.use_fake_user
        and action.users == 1
    )


def fingerprint(action: bpy.types.Action) -> str:
    """Changes with every key of an action."""
    digest = hashlib.sha256()
    for curve in compat.action_fcurves(action):
        digest.update(f"{curve.data_path}[{curve.array_index}]{curve.mute}".encode())
        count = len(curve.keyframe_points)
        for name in ("co", "handle_left", "handle_right"):
            numbers = np.empty(2 * count, np.float32)
            curve.keyframe_points.foreach_get(name, numbers)
            digest.update(numbers.tobytes())
        kinds = np.empty(count, np.uint8)
        curve.keyframe_points.foreach_get("interpolation", kinds)
        digest.update(kinds.tobytes() + bytes([len(curve.modifiers)]))
    return digest.hexdigest()


def _property(capability: str) -> str:
    return f"neural_motion_{capability}"
