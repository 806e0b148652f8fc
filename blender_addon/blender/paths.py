"""RNA paths of what is animated on bones and objects, and what they say."""

from __future__ import annotations

import re
from typing import Final

import bpy

_OF_BONE: Final = re.compile(r'pose\.bones\["(?P<bone>(?:[^"\\]|\\.)*)"\]')
_BY_MODE: Final = {"QUATERNION": "rotation_quaternion", "AXIS_ANGLE": "rotation_axis_angle"}


def bone_path(name: str, property_name: str = "") -> str:
    """Path of a pose bone's property, from its object; without one, up to the dot before it."""
    return f'pose.bones["{bpy.utils.escape_identifier(name)}"].{property_name}'


def bone_of_path(path: str) -> str:
    """Name of the bone whose property a path is; empty for the object's own."""
    found = _OF_BONE.match(path)
    return bpy.utils.unescape_identifier(found["bone"]) if found else ""


def rotation_property(owner: bpy.types.Object | bpy.types.PoseBone) -> str:
    """The property that turns a bone or an object, by its rotation mode."""
    return _BY_MODE.get(owner.rotation_mode, "rotation_euler")
