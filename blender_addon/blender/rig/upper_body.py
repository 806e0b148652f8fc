"""Channels of a character's upper body alone: spine, head, collars and arms, and their fingers.

Whatever is live of an arm gets the keys: its own bones, or the controls that they follow. Legs,
hips and everything that carries the character are not touched.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ...core.conventions import Bools
from ...core.motion.clip import MotionClip
from ..keys.held import held_turns
from ..keys.keyframes import Channel
from ..keys.layer_values import other_layers, track_paths
from ..paths import bone_of_path
from .limb_controls import ARM, SIDES, LimbControls, find_limb_controls
from .posed import PosedBones
from .skeleton import RigSkeleton
from .steering import steering
from .turned import Turns, joint_turns, moved_channels, swung_channels, turned_channels

Array = NDArray[np.float64]
_TRUNK: Final = ("Spine1", "Spine2", "Neck", "Head", "LeftShoulder", "RightShoulder")
"""Joints of a control rig whose controls turn nothing below them."""
_MODES_LOOKED_AT: Final = 32
_ALIKE_RAD: Final = 1e-3


@dataclass(frozen=True)
class UpperBody:
    """Bones of an armature that get keys.

    Args:
        trunk: control or bone that turns, by the bone of the joint whose turn it takes.
        arms: what moves each arm; none where the arm is left alone.
        hidden: bones whose keys would not show, and why.
    """

    trunk: tuple[tuple[str, str], ...]
    arms: Mapping[str, LimbControls] = field(default_factory=dict)
    hidden: tuple[tuple[str, str], ...] = ()

    @property
    def keyed(self) -> tuple[str, ...]:
        """All of them."""
        arms = (name for each in self.arms.values() for name in each.bones)
        return (*(name for name, _ in self.trunk), *arms)


def find_upper_body(
    context: bpy.types.Context, armature: bpy.types.Object, rig: RigSkeleton, frames: Array
) -> UpperBody:
    """What gets keys so that the upper body moves.

    Args:
        context: whose scene's time it is.
        armature: only looked at.
        rig: what was read of it.
        frames: on which.
    """
    looked = np.unique(np.linspace(frames[0], frames[-1], _MODES_LOOKED_AT).round())
    found = {side: find_limb_controls(context, armature, rig, ARM, side, looked) for side in SIDES}
    arms = {side: each for side, each in found.items() if each.bones}
    trunk = _trunk_of_controls(rig) if rig.controls is not None else _trunk_of_chain(rig)
    hidden = [(name, steering(armature, name)) for name, _ in trunk]
    hidden = [each for each in hidden if each[1]]
    names = {name for name, _ in hidden}
    return UpperBody(tuple(e for e in trunk if e[0] not in names), arms, tuple(hidden))


def _trunk_of_controls(rig: RigSkeleton) -> list[tuple[str, str]]:
    bones = {common: bone for bone, common in rig.joint_map.items()}
    found = []
    for control in rig.controls.family.body.controls:
        name = rig.controls.bone(control)
        if name is not None and not control.moves and control.joint in _TRUNK:
            if control.joint in bones:
                found.append((name, bones[control.joint]))
    return found


def _trunk_of_chain(rig: RigSkeleton) -> list[tuple[str, str]]:
    legs = ("Leg", "Foot", "Toe", "Hips", "Arm", "Hand")
    return [
        (name, name)
        for name in rig.skeleton.names
        if not rig.joint_map.get(name, "").endswith(legs)
    ]


def bones_to_look_at(armature: bpy.types.Object, rig: RigSkeleton, upper: UpperBody) -> list[str]:
    """Names of the bones whose poses are needed."""
    return bones_shown_by(armature, rig, upper.keyed)


def bones_shown_by(armature: bpy.types.Object, rig: RigSkeleton, keyed: Iterable[str]) -> list[str]:
    """Names of the bones of a rig's joints and of those that get keys, and of what carries them."""
    names = [*rig.skeleton.names, *keyed]
    if rig.controls is not None:
        names += _originals(armature, rig.skeleton.names)
    parents = (armature.pose.bones[name].parent for name in names)
    return list(dict.fromkeys([*names, *(bone.name for bone in parents if bone is not None)]))


def _originals(armature: bpy.types.Object, names: Iterable[str]) -> list[str]:
    """Bones that those which deform limbs follow, where they rest alike."""
    bones, found = armature.data.bones, []
    for name in names:
        other = bones.get("ORG-" + name.removeprefix("DEF-"))
        if name.startswith("DEF-") and other is not None:
            turned = bones[name].matrix_local.inverted() @ other.matrix_local
            if turned.to_quaternion().angle < _ALIKE_RAD:
                found.append(other.name)
    return found


def upper_channels(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    rig: RigSkeleton,
    upper: UpperBody,
    posed: PosedBones,
    base: MotionClip,
    desired: MotionClip,
    joints: Bools,
    frames: Array,
) -> list[Channel]:
    """Every channel that takes the upper body from how it is posed to how it shall be.

    Args:
        context: whose scene's time it is.
        armature: the object the rig was read from; only looked at.
        rig: what was read of it.
        upper: what gets keys.
        posed: its bones on K frames.
        base, desired: the same as clips of its skeleton.
        joints: (J,) which ones shall move.
        frames: (K,) frame numbers.
    """
    names = rig.skeleton.names
    moved = {name for name, moves in zip(names, joints.tolist(), strict=True) if moves}
    motions = joint_turns(rig, base, desired, posed)
    pairs = [each for each in upper.trunk if each[1] in moved]
    arms = {side: arm for side, arm in upper.arms.items() if _moves(rig, side, moved)}
    pairs += [pair for arm in arms.values() for pair in arm.turned]
    keyed = [name for name, _ in pairs] + [arm.start for arm in arms.values() if arm.start]
    motions = _with_controls(armature, rig, motions, pairs, moved)
    held = held_turns(context, armature, _layered(armature, keyed), frames)
    turns = Turns(posed, motions, held, frames)
    channels = list(turned_channels(armature, turns, [name for name, _ in pairs]))
    bones = {common: bone for bone, common in rig.joint_map.items()}
    for side, arm in arms.items():
        channels += _goal_channels(armature, turns, arm, bones, side)
    return channels


def _moves(rig: RigSkeleton, side: str, moved: set[str]) -> bool:
    return any(rig.joint_map.get(name) == f"{side}Arm" for name in moved)


def _goal_channels(
    armature: bpy.types.Object,
    turns: Turns,
    arm: LimbControls,
    bones: Mapping[str, str],
    side: str,
) -> list[Channel]:
    """Those of an arm that follows its hand."""
    if not arm.goal:
        return []
    last = next(p for p in ("Hand", "ForeArm", "Arm") if side + p in bones)
    hand = turns.of(bones[side + last])
    channels = list(moved_channels(armature, turns, arm.goal, hand))
    upper = turns.of(bones[f"{side}Arm"])
    if arm.pole:
        channels += moved_channels(armature, turns, arm.pole, upper, turning=False)
    if arm.start:
        start = Turns(turns.posed, {**turns.motions, arm.start: upper}, turns.held, turns.frames)
        channels += swung_channels(armature, start, arm.start, arm.goal, hand)
    return channels


def _with_controls(
    armature: bpy.types.Object,
    rig: RigSkeleton,
    motions: dict[str, Array],
    pairs: Sequence[tuple[str, str]],
    moved: set[str],
) -> dict[str, Array]:
    """How bones move, by name: of a control rig the controls, too, and what carries the joints.

    Of a control rig only what is turned by a control of its own moves.
    """
    if rig.controls is None:
        return motions
    turned = {joint for _, joint in pairs}
    found = {}
    for bone, motion in motions.items():
        common = rig.joint_map[bone]
        if bone in turned or ((bone in moved and "Arm" in common) or "Hand" in common):
            found[bone] = motion
            stem = bone.removeprefix("DEF-").removeprefix("ORG-")
            found |= {f"{prefix}{stem}": motion for prefix in ("ORG-", "DEF-")}
    return found | {name: motions[joint] for name, joint in pairs}


def _layered(armature: bpy.types.Object, names: Iterable[str]) -> list[str]:
    """Those that layers of others move, which their keys do not hold."""
    moved = {bone_of_path(path) for t in other_layers(armature) for path in track_paths(t)}
    return [name for name in names if name in moved]
