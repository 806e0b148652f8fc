"""Channels of a whole character that take it from how it is posed to how it shall be.

Whatever is live of a limb gets the keys: its own bones, or the controls that they follow. What
carries the character, fingers, a face and all else that is no joint of the body is not touched, and
a bone that does not change gets no key.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ...core.motion.clip import MotionClip
from ..keys.keyframes import Channel
from .controls import bend_direction
from .limb_controls import ARM, LEG, SIDES, Limb, LimbControls, find_limb_controls
from .posed import PosedBones
from .skeleton import RigSkeleton
from .steering import steering
from .turned import Turns, joint_turns, moved_channels, swung_channels, turned_channels
from .upper_body import bones_shown_by

Array = NDArray[np.float64]

_MODES_LOOKED_AT: Final = 32
_LEAST_RAD: Final = 2e-5
_LEAST_SHIFT_M: Final = 1e-5
LIMBS: Final = tuple((limb, side) for limb in (ARM, LEG) for side in SIDES)


@dataclass(frozen=True)
class WholeBody:
    """Bones of an armature that get keys.

    Args:
        moved: bones that move and turn, by the bone of the joint whose motion they take.
        turned: bones that turn, likewise.
        limbs: what moves each limb that follows a goal, by its kind and side.
        hidden: bones whose keys would not show, and why.
    """

    moved: tuple[tuple[str, str], ...]
    turned: tuple[tuple[str, str], ...]
    limbs: Mapping[tuple[Limb, str], LimbControls] = field(default_factory=dict)
    hidden: tuple[tuple[str, str], ...] = ()

    @property
    def keyed(self) -> tuple[str, ...]:
        """All of them."""
        limbs = (name for each in self.limbs.values() for name in each.bones)
        pairs = (name for name, _ in (*self.moved, *self.turned))
        return tuple(dict.fromkeys((*pairs, *limbs)))


def find_whole_body(
    context: bpy.types.Context, armature: bpy.types.Object, rig: RigSkeleton, frames: Array
) -> WholeBody:
    """What gets keys so that a character moves.

    Args:
        context: whose scene's time it is.
        armature: only looked at.
        rig: what was read of it.
        frames: on which.
    """
    looked = np.unique(np.linspace(frames[0], frames[-1], _MODES_LOOKED_AT).round())
    limbs = {
        (limb, side): find_limb_controls(context, armature, rig, limb, side, looked)
        for limb, side in LIMBS
    }
    find = _body_of_controls if rig.controls is not None else _body_of_chain
    moved, turned = find(rig, limbs)
    pairs = [*turned, *(pair for each in limbs.values() for pair in each.turned)]
    hidden = dict[str, str]()
    for name, _ in (*moved, *pairs):
        if why := steering(armature, name):
            hidden[name] = why
    free = tuple(each for each in dict.fromkeys(pairs) if each[0] not in hidden)
    following = {which: each for which, each in limbs.items() if each.goal}
    return WholeBody(
        tuple(each for each in moved if each[0] not in hidden), free, following,
        tuple(hidden.items()),
    )  # fmt: skip


_Pairs = list[tuple[str, str]]
_Limbs = Mapping[tuple[Limb, str], LimbControls]


def _body_of_controls(rig: RigSkeleton, limbs: _Limbs) -> tuple[_Pairs, _Pairs]:
    """Controls of the trunk that move, and those that turn."""
    bones = {common: bone for bone, common in rig.joint_map.items()}
    moved, turned = _Pairs(), _Pairs()
    for control in rig.controls.family.body.controls:
        name = rig.controls.bone(control)
        if name is not None and control.joint in bones:
            (moved if control.moves else turned).append((name, bones[control.joint]))
    return moved, turned


def _body_of_chain(rig: RigSkeleton, limbs: _Limbs) -> tuple[_Pairs, _Pairs]:
    """The bones themselves, but those of a limb that follows a goal."""
    names, moved, turned = rig.skeleton.names, _Pairs(), _Pairs()
    following = {side + part for (limb, side), each in limbs.items() if each.goal
                 for part in limb.parts}  # fmt: skip
    led = set[int]()
    for joint, name in enumerate(names):
        common = rig.joint_map.get(name)
        parent = int(rig.skeleton.parents[joint])
        if common in following or (common is None and parent in led):
            led.add(joint)
        elif joint == 0 or name in rig.apart:
            moved.append((name, name))
        else:
            turned.append((name, name))
    return moved, turned


def bones_to_look_at(
    armature: bpy.types.Object, rig: RigSkeleton, body: WholeBody
) -> tuple[str, ...]:
    """Names of the bones whose poses are needed."""
    return tuple(bones_shown_by(armature, rig, (*body.keyed, *rig.ancestors[:1])))


def whole_body_channels(
    armature: bpy.types.Object,
    rig: RigSkeleton,
    body: WholeBody,
    posed: PosedBones,
    base: MotionClip,
    desired: MotionClip,
    frames: Array,
    held: Mapping[str, Array] | None = None,
    *,
    every: bool = False,
) -> list[Channel]:
    """Every channel that takes a character from how it is posed to how it shall be.

    Args:
        armature: the object the rig was read from; only looked at.
        rig: what was read of it.
        body: what gets keys.
        posed: its bones on K frames.
        base, desired: the same as clips of its skeleton, in the world.
        frames: (K,) frame numbers.
        held: (K, 4) what is animated on a bone, where that is another than what is seen of it.
        every: bones that do not change get keys as well.
    """
    least = _LEAST_SHIFT_M / (rig.unit_m * rig.object_scale)
    motions = _with_controls(rig, body, joint_turns(rig, base, desired, posed, about_shown=True))
    turns = Turns(posed, motions, held or {}, frames, _LEAST_RAD, least)
    if every:
        turns = replace(turns, least_rad=0.0, least_shift=0.0)
    channels: list[Channel] = []
    for name, joint in body.moved:
        channels += moved_channels(armature, turns, name, turns.of(joint))
    channels += turned_channels(armature, turns, [name for name, _ in body.turned])
    bones = {common: bone for bone, common in rig.joint_map.items()}
    for (limb, side), controls in body.limbs.items():
        joints = [bones[side + part] for part in limb.parts[:3] if side + part in bones]
        channels += _goal_channels(armature, turns, controls, joints)
    return channels


def _goal_channels(
    armature: bpy.types.Object, turns: Turns, controls: LimbControls, joints: list[str]
) -> Iterator[Channel]:
    """Those of a limb that follows its end."""
    end = turns.of(joints[-1])
    yield from moved_channels(armature, turns, controls.goal, end)
    if controls.pole:
        # Without a hand or foot nothing tells how a limb bends: the pole goes with its first bone.
        whole = len(joints) == 3
        motion = _pole_motion(turns, controls.pole, joints) if whole else turns.of(joints[0])
        yield from moved_channels(armature, turns, controls.pole, motion, turning=False)
    if controls.start:
        yield from swung_channels(armature, turns, controls.start, controls.goal, end)


def _pole_motion(turns: Turns, pole: str, joints: Sequence[str]) -> Array:
    """(K, 4, 4) that a pole goes through to lie beside the middle joint as it does now."""
    now = [turns.posed.pose(name)[:, :3, 3] for name in joints]
    then = [_moved(turns.of(name), place) for name, place in zip(joints, now, strict=True)]
    place = turns.posed.pose(pole)[:, :3, 3]
    aim = place - now[1]
    first = np.broadcast_to(turns.of(joints[0]), (len(aim), 4, 4))[:, :3, :3]
    carried = np.einsum("tij,tj->ti", first, aim)
    before, after = _limb_frame(now, aim), _limb_frame(then, carried)
    turned = np.einsum("tij,tkj,tk->ti", after, before, aim)
    motion = np.tile(np.eye(4), (len(aim), 1, 1))
    motion[:, :3, 3] = then[1] + turned - place
    return motion


def _moved(motion: Array, places: Array) -> Array:
    return np.asarray((motion[..., :3, :3] @ places[..., None])[..., 0] + motion[..., :3, 3])


def _limb_frame(limb: Sequence[Array], aim: Array) -> Array:
    """(K, 3, 3) columns: along a limb, to where it bends, across both."""
    bend = bend_direction(limb[0], limb[1], limb[2], aim)
    along = limb[2] - limb[0]
    along = along / np.linalg.norm(along, axis=1, keepdims=True)
    return np.stack((along, bend, np.cross(along, bend)), axis=-1)


def _with_controls(
    rig: RigSkeleton, body: WholeBody, motions: Mapping[str, Array]
) -> dict[str, Array]:
    """How bones move, by name: those of the joints, the controls, and what carries the joints."""
    found = dict(motions)
    bones = {common: bone for bone, common in rig.joint_map.items()}
    if rig.controls is not None:
        for bone, motion in motions.items():
            stem = bone.removeprefix("DEF-").removeprefix("ORG-")
            found |= {f"{prefix}{stem}": motion for prefix in ("ORG-", "DEF-")}
    for (limb, side), controls in body.limbs.items():
        joints = [bones[side + part] for part in limb.parts[:3] if side + part in bones]
        first, end = motions[joints[0]], motions[joints[-1]]
        placed = ((controls.goal, end), (controls.pole, first), (controls.start, first))
        found |= {name: motion for name, motion in placed if name}
    return found | {name: motions[joint] for name, joint in (*body.moved, *body.turned)}
