"""Who is in the demos: people chosen to be told apart at a glance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import bpy
import numpy as np
from numpy.typing import NDArray

from blender_addon.demo_character.bones import NAMINGS
from blender_addon.demo_character.builder import add_person
from blender_addon.demo_character.person import Person, draw_person

NAMING: Final = NAMINGS["RIGIFY"]
"""Of the bones of everybody in the demos."""

_AFRICAN, _ASIAN, _CAUCASIAN = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)
_CAST: Final[Mapping[str, tuple[int, Mapping[str, Any]]]] = {
    # The walk: side by side.
    "Ada": (
        5,
        {"sex": 0.0, "age_years": 27.0, "weight": -0.1, "ancestry": _AFRICAN, "hair": "curls",
         "shirt": "t-shirt", "shirt_colour": (0.42, 0.24, 0.05), "trousers": "jeans"},
    ),
    "Tom": (
        12,
        {"sex": 1.0, "age_years": 55.0, "weight": 0.3, "ancestry": _CAUCASIAN, "hair": "short",
         "beard": "stubble", "shirt": "shirt", "trousers": "chinos",
         "trousers_colour": (0.19, 0.14, 0.085)},
    ),
    # The gaze: across a table.
    "Ann": (
        2,
        {"sex": 0.0, "age_years": 36.0, "weight": 0.0, "ancestry": _ASIAN, "height_m": 1.60,
         "hair": "bob", "shirt": "jumper"},
    ),
    "Ben": (
        9,
        {"sex": 1.0, "age_years": 44.0, "weight": 0.0, "ancestry": _CAUCASIAN, "height_m": 1.86,
         "hair": "short", "beard": "full", "shirt": "shirt"},
    ),
    # The short film: who comes in, and who waits.
    "Mei": (
        2,
        {"sex": 0.0, "age_years": 31.0, "weight": -0.1, "ancestry": _ASIAN, "height_m": 1.66,
         "hair": "bob", "shirt": "jumper", "shirt_colour": (0.52, 0.25, 0.035), "trousers": "jeans",
         "trousers_colour": (0.035, 0.055, 0.11), "shoes": "boots"},
    ),
    "Sam": (
        7,
        {"sex": 1.0, "age_years": 40.0, "weight": 0.0, "ancestry": _AFRICAN, "height_m": 1.81,
         "hair": "cropped", "beard": "none", "shirt": "shirt", "shirt_colour": (0.60, 0.55, 0.46),
         "trousers": "chinos", "trousers_colour": (0.055, 0.045, 0.042), "skin_tone": 0.62},
    ),
    # The speech: one head with three sets of shapes.
    "Max": (
        3,
        {"sex": 1.0, "age_years": 31.0, "weight": -0.2, "ancestry": _CAUCASIAN, "height_m": 1.76,
         "hair": "short", "beard": "none", "shirt": "t-shirt"},
    ),
}  # fmt: skip


def person_of(name: str, **chosen: Any) -> Person:
    """Somebody of the cast, with some traits chosen instead."""
    seed, traits = _CAST[name]
    return draw_person(seed, {**traits, **chosen})


def add_actor(context: bpy.types.Context, name: str) -> bpy.types.Object:
    """Add somebody of the cast to the scene, named so; returns the armature."""
    return add_person(context, name, person_of(name), NAMING.key)


def eyes_of(armature: bpy.types.Object) -> NDArray[np.float64]:
    """(3,) the point between the eyes as they are now, in Blender's world."""
    bones = [armature.pose.bones[NAMING.names[f"eye.{side}"]] for side in "LR"]
    return np.mean([armature.matrix_world @ bone.head for bone in bones], axis=0)
