"""How wide a character is where its hands swing: the shape of hips, thighs and hands.

Read at rest from some of the vertices of the meshes, clothes included.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ...core.retarget.feet import leg_length
from .skeleton import RigSkeleton
from .soles import bound_meshes, outermost, places_at_rest, size_motions, stem_of

Matrix = NDArray[np.float64]
Ints = NDArray[np.int64]

_TRUNK: Final = ("Hips", "Spine", "Spine1")
_THIGHS: Final = ("LeftUpLeg", "RightUpLeg")
_HANDS: Final = ("LeftHand", "RightHand")
_NEEDED: Final = ("Hips", *_THIGHS, *_HANDS)
_SAME_PLACE: Final = 0.01
_CELLS: Final = np.array([0.06, 0.035, 0.035])
_HAND_CELLS: Final = np.array([0.015, 0.015, 0.015])
"""Of the leg: of the vertices in a cell of this size, the one furthest to a side is looked at."""
_BELOW_HIPS: Final = 0.4
_OVER_HIPS: Final = 0.3
"""Of the leg: how far from the hip sockets hands swing."""
_INNERMOST: Final = 0.06
"""Of the leg: what is nearer to the middle is never in their way."""
_OFF_HAND: Final = 0.3


def with_body(context: bpy.types.Context, rig: RigSkeleton) -> RigSkeleton:
    """The rig with the shape of body and hands, if meshes show both.

    Args:
        context: gives the scene's meshes.
        rig: as read from its armature.
    """
    armature = bpy.data.objects.get((rig.object_name, None))
    bones = {joint: bone for bone, joint in rig.joint_map.items()}
    if armature is None or not all(joint in bones for joint in _NEEDED):
        return rig
    parts = _points_by_joint(context, armature, rig)
    if not {"Hips", *_THIGHS} & set(parts) or not set(_HANDS) & set(parts):
        return rig
    body = {bones[joint]: points.astype(np.float32) for joint, points in parts.items()}
    return replace(rig, skeleton=replace(rig.skeleton, body=body))


def joints_carried(armature: bpy.types.Object, joint_map: Mapping[str, str]) -> dict[str, str]:
    """Common joint that each bone moves with, by bone; without those that move with none.

    That of its own name, of what it is made of (as Rigify's bones that deform), of a joint in the
    same place (as of a second chain that deforms), else of its parent.

    Args:
        armature: whose bones.
        joint_map: common joint by bone.
    """
    bones = armature.data.bones
    stems = {stem_of(name): joint for name, joint in joint_map.items()}
    heads = np.array([bones[name].head_local for name in joint_map])
    there = list(joint_map.values())
    found: dict[str, str] = {}
    for bone in bones:  # parents come first
        joint = joint_map.get(bone.name) or stems.get(stem_of(bone.name))
        if joint is None and there:
            off = np.linalg.norm(heads - np.array(bone.head_local), axis=1)
            nearest = int(off.argmin())
            joint = there[nearest] if off[nearest] < _SAME_PLACE * bone.length else None
        if joint is None and bone.parent is not None:
            joint = found.get(bone.parent.name)
        if joint is not None:
            found[bone.name] = joint
    return found


def _points_by_joint(
    context: bpy.types.Context, armature: bpy.types.Object, rig: RigSkeleton
) -> dict[str, Matrix]:
    """(K, 3) what is seen of each part from its joint in character space, metres, by joint."""
    carried = joints_carried(armature, rig.joint_map)
    bones = {joint: bone for bone, joint in rig.joint_map.items()}
    found: dict[str, list[Matrix]] = {}
    for obj, on in bound_meshes(context.scene, armature):
        places = places_at_rest(obj, armature, on)
        near = _near_hips_and_hands(places, rig)
        if not len(near):
            continue
        for bone, vertices in _by_bone(obj, on, near, carried):
            joint = carried[bone]
            part = "Hips" if joint in _TRUNK else joint
            if part in (*_THIGHS, *_HANDS, "Hips"):
                off = _off_joint(armature, rig, bones[part], bone, places[vertices])
                found.setdefault(part, []).append(off)
    points = {part: np.concatenate(each) for part, each in found.items()}
    return {part: _outer(part, each) for part, each in points.items()}


def _outer(part: str, points: Matrix) -> Matrix:
    return points[outermost(points)] if part in _HANDS else points


def _near_hips_and_hands(places: Matrix, rig: RigSkeleton) -> Ints:
    """Some of the vertices (V, 3) about hips, thighs and hands, evenly spread."""
    skeleton = rig.skeleton
    roles = {joint: skeleton.index(bone) for bone, joint in rig.joint_map.items()}
    leg, rest = leg_length(skeleton, roles), skeleton.rest_positions()
    here = places @ rig.armature_to_character.T * (rig.object_scale * rig.unit_m)
    sockets = float(np.mean([rest[roles[joint]][1] for joint in _THIGHS]))
    over = here[:, 1] - sockets
    body = (over > -_BELOW_HIPS * leg) & (over < _OVER_HIPS * leg)
    body &= abs(here[:, 0]) > _INNERMOST * leg
    arms = np.zeros(len(here), np.bool_)
    for side in ("Left", "Right"):
        off = here - rest[roles[side + "Hand"]]
        arms |= np.einsum("vd,vd->v", off, off) < (_OFF_HAND * leg) ** 2
    return np.union1d(_thinned(here, body, _CELLS * leg), _thinned(here, arms, _HAND_CELLS * leg))


def _thinned(points: Matrix, chosen: NDArray[np.bool_], cell: Matrix) -> Ints:
    """Numbers of the points furthest to a side in each cell of a grid, of those chosen."""
    among = np.flatnonzero(chosen)
    among = among[np.argsort(-abs(points[among, 0]), kind="stable")]
    if not len(among):
        return among
    cells = np.floor(points[among] / cell).astype(np.int64)
    cells -= cells.min(axis=0)
    size = cells.max(axis=0) + 1
    _, first = np.unique(np.ravel_multi_index(tuple(cells.T), tuple(size)), return_index=True)
    return among[first]


def _by_bone(
    obj: bpy.types.Object, on: str, near: Ints, carried: Mapping[str, str]
) -> Iterator[tuple[str, Ints]]:
    """Bones, and the vertices of which each carries most."""
    if on:
        if on in carried:
            yield on, near
        return
    names = {g.index: g.name for g in obj.vertex_groups if g.name in carried}
    vertices, found = obj.data.vertices, {}
    for vertex in near.tolist():
        most, group = 0.0, -1
        for entry in vertices[vertex].groups:
            if entry.weight > most and entry.group in names:
                most, group = entry.weight, entry.group
        found.setdefault(group, []).append(vertex)
    for group, chosen in found.items():
        if group >= 0:
            yield names[group], np.array(chosen, np.int64)


def _off_joint(
    armature: bpy.types.Object, rig: RigSkeleton, joint: str, bone: str, places: Matrix
) -> Matrix:
    """(V, 3) vertices that a bone carries, from a joint in character space, metres, as large."""
    sizes = size_motions(armature, rig, (joint, bone))
    head = sizes[joint] @ np.array([*armature.data.bones[joint].head_local, 1.0])
    sized = places @ sizes[bone][:3, :3].T + sizes[bone][:3, 3]
    scale = rig.object_scale * rig.unit_m
    return np.asarray((sized - head[:3]) @ rig.armature_to_character.T * scale)
