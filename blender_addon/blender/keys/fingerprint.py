"""What an animator may change in an action or in a strip that plays it, in one short text.

Two of them are equal as long as nothing was set by hand. What is at its default is left out, so
that a property which a newer Blender adds changes nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

import bpy
import numpy as np

from .. import compat

MARKS: Final = "neural_motion_"
"""How custom properties begin that the extension sets itself."""
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
_FOLLOWS_KEYS: Final = bytes((1, 2, 4))
"""Vector and automatic handles, whose places follow from the keys."""
_NOT_SET_BY_HAND: Final = {
    "rna_type", "active", "select", "show_expanded", "is_valid", "tag", "is_runtime_data",
    "use_extra_user", "frame_range", "last_slot_identifier", "action_slot_handle", "id_root",
}  # fmt: skip
"""Selection, what is only shown, what Blender keeps for itself, what follows from other values."""
_POINTS: Final = object()
_PLAIN: Final = (str, bytes, int, float, bool, type(None))
_DEFAULTS: Final = {"hide": False}
"""Where the default that is told differs between Blender's versions."""


def fingerprint(action: bpy.types.Action) -> str:
    """Changes with whatever an animator may change in an action.

    That is its name, range, slots, layers, groups, curves, keys, modifiers, markers and custom
    properties, those of the extension itself left out.
    """
    digest = hashlib.blake2b(digest_size=32)
    for part in _parts_of_action(action):
        digest.update(part)
    return digest.hexdigest()


def fingerprint_of_track(track: bpy.types.NlaTrack) -> str:
    """Changes with whatever an animator may set on a track; the strips on it do not count."""
    return hashlib.blake2b(_text(_settings(track)), digest_size=32).hexdigest()


def fingerprint_of_strip(strip: bpy.types.NlaStrip) -> str:
    """Changes with whatever an animator may set on a strip: time, blending, modifiers, curves."""
    digest = hashlib.blake2b(digest_size=32)
    digest.update(_text(strip.type, _settings(strip), compat.slot_number(strip)))
    for modifier in strip.modifiers:
        digest.update(_text(_settings(modifier)))
    for curve in strip.fcurves:
        if len(curve.keyframe_points) or len(curve.modifiers):
            for part in _parts_of_curve(curve):
                digest.update(part)
    return digest.hexdigest()


def _parts_of_action(action: bpy.types.Action) -> Iterator[bytes]:
    yield _text(_settings(action))
    yield _text(compat.names_within(action))
    for group in compat.action_groups(action):
        yield _text(_settings(group))
    for curve in compat.action_fcurves(action):
        yield from _parts_of_curve(curve)
    yield _text([_settings(marker) for marker in action.pose_markers])
    yield _text([(key, _plain(action[key])) for key in sorted(action.keys()) if not _is_mark(key)])


def _parts_of_curve(curve: bpy.types.FCurve) -> Iterator[bytes]:
    settings = _settings(curve)
    if curve.color_mode != "CUSTOM":  # Blender fills the colour in when it draws the curve
        settings = [(name, value) for name, value in settings if name != "color"]
    yield _text(settings, curve.group.name if curve.group is not None else "")
    for name, width, kind in _KEY_FIELDS:
        yield _read(curve, name, width, kind)
    for side in _SIDES:
        kinds = _read(curve, f"handle_{side}_type", 1, np.uint8)
        yield kinds
        if kinds.translate(None, _FOLLOWS_KEYS):
            yield _read(curve, f"handle_{side}", 2, np.float32)
    for modifier in curve.modifiers:
        yield _text(_settings(modifier))


def _read(curve: bpy.types.FCurve, name: str, width: int, kind: Any) -> bytes:
    """One field of all keys of a curve."""
    values = np.empty(width * len(curve.keyframe_points), kind)
    curve.keyframe_points.foreach_get(name, values)
    return values.tobytes()


def _text(*values: Any) -> bytes:
    return repr(values).encode("utf-8", "surrogateescape")


def _settings(item: Any) -> list[tuple[str, Any]]:
    """What is set on something and not at its default; points of a modifier's envelope included."""
    kind = type(item)
    # Add-ons give properties of their own to datablocks alone, at any time.
    defaults = _find_defaults(kind) if issubclass(kind, bpy.types.ID) else _defaults_of(kind)
    found: list[tuple[str, Any]] = []
    for name, default in defaults:
        if default is _POINTS:
            found.append((name, [_settings(each) for each in item.control_points]))
            continue
        value = getattr(item, name)
        if type(value) not in _PLAIN:
            value = _plain(value)
        if value != default:
            found.append((name, value))
    return found


def _find_defaults(kind: type) -> tuple[tuple[str, Any], ...]:
    """What can be set on things of a kind, and what is set there if nobody did."""
    found: list[tuple[str, Any]] = []
    for prop in kind.bl_rna.properties:  # type: ignore[attr-defined]
        name = prop.identifier
        if name in _NOT_SET_BY_HAND or prop.type == "POINTER":
            continue
        if name == "control_points":
            found.append((name, _POINTS))
        elif prop.type != "COLLECTION" and not prop.is_readonly:
            found.append((name, _DEFAULTS.get(name, _default(prop))))
    return tuple(found)


_defaults_of = lru_cache(maxsize=None)(_find_defaults)


def _default(prop: bpy.types.Property) -> Any:
    if getattr(prop, "is_array", False):
        return list(prop.default_array)
    if getattr(prop, "is_enum_flag", False):
        return sorted(prop.default_flag)
    return prop.default


def _plain(value: Any) -> Any:
    """A custom property, or a setting, as something whose text tells it."""
    if hasattr(value, "to_dict"):
        return sorted(value.to_dict().items())
    if hasattr(value, "to_list"):
        return value.to_list()
    if isinstance(value, bpy.types.ID):
        return value.name_full
    if isinstance(value, set):
        return sorted(value)
    return value if isinstance(value, (str, bytes, int, float, type(None))) else list(value)


def _is_mark(key: str) -> bool:
    return key.startswith(MARKS)
