"""Reads an armature of which only arms are needed: with a trunk, without legs, or arms alone."""

from __future__ import annotations

from collections.abc import Mapping

import bpy
import numpy as np
from mathutils import Vector
from numpy.typing import NDArray

from ...core.errors import SkeletonError
from ...core.maths.directions import nearest_axis, snapped
from ...core.motion.skeleton import Skeleton
from ...core.retarget.joint_names import match_family
from ..units import metres_per_unit
from .joint_map import joint_tree, kept_joints
from .skeleton import RigSkeleton, read_checked

Matrix = NDArray[np.float64]
_ARM = ("Arm", "ForeArm")
_TRUNK = ("Spine", "Spine1", "Spine2", "Neck", "Head")
_SHORTEST = 1e-9


def read_upper_body(context: bpy.types.Context, armature: bpy.types.Object | None) -> RigSkeleton:
    """Read what there is of a trunk and arms; the bone that carries them stands for the hips.

    Args:
        context: gives the scene's units and the evaluated transform.
        armature: the object; its pose does not matter.

    Raises:
        SkeletonError: no armature, in edit mode, linked, badly scaled, or without an arm.
    """
    armature, world, scale = read_checked(context, armature)
    bones = armature.data.bones
    tree = joint_tree(bones)
    found = {**match_family(tree.names).joints, **kept_joints(armature)}
    found = {joint: bone for joint, bone in found.items() if bone in bones}
    sides = [s for s in ("Left", "Right") if all(s + part in found for part in _ARM)]
    if not sides:
        raise SkeletonError(
            f"'{armature.name}' has no arm that could gesture (found {len(found)} joints by name "
            f"among {len(bones)} bones, expected an upper arm and a forearm). Set them under "
            "Joints, or choose another armature"
        )
    root = _root(armature, found, sides)
    joints = {root.name: "Hips"}
    parts = ("Shoulder", *_ARM, "Hand")
    for joint in (*_TRUNK, *(side + part for side in sides for part in parts)):
        bone = found.get(joint)
        if bone is not None and root in bones[bone].parent_recursive:
            joints[bone] = joint
    chain = _chain(bones, root, joints)
    to_character = _axes(armature, found, root, sides, world)
    skeleton = _skeleton(chain, to_character, scale * metres_per_unit(context.scene))
    return RigSkeleton(
        object_name=armature.name,
        skeleton=skeleton,
        joint_map=joints,
        rest_axes=np.array([np.array(b.matrix_local, np.float64)[:3, :3] for b in chain]),
        inherits_rotation=np.array([bone.use_inherit_rotation for bone in chain]),
        ancestors=tuple(bone.name for bone in reversed(root.parent_recursive)),
        armature_to_character=to_character,
        armature_to_world=world,
        object_scale=scale,
        unit_m=metres_per_unit(context.scene),
        floor_m=0.0,
    )


def _root(armature: bpy.types.Object, found: Mapping[str, str], sides: list[str]) -> bpy.types.Bone:
    """The bone that carries all arms: the hips, or the nearest that all of them hang on."""
    bones = armature.data.bones
    paths = [bones[found[side + "Arm"]].parent_recursive for side in sides]
    shared = [bone for bone in paths[0] if all(bone in path for path in paths)]
    if "Hips" in found and bones[found["Hips"]] in shared:
        return bones[found["Hips"]]
    shoulders = {found.get(side + "Shoulder") for side in sides}
    lowest = next((found[n] for n in ("Spine", "Spine1", "Spine2") if n in found), None)
    if lowest is not None and bones[lowest] in shared:
        return bones[lowest]
    carrying = [bone for bone in shared if bone.name not in shoulders]
    if not carrying:
        raise SkeletonError(
            f"the arms of '{armature.name}' hang on no bone that carries them. Parent "
            f"'{found[sides[0] + 'Arm']}' to a bone of the chest in Edit Mode"
        )
    return carrying[0]


def _chain(
    bones: bpy.types.ArmatureBones, root: bpy.types.Bone, joints: Mapping[str, str]
) -> list[bpy.types.Bone]:
    """The joints' bones and those between, parents first."""
    kept = {root.name}
    for name in joints:
        path = [bones[name], *bones[name].parent_recursive]
        kept |= {bone.name for bone in path[: path.index(root)]}
    return [bone for bone in [root, *root.children_recursive] if bone.name in kept]


def _axes(
    armature: bpy.types.Object,
    found: Mapping[str, str],
    root: bpy.types.Bone,
    sides: list[str],
    world: Matrix,
) -> Matrix:
    """Rows: left, up and forward in armature space; up is the world's where no head tells it."""
    bones = armature.data.bones
    up = np.linalg.inv(world[:3, :3]) @ np.array([0.0, 0.0, 1.0])
    if "Head" in found and "Hips" in found:
        up = np.array(bones[found["Head"]].head_local - bones[found["Hips"]].head_local)
    up = nearest_axis(up)
    places = {side: Vector(bones[found[side + "Arm"]].head_local) for side in sides}
    left = places.get("Left", root.head_local) - places.get("Right", root.head_local)
    flat = np.array(left) - (np.array(left) @ up) * up
    length = float(np.linalg.norm(flat))
    if length < _SHORTEST:
        raise SkeletonError(
            f"both arms of '{armature.name}' begin in one place, so it cannot be seen where it "
            "looks. Move them apart in Edit Mode"
        )
    flat = snapped(flat / length)
    return np.array([flat, up, np.cross(flat, up)])


def _skeleton(chain: list[bpy.types.Bone], to_character: Matrix, scale_m: float) -> Skeleton:
    names = [bone.name for bone in chain]
    heads, tails = (
        scale_m * np.array([getattr(bone, end) for bone in chain], np.float64) @ to_character.T
        for end in ("head_local", "tail_local")
    )
    above = [next((b.name for b in bone.parent_recursive if b.name in names), "") for bone in chain]
    parents = np.array([names.index(name) if name else -1 for name in above])
    parents[0] = -1
    offsets = heads.copy()
    offsets[1:] -= heads[parents[1:]]
    leaves = set(range(len(names))) - set(parents.tolist())
    ends = {names[n]: tuple(map(float, tails[n] - heads[n])) for n in sorted(leaves)}
    return Skeleton(tuple(names), parents, offsets.astype(np.float32), ends)
