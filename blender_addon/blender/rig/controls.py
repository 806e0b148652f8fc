"""Keys for rigs whose joints follow controls, as Rigify's generated rigs do.

Notation: a joint's *motion* D is the transform in armature space from rest to pose. A control that
takes a joint's motion has the pose D · rest; what it hangs on has a motion of its own, A, so its
basis is rest⁻¹ · A⁻¹ · D · rest. The scale of the rig's root is part of all motions. On what a
control hangs is read from the hierarchy: the nearest bone above it that is another control or
carries a joint, else the rig's root. Mechanism bones between are rigid once the switches are set
and the resting controls rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import bpy
import numpy as np
from mathutils import Matrix
from numpy.typing import NDArray

from ...core.maths.affine import affine_inverse
from ...core.maths.rotations import rotations_of
from ...core.retarget.control_map import (
    Control,
    ControlFamily,
    ControlPart,
    LimbMode,
    LimbModes,
    find_control_family,
)
from ..keys.keyframes import Channel
from .bone_channels import (
    moving_bone_channels,
    rest_channels,
    turning_bone_channels,
)

Array = NDArray[np.float64]

_ORIGINAL: Final = ("ORG-", "DEF-")  # what Rigify calls the bones that carry and show one joint
_STRAIGHT: Final = 0.05  # of the limb: nearer to its line the middle joint's side is unsure


@dataclass(frozen=True, eq=False)
class ControlRig:
    """The controls of an armature; holds no Blender data.

    Args:
        family: what kind of rig it is.
        bones: every bone of the armature, with its parent's name or an empty text.
    """

    family: ControlFamily
    parents: Mapping[str, str]

    def bone(self, control: Control) -> str | None:
        """The bone of a control in this rig."""
        return next((name for name in control.names if name in self.parents), None)


def find_control_rig(bones: bpy.types.ArmatureBones) -> ControlRig | None:
    """The controls of an armature, if it belongs to a family that is known."""
    family = find_control_family(bones.keys())
    if family is None:
        return None
    parents = {bone.name: bone.parent.name if bone.parent else "" for bone in bones}
    return ControlRig(family, parents)


def steering_bones(rig: ControlRig) -> list[str]:
    """Names of the controls that get keys, whatever the modes of the limbs."""
    parts = [rig.family.part(LimbModes(mode, mode)) for mode in LimbMode]
    found = dict.fromkeys(rig.bone(control) for part in parts for control in part.controls)
    return [rig.family.root, *(name for name in found if name is not None)]


def control_channels(
    armature: bpy.types.Object,
    rig: ControlRig,
    motions: Mapping[str, Array],
    bones: Mapping[str, str],
    root_motion: Array,
    modes: LimbModes,
    frames: Array,
) -> list[Channel]:
    """Channels of all controls but the root's.

    Args:
        armature: only looked at.
        rig: its controls.
        motions: (T, 4, 4) in armature space by common joint name.
        bones: bone by common joint name.
        root_motion: (T, 4, 4) of the rig's root.
        modes: how the limbs get their keys.
        frames: (T,) frame numbers.
    """
    part = rig.family.part(modes)
    carried = _carried_joints(rig, part, bones)
    channels = list(_switch_channels(armature, part, frames))
    for name in part.rest:
        if name in armature.pose.bones:
            channels += rest_channels(armature.pose.bones[name], frames)
    for control in part.controls:
        name = rig.bone(control)
        if name is None or not set(control.pole or (control.joint,)) <= set(motions):
            continue
        above = _joint_above(rig, name, carried)
        carrier = motions.get(above, root_motion)
        bone = armature.pose.bones[name]
        if control.pole:
            limb = [(motions[joint], _rest_place(armature, bones[joint])) for joint in control.pole]
            channels += _pole_channels(bone, limb, carrier, frames)
        else:
            channels += _control_channels(bone, control, motions[control.joint], carrier, frames)
    return channels


def _carried_joints(rig: ControlRig, part: ControlPart, bones: Mapping[str, str]) -> dict[str, str]:
    """Joint by the bones that move with it: its controls and the bones that carry it."""
    carried = {}
    for joint, bone in bones.items():
        stem = bone.removeprefix("DEF-").removeprefix("ORG-")
        carried |= {prefix + stem: joint for prefix in _ORIGINAL}
    for control in part.controls:
        name = rig.bone(control)
        if name is not None and control.joint:
            carried[name] = control.joint
    return carried


def _joint_above(rig: ControlRig, bone: str, carried: Mapping[str, str]) -> str:
    """The joint with whose motion a control is carried; empty for the root's."""
    above = rig.parents[bone]
    while above and above not in carried:
        above = rig.parents[above]
    return carried.get(above, "")


def _switch_channels(
    armature: bpy.types.Object, part: ControlPart, frames: Array
) -> Iterator[Channel]:
    for switch in part.switches:
        bone = armature.pose.bones.get(switch.bone)
        if bone is not None and switch.name in bone:
            names = (bpy.utils.escape_identifier(name) for name in (bone.name, switch.name))
            path = 'pose.bones["{}"]["{}"]'.format(*names)
            value = np.array([switch.value])
            yield Channel(path, 0, frames[:1], value, bone.name, interpolation="CONSTANT")


def _control_channels(
    bone: bpy.types.PoseBone, control: Control, motion: Array, carrier: Array, frames: Array
) -> list[Channel]:
    rest = np.array(bone.bone.matrix_local, np.float64)
    if control.moves:
        return moving_bone_channels(bone, motion @ rest, _parents(bone, carrier), frames)
    relative = affine_inverse(rest) @ affine_inverse(carrier) @ motion @ rest
    return turning_bone_channels(bone, rotations_of(relative), frames)


def _parents(bone: bpy.types.PoseBone, carrier: Array) -> list[Matrix]:
    """Pose of the bone's parent, frame by frame, when it is carried along."""
    above = bone.bone.parent
    rest = np.array(above.matrix_local if above else Matrix(), np.float64)
    return [Matrix(pose) for pose in (carrier @ rest).tolist()]


def _rest_place(armature: bpy.types.Object, bone: str) -> Array:
    return np.array(armature.data.bones[bone].head_local, np.float64)


def _pole_channels(
    bone: bpy.types.PoseBone,
    limb: Sequence[tuple[Array, Array]],
    carrier: Array,
    frames: Array,
) -> list[Channel]:
    """A pole beside the middle joint of a limb, given as (motion, rest place) of its joints."""
    rests = [rest for _, rest in limb]
    upper, middle, end = (_moved(motion, rest) for motion, rest in limb)
    rest = np.array(bone.bone.matrix_local, np.float64)
    aim = limb[0][0][:, :3, :3] @ _side_at_rest(rests, rest[:3, 3])
    pose = carrier @ rest
    size = np.linalg.norm(carrier[:, :3, 0], axis=1, keepdims=True)
    reach = size * np.linalg.norm(rest[:3, 3] - rests[1])
    pose[:, :3, 3] = middle + reach * bend_direction(upper, middle, end, aim)
    return moving_bone_channels(bone, pose, _parents(bone, carrier), frames)


def _side_at_rest(limb: Sequence[Array], pole: Array) -> Array:
    """Unit vector from the limb's line to its pole."""
    line = limb[2] - limb[0]
    line = line / np.linalg.norm(line)
    side = pole - limb[1]
    side = side - (side @ line) * line
    return np.asarray(side / np.linalg.norm(side))


def bend_direction(upper: Array, middle: Array, end: Array, aim: Array) -> Array:
    """(T, 3) unit vectors to where the middle joint bends; ``aim`` where the limb is straight."""
    line = end - upper
    length = np.linalg.norm(line, axis=1, keepdims=True)
    line = line / length
    bend = _across(middle - upper, line)
    sure = np.minimum(np.linalg.norm(bend, axis=1, keepdims=True) / (_STRAIGHT * length), 1.0)
    return _unit(sure * _unit(bend) + (1.0 - sure) * _unit(_across(aim, line)))


def _across(vectors: Array, line: Array) -> Array:
    return np.asarray(vectors - np.sum(vectors * line, axis=1, keepdims=True) * line)


def _unit(vectors: Array) -> Array:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)


def _moved(motion: Array, point: Array) -> Array:
    return np.asarray(motion[:, :3, :3] @ point + motion[:, :3, 3])
