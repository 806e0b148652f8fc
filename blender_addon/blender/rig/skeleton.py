"""Reads an armature object as a core Skeleton.

Three spaces meet here. *Armature space* is where Blender keeps rest bones. *Character space* is
the core's: the character at rest, upright along +Y, looking along +Z, in metres; it is found from
the legs, so that an armature made Y-up and turned by its object is read like any other. *World* is
Blender's scene, or the same given in the core's axes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from ...core.conventions import Floats
from ...core.errors import SkeletonError
from ...core.maths.directions import nearest_axis, snapped
from ...core.maths.rotations import matrix_to_quaternion
from ...core.motion.skeleton import Skeleton
from ...core.retarget.joint_links import link_joints
from ...core.retarget.joint_map import JointMap, check_chosen, find_joints, parent_joint
from ...core.retarget.joint_tree import JointTree
from ...core.retarget.joint_words import words_for
from ...core.wording import linked
from ..units import metres_per_unit
from .bone_scales import bone_scales, scale_matrix, scale_warnings, sized_rests
from .controls import ControlRig, find_control_rig, steering_bones
from .joint_map import joint_tree, kept_joints
from .warnings import rig_warnings, steered_bones

Matrix = NDArray[np.float64]

_SCALE_TOLERANCE = 1e-3


@dataclass(frozen=True, eq=False)
class RigSkeleton:
    """An armature object as the core sees it; holds no Blender data, so any thread may use it.

    Args:
        object_name: of the local armature object.
        skeleton: the bones that walk, in character space, metres; first the hips, or the bone that
            carries hips and spine where these lie side by side.
        joint_map: common joint name by bone name.
        rest_axes: (J, 3, 3) rest rotation of each bone in armature space.
        inherits_rotation: (J,) whether a bone turns with its parent.
        ancestors: bones above the skeleton's first, topmost first.
        armature_to_character: (3, 3) rotation from armature space to character space.
        armature_to_world: (4, 4) the object's transform in the scene, Blender units.
        object_scale: the object's uniform scale.
        unit_m: metres in one Blender unit.
        floor_m: height of the ground in character space.
        warnings: what may make the result look different, in the user's words.
        bone_scales: (3,) local scale of the bones that are not as large as at rest, by name: part
            of the character's size.
        root_size: (4, 4) what the scale of the topmost bone above the hips does, in armature space.
        controls: what gets the keys where the bones follow controls; the skeleton is then made of
            the bones that show the joints, linked as the common skeleton is.
        apart: bones of the skeleton that hang on another bone in Blender than in the skeleton.
    """

    object_name: str
    skeleton: Skeleton
    joint_map: Mapping[str, str]
    rest_axes: Matrix
    inherits_rotation: NDArray[np.bool_]
    ancestors: tuple[str, ...]
    armature_to_character: Matrix
    armature_to_world: Matrix
    object_scale: float
    unit_m: float
    floor_m: float
    warnings: tuple[str, ...] = ()
    bone_scales: Mapping[str, Matrix] = field(default_factory=dict)
    root_size: Matrix = field(default_factory=lambda: np.eye(4))
    controls: ControlRig | None = None
    apart: frozenset[str] = frozenset()

    @property
    def root_bone(self) -> str | None:
        """The topmost bone above those that walk, if there is one."""
        return self.ancestors[0] if self.ancestors else None

    @property
    def rest_hips(self) -> Matrix:
        """(3,) where the skeleton's first bone, as a rule the hips, rests in character space."""
        return self.skeleton.offsets[0].astype(np.float64)


def read_skeleton(
    context: bpy.types.Context,
    armature: bpy.types.Object | None,
    chosen: Mapping[str, str] | None = None,
) -> RigSkeleton:
    """Read the rest pose, names and transform of an armature object.

    Args:
        context: gives the scene's units and the evaluated transform.
        armature: the object; its pose does not matter.
        chosen: bone by common joint name, set by hand; the others are found. None for the map
            kept on the armature, empty to find all.

    Returns:
        The bones between the hips and the joints found, by the names they have in Blender.

    Raises:
        SkeletonError: no armature, in edit mode, linked, badly scaled, joints are missing, or
            those set by hand cannot be meant.
    """
    armature, world, scale = read_checked(context, armature)
    bones = armature.data.bones
    tree = joint_tree(bones)
    joints = _found_joints(armature.name, tree, kept_joints(armature) if chosen is None else chosen)
    found = joints.bones
    controls = find_control_rig(bones)
    chain, parents, apart = _linked_bones(armature, tree, found, controls)
    to_character = character_axes(found, bones)
    unit_m = metres_per_unit(context.scene)
    above = [controls.family.root] if controls else _names_above(chain[0])
    counted = above if controls else [*above, *(bone.name for bone in chain)]
    scales = bone_scales(context, armature, counted)
    root_size = _size_of_topmost(bones, above, scales)
    if controls:  # what hangs on what is not told by the hierarchy: all is as large as the root
        ends = _carried(_sized_ends(chain, {}), root_size)
    else:
        ends = _standing_ends(chain, scales, root_size, to_character[1])
    skeleton = _skeleton(chain, parents, to_character, scale * unit_m, ends)
    return RigSkeleton(
        object_name=armature.name,
        skeleton=skeleton,
        joint_map={bone: common for common, bone in found.items()},
        rest_axes=np.array([_array(bone.matrix_local)[:3, :3] for bone in chain]),
        inherits_rotation=np.array([bone.use_inherit_rotation for bone in chain]),
        ancestors=tuple(above),
        armature_to_character=to_character,
        armature_to_world=world,
        object_scale=scale,
        unit_m=unit_m,
        floor_m=_floor(skeleton),
        warnings=(
            *rig_warnings(
                context, armature, skeleton, joints, _keyed_names(chain, above, controls)
            ),
            *scale_warnings(armature, scales),
        ),
        bone_scales=scales,
        root_size=root_size,
        controls=controls,
        apart=apart,
    )


def read_checked(
    context: bpy.types.Context, armature: bpy.types.Object | None
) -> tuple[bpy.types.Object, Matrix, float]:
    """An armature that can be read, its world matrix and its one positive scale.

    Raises:
        SkeletonError: no armature, in edit mode, linked, or badly scaled.
    """
    armature = _checked_object(armature)
    return armature, *_read_transform(context, armature)


def _checked_object(armature: bpy.types.Object | None) -> bpy.types.Object:
    if armature is None:
        raise SkeletonError("no character is chosen. Choose an armature under Character")
    name = armature.name
    if armature.type != "ARMATURE":
        raise SkeletonError(f"'{name}' is not an armature. Choose an armature under Character")
    if not armature.is_editable:
        raise SkeletonError(linked(name))
    if armature.mode == "EDIT" or armature.data.is_editmode:
        raise SkeletonError(f"'{name}' is in Edit Mode. Leave it with Tab first")
    return armature


def _read_transform(context: bpy.types.Context, armature: bpy.types.Object) -> tuple[Matrix, float]:
    """The object's world matrix and its one positive scale."""
    evaluated = armature.evaluated_get(context.evaluated_depsgraph_get())
    world = _array(evaluated.matrix_world)
    axes = world[:3, :3]
    lengths = np.linalg.norm(axes, axis=0)
    scale = float(lengths.mean())
    if not np.isfinite(world).all():
        raise SkeletonError(
            f"'{armature.name}' has a location, rotation or scale that is not a number. Clear it "
            "with Alt G, Alt R and Alt S, and look for a driver that divides by zero"
        )
    if scale < 1e-6:
        raise SkeletonError(f"'{armature.name}' has a scale of zero. Set its scale to 1")
    skewed = np.abs(axes.T @ axes / scale**2 - np.eye(3)).max() > _SCALE_TOLERANCE
    if np.linalg.det(axes) < 0:
        raise SkeletonError(
            f"'{armature.name}' is mirrored: a scale of it or of its parent is negative; one "
            "positive scale for all three axes is needed. Apply it with Object ▸ Apply ▸ Scale"
        )
    if skewed:
        shown = ", ".join(f"{value:.3g}" for value in armature.matrix_world.to_scale())
        raise SkeletonError(
            f"'{armature.name}' is scaled by ({shown}); one positive scale for all three axes is "
            "needed. Apply it with Object ▸ Apply ▸ Scale"
        )
    return world, scale


def _found_joints(name: str, tree: JointTree, chosen: Mapping[str, str]) -> JointMap:
    """Joints set by hand; the others by name or, where names do not tell enough, by structure."""
    found = find_joints(tree, chosen)
    check_chosen(tree, chosen, found)
    if found.missing:
        raise SkeletonError(
            f"'{name}' lacks bones for: {', '.join(map(words_for, found.missing))} "
            f"(found {len(found.bones)} joints by name among {len(tree.names)} bones, and no "
            "character with two legs, a spine and two arms by structure). Set them under Joints, "
            "name them as in BVH files or Mixamo, for example 'LeftUpLeg', or choose another "
            "armature"
        )
    return found


def _check_can_move(bone: bpy.types.Bone, purpose: str) -> None:
    if bone.parent is not None and bone.use_connect:
        raise SkeletonError(
            f"the bone '{bone.name}' is connected to '{bone.parent.name}' and cannot move, which "
            f"{purpose}. Disconnect it in Edit Mode with Alt P ▸ Disconnect Bone"
        )


def _linked_bones(
    armature: bpy.types.Object,
    tree: JointTree,
    found: Mapping[str, str],
    controls: ControlRig | None,
) -> tuple[list[bpy.types.Bone], NDArray[np.int64], frozenset[str]]:
    """The skeleton's bones, the index of each one's parent, and those that hang elsewhere."""
    bones = armature.data.bones
    if controls is not None:
        chain = [bones[name] for name in found.values()]
        return chain, _common_parents(list(found)), frozenset()
    links = link_joints(tree, found)
    chain = [bones[tree.names[number]] for number in links.bones]
    apart = frozenset(tree.names[number] for number in links.apart)
    _check_apart(armature, found, apart)
    _check_can_move(chain[0], "the hips have to")
    for bone in (bone for bone in chain if bone.name in apart):
        _check_can_move(bone, "a joint that does not hang on the one before it has to")
    return chain, np.array(links.parents), apart


def _check_apart(
    armature: bpy.types.Object, found: Mapping[str, str], apart: frozenset[str]
) -> None:
    """Bones that hang elsewhere and follow something else are a control rig's, not the body's."""
    steered = steered_bones(armature, sorted(apart))
    if steered:
        raise SkeletonError(
            f"in '{armature.name}' the bone '{steered[0]}' does not hang below the hips bone "
            f"'{found['Hips']}' and follows constraints or drivers, which would hide the keys. "
            "Mute them, or choose under Joints the bones that an animator would key"
        )


def _common_parents(joints: Sequence[str]) -> NDArray[np.int64]:
    """Index of the nearest joint above, as the common skeleton links them."""
    parents = []
    for joint in joints:
        above = parent_joint(joint)
        while above is not None and above not in joints:
            above = parent_joint(above)
        parents.append(-1 if above is None else joints.index(above))
    return np.array(parents)


def _names_above(hips: bpy.types.Bone) -> list[str]:
    return [bone.name for bone in reversed(hips.parent_recursive)]


def _keyed_names(
    chain: Sequence[bpy.types.Bone], above: Sequence[str], controls: ControlRig | None
) -> list[str]:
    if controls is not None:
        return steering_bones(controls)
    return [*above, *(bone.name for bone in chain)]


def character_axes(found: Mapping[str, str], bones: Any) -> Matrix:
    """Rows: the character's left, up and forward in armature space.

    Up is from the feet to the head, or without one to the hip sockets; left is from socket to
    socket. Rigs are built along the axes, so directions near an axis are snapped to it;
    a character built askew keeps its own left.
    """
    place = {common: np.array(bones[bone].head_local) for common, bone in found.items()}
    feet = 0.5 * (place["LeftFoot"] + place["RightFoot"])
    sockets = 0.5 * (place["LeftUpLeg"] + place["RightUpLeg"])
    up = nearest_axis(place.get("Head", sockets) - feet)
    left = place["LeftUpLeg"] - place["RightUpLeg"]
    left = left - (left @ up) * up
    length = np.linalg.norm(left)
    if length < 1e-9:
        raise SkeletonError(
            f"'{found['LeftUpLeg']}' and '{found['RightUpLeg']}' lie in one place, so it cannot be "
            "seen where the character looks. Move the hip joints apart in Edit Mode"
        )
    left = snapped(left / length)
    return np.array([left, up, np.cross(left, up)])


def _skeleton(
    chain: Sequence[bpy.types.Bone],
    parents: NDArray[np.int64],
    to_character: Matrix,
    scale_m: float,
    ends_at_rest: tuple[Matrix, Matrix],
) -> Skeleton:
    names = [bone.name for bone in chain]
    heads, tails = (scale_m * points @ to_character.T for points in ends_at_rest)
    offsets = heads.copy()
    offsets[1:] -= heads[parents[1:]]
    leaves = set(range(len(names))) - set(parents.tolist())
    ends = {names[n]: _triple(tails[n] - heads[n]) for n in sorted(leaves)}
    return Skeleton(tuple(names), parents, offsets.astype(np.float32), ends)


def _sized_ends(
    chain: Sequence[bpy.types.Bone], scales: Mapping[str, Matrix]
) -> tuple[Matrix, Matrix]:
    """Heads and tails (J, 3) in armature space, with every bone as large as it is."""
    if not scales:
        return (
            np.array([bone.head_local for bone in chain], np.float64),
            np.array([bone.tail_local for bone in chain], np.float64),
        )
    rests = sized_rests(chain, scales)
    places = np.array([rests[bone.name] for bone in chain], np.float64)
    lengths = np.array([bone.length for bone in chain])
    return places[:, :3, 3], places[:, :3, 3] + lengths[:, None] * places[:, :3, 1]


def _standing_ends(
    chain: Sequence[bpy.types.Bone], scales: Mapping[str, Matrix], root_size: Matrix, up: Matrix
) -> tuple[Matrix, Matrix]:
    """Heads and tails (J, 3) of a character that stands, with every bone as large as it is.

    It stands on the ground of its rest pose, as the topmost bone carries it by its own size.
    Scaled from the hips down, it would hang in the air or stand in the ground.
    """
    heads, tails = _sized_ends(chain, scales)
    if not scales:
        return heads, tails
    at_rest, now = (np.minimum(h @ up, t @ up) for h, t in (_sized_ends(chain, {}), (heads, tails)))
    lowest = int(at_rest.argmin())
    ground = _ground_level(float(at_rest[lowest]), float(at_rest.max()))
    size = np.linalg.norm(_array(sized_rests(chain, scales)[chain[lowest].name])[:3, :3], axis=0)
    level = (root_size[:3, :3] @ (ground * up) + root_size[:3, 3]) @ up
    lift = level + (at_rest[lowest] - ground) * size.mean() - now.min()
    return heads + lift * up, tails + lift * up


def _carried(ends: tuple[Matrix, Matrix], matrix: Matrix) -> tuple[Matrix, Matrix]:
    heads, tails = (points @ matrix[:3, :3].T + matrix[:3, 3] for points in ends)
    return heads, tails


def _size_of_topmost(
    bones: bpy.types.ArmatureBones, above: Sequence[str], scales: Mapping[str, Matrix]
) -> Matrix:
    """(4, 4) from rest to the topmost bone as large as it is now, in armature space."""
    if not above or above[0] not in scales:
        return np.eye(4)
    rest = _array(bones[above[0]].matrix_local)
    return rest @ _array(scale_matrix(scales, above[0])) @ np.linalg.inv(rest)


def _triple(values: Floats | Matrix) -> tuple[float, float, float]:
    return float(values[0]), float(values[1]), float(values[2])


def _floor(skeleton: Skeleton) -> float:
    """Height of the ground at rest."""
    positions = skeleton.rest_positions()
    tips = [positions[skeleton.index(name)][1] + end[1] for name, end in skeleton.ends.items()]
    return _ground_level(float(min(positions[:, 1].min(), *tips)), float(positions[:, 1].max()))


def _ground_level(lowest: float, highest: float) -> float:
    """Zero, unless the character clearly does not stand there."""
    return lowest if abs(lowest) > 0.1 * (highest - lowest) else 0.0


def _array(matrix: Any) -> Matrix:
    return np.array(matrix, np.float64)


def rest_frames_wxyz(rig: RigSkeleton) -> Floats:
    """(J, 4) rest rotation of each bone, in character space."""
    return matrix_to_quaternion(rig.armature_to_character @ rig.rest_axes)
