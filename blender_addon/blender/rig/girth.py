"""How thick a character is where gesturing hands could go through, read from its meshes at rest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ...core.retarget.body_shape import Girth, usual_girth
from .body import joints_carried
from .skeleton import RigSkeleton
from .soles import bound_meshes, places_at_rest

Matrix = NDArray[np.float64]

_TRUNK: Final = ("Hips", "Spine", "Spine1", "Spine2", "LeftUpLeg", "RightUpLeg")
_SECTIONS: Final = (("hips", 0.0), ("belly", 0.4), ("chest", 0.8))
"""Share of the way from the hips to the shoulders."""
_HALF_SLAB: Final = 0.07
"""Of that way: vertices so near to a section are of it."""
_FEWEST: Final = 12
_SURFACE_PERCENT: Final = 96.0
"""Of the distances of a section's vertices: further out lies but a fold."""
_HEAD_PERCENT: Final = 75.0
_THIGH_PERCENT: Final = 85.0
_MOST: Final = 2.5
"""No part is so many times as thick as usual, nor as thin: that is a cape, or half a mesh."""


def read_girth(context: bpy.types.Context, rig: RigSkeleton) -> Girth:
    """Half widths and depths of a character; the usual ones where no mesh shows a part.

    Args:
        context: gives the scene's meshes.
        rig: as read from its armature.
    """
    roles = {common: rig.skeleton.index(bone) for bone, common in rig.joint_map.items()}
    usual = usual_girth(rig.skeleton, roles)
    armature = bpy.data.objects.get((rig.object_name, None))
    if armature is None or "Hips" not in roles:
        return usual
    parts = _vertices(context, armature, rig)
    seen = _trunk(parts, rig, roles) | _round(parts, rig, roles)
    known = vars(usual)
    return Girth(
        **{
            name: float(np.clip(seen.get(name, size), size / _MOST, size * _MOST))
            for name, size in known.items()
        }
    )


def _vertices(
    context: bpy.types.Context, armature: bpy.types.Object, rig: RigSkeleton
) -> dict[str, Matrix]:
    """(V, 3) vertices in character space, metres, by the common joint that carries most of each."""
    carried = joints_carried(armature, rig.joint_map)
    found: dict[str, list[Matrix]] = {}
    for obj, on in bound_meshes(context.scene, armature):
        scale = rig.object_scale * rig.unit_m
        here = places_at_rest(obj, armature, on) @ rig.armature_to_character.T * scale
        owners = _owners(obj, on, carried)
        for joint in set(owners) - {""}:
            found.setdefault(joint, []).append(here[owners == joint])
    return {joint: np.concatenate(each) for joint, each in found.items()}


def _owners(obj: bpy.types.Object, on: str, carried: Mapping[str, str]) -> NDArray[np.str_]:
    """(V,) common joint of each vertex of a mesh, empty for none."""
    vertices = obj.data.vertices
    if on:
        return np.full(len(vertices), carried.get(on, ""), dtype="<U16")
    names = {group.index: carried.get(group.name, "") for group in obj.vertex_groups}
    owners = []
    for vertex in vertices:
        most, owner = 0.0, ""
        for entry in vertex.groups:
            if entry.weight > most:
                most, owner = entry.weight, names.get(entry.group, "")
        owners.append(owner)
    return np.array(owners, dtype="<U16")


def _trunk(
    parts: Mapping[str, Matrix], rig: RigSkeleton, roles: Mapping[str, int]
) -> dict[str, float]:
    joined = [parts[joint] for joint in _TRUNK if joint in parts]
    shoulders = [roles[name] for name in ("LeftArm", "RightArm") if name in roles]
    if not joined or not shoulders:
        return {}
    rest, points = rig.skeleton.rest_positions(), np.concatenate(joined)
    line = np.array([rest[roles[name]] for name in _TRUNK[:4] if name in roles], np.float64)
    low, high = line[0, 1], float(np.mean(rest[shoulders, 1]))
    found: dict[str, float] = {}
    for name, share in _SECTIONS:
        height = low + share * (high - low)
        near = points[np.abs(points[:, 1] - height) < _HALF_SLAB * (high - low)]
        if len(near) < _FEWEST:
            continue
        middle = [np.interp(height, line[:, 1], line[:, axis]) for axis in (0, 2)]
        ahead = near[:, 2] - middle[1]
        found[f"{name}_side"] = _outer(np.abs(near[:, 0] - middle[0]))
        found[f"{name}_front"] = _outer(ahead[ahead > 0.0])
        found[f"{name}_back"] = _outer(-ahead[ahead < 0.0])
    return {name: size for name, size in found.items() if size > 0.0}


def _outer(distances: Matrix) -> float:
    return float(np.percentile(distances, _SURFACE_PERCENT)) if len(distances) else 0.0


def _round(
    parts: Mapping[str, Matrix], rig: RigSkeleton, roles: Mapping[str, int]
) -> dict[str, float]:
    """Radii of head and thighs."""
    rest = rig.skeleton.rest_positions().astype(np.float64)
    found = {}
    if len(head := parts.get("Head", np.zeros((0, 3)))) >= _FEWEST:
        off = np.linalg.norm(head - np.median(head, axis=0), axis=1)
        found["head"] = float(np.percentile(off, _HEAD_PERCENT))
    thighs = [
        _about_line(parts[f"{side}UpLeg"], rest[roles[f"{side}UpLeg"]], rest[roles[f"{side}Leg"]])
        for side in ("Left", "Right")
        if f"{side}UpLeg" in parts and f"{side}UpLeg" in roles and f"{side}Leg" in roles
    ]
    if thighs:
        found["thigh"] = max(thighs)
    return {name: size for name, size in found.items() if size > 0.0}


def _about_line(points: Matrix, start: Matrix, stop: Matrix) -> float:
    """How far points of the upper half are from a line, nearly all of them."""
    along = (stop - start) / np.linalg.norm(stop - start)
    share = (points - start) @ along / np.linalg.norm(stop - start)
    upper = points[(share > 0.15) & (share < 0.6)]
    if len(upper) < _FEWEST:
        return 0.0
    off = upper - start - ((upper - start) @ along)[:, None] * along
    return float(np.percentile(np.linalg.norm(off, axis=1), _THIGH_PERCENT))
