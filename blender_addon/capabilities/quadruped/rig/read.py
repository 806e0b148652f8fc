"""Reads an armature object as a four-legged animal.

*Rig space* is where Blender keeps rest bones; *animal space* is the core's: left, up and forward of
the point on the ground between the paws, in metres. World is the core's, Y up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ....blender.axes import BLENDER_TO_CORE
from ....blender.rig.bone_scales import bone_scales, scale_warnings, sized_rests
from ....blender.rig.joint_map import joint_tree
from ....blender.rig.skeleton import read_checked
from ....blender.rig.warnings import steered_bones
from ....blender.units import metres_per_unit
from ....core.errors import SkeletonError
from ....core.maths.affine import affine_inverse
from ....core.maths.directions import nearest_axis
from ....core.notes import Note
from ....core.quadruped.body import Family, FootKind, QuadrupedBody
from ....core.quadruped.rig.find import find_quadruped
from ....core.quadruped.rig.rig_map import QuadrupedMap
from ....core.quadruped.skeleton import JOINTS
from ....core.retarget.joint_tree import JointTree
from ....core.wording import in_brief
from .rigify import RigifyControls, carried_by, find_rigify, legs_on_ik
from .rigify_tree import original_tree
from .steering import find_steering, steers

Matrix = NDArray[np.float64]

_MOST_NAMED: Final = 3


@dataclass(frozen=True, eq=False)
class QuadrupedRig:
    """An armature object as an animal; holds no Blender data, so any thread may use it.

    Args:
        object_name: of the armature object.
        map: what its bones are.
        body: the animal, in metres as it stands in the scene.
        bones: those that move with the body's joints, those on which others hang first.
        sized_rests: (4, 4) where each of these rests in rig space, as large as it is.
        fixed: those connected to their parent, which cannot move from it.
        ancestors: bones above the hips, topmost first.
        armature_to_world: (4, 4) the object's transform in the scene, Blender units.
        object_scale: the object's uniform scale.
        unit_m: metres in one Blender unit.
        bone_scales: (3,) local scale of bones that are not as large as at rest, by name.
        controls: of a generated Rigify animal what gets the keys; None for plain bones.
        steering: of plain bones with constraints, the bone whose motion each control takes.
        rest_residual_m: how far each common joint of the body, made square and even, is from the
            rig's own place for it at rest.
        warnings: what may make the result look different, in the user's words.
    """

    object_name: str
    map: QuadrupedMap
    body: QuadrupedBody
    bones: tuple[str, ...]
    sized_rests: Mapping[str, Matrix]
    fixed: frozenset[str]
    ancestors: tuple[str, ...]
    armature_to_world: Matrix
    object_scale: float
    unit_m: float
    bone_scales: Mapping[str, Matrix] = field(default_factory=dict)
    controls: RigifyControls | None = None
    steering: Mapping[str, str] = field(default_factory=dict)
    rest_residual_m: Mapping[str, float] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    @property
    def scale_m(self) -> float:
        """Metres in one unit of rig space."""
        return self.object_scale * self.unit_m

    @property
    def hip_height_m(self) -> float:
        """Of the animal as it stands in the scene."""
        return self.body.hip_height_m

    @property
    def foot(self) -> FootKind:
        """What it stands on."""
        return self.body.foot

    @property
    def family(self) -> Family:
        """Whose gaits it has."""
        return self.body.family

    @property
    def root_bone(self) -> str | None:
        """The topmost bone above those that move, if there is one."""
        return self.ancestors[0] if self.ancestors else None

    @property
    def ear_chains(self) -> tuple[tuple[str, ...], ...]:
        """Bones of each ear, from its base."""
        return self.map.ears


def read_rig(
    context: bpy.types.Context,
    armature: bpy.types.Object | None,
    *,
    chosen: Mapping[str, str] | None = None,
    foot: FootKind | None = None,
    family: Family | None = None,
) -> QuadrupedRig:
    """Read the rest pose, names and transform of an armature object.

    Args:
        context: gives the scene's units and the evaluated transform.
        armature: the object; its pose does not matter.
        chosen: bone by common joint, set by hand; the others are found.
        foot, family: set by hand; None to find them.

    Raises:
        SkeletonError: no armature, in edit mode, linked, badly scaled, or not on four legs.
    """
    armature, world, scale = read_checked(context, armature)
    bones = armature.data.bones
    controls = find_rigify(bones)
    tree = quadruped_tree(armature)
    scales = bone_scales(context, armature, bones.keys())
    if scales:
        tree = _sized(tree, sized_rests(bones, scales))
    up = nearest_axis(np.linalg.inv(world[:3, :3] / scale) @ np.array([0.0, 0.0, 1.0]))
    try:
        found = find_quadruped(tree, chosen, up, name_hints(armature), foot, family)
    except SkeletonError as error:
        raise SkeletonError(f"in '{armature.name}': {error}") from error
    if controls is None:
        _check_can_move(bones[found.column[0]])
    else:
        found = _hung_on_controls(armature, found)
    unit_m = metres_per_unit(context.scene)
    body = found.body(scale * unit_m)
    moving = found.moving
    rests = sized_rests([bones[name] for name in _all_named(found)], scales)
    above = tuple(bone.name for bone in reversed(bones[found.column[0]].parent_recursive))
    rig = QuadrupedRig(
        object_name=armature.name,
        map=found,
        body=body,
        bones=moving,
        sized_rests={name: np.array(rests[name], np.float64) for name in _all_named(found)},
        fixed=frozenset(name for name in moving if bones[name].use_connect and bones[name].parent),
        ancestors=("root",) if controls else above,
        armature_to_world=world,
        object_scale=scale,
        unit_m=unit_m,
        bone_scales=scales,
        steering={} if controls else find_steering(armature, found),
        controls=controls and replace(controls, ik=legs_on_ik(armature, found)),
        rest_residual_m=_rest_residual(found, body, scale * unit_m),
    )
    return replace(rig, warnings=_warnings(armature, rig))


def _hung_on_controls(armature: bpy.types.Object, found: QuadrupedMap) -> QuadrupedMap:
    """A generated Rigify rig's bones, each hanging on what its controls move it with."""
    moves = carried_by(armature, found)
    hangs = {bone: moves.get(above, above) for bone, above in found.hangs.items()}
    row = dict(pairwise((*found.column, *found.neck)))
    return replace(found, hangs=hangs | {below: above for above, below in row.items()})


def _check_can_move(hips: bpy.types.Bone) -> None:
    if hips.parent is not None and hips.use_connect:
        raise SkeletonError(
            f"the bone '{hips.name}' is connected to '{hips.parent.name}' and cannot move, which "
            "the hips have to. Disconnect it in Edit Mode with Alt P ▸ Disconnect Bone"
        )


def quadruped_tree(armature: bpy.types.Object) -> JointTree:
    """The bones by which an animal is found: all, of a generated Rigify rig the original ones."""
    bones = armature.data.bones
    return original_tree(bones) if find_rigify(bones) else joint_tree(bones)


def name_hints(armature: bpy.types.Object) -> tuple[str, ...]:
    """Names that may tell what animal an armature is."""
    meshes = [child.name for child in armature.children if child.type == "MESH"]
    return (armature.name, armature.data.name, *meshes)


def _sized(tree: JointTree, rests: Mapping[str, object]) -> JointTree:
    """The tree with every bone as large as it is in pose."""
    places = np.array([rests[name] for name in tree.names], np.float64)
    lengths = np.linalg.norm(tree.tails - tree.heads, axis=1)
    heads = places[:, :3, 3]
    return replace(tree, heads=heads, tails=heads + lengths[:, None] * places[:, :3, 1])


def _all_named(found: QuadrupedMap) -> Sequence[str]:
    ears = [bone for ear in found.ears for bone in ear]
    more = [found.jaw, found.bones.get("nose", "")]
    return [*found.moving, *ears, *(bone for bone in more if bone)]


def _rest_residual(found: QuadrupedMap, body: QuadrupedBody, scale: float) -> dict[str, float]:
    return {
        joint: float(np.linalg.norm(body.rest_m[n] - scale * found.places[joint]))
        for n, joint in enumerate(JOINTS)
        if joint in found.bones
    }


def _warnings(armature: bpy.types.Object, rig: QuadrupedRig) -> tuple[str, ...]:
    found = [
        *map(Note, (*rig.map.warnings, *rig.map.doubts)),
        *scale_warnings(armature, rig.bone_scales),
    ]
    if armature.data.pose_position == "REST":
        found.append(f"'{armature.name}' shows its Rest Position; switch to Pose Position")
    if rig.controls is None:
        steered = [
            name
            for name in steered_bones(armature, rig.bones)
            if not steers(armature, name, rig.steering)
        ]
        if steered:
            names = in_brief([f"'{name}'" for name in steered], _MOST_NAMED)
            found.append(
                f"constraints or drivers on {names} come after the keys and may hide them. Mute "
                "them"
            )
        tops = [leg.bones[0] for leg in rig.map.legs if leg.fore and leg.joints[0] < 0]
        if any(name in rig.fixed for name in tops):
            found.append(
                f"the bone '{tops[0]}' is connected to the spine, so the shoulder cannot swing "
                "and long strides of the front legs may fall short. Disconnect it in Edit Mode "
                "with Alt P ▸ Disconnect Bone"
            )
    return tuple(found)


def world_to_rig(rig: QuadrupedRig, carriers: Matrix) -> tuple[Matrix, Matrix]:
    """Rotations (T, 3, 3) and places (T, 3) that bring the core's world into rig space.

    Args:
        rig: the animal.
        carriers: (T, 4, 4) the object's transforms, Blender units.

    Returns:
        ``rotation @ world + place`` is a point in units of rig space.
    """
    inverse = affine_inverse(carriers)
    rotation = inverse[:, :3, :3] @ BLENDER_TO_CORE.T / rig.unit_m
    return rotation, inverse[:, :3, 3]
