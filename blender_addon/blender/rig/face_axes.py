"""Which way a face looks, from the rest pose: for whatever turns eyes, lids, a jaw or a head.

Rows are left, up and forward in the space of the armature, or of the object that is the head.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ...core.errors import FaceError
from ...core.face.bone_names import find_pair, find_part
from ...core.maths.directions import nearest_axis, snapped
from ...core.retarget.joint_names import has_side, swap_side
from ..face.shape_keys import meshes_deformed_by
from .joint_map import named_joints
from .skeleton import character_axes

Matrix = NDArray[np.float64]

_LEG_JOINTS: Final = ("LeftUpLeg", "RightUpLeg", "LeftFoot", "RightFoot")
_TRUNK: Final = ("Hips", "Spine", "Spine1", "Spine2", "Neck")
_AGREEMENT: Final = np.cos(np.radians(30.0))
_AHEAD: Final = 0.3  # of its length: what points forward clearly
_LEAST: Final = 1e-6


def legs_axes(armature: bpy.types.Object) -> Matrix | None:
    """The axes as the legs tell; None without legs."""
    bones = armature.data.bones
    found = named_joints(armature)
    if any(name not in found for name in _LEG_JOINTS):
        return None
    return _facing(character_axes(found, bones), _pointing_ahead(armature, found))


def face_axes(owner: bpy.types.Object, centres: Matrix) -> Matrix:
    """The axes of a face whose eyes are known.

    Legs tell best. Without them the eyes give left, and up is the axis along which the head lies
    from the trunk, or that points up in the world as the object stands now.

    Args:
        owner: an armature, or the object that is the head.
        centres: (2, 3) left and right eye at rest in the owner's space.

    Raises:
        FaceError: the eyes lie in one place, or one above the other.
    """
    apart = centres[0] - centres[1]
    length = np.linalg.norm(apart)
    ahead: list[Matrix] = []
    if owner.type == "ARMATURE":
        axes = legs_axes(owner)
        if axes is not None and (length < 1e-9 or apart @ axes[0] > _AGREEMENT * length):
            return axes
        ahead = _pointing_ahead(owner, named_joints(owner))
    axes = _axes_between(owner, apart)
    if axes is None:
        raise FaceError(
            f"the eyes of '{owner.name}' lie in one place, or one above the other, so it cannot be "
            "seen where the face looks. Choose two eyes that lie side by side"
        )
    return _facing(axes, ahead)


def armature_face_axes(armature: bpy.types.Object, in_front: Iterable[str] = ()) -> Matrix | None:
    """The axes of the face of an armature whose eyes nobody asked for.

    By its legs; else its eye bones, whatever else it has left and right of, or the jaw.

    Args:
        armature: at rest.
        in_front: names of bones that point out of the face, such as a jaw.

    Returns:
        None where nothing tells.
    """
    axes = legs_axes(armature)
    if axes is not None:
        return axes
    bones = armature.data.bones
    ahead = _pointing_ahead(armature, named_joints(armature))
    eyes = find_pair(find_part(bones.keys(), "eye"))
    for apart in (_between(bones, *eyes) if eyes else np.zeros(3), _sideways(bones)):
        axes = _axes_between(armature, apart)
        if axes is not None:
            return _facing(axes, ahead)
    up = _up_axis(armature)
    jaws = [each.name for each in find_part(bones.keys(), "jaw") if not each.side]
    for name in (*in_front, *jaws):
        forward = _out_of_face(armature, bones[name])
        forward = forward - (forward @ up) * up
        if np.linalg.norm(forward) > _LEAST:
            left = snapped(np.cross(up, forward / np.linalg.norm(forward)))
            return np.array([left, up, np.cross(left, up)])
    return None


def _between(bones: bpy.types.ArmatureBones, left: str, right: str) -> Matrix:
    return np.array(bones[left].head_local) - np.array(bones[right].head_local)


def _sideways(bones: bpy.types.ArmatureBones) -> Matrix:
    """(3,) from right to left over all bones that have a partner by name."""
    apart = np.zeros(3)
    for bone in bones:
        partner = next((other for other in swap_side(bone.name) if other in bones), None)
        if partner is not None and has_side(bone.name) and _is_left(bone.name, partner):
            apart += _between(bones, bone.name, partner)
    return apart


def _is_left(name: str, partner: str) -> bool:
    """Which of a pair says left: it has an L where the other has an R."""
    pairs = zip(name.lower(), partner.lower(), strict=False)
    return next((a == "l" for a, b in pairs if a != b), False)


def _pointing_ahead(armature: bpy.types.Object, joints: Mapping[str, str]) -> list[Matrix]:
    """(3,) each, of what points forward on any body: toes before ankles, eyes before the head.

    Places of joints, not directions of bones: importers let those point anywhere.
    """
    bones, found = armature.data.bones, []
    for side in ("Left", "Right"):
        if f"{side}Toe" in joints and f"{side}Foot" in joints:
            found.append(_between(bones, joints[f"{side}Toe"], joints[f"{side}Foot"]))
    eyes = find_pair(find_part(bones.keys(), "eye"))
    if eyes and "Head" in joints:
        found += [_between(bones, eye, joints["Head"]) for eye in eyes]
    return found


def _out_of_face(armature: bpy.types.Object, bone: bpy.types.Bone) -> Matrix:
    """(3,) from a bone to what it carries: bones, else skin, else its own tail."""
    start = np.array(bone.head_local)
    carried = np.array([child.head_local for child in bone.children_recursive]).reshape(-1, 3)
    if not len(carried):
        carried = _skin(armature, bone.name)
    ahead = carried.mean(axis=0) - start if len(carried) else np.zeros(3)
    return ahead if np.linalg.norm(ahead) > _LEAST else np.array(bone.tail_local) - start


def _skin(armature: bpy.types.Object, bone: str) -> Matrix:
    """(V, 3) of the vertices that a bone carries most of, at rest, in armature space."""
    places = [np.zeros((0, 3))]
    to_armature = np.linalg.inv(np.array(armature.matrix_world, np.float64))
    for mesh in meshes_deformed_by(armature):
        group = mesh.vertex_groups.get(bone)
        if group is not None:
            own = [
                vertex.co
                for vertex in mesh.data.vertices
                if any(g.group == group.index and g.weight > 0.5 for g in vertex.groups)
            ]
            matrix = to_armature @ np.array(mesh.matrix_world, np.float64)
            places.append(np.array(own).reshape(-1, 3) @ matrix[:3, :3].T + matrix[:3, 3])
    return np.concatenate(places)


def _facing(axes: Matrix, ahead: Iterable[Matrix]) -> Matrix:
    """The axes, turned about where most of what points ahead says that left was named right."""
    votes = 0.0
    for each in ahead:
        share = each @ axes[2]
        flat = np.linalg.norm(each - (each @ axes[1]) * axes[1])
        votes += np.sign(share) if abs(share) > max(_AHEAD * flat, _LEAST) else 0.0
    return axes * np.array([[-1.0], [1.0], [-1.0]]) if votes < 0 else axes


def _axes_between(owner: bpy.types.Object, apart: Matrix) -> Matrix | None:
    """The axes from what lies left and right; None where that is no direction across."""
    up = _up_axis(owner)
    left = apart - (apart @ up) * up
    length = np.linalg.norm(left)
    if length < _LEAST:
        return None
    left = snapped(left / length)
    return np.array([left, up, np.cross(left, up)])


def _up_axis(owner: bpy.types.Object) -> Matrix:
    if owner.type == "ARMATURE":
        joints, bones = named_joints(owner), owner.data.bones
        below = next((joints[name] for name in _TRUNK if name in joints), "")
        if below and "Head" in joints:
            return nearest_axis(_between(bones, joints["Head"], below))
    to_world = np.array(owner.matrix_world, np.float64)[:3, :3]
    return nearest_axis(to_world.T @ np.array([0.0, 0.0, 1.0]))
