"""How far the eyes of a VRM character turn, as its file says.

The VRM add-on keeps what a file says in a property group of the armature's data; where the add-on
is not switched on, Blender still has it as plain custom properties. VRM 0 gives each way a curve
whose largest value is ``y_range``, VRM 1 a map whose largest value is ``output_scale``: degrees,
unless the eyes are turned by shapes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

import bpy

_GROUP: Final = "vrm_addon_extension"
_OLD_TEXT: Final = "firstPerson_params"
"""Custom property of the armature object in which old versions name a text with JSON."""
_UNSAID_DEG: Final = 10.0  # where a file leaves a way out: the format's own value
_BONES: Final = ("bone", 0)  # kind of look-at, by its name or its number
_VRM_0: Final = ("look_at_horizontal_inner", "look_at_horizontal_outer", "look_at_vertical_up",
    "look_at_vertical_down")  # fmt: skip
_VRM_0_JSON: Final = ("lookAtHorizontalInner", "lookAtHorizontalOuter", "lookAtVerticalUp",
    "lookAtVerticalDown")  # fmt: skip
_VRM_1: Final = ("range_map_horizontal_inner", "range_map_horizontal_outer",
    "range_map_vertical_up", "range_map_vertical_down")  # fmt: skip

Limits = tuple[float, float, float]


def vrm_limits(armature: bpy.types.Object) -> Limits | None:
    """How far the eyes turn to the side, up and down, degrees; None where no file says it."""
    for group in _groups(armature):
        first = _get(_get(group, "vrm0"), "first_person")
        by_version = [
            (first, _VRM_0, "y_range", "look_at_type_name"),
            (_get(_get(group, "vrm1"), "look_at"), _VRM_1, "output_scale", "type"),
        ]
        if str(_get(group, "spec_version") or "").startswith("1"):
            by_version.reverse()
        for each in by_version:
            limits = _read(*each)
            if limits is not None:
                return limits
    return _read(_old_text(armature), _VRM_0_JSON, "yRange", "lookAtTypeName")


def _groups(armature: bpy.types.Object) -> Iterator[Any]:
    data = armature.data
    yield getattr(data, _GROUP, None)
    yield data.get(_GROUP)
    stored = getattr(data, "bl_system_properties_get", None)  # since Blender 5.0
    yield _get(stored() if stored is not None else None, _GROUP)


def _read(group: Any, ways: tuple[str, ...], value: str, kind: str) -> Limits | None:
    maps = [_get(group, way) for way in ways]
    if group is None or not any(_is_said(each, value) for each in maps):
        return None
    turned_by = _get(group, kind)
    if turned_by is not None and str(turned_by).lower() not in map(str, _BONES):
        return None
    inner, outer, up, down = (_number(_get(each, value)) for each in maps)
    return min(inner, outer), up, down


def _is_said(group: Any, name: str) -> bool:
    """Whether a file has said it: a property group that nobody filled has values, too."""
    if isinstance(group, bpy.types.bpy_struct):
        return bool(group.is_property_set(name))
    return _get(group, name) is not None


def _number(value: Any) -> float:
    usable = isinstance(value, int | float) and not isinstance(value, bool) and value > 0
    return float(value) if usable else _UNSAID_DEG


def _get(group: Any, name: str) -> Any:
    """A member of a property group, of custom properties or of JSON; None without."""
    if group is None:
        return None
    if hasattr(group, "keys") and not isinstance(group, bpy.types.bpy_struct):
        return group.get(name)
    return getattr(group, name, None)


def _old_text(armature: bpy.types.Object) -> Any:
    text = bpy.data.texts.get(str(armature.get(_OLD_TEXT, "")))
    if text is None:
        return None
    try:
        document = json.loads(text.as_string())
    except ValueError:
        return None  # somebody's own text
    return document if isinstance(document, dict) else None
