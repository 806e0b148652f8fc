"""Hands that pass through hips and thighs, on the meshes as Blender evaluates them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import bpy
import numpy as np
from mathutils import Vector
from mathutils.bvhtree import BVHTree
from numpy.typing import NDArray

from blender_addon.blender.rig.body import joints_carried
from blender_addon.blender.timeline import playhead_kept, show_frame

Ints = NDArray[np.int64]

BODY: Final = ("Hips", "Spine", "Spine1", "LeftUpLeg", "RightUpLeg")
HANDS: Final = ("LeftHand", "RightHand")
INSIDE_CM: Final = 0.5
_MOST_HAND_VERTICES: Final = 400
_DEEPEST_M: Final = 0.15
_BEHIND: Final = 0.7
"""Cosine to a face's normal: what is beside the rim of a piece of cloth is not behind it."""


@dataclass(frozen=True, eq=False)
class _Mesh:
    """One mesh's vertices of the hands, and triangles of hips, waist and thighs."""

    name: str
    hands: Ints
    body: list[tuple[int, ...]]


@dataclass(frozen=True)
class HandsInBody:
    """How deep hands are in what is seen of hips, waist and thighs, over some frames.

    Args:
        deepest_cm: most on any frame, at the size of a person.
        frames_share: of the frames on which a hand is more than ``INSIDE_CM`` deep.
    """

    deepest_cm: float
    frames_share: float


def measure_hands(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    joint_map: Mapping[str, str],
    frames: Sequence[int],
    size: float,
) -> HandsInBody | None:
    """Look for hands in the body on some frames; None where no mesh shows both.

    Args:
        context: whose scene shows the walk.
        armature: the character.
        joint_map: common joint by bone.
        frames: to look at.
        size: of the character against a person.
    """
    meshes = list(_meshes(armature, joint_map))
    if not any(mesh.body for mesh in meshes) or not any(len(mesh.hands) for mesh in meshes):
        return None
    hips = next(bone for bone, joint in joint_map.items() if joint == "Hips")
    deepest = []
    with playhead_kept(context.scene):
        for frame in frames:
            show_frame(context.scene, frame)
            inside = _deepest(context, meshes, _head(armature, hips), _DEEPEST_M * size)
            deepest.append(100.0 * inside / size)
    return HandsInBody(max(deepest), float(np.mean(np.array(deepest) > INSIDE_CM)))


def _meshes(armature: bpy.types.Object, joint_map: Mapping[str, str]) -> Iterator[_Mesh]:
    """The meshes on the armature, hidden ones left out."""
    joints = joints_carried(armature, joint_map)
    for obj in armature.children:
        if obj.type != "MESH" or obj.find_armature() != armature or obj.hide_render:
            continue
        carried = _carried(obj, joints)
        hands = np.flatnonzero(np.isin(carried, HANDS))
        body = np.isin(carried, BODY)
        faces = [tuple(f.vertices) for f in obj.data.polygons if all(body[v] for v in f.vertices)]
        yield _Mesh(obj.name, hands[:: max(1, len(hands) // _MOST_HAND_VERTICES)], faces)


def _carried(obj: bpy.types.Object, joints: Mapping[str, str]) -> NDArray[np.str_]:
    """(V,) the common joint that carries most of each vertex."""
    by_group = {group.index: joints.get(group.name, "") for group in obj.vertex_groups}
    found = []
    for vertex in obj.data.vertices:
        shares: dict[str, float] = {}
        for entry in vertex.groups:
            joint = by_group.get(entry.group, "")
            shares[joint] = shares.get(joint, 0.0) + entry.weight
        found.append(max(shares, key=lambda joint: shares[joint]) if shares else "")
    return np.array(found, dtype=np.str_)


def _head(armature: bpy.types.Object, bone: str) -> Vector:
    return armature.matrix_world @ armature.pose.bones[bone].head


def _deepest(
    context: bpy.types.Context, meshes: Sequence[_Mesh], middle: Vector, most: float
) -> float:
    """How far the deepest vertex of a hand is inside, in the scene's units; 0 outside."""
    depsgraph = context.evaluated_depsgraph_get()
    hands, trees = [], []
    for each in meshes:
        evaluated = bpy.data.objects[each.name].evaluated_get(depsgraph)
        world = evaluated.matrix_world
        places = [world @ vertex.co for vertex in evaluated.data.vertices]
        hands += [places[n] for n in each.hands.tolist()]
        if each.body:
            trees.append(BVHTree.FromPolygons(places, each.body))
    return max(_depth(tree, place, middle, most) for tree in trees for place in hands)


def _depth(tree: BVHTree, place: Vector, middle: Vector, most: float) -> float:
    """How far a place is inside: behind a face that is further from the hips' middle than it is.

    Cloth is open and has two sides, so that the way a face looks tells not enough.
    """
    nearest, normal, _, distance = tree.find_nearest(place, most)
    if nearest is None or (nearest - place).dot(normal) < _BEHIND * distance:
        return 0.0
    further = (nearest - middle).xy.length > (place - middle).xy.length
    return float(distance) if further else 0.0
