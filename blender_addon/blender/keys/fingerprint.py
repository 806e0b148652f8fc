"""Knows what the extension made and nobody changed since, by a fingerprint of its keys.

It is kept on the action: as soon as a key is changed by hand the action is the animator's, too.
"""

from __future__ import annotations

import hashlib
from typing import Any, Final

import bpy
import numpy as np

from .. import compat

_MARKS: Final = "neural_motion_"
_KEY_FIELDS: Final = (
    ("co", 2, np.float32),
    ("interpolation", 1, np.uint8),  # as Blender keeps them: other kinds are read ten times slower
    ("easing", 1, np.uint8),
    ("type", 1, np.uint8),
    ("back", 1, np.float32),
    ("amplitude", 1, np.float32),
    ("period", 1, np.float32),
)
_SIDES: Final = ("left", "right")
_FOLLOWS_KEYS: Final = np.array((1, 2, 4), np.uint8)
"""Vector and automatic handles, whose places follow from the keys."""
_ONLY_SHOWN: Final = ("rna_type", "active", "show_expanded", "is_valid")


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
    """Changes with whatever an animator may change in an action: keys, modifiers, markers, notes.

    One made by an earlier version differs for the same action, which is then kept as changed.
    """
    digest = hashlib.blake2b(digest_size=32)
    for curve in compat.action_fcurves(action):
        state = curve.data_path, curve.array_index, curve.mute, curve.extrapolation
        digest.update(repr(state).encode("utf-8", "surrogateescape"))
        for name, width, kind in _KEY_FIELDS:
            digest.update(_read(curve, name, width, kind))
        for side in _SIDES:
            kinds = _read(curve, f"handle_{side}_type", 1, np.uint8)
            digest.update(kinds)
            if not np.isin(kinds, _FOLLOWS_KEYS).all():
                digest.update(_read(curve, f"handle_{side}", 2, np.float32))
        for modifier in curve.modifiers:
            digest.update(repr(_settings(modifier)).encode("utf-8", "surrogateescape"))
    markers = [(marker.name, marker.frame) for marker in action.pose_markers]
    notes = [(key, _plain(action[key])) for key in sorted(action.keys()) if not _is_mark(key)]
    digest.update(repr((markers, notes)).encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _read(curve: bpy.types.FCurve, name: str, width: int, kind: Any) -> np.ndarray:
    """(K · width,) one field of all keys of a curve."""
    values = np.empty(width * len(curve.keyframe_points), kind)
    curve.keyframe_points.foreach_get(name, values)
    return values


def _settings(item: Any) -> list[tuple[str, Any]]:
    """What can be set on a modifier, points of an envelope included."""
    found: list[tuple[str, Any]] = []
    for prop in item.bl_rna.properties:
        value = getattr(item, prop.identifier)
        if prop.type == "COLLECTION":
            found.append((prop.identifier, [_settings(each) for each in value]))
        elif prop.type != "POINTER" and prop.identifier not in _ONLY_SHOWN:
            found.append((prop.identifier, _plain(value)))
    return found


def _plain(value: Any) -> Any:
    """A custom property, or a setting, as something whose text tells it."""
    if hasattr(value, "to_dict"):
        return sorted(value.to_dict().items())
    if hasattr(value, "to_list"):
        return value.to_list()
    if isinstance(value, bpy.types.ID):
        return value.name_full
    return value if isinstance(value, (str, bytes, int, float)) else list(value)


def _property(capability: str) -> str:
    return f"{_MARKS}{capability}"


def _is_mark(key: str) -> bool:
    return key.startswith(_MARKS)
