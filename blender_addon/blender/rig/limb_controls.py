"""What moves an arm or a leg of a character: its own bones, or controls that they follow.

Whichever is live counts: in a control rig that is known (controls.py) the switch between IK and FK
says so; in any other rig an IK constraint of the limb does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import bpy
import numpy as np

from ...core.retarget.control_map import Control, ControlFamily, ControlPart, LimbMode
from ..keys.held import held_values
from ..paths import bone_path
from .acting import acts
from .skeleton import RigSkeleton

SIDES: Final = ("Left", "Right")
_POLE_SWITCH: Final = "pole_vector"


@dataclass(frozen=True)
class Limb:
    """A kind of limb.

    Args:
        parts: its joints without their side, from the trunk on: two that bend, the one that is
            placed, and any beyond.
        family_part: what a family of control rigs calls it.
    """

    parts: tuple[str, ...]
    family_part: str

    def controls_of(self, family: ControlFamily) -> Mapping[LimbMode, ControlPart]:
        """Its controls by mode."""
        found: Mapping[LimbMode, ControlPart] = getattr(family, self.family_part)
        return found


ARM: Final = Limb(("Arm", "ForeArm", "Hand"), "arms")
LEG: Final = Limb(("UpLeg", "Leg", "Foot", "Toe"), "legs")


@dataclass(frozen=True)
class LimbControls:
    """Bones that get keys so that a limb moves.

    Args:
        turned: bones that turn, by the bone of the joint whose turn they take.
        goal: bone that the hand or foot follows; empty where none is live.
        pole: bone beside which the elbow or knee bends; empty for none.
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


def find_limb_controls(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    rig: RigSkeleton,
    limb: Limb,
    side: str,
    frames: Sequence[float],
) -> LimbControls:
    """What moves a limb on some frames.

    Args:
        context: whose scene's time it is.
        armature: only looked at.
        rig: what was read of it.
        limb: which kind.
        side: "Left" or "Right".
        frames: on which; where the mode changes between them, the controls of both get keys.
    """
    joints = _joints(rig, limb, side)
    if rig.controls is not None:
        return _of_control_rig(context, armature, rig, limb, side, joints, frames)
    placed = limb.parts[: limb.parts.index(_end_of(limb)) + 1]
    chain = [joints[part] for part in placed if part in joints]
    constraint = ik_constraint(armature, chain)
    if constraint is None or constraint.target != armature or not constraint.subtarget:
        return LimbControls(tuple((bone, bone) for bone in joints.values()))
    ends = [joints[part] for part in limb.parts[2:] if part in joints]
    # A hand that is the goal itself turns as it is placed.
    own = (bone for bone in ends if bone != constraint.subtarget)
    turned = tuple((bone, bone) for bone in own if not _copies(armature, bone))
    start = "" if constraint.pole_target is not None else joints.get(limb.parts[0], "")
    pole = constraint.pole_subtarget if constraint.pole_target == armature else ""
    return LimbControls(turned, constraint.subtarget, pole, start)


def _end_of(limb: Limb) -> str:
    """The part that is placed where the limb reaches."""
    return limb.parts[2]


def ik_constraint(armature: bpy.types.Object, bones: Sequence[str]) -> bpy.types.Constraint | None:
    """The IK that places a hand or foot; None where the limb follows its own keys.

    Args:
        armature: whose bones.
        bones: of the limb, from the trunk on.
    """
    for name in reversed(bones):
        for constraint in armature.pose.bones[name].constraints:
            if constraint.type == "IK" and acts(constraint) and constraint.target is not None:
                return constraint
    return None


def _joints(rig: RigSkeleton, limb: Limb, side: str) -> dict[str, str]:
    """Bone by part of a limb, from the trunk on."""
    bones = {common: bone for bone, common in rig.joint_map.items()}
    return {part: bones[side + part] for part in limb.parts if side + part in bones}


def _copies(armature: bpy.types.Object, bone: str) -> bool:
    kinds = ("COPY_ROTATION", "COPY_TRANSFORMS")
    found = armature.pose.bones[bone].constraints
    return any(each.type in kinds and acts(each) for each in found)


def _of_control_rig(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    rig: RigSkeleton,
    limb: Limb,
    side: str,
    joints: dict[str, str],
    frames: Sequence[float],
) -> LimbControls:
    parts = limb.controls_of(rig.controls.family)
    first = joints[limb.parts[0]]
    modes, has_pole = _live(context, armature, parts, first, frames)
    turned: list[tuple[str, str]] = []
    goal, pole, start = "", "", ""
    if LimbMode.FK in modes:
        turned += _turned(rig, parts[LimbMode.FK], side, joints)
    if LimbMode.IK in modes:
        part = parts[LimbMode.IK]
        turned += _turned(rig, part, side, joints)
        named = list(_named(rig, part, side))
        goal = next((name for control, name in named if control.moves), "")
        pole = next((name for control, name in named if control.pole and has_pole), "")
        if not has_pole:
            start = _nearest(armature, part.rest, first)
    return LimbControls(tuple(dict.fromkeys(turned)), goal, pole, start)


def _turned(
    rig: RigSkeleton, part: ControlPart, side: str, joints: dict[str, str]
) -> Iterator[tuple[str, str]]:
    """Controls that only turn, with the bone of the joint whose turn they take."""
    for control, name in _named(rig, part, side):
        joint = control.joint.removeprefix(side)
        if not control.pole and not control.moves and joint in joints:
            yield name, joints[joint]


def _named(rig: RigSkeleton, part: ControlPart, side: str) -> Iterator[tuple[Control, str]]:
    for control in part.controls:
        name = rig.controls.bone(control)
        joint = control.joint or control.pole[0]
        if name is not None and joint.startswith(side):
            yield control, name


def _live(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    parts: Mapping[LimbMode, ControlPart],
    first: str,
    frames: Sequence[float],
) -> tuple[set[LimbMode], bool]:
    """Which modes are seen of a limb that begins with a bone, and whether the IK has a pole."""
    fk, ik = ({(s.bone, s.name): s.value for s in parts[mode].switches} for mode in LimbMode)
    on_side = {key for key in fk.keys() | ik.keys() if _on_same_side(armature, key[0], first)}
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
