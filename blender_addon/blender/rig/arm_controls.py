"""What moves an arm of a character: its own bones, or controls that they follow.

Whichever is live counts: in a control rig that is known (controls.py) the switch between IK and FK
says so; in any other rig an IK constraint of the arm does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import bpy
import numpy as np

from ...core.retarget.control_map import Control, ControlPart, LimbMode
from ..keys.held import held_values
from ..paths import bone_path
from .acting import acts
from .skeleton import RigSkeleton

SIDES: Final = ("Left", "Right")
_PARTS: Final = ("Arm", "ForeArm", "Hand")
_POLE_SWITCH: Final = "pole_vector"


@dataclass(frozen=True)
class ArmControls:
    """Bones that get keys so that an arm moves.

    Args:
        turned: bones that turn, by the bone of the joint whose turn they take.
        goal: bone that the hand follows; empty where none is live.
        pole: bone beside which the elbow bends; empty for none.
        start: bone from which the IK sets out where there is no pole; empty for none.
    """

    turned: tuple[tuple[str, str], ...] = ()
    goal: str = ""
    pole: str = ""
    start: str = ""

    @property
    def bones(self) -> tuple[str, ...]:
        """All of them."""
        named = (self.goal, self.pole, self.start)
        return (*(name for name, _ in self.turned), *(name for name in named if name))


def find_arm_controls(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    rig: RigSkeleton,
    side: str,
    frames: Sequence[float],
) -> ArmControls:
    """What moves an arm on some frames.

    Args:
        context: whose scene's time it is.
        armature: only looked at.
        rig: what was read of it.
        side: "Left" or "Right".
        frames: on which; where the mode changes between them, the controls of both get keys.
    """
    joints = _joints(rig, side)
    if rig.controls is not None:
        return _of_control_rig(context, armature, rig, side, joints, frames)
    constraint = ik_constraint(armature, list(joints.values()))
    if constraint is None or constraint.target != armature or not constraint.subtarget:
        return ArmControls(tuple((bone, bone) for bone in joints.values()))
    hand = joints.get("Hand")
    turned = [] if hand is None or _copies(armature, hand) else [(hand, hand)]
    start = "" if constraint.pole_target is not None else joints.get("Arm", "")
    pole = constraint.pole_subtarget if constraint.pole_target == armature else ""
    return ArmControls(tuple(turned), constraint.subtarget, pole, start)


def ik_constraint(armature: bpy.types.Object, bones: Sequence[str]) -> bpy.types.Constraint | None:
    """The IK that places a hand; None where the arm follows its own keys.

    Args:
        armature: whose bones.
        bones: of the arm, from the upper arm on.
    """
    for name in reversed(bones):
        for constraint in armature.pose.bones[name].constraints:
            if constraint.type == "IK" and acts(constraint) and constraint.target is not None:
                return constraint
    return None


def _joints(rig: RigSkeleton, side: str) -> dict[str, str]:
    """Bone by part of an arm, from the upper arm on."""
    bones = {common: bone for bone, common in rig.joint_map.items()}
    return {part: bones[side + part] for part in _PARTS if side + part in bones}


def _copies(armature: bpy.types.Object, bone: str) -> bool:
    kinds = ("COPY_ROTATION", "COPY_TRANSFORMS")
    found = armature.pose.bones[bone].constraints
    return any(each.type in kinds and acts(each) for each in found)


def _of_control_rig(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    rig: RigSkeleton,
    side: str,
    joints: dict[str, str],
    frames: Sequence[float],
) -> ArmControls:
    family = rig.controls.family
    modes, has_pole = _live(context, armature, family.arms, side, joints, frames)
    turned, goal, pole, start = [], "", "", ""
    if LimbMode.FK in modes:
        for control, name in _named(rig, family.arms[LimbMode.FK], side):
            turned.append((name, joints[control.joint.removeprefix(side)]))
    if LimbMode.IK in modes:
        part = family.arms[LimbMode.IK]
        for control, name in _named(rig, part, side):
            if control.pole:
                pole = name if has_pole else ""
            else:
                goal = name
        if not has_pole:
            start = _nearest(armature, part.rest, joints["Arm"])
    return ArmControls(tuple(turned), goal, pole, start)


def _named(rig: RigSkeleton, part: ControlPart, side: str) -> Iterator[tuple[Control, str]]:
    for control in part.controls:
        name = rig.controls.bone(control)
        joint = control.joint or control.pole[0]
        if name is not None and joint.startswith(side):
            yield control, name


def _live(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    arms: dict[LimbMode, ControlPart],
    side: str,
    joints: dict[str, str],
    frames: Sequence[float],
) -> tuple[set[LimbMode], bool]:
    """Which modes are seen of an arm, and whether the IK has a pole."""
    fk, ik = ({(s.bone, s.name): s.value for s in arms[mode].switches} for mode in LimbMode)
    on_side = {
        key for key in fk.keys() | ik.keys() if _on_same_side(armature, key[0], joints["Arm"])
    }
    modes, has_pole = set[LimbMode](), False
    for key in on_side:
        tells_mode = key in fk and key in ik and fk[key] != ik[key]
        if not (tells_mode or key[1] == _POLE_SWITCH):
            continue
        values = _values(context, armature, *key, frames)
        if tells_mode:
            share = (values - ik[key]) / (fk[key] - ik[key])
            modes |= {LimbMode.FK} if (share > 0.01).any() else set()
            modes |= {LimbMode.IK} if (share < 0.99).any() else set()
        else:
            has_pole = bool(np.median(values) > 0.5)
    return modes or {LimbMode.FK}, has_pole


def _values(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    bone: str,
    name: str,
    frames: Sequence[float],
) -> np.ndarray:
    if bone not in armature.pose.bones or name not in armature.pose.bones[bone]:
        return np.zeros(1)
    path = bone_path(bone)[:-1] + f'["{bpy.utils.escape_identifier(name)}"]'
    held = held_values(context, armature, {path: np.asarray(frames, np.float64)})
    return held[path].ravel() if path in held else np.zeros(1)


def _on_same_side(armature: bpy.types.Object, bone: str, other: str) -> bool:
    """Whether two bones lie on the same side of the character."""
    bones = armature.data.bones
    if bone not in bones:
        return False
    return bones[bone].head_local.x * bones[other].head_local.x > 0


def _nearest(armature: bpy.types.Object, names: Sequence[str], to: str) -> str:
    bones = armature.data.bones
    place = bones[to].head_local
    there = [name for name in names if name in bones]
    return min(there, key=lambda name: (bones[name].head_local - place).length, default="")
