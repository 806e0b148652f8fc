"""A figure of simple solids around the bones of a rig that Rigify generates."""

from __future__ import annotations

from typing import Any, Final

import bpy
import numpy as np
from numpy.typing import NDArray

from backend.rigs.generated import make_rigify

from ..scene import add_mesh

Array = NDArray[np.float64]

_AROUND: Final = 12
_RINGS: Final = np.array([-1.0, -0.8, -0.45, 0.0, 0.45, 0.8, 1.0])
_LEFT, _RIGHT, _TRUNK = (0.62, 0.20, 0.05), (0.05, 0.24, 0.50), (0.52, 0.50, 0.46)
_THICK_M: Final = {
    "thigh": (0.085, 0.07), "shin": (0.062, 0.045), "foot": (0.045, 0.045), "toe": (0.04, 0.03),
    "upper_arm": (0.052, 0.045), "forearm": (0.043, 0.033), "hand": (0.04, 0.03),
    "shoulder": (0.05, 0.06),
}  # fmt: skip
"""Radii where a bone begins and ends."""
_TRUNK_M: Final = {
    "spine": (0.15, 0.11), "spine.001": (0.14, 0.10), "spine.002": (0.16, 0.115),
    "spine.003": (0.15, 0.10), "spine.004": (0.055, 0.055), "spine.005": (0.05, 0.05),
    "spine.006": (0.092, 0.112),
}  # fmt: skip
"""Half widths from side to side, and from front to back."""
_OVERLAP: Final = {"spine.006": 0.12}
"""How far a solid goes beyond its bone at both ends, shares of its length."""
_USUAL_OVERLAP: Final = 0.25


def add_mannequin(context: bpy.types.Context, leg_m: float) -> bpy.types.Object:
    """A rig made by Rigify, standing at the origin, with a body; returns the armature.

    Args:
        context: whose scene receives it.
        leg_m: how far its ankles are to be from its hips.
    """
    rig = make_rigify()
    rig.name = "Rigify"
    for name, colour in (("Left", _LEFT), ("Right", _RIGHT), ("Trunk", _TRUNK)):
        made = bpy.data.materials.new(f"Mannequin {name}")
        made.diffuse_color = (*colour, 1.0)
        made.roughness = 0.5
    for bone in rig.data.bones:
        if bone.name.startswith("DEF-") and _radii(bone.name) is not None:
            _add_solid(context, rig, bone)
    thigh, shin, foot = (rig.data.bones[f"DEF-{name}.L"] for name in ("thigh", "shin", "foot"))
    ways = (shin.head_local - thigh.head_local, foot.head_local - shin.head_local)
    rig.scale = 3 * (leg_m / sum(way.length for way in ways),)
    rig.hide_render = True
    return rig


def _radii(name: str) -> Any:
    plain = name.removeprefix("DEF-")
    if plain in _TRUNK_M:
        return _TRUNK_M[plain]
    return _THICK_M.get(plain.split(".")[0])


def _add_solid(context: bpy.types.Context, rig: bpy.types.Object, bone: bpy.types.Bone) -> None:
    """A rounded solid along a bone, which goes with it."""
    frame = np.array(bone.matrix_local, np.float64)
    places, quads = _capsule(_radii(bone.name), bone.length, bone.name.removeprefix("DEF-"))
    places = places @ frame[:3, :3].T + frame[:3, 3]
    thing = add_mesh(context, bone.name, places, quads, ())
    side = {"L": "Left", "R": "Right"}.get(bone.name.split(".")[1] if "." in bone.name else "")
    mesh: Any = thing.data
    mesh.materials.append(bpy.data.materials[f"Mannequin {side or 'Trunk'}"])
    thing.vertex_groups.new(name=bone.name).add(range(len(places)), 1.0, "REPLACE")
    modifier: Any = thing.modifiers.new("Armature", "ARMATURE")
    modifier.object = rig
    thing.parent = rig


def _capsule(radii: Any, length: float, name: str) -> tuple[Array, NDArray[np.int64]]:
    """Vertices along +Y from 0 to the bone's length, and quads.

    The trunk is as wide as its half widths say, X by Z; limbs are round and taper.
    """
    trunk = name in _TRUNK_M
    beyond = _OVERLAP.get(name, _USUAL_OVERLAP)
    angles = 2.0 * np.pi * np.arange(_AROUND) / _AROUND
    rings = []
    for at in _RINGS:
        along = length * (0.5 + (0.5 + beyond) * at)
        share = np.clip(0.5 + 0.5 * at, 0.0, 1.0)
        bulge = max(1.0 - abs(at) ** 4, 0.02) ** 0.5
        wide, deep = radii if trunk else 2 * (radii[0] + share * (radii[1] - radii[0]),)
        circle = np.stack((np.cos(angles) * wide, np.zeros(_AROUND), np.sin(angles) * deep), -1)
        rings.append(bulge * circle + [0.0, along, 0.0])
    first = np.arange(len(_RINGS) - 1)[:, None] * _AROUND + np.arange(_AROUND)
    second = np.arange(len(_RINGS) - 1)[:, None] * _AROUND + (np.arange(_AROUND) + 1) % _AROUND
    quads = np.stack((first, first + _AROUND, second + _AROUND, second), axis=-1).reshape(-1, 4)
    return np.concatenate(rings), quads
