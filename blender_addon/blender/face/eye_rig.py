"""A character as its gaze needs it: where head and eyes are, how they turn, and what moves them.

*Owner space* is the space of the armature, or of the object that is the head. The *head's turn* is
what carries rest places of the face to where they are now, in owner space.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import bpy
import numpy as np
from mathutils import Matrix
from numpy.typing import NDArray

from ...core.errors import GazeError
from ...core.maths.rotations import matrix_to_quaternion, quaternion_multiply, rotations_of
from ...core.wording import linked
from ..axes import BLENDER_TO_CORE, blender_to_core_points
from ..rig.evaluation import Probe
from ..rig.face_axes import face_axes
from ..rig.joint_map import lost_joints
from ..units import metres_per_unit
from .eye_limits import EyeLimits, find_limits
from .eye_opening import meshes_of
from .eyes import find_eyes
from .eyes_found import LOOKS, EyeChoice, Eyes, with_warning
from .look_shapes import ShapeTurn, lids_only, measure_turn, moved_vertices, shape_warnings
from .shape_keys import armature_of

Array = NDArray[np.float64]

_TO_CORE = matrix_to_quaternion(BLENDER_TO_CORE)

NECK_SHARE = 0.35
"""Of the head's share; the rest turns in the joint between neck and skull."""


@dataclass(frozen=True, eq=False)
class BoneRest:
    """A bone at rest.

    Args:
        matrix: (4, 4) in owner space.
        parent: name of its parent, empty if it has none.
        rotation_mode: Blender's.
    """

    matrix: Array
    parent: str
    rotation_mode: str


@dataclass(frozen=True, eq=False)
class GazeRig:
    """Holds no Blender data.

    Args:
        name: of the object that the user chose.
        owner: of the armature, or of the object that is the head.
        eyes: what is turned.
        axes: (3, 3) rows: left, up, forward of the face in owner space.
        centres: (2, 3) of the eyes at rest, owner space; left first.
        bones: rest of every bone used.
        unit_m: metres in one Blender unit.
        scale: of the face in the world: the owner's, and that of its bone as it is now.
        mirrored: what is named left lies on the character's right, as seen from before it.
        turns: what each eyeLook shape does.
        shapes_move_lids: the eyeLook shapes move lids alone and follow the eyes.
        pivot_m: (3,) from between the eyes to where the head turns, face frame, metres.
        limits: how far the eyes turn.
    """

    name: str
    owner: str
    eyes: Eyes
    axes: Array
    centres: Array
    bones: Mapping[str, BoneRest]
    unit_m: float
    scale: float
    mirrored: bool
    turns: Mapping[str, ShapeTurn]
    shapes_move_lids: bool
    pivot_m: Array | None
    limits: EyeLimits

    @property
    def middle(self) -> Array:
        """(3,) point between the eyes at rest, owner space."""
        return self.centres.mean(axis=0)

    @property
    def eye_distance_m(self) -> float:
        """Between the eyes' centres in the world; of a single eye a human's, at its size."""
        apart = float(np.linalg.norm(self.centres[0] - self.centres[1]))
        return (apart or 0.063 / (self.unit_m * self.scale)) * self.unit_m * self.scale


def read_rig(
    context: bpy.types.Context, character: bpy.types.Object | None, choice: EyeChoice | None = None
) -> GazeRig:
    """Find out how a character looks; changes nothing.

    Raises:
        GazeError: it has no eyes that could be turned.
    """
    character = _checked(character)
    armature = armature_of(character)
    eyes = find_eyes(character, choice)
    owner = armature or character
    meshes = [bpy.data.objects[name] for name in eyes.meshes]
    for told in (*lost_joints(armature), *shape_warnings(owner, meshes, eyes)):
        eyes = with_warning(eyes, told)
    bones = {name: _rest(armature, name) for name in _used_bones(armature, eyes)}
    above = {rest.parent for rest in bones.values()} - {"", *bones}
    bones |= {name: _rest(armature, name) for name in above}
    turns = {}
    if eyes.kind == "SHAPES":
        turns = {channel: measure_turn(meshes, eyes.face, channel) for channel in LOOKS}
    centres = _centres(context, owner, eyes, bones, meshes, turns)
    axes = face_axes(owner, centres)
    lids_follow = _has_looks(eyes) and eyes.kind != "SHAPES" and lids_only(armature, eyes)
    if choice is not None and choice.limits_deg is not None:
        limits = EyeLimits(choice.limits_deg, "set by hand")
    else:
        places = _rest_matrices(context, owner, eyes.frame)
        limits = find_limits(owner, eyes, places, centres, axes, turns, lids_follow=lids_follow)
    mirrored = bool((centres[0] - centres[1]) @ axes[0] < 0)
    scale = _scale_of_face(context, owner, eyes)
    unit_m = metres_per_unit(context.scene)
    return GazeRig(
        name=character.name,
        owner=owner.name,
        eyes=eyes,
        axes=axes,
        centres=centres[::-1] if mirrored else centres,
        bones=bones,
        unit_m=unit_m,
        scale=scale,
        mirrored=mirrored,
        turns=turns,
        shapes_move_lids=lids_follow,
        pivot_m=_pivot(eyes, bones, centres.mean(axis=0), axes, unit_m * scale),
        limits=limits,
    )


def _checked(character: bpy.types.Object | None) -> bpy.types.Object:
    if character is None:
        raise GazeError("no character is chosen. Choose one under Character")
    owner = armature_of(character) or character
    for each in (character, owner):
        if not each.is_editable:
            raise GazeError(linked(each.name))
        if each.mode == "EDIT":
            raise GazeError(f"'{each.name}' is in Edit Mode. Leave it with Tab first")
    if owner.type == "ARMATURE" and owner.data.pose_position == "REST":
        raise GazeError(f"'{owner.name}' shows its Rest Position. Switch to Pose Position")
    return character


def _scale_of_face(context: bpy.types.Context, owner: bpy.types.Object, eyes: Eyes) -> float:
    """How large the face is against its rest, in the world."""
    matrix = np.array(owner.matrix_world, np.float64)
    if eyes.frame:
        evaluated = owner.evaluated_get(context.evaluated_depsgraph_get())
        matrix = matrix @ np.array(evaluated.pose.bones[eyes.frame].matrix, np.float64)
    return float(np.linalg.norm(matrix[:3, :3], axis=0).mean())


def _has_looks(eyes: Eyes) -> bool:
    return any(name in eyes.face.targets for name in LOOKS)


def _used_bones(armature: bpy.types.Object | None, eyes: Eyes) -> list[str]:
    if armature is None:
        return []
    named = [eyes.frame, eyes.head, eyes.neck, eyes.trunk, *eyes.aims, *eyes.lid_bones]
    if eyes.kind in ("BONES", "AIM"):
        named += eyes.pair
    named += [name for side in eyes.lid_controls for pair in side for name in pair]
    return list(dict.fromkeys(name for name in named if name))


def _rest(armature: bpy.types.Object, name: str) -> BoneRest:
    bone = armature.data.bones[name]
    mode = armature.pose.bones[name].rotation_mode
    parent = bone.parent.name if bone.parent is not None else ""
    return BoneRest(np.array(bone.matrix_local, np.float64), parent, mode)


def _centres(
    context: bpy.types.Context,
    owner: bpy.types.Object,
    eyes: Eyes,
    bones: Mapping[str, BoneRest],
    meshes: Sequence[bpy.types.Object],
    turns: Mapping[str, ShapeTurn],
) -> Array:
    """(2, 3) of the eyes at rest, owner space."""
    if eyes.kind in ("BONES", "AIM"):
        return np.array([bones[name].matrix[:3, 3] for name in eyes.pair])
    depsgraph = context.evaluated_depsgraph_get()
    to_rest = _world_to_rest(depsgraph, owner, eyes.frame)
    if eyes.kind == "OBJECTS":
        objects = [bpy.data.objects[name].evaluated_get(depsgraph) for name in eyes.pair]
        places = [np.array(o.matrix_world, np.float64)[:, 3] for o in objects]
        return np.array([(to_rest @ place)[:3] for place in places])
    found = [_shape_centre(owner, eyes, meshes, turns, side, to_rest) for side in ("Left", "Right")]
    return np.array(found)


def _world_to_rest(depsgraph: bpy.types.Depsgraph, owner: bpy.types.Object, frame: str) -> Array:
    """(4, 4) from the world to the owner's space at rest, as the head is turned now."""
    evaluated = owner.evaluated_get(depsgraph)
    turn = np.array(evaluated.matrix_world, np.float64)
    if frame:
        rest = np.array(owner.data.bones[frame].matrix_local, np.float64)
        turn = turn @ np.array(evaluated.pose.bones[frame].matrix) @ np.linalg.inv(rest)
    return np.linalg.inv(turn)


def _rest_matrices(
    context: bpy.types.Context, owner: bpy.types.Object, frame: str
) -> dict[str, Array]:
    """(4, 4) from the space of each mesh of a character to its owner's, at rest."""
    try:
        to_rest = _world_to_rest(context.evaluated_depsgraph_get(), owner, frame)
    except np.linalg.LinAlgError:  # scaled to nothing: whoever needs its place will say so
        return {}
    return {mesh.name: _to_owner(owner, mesh, to_rest) for mesh in meshes_of(owner)}


def _to_owner(owner: bpy.types.Object, mesh: bpy.types.Object, to_rest: Array) -> Array:
    """(4, 4) from a mesh's space to its owner's, at rest."""
    # A mesh that the armature deforms keeps its rest shape in the armature's space.
    world = np.array(mesh.matrix_world, np.float64)
    deformed = any(m.type == "ARMATURE" for m in mesh.modifiers)
    if owner.type == "ARMATURE" and deformed and not mesh.parent_bone:
        to_rest = np.linalg.inv(np.array(owner.matrix_world, np.float64))
    return to_rest @ world


def _shape_centre(
    owner: bpy.types.Object,
    eyes: Eyes,
    meshes: Sequence[bpy.types.Object],
    turns: Mapping[str, ShapeTurn],
    side: str,
    to_rest: Array,
) -> Array:
    """The eye's centre: what its shapes turn about, else the middle of what they move."""
    for mesh in meshes:
        moved = moved_vertices(mesh, eyes.face, f"eyeLookUp{side}")
        if moved is None:
            continue
        centres = [turns[f"eyeLook{way}{side}"].centre for way in ("Up", "Down", "In", "Out")]
        known = [centre for centre in centres if centre is not None]
        place = np.mean(known, axis=0) if known else moved[0].mean(axis=0)
        return (_to_owner(owner, mesh, to_rest) @ [*place, 1.0])[:3]
    raise GazeError(
        f"the eyeLook shapes of '{owner.name}' move nothing on the {side.lower()} side. Choose the "
        "eyes under Gaze ▸ Eyes"
    )


def _pivot(
    eyes: Eyes, bones: Mapping[str, BoneRest], middle: Array, axes: Array, metres: float
) -> Array | None:
    """From between the eyes to where the head turns; with a neck, between its joint and the head's.

    For small angles two turns about two joints are one turn about a point between them.
    """
    if not eyes.head:
        return None
    place = bones[eyes.head].matrix[:3, 3]
    if eyes.neck:
        place = place + NECK_SHARE * (bones[eyes.neck].matrix[:3, 3] - place)
    return metres * axes @ (place - middle)


# Frame by frame -------------------------------------------------------------------------------


def rig_probes(rig: GazeRig) -> dict[str, Probe]:
    """What has to be looked at on every frame: (4, 4) matrices by name."""
    probes: dict[str, Probe] = {f"{rig.owner}|world": _world_probe(rig.owner)}
    eyes = rig.eyes
    posed = [eyes.frame, eyes.head, eyes.neck, eyes.trunk]
    posed += [rig.bones[name].parent for name in attached_bones(rig)]
    for name in dict.fromkeys(name for name in posed if name):
        probes[f"{rig.owner}|pose|{name}"] = _pose_probe(rig.owner, name)
    for name in (eyes.head, eyes.neck):
        if name:
            probes[f"{rig.owner}|basis|{name}"] = _basis_probe(rig.owner, name)
    if eyes.kind == "OBJECTS":
        for name in eyes.pair:
            probes[f"{name}|space"] = _space_probe(name)
            probes[f"{name}|basis"] = _object_basis_probe(name)
    return probes


def attached_bones(rig: GazeRig) -> tuple[str, ...]:
    """Bones of the face that the gaze moves relative to their parents."""
    eyes = rig.eyes
    turned = eyes.pair if eyes.kind == "BONES" else ()
    controls = (upper for side in eyes.lid_controls for upper, _ in side)
    named = (*turned, *eyes.aims, *eyes.lid_bones, *controls)
    return tuple(dict.fromkeys(name for name in named if name))


def _world_probe(name: str) -> Probe:
    return Probe(name, lambda evaluated: evaluated.matrix_world)


def _pose_probe(name: str, bone: str) -> Probe:
    return Probe(name, lambda evaluated: evaluated.pose.bones[bone].matrix)


def _basis_probe(name: str, bone: str) -> Probe:
    return Probe(name, lambda evaluated: evaluated.pose.bones[bone].matrix_basis)


def _object_basis_probe(name: str) -> Probe:
    return Probe(name, _unmirrored_basis)


def _unmirrored_basis(evaluated: bpy.types.Object) -> Matrix:
    """Without a mirroring scale, by which one eye is often made of the other."""
    size = evaluated.scale * evaluated.delta_scale
    signs = Matrix.Diagonal([-1.0 if each < 0 else 1.0 for each in size[:]])
    return evaluated.matrix_basis @ signs.to_4x4()


def _space_probe(name: str) -> Probe:
    return Probe(
        name, lambda evaluated: evaluated.matrix_world @ evaluated.matrix_basis.inverted_safe()
    )


@dataclass(frozen=True, eq=False)
class HeadTrack:
    """A head over K frames, as animated.

    Args:
        turn: (K, 4, 4) from rest to now, owner space.
        face: (K, 4) rotation from the face's own axes to owner space.
        world_face: (K, 4) rotation from the face's own axes to the world, Blender's.
        positions: (K, 3) of the point between the eyes, core, metres.
        rotations: (K, 4) of the head, core.
        trunk: (K, 4) of the chest, core; None without one.
    """

    turn: Array
    face: Array
    world_face: Array
    positions: Array
    rotations: Array
    trunk: Array | None


def head_track(rig: GazeRig, rows: Mapping[str, Array]) -> HeadTrack:
    """The head's way from what ``rig_probes`` saw."""
    if still := _still_rows(rig, rows):
        one = head_track(rig, still)
        count = len(rows[f"{rig.owner}|world"])
        return HeadTrack(*(_repeated(getattr(one, f.name), count) for f in fields(one)))
    world = rows[f"{rig.owner}|world"]
    turn = (
        bone_turn(rig, rows, rig.eyes.frame)
        if rig.eyes.frame
        else np.broadcast_to(np.eye(4), world.shape)
    )
    frame = matrix_to_quaternion(rig.axes.T)
    world_face = quaternion_multiply(rotations_of(world @ turn), frame)
    middle = (world @ turn @ np.array([*rig.middle, 1.0]))[:, :3]
    trunk = None
    if rig.eyes.trunk:
        chest = rotations_of(world @ bone_turn(rig, rows, rig.eyes.trunk))
        trunk = quaternion_multiply(_TO_CORE, quaternion_multiply(chest, frame))
    return HeadTrack(
        turn=turn,
        face=quaternion_multiply(rotations_of(turn), frame),
        world_face=world_face,
        positions=blender_to_core_points(middle) * rig.unit_m,
        rotations=quaternion_multiply(_TO_CORE, world_face),
        trunk=trunk,
    )


def _still_rows(rig: GazeRig, rows: Mapping[str, Array]) -> dict[str, Array]:
    """The first row of each probe if nothing moves, which is soon told; else nothing."""
    own = {key: rows[key] for key in rig_probes(rig)}
    first = {key: values[:1] for key, values in own.items()}
    moves = any(len(v) == 1 or (v != first[key]).any() for key, v in own.items())
    return {} if moves else first


def _repeated(values: Array | None, count: int) -> Array | None:
    return None if values is None else np.repeat(values, count, axis=0)


def bone_turn(rig: GazeRig, rows: Mapping[str, Array], bone: str) -> Array:
    """(K, 4, 4) from a bone's rest to where it is now, owner space."""
    return rows[f"{rig.owner}|pose|{bone}"] @ np.linalg.inv(rig.bones[bone].matrix)
