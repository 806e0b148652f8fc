"""What is seen of a character's feet: the vertices that its foot and toe bones carry.

Read at rest, they tell the shape of the sole; skinned by the pose of some frames as Blender skins
them (sums of bone matrices by weight), they tell how deep it goes. That is a hundred times as fast
as evaluating the whole mesh on every frame.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ...core.retarget.feet import leg_length
from ...core.retarget.soles import SHARES
from ..vertices import coordinates, shape_offsets
from .bone_scales import sized_rests
from .skeleton import RigSkeleton

Matrix = NDArray[np.float64]

_PARTS: Final = tuple(side + part for side in ("Left", "Right") for part in ("Foot", "Toe"))
_ORIGINAL: Final = ("ORG-", "DEF-")
_REGION: Final = 0.5
"""Of the leg: vertices further from the ankle are no foot."""
_OVER_ANKLE: Final = 0.1
_SAME_PLACE: Final = 0.01
_LEAST_SHARE: Final = 0.5
"""A vertex of which foot and toes together carry less is the shin's."""
_LEAST_WEIGHT: Final = 1e-4
_MOST_VERTICES: Final = 4000
_DIRECTIONS: Final = 240


@dataclass(frozen=True, eq=False)
class FootSkin:
    """Vertices of one mesh around one foot, at rest.

    Args:
        side: "Left" or "Right".
        places: (V, 3) in armature space.
        bones: names of B bones that deform them.
        weights: (V, B) of sum one.
        toe_shares: (V,) how much of each the toe joint carries.
    """

    side: str
    places: Matrix
    bones: tuple[str, ...]
    weights: Matrix
    toe_shares: Matrix

    def some(self, chosen: NDArray[np.int64]) -> FootSkin:
        """The same with some of the vertices."""
        weights = self.weights[chosen]
        used = np.flatnonzero(weights.any(axis=0))
        bones = tuple(self.bones[n] for n in used)
        return FootSkin(
            self.side, self.places[chosen], bones, weights[:, used], self.toe_shares[chosen]
        )

    def skinned(self, motions: Mapping[str, Matrix]) -> Matrix:
        """(K, V, 3) places of the vertices in armature space.

        Args:
            motions: (K, 4, 4) from rest to pose in armature space, by bone.
        """
        total = np.zeros((len(motions[self.bones[0]]), len(self.places), 3))
        for number, bone in enumerate(self.bones):
            motion = motions[bone]
            moved = self.places @ np.swapaxes(motion[:, :3, :3], 1, 2) + motion[:, None, :3, 3]
            total += self.weights[:, number, None] * moved
        return total


def with_soles(context: bpy.types.Context, rig: RigSkeleton) -> RigSkeleton:
    """The rig with the outermost points of its feet, if meshes show any.

    Args:
        context: gives the scene's meshes.
        rig: as read from its armature.
    """
    armature = bpy.data.objects.get((rig.object_name, None))
    soles = {}
    for side, skins in _by_side(read_foot_skins(context, rig)).items():
        foot = foot_bone(rig, side)
        points = np.concatenate([off_ankle(armature, rig, foot, skin) for skin in skins])
        shares = np.concatenate([skin.toe_shares for skin in skins])
        kept = _outermost_by_share(points, shares)
        sole = np.concatenate((points[kept], shares[kept, None]), axis=1)
        soles[foot] = sole.astype(np.float32)
    return replace(rig, skeleton=replace(rig.skeleton, soles=soles)) if soles else rig


def foot_bone(rig: RigSkeleton, side: str) -> str:
    """The bone of a side's foot."""
    return next(bone for bone, joint in rig.joint_map.items() if joint == side + "Foot")


def off_ankle(armature: bpy.types.Object, rig: RigSkeleton, foot: str, skin: FootSkin) -> Matrix:
    """(V, 3) vertices from the ankle in character space, metres, with all as large as it is."""
    sizes = size_motions(armature, rig, (foot, *skin.bones))
    head = np.array([*armature.data.bones[foot].head_local, 1.0])
    ankle = (sizes[foot] @ head)[:3]
    places = skin.skinned({name: motion[None] for name, motion in sizes.items()})[0]
    scale = rig.object_scale * rig.unit_m
    return np.asarray((places - ankle) @ rig.armature_to_character.T * scale)


def size_motions(
    armature: bpy.types.Object, rig: RigSkeleton, names: Iterable[str]
) -> dict[str, Matrix]:
    """(4, 4) from rest to sized rest in armature space, by bone."""
    bones = [armature.data.bones[name] for name in dict.fromkeys(names)]
    if rig.controls is not None:
        return {bone.name: rig.root_size for bone in bones}
    sized = sized_rests(bones, rig.bone_scales)
    return {
        bone.name: np.array(sized[bone.name] @ bone.matrix_local.inverted_safe()) for bone in bones
    }


def _by_side(skins: list[FootSkin]) -> dict[str, list[FootSkin]]:
    return {
        side: [skin for skin in skins if skin.side == side]
        for side in dict.fromkeys(skin.side for skin in skins)
    }


def read_foot_skins(context: bpy.types.Context, rig: RigSkeleton) -> list[FootSkin]:
    """Both feet of every mesh of the scene that the rig deforms or carries."""
    armature = bpy.data.objects.get((rig.object_name, None))
    if armature is None:
        return []
    joints = {bone.name: _joint_of(bone, rig) for bone in armature.data.bones}
    found = []
    for obj, bone in bound_meshes(context.scene, armature):
        places = places_at_rest(obj, armature, bone)
        for side in ("Left", "Right"):
            near = np.flatnonzero(_is_near(places, rig, side))
            near = near[:: max(1, len(near) // _MOST_VERTICES)]
            skin = _foot_skin(obj, bone, side, places, near, joints)
            if skin is not None:
                found.append(skin)
    return found


def bound_meshes(
    scene: bpy.types.Scene, armature: bpy.types.Object
) -> Iterator[tuple[bpy.types.Object, str]]:
    """Meshes to be seen that move with an armature, and the bone of those that hang on one."""
    for obj in scene.objects:
        if obj.type != "MESH" or obj.hide_render or not obj.data.vertices:
            continue
        if obj.parent == armature and obj.parent_type == "BONE" and obj.parent_bone:
            if obj.parent_bone in armature.data.bones:
                yield obj, obj.parent_bone
        elif (obj.parent == armature and obj.parent_type == "ARMATURE") or any(
            _deforms(modifier, armature) for modifier in obj.modifiers
        ):
            yield obj, ""


def _deforms(modifier: Any, armature: bpy.types.Object) -> bool:
    """Whether a modifier bends its mesh by the weights of an armature's bones."""
    if modifier.type != "ARMATURE" or modifier.object != armature:
        return False
    return bool(modifier.show_viewport and modifier.use_vertex_groups)


def places_at_rest(obj: bpy.types.Object, armature: bpy.types.Object, bone: str) -> Matrix:
    """(V, 3) vertices in armature space while the armature is at rest."""
    places = _shaped(obj)
    if bone:
        at = armature.data.bones[bone]
        tail = np.array(at.matrix_local, np.float64)
        tail[:3, 3] = at.tail_local
        space = tail @ np.array(obj.matrix_parent_inverse) @ np.array(obj.matrix_basis)
    else:
        space = np.array(armature.matrix_world.inverted_safe() @ obj.matrix_world)
    return np.asarray(places @ space[:3, :3].T + space[:3, 3])


def _shaped(obj: bpy.types.Object) -> Matrix:
    """(V, 3) vertices in the object's space, with the present values of its shape keys."""
    mesh = obj.data
    places = coordinates(mesh.vertices)
    keys = mesh.shape_keys
    if keys is None or not keys.use_relative:
        return places
    for key in keys.key_blocks[1:]:
        if key.value and not key.mute and not key.vertex_group:
            places = places + key.value * shape_offsets(key)
    return places


def _is_near(places: Matrix, rig: RigSkeleton, side: str) -> NDArray[np.bool_]:
    """(V,) whether a vertex lies about a foot, and not up the shin."""
    skeleton = rig.skeleton
    roles = {joint: skeleton.index(bone) for bone, joint in rig.joint_map.items()}
    leg = leg_length(skeleton, roles)
    scale = rig.object_scale * rig.unit_m
    here = places @ rig.armature_to_character.T * scale
    off = here - skeleton.rest_positions()[roles[side + "Foot"]]
    distance = np.linalg.norm(off, axis=1)
    return np.asarray((distance < _REGION * leg) & (off[:, 1] < _OVER_ANKLE * leg))


def _joint_of(bone: bpy.types.Bone, rig: RigSkeleton) -> str:
    """The joint of the feet that a bone moves with; empty for another's."""
    joints = dict(rig.joint_map) | toes_beside(rig)
    stems = {stem_of(name): joint for name, joint in joints.items()}
    above: bpy.types.Bone | None = bone
    while above is not None:
        joint = joints.get(above.name) or stems.get(stem_of(above.name))
        if joint is None:
            joint = _joint_at(above, rig)
        if joint is not None:
            return joint if joint in _PARTS else ""
        above = above.parent
    return ""


def toes_beside(rig: RigSkeleton) -> dict[str, str]:
    """Toe joint by the bones of the skeleton that hang on a foot beside it."""
    skeleton, found = rig.skeleton, {}
    for bone, joint in rig.joint_map.items():
        if joint.endswith("Toe"):
            toe = skeleton.index(bone)
            for other in np.flatnonzero(skeleton.parents == skeleton.parents[toe]).tolist():
                if skeleton.names[other] not in rig.joint_map:
                    found[skeleton.names[other]] = joint
    return found


def _joint_at(bone: bpy.types.Bone, rig: RigSkeleton) -> str | None:
    """The joint of the feet that begins where a bone does, as of a second chain that deforms."""
    armature: Any = bone.id_data
    bones = armature.bones
    for name, joint in rig.joint_map.items():
        head = bones[name].head_local
        if joint in _PARTS and (bone.head_local - head).length < _SAME_PLACE * bone.length:
            return joint
    return None


def stem_of(name: str) -> str:
    """A bone's name without what Rigify puts before those that are copies."""
    for prefix in _ORIGINAL:
        name = name.removeprefix(prefix)
    return name


def _foot_skin(
    obj: bpy.types.Object,
    bone: str,
    side: str,
    places: Matrix,
    near: NDArray[np.int64],
    joints: Mapping[str, str],
) -> FootSkin | None:
    """What foot and toes of one side carry of some vertices; None if that is nothing."""
    if bone:
        if not joints[bone].startswith(side):
            return None
        weights, bones = np.ones((len(places), 1)), (bone,)
        near = np.arange(len(places))[:: max(1, len(places) // _MOST_VERTICES)]
        weights = weights[near]
    else:
        weights, bones = _weights(obj, near, joints)
    if not len(near) or not bones:
        return None
    foot, toe = (
        weights[:, [joints[name] == side + part for name in bones]].sum(axis=1)
        for part in ("Foot", "Toe")
    )
    chosen = np.flatnonzero(foot + toe > _LEAST_SHARE)
    if not len(chosen):
        return None
    shares = toe / np.maximum(foot + toe, _LEAST_WEIGHT)
    return FootSkin(side, places[near], bones, weights, shares).some(chosen)


def _weights(
    obj: bpy.types.Object, near: NDArray[np.int64], joints: Mapping[str, str]
) -> tuple[Matrix, tuple[str, ...]]:
    """(V, B) shares of the deforming bones, and their names."""
    armature_bones = _armature_of(obj).data.bones
    groups = {
        group.index: group.name
        for group in obj.vertex_groups
        if group.name in joints and armature_bones[group.name].use_deform
    }
    column = {index: number for number, index in enumerate(groups)}
    weights = np.zeros((len(near), len(groups)))
    vertices = obj.data.vertices
    for row, vertex in enumerate(near.tolist()):
        for entry in vertices[vertex].groups:
            number = column.get(entry.group)
            if number is not None:
                weights[row, number] = entry.weight
    total = weights.sum(axis=1, keepdims=True)
    return weights / np.maximum(total, _LEAST_WEIGHT), tuple(groups.values())


def _armature_of(obj: bpy.types.Object) -> bpy.types.Object:
    modifiers: Any = obj.modifiers
    for modifier in modifiers:
        if modifier.type == "ARMATURE" and modifier.object is not None:
            return modifier.object  # type: ignore[no-any-return]
    return obj.parent


def _outermost_by_share(points: Matrix, shares: Matrix) -> NDArray[np.int64]:
    """Numbers of the points (V, 3) that stick out furthest in some direction.

    Of those that foot, toes and both carry each by themselves, for the ball bends.
    """
    kept = []
    for least, most in pairwise(SHARES):
        among = np.flatnonzero((shares >= least) & (shares < most))
        if len(among):
            kept.append(among[outermost(points[among])])
    return np.unique(np.concatenate(kept))


def outermost(points: Matrix) -> NDArray[np.int64]:
    """Numbers of the points (V, 3) that stick out furthest in some direction, each once."""
    return np.unique(np.argmax(points @ _directions().T, axis=0))


def _directions() -> Matrix:
    """(N, 3) unit vectors evenly over the sphere (Fibonacci's lattice)."""
    number = np.arange(_DIRECTIONS) + 0.5
    height = 1.0 - 2.0 * number / _DIRECTIONS
    turn = np.pi * (1.0 + np.sqrt(5.0)) * number
    across = np.sqrt(1.0 - height**2)
    return np.stack((across * np.cos(turn), across * np.sin(turn), height), axis=1)
