"""Animals that Rigify has generated: their original bones, and the controls that move these.

A leg whose IK is live gets keys on its foot's IK control, which stays editable as a foot, and the
rig works out the joints above; a leg on FK gets them on its FK controls and is exactly the body's.
What a control hangs on is read from the hierarchy, as for people.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ....blender.keys.keyframes import Channel
from ....blender.rig.bone_channels import turning_bone_channels
from ....blender.rig.controls import ControlRig, control_channels
from ....core.maths.affine import affine_inverse
from ....core.maths.rotations import (
    matrix_to_quaternion,
    quaternion_conjugate,
    quaternion_multiply,
    quaternion_to_matrix,
    rotation_between,
    rotations_of,
)
from ....core.quadruped.rig.rig_map import LegMap, QuadrupedMap
from ....core.retarget.control_map import (
    DEFAULT_LIMB_MODES,
    Control,
    ControlFamily,
    ControlPart,
    LimbMode,
    Switch,
)
from .rigify_tree import ORIGINAL

if TYPE_CHECKING:
    from .read import QuadrupedRig

Array = NDArray[np.float64]

_RESTING: Final = ("hips", "chest", "neck_bend")
_MECHANISM: Final = ("ORG-", "MCH-", "DEF-", "VIS_")
_NEEDED: Final = ("root", "torso", "hips", "chest")
_FOLLOWS: Final = ("neck_follow", "head_follow", "tail_follow")
_FOOT: Final = 3
"""Place in a limb of what its foot's IK control moves: the bone after thigh, shin and foot."""

_NECK: Final = "neck"
_FK: Final = "fk "
"""Before an original bone's name: the motion of its control, which it need not have itself."""

_NOTHING: Final = ControlPart((), (), ())


@dataclass(frozen=True, eq=False)
class RigifyControls:
    """The bones of a generated rig.

    Args:
        parents: every bone's parent, empty without one.
        ik: names of the legs that have IK live.
    """

    parents: Mapping[str, str]
    ik: frozenset[str] = frozenset()


def find_rigify(bones: bpy.types.ArmatureBones) -> RigifyControls | None:
    """The controls of an armature, if Rigify has generated it."""
    names = bones.keys()
    originals = sum(name.startswith(ORIGINAL) for name in names)
    if originals < len(_NEEDED) or not all(name in bones for name in _NEEDED):
        return None
    return RigifyControls({bone.name: bone.parent.name if bone.parent else "" for bone in bones})


def legs_on_ik(armature: bpy.types.Object, found: QuadrupedMap) -> frozenset[str]:
    """Names of the legs whose IK is live on a generated rig.

    Args:
        armature: the object.
        found: its animal, by original bones.
    """
    bones = armature.pose.bones
    live = set()
    for leg in found.legs:
        limb = _limb(leg, bones.keys())
        if limb and float(bones[_parent_of(limb[0])].get("IK_FK", 1.0)) < 0.5:
            live.add(leg.name)
    return frozenset(live)


def _limb(leg: LegMap, names: Collection[str]) -> tuple[str, ...]:
    """The original bones of a leg from that on which Rigify began it; empty if none is found."""
    for place, bone in enumerate(leg.bones):
        if _parent_of(bone) in names:
            return leg.bones[place:]
    return ()


def _parent_of(original: str) -> str:
    return _suffixed(original, "_parent")


def _suffixed(original: str, suffix: str) -> str:
    base, dot, rest = original.removeprefix(ORIGINAL).partition(".")
    return f"{base}{suffix}{dot}{rest}"


def rigify_channels(
    armature: bpy.types.Object,
    rig: QuadrupedRig,
    motions: Mapping[str, Array],
    root_pose: Array | None,
    frames: Array,
) -> list[Channel]:
    """Channels of a generated rig's controls but the root's.

    Args:
        armature: the object; only looked at.
        rig: the animal.
        motions: (T, 4, 4) in rig space from rest to pose, by original bone.
        root_pose: (T, 4, 4) of the rig's root; None where it stays at rest.
        frames: (T,) frame numbers.
    """
    names = {bone.name: bone.parent.name if bone.parent else "" for bone in armature.data.bones}
    ik = rig.controls.ik if rig.controls is not None else frozenset()
    part = animal_part(rig.map, armature, ik)
    moved = {
        **motions,
        **{_FK + bone: motions[bone] for bone in rig.map.column},
        **{bone: motions[above] for bone, above in carried_by(armature, rig.map).items()},
        **_neck_motion(rig, motions),
    }
    if rig.map.column[-1] == _pivot_of(armature)[0]:
        moved |= _pivot_motion(armature, motions)
    nothing = dict.fromkeys(LimbMode, _NOTHING)
    family = ControlFamily("Rigify", "root", part, nothing, nothing)
    bones = {name: name for name in motions}
    root = np.tile(np.eye(4), (len(frames), 1, 1)) if root_pose is None else root_pose
    channels = control_channels(
        armature, ControlRig(family, names), moved, bones, root, DEFAULT_LIMB_MODES, frames
    )
    return [*channels, *_tail_channels(armature, rig.map.tail, motions, frames)]


def animal_part(
    found: QuadrupedMap, armature: bpy.types.Object, ik: Collection[str]
) -> ControlPart:
    """The controls of an animal's original bones, those they hang on first.

    Args:
        found: the animal, by original bones.
        armature: the generated rig.
        ik: names of the legs that are moved by their feet.
    """
    bones = armature.data.bones
    names = bones.keys()
    controls = [Control(("torso",), _FK + _nearest(found.column, bones, "torso"), moves=True)]
    for control in _turning(_outward(found.column, bones), names):
        controls.append(replace(control, joint=_FK + control.joint))
    if found.neck:
        controls += [Control((_NECK,), _NECK), Control(("head",), found.neck[-1])]
    switches = list(_follow_switches(armature))
    for leg in found.legs:
        limb = _limb(leg, names)
        moved_by_foot = leg.name in ik and len(limb) > _FOOT
        controls += _by_foot(leg, limb, names) if moved_by_foot else _turning(leg.bones, names)
        if limb:
            switches += _limb_switches(_parent_of(limb[0]), moved_by_foot)
    keyed = {name for control in controls for name in control.names}
    rest = [*_resting(names, keyed), *(_plain_toes(found, names) - keyed)]
    return ControlPart(tuple(controls), tuple(rest), tuple(switches))


def _plain_toes(found: QuadrupedMap, names: Collection[str]) -> set[str]:
    """Controls of toes, which lie on the foot's where that is moved."""
    stems = {bone.removeprefix(ORIGINAL) for leg in found.legs for bone in leg.bones}
    return {stem for stem in stems if stem in names}


def _by_foot(leg: LegMap, limb: Sequence[str], names: Collection[str]) -> Iterator[Control]:
    """The controls of a leg whose foot is moved, with what hangs on its end."""
    above = leg.bones[: len(leg.bones) - len(limb)]
    yield from _turning(above, names)
    foot = _suffixed(limb[_FOOT - 1], "_ik")
    yield Control((foot,), limb[_FOOT], moves=True)
    yield from _turning(limb[_FOOT + 1 :], names)


def _limb_switches(parent: str, ik: bool) -> Iterator[Switch]:
    yield Switch(parent, "IK_FK", 0.0 if ik else 1.0)
    if ik:
        yield Switch(parent, "IK_parent", 1.0)
        yield Switch(parent, "pole_vector", 0.0)
    else:
        yield Switch(parent, "FK_limb_follow", 0.0)


def _nearest(column: Sequence[str], bones: bpy.types.ArmatureBones, control: str) -> str:
    place = bones[control].head_local
    return min(column, key=lambda name: (bones[name].head_local - place).length)


def _outward(column: Sequence[str], bones: bpy.types.ArmatureBones) -> list[str]:
    """Bones of the trunk from the torso's place to both ends, as their controls hang."""
    place = bones["torso"].head_local
    return sorted(column, key=lambda name: (bones[name].head_local - place).length)


def _turning(originals: Sequence[str], names: Collection[str]) -> Iterator[Control]:
    for original in originals:
        control = _control_of(original, names)
        if control:
            yield Control((control,), original)


def _control_of(original: str, names: Collection[str]) -> str:
    """The FK control of an original bone, or the one that has its plain name."""
    stem = original.removeprefix(ORIGINAL)
    base, dot, rest = stem.partition(".")
    for name in (f"{base}_fk{dot}{rest}", stem):
        if name in names:
            return name
    return ""


def _resting(names: Collection[str], keyed: Collection[str]) -> Iterator[str]:
    """Controls that have to stay at rest: they would move what is keyed."""
    for name in names:
        if name in keyed or name.startswith(_MECHANISM):
            continue
        helping = "_tweak" in name or "_ik" in name or name in _RESTING
        if helping or name.startswith(("tweak_", "tail_master", "spine_master")):
            yield name


def _follow_switches(armature: bpy.types.Object) -> Iterator[Switch]:
    """Neck, head and tail go with the trunk."""
    for bone in armature.pose.bones:
        for name in bone.keys():  # noqa: SIM118  a pose bone is no mapping to iterate
            if name in _FOLLOWS:
                yield Switch(bone.name, name, 1.0)


def _tail_channels(
    armature: bpy.types.Object, tail: Sequence[str], motions: Mapping[str, Array], frames: Array
) -> list[Channel]:
    """Channels of a tail's controls, of which each adds the turn of the one before to its own."""
    channels: list[Channel] = []
    before = None
    for original in tail:
        name = original.removeprefix(ORIGINAL)
        if name not in armature.pose.bones:
            return channels
        bone = armature.pose.bones[name]
        turn = _local_turn(armature, bone, original, tail, motions)
        own = turn
        if before is not None and _adds(bone):
            own = quaternion_multiply(quaternion_conjugate(before), turn)
        channels += turning_bone_channels(bone, own, frames)
        before = turn
    return channels


def _adds(bone: bpy.types.PoseBone) -> bool:
    return any(c.type == "COPY_ROTATION" and not c.mute for c in bone.constraints)


def _local_turn(
    armature: bpy.types.Object,
    bone: bpy.types.PoseBone,
    original: str,
    tail: Sequence[str],
    motions: Mapping[str, Array],
) -> Array:
    """(T, 4) of a control against what it hangs on: the one before, or what carries the tail."""
    place = tail.index(original)
    above = tail[place - 1] if place else _carrier_of(armature, bone, motions)
    rest = np.array(bone.bone.matrix_local, np.float64)
    return rotations_of(affine_inverse(motions[above] @ rest) @ motions[original] @ rest)


def _carrier_of(
    armature: bpy.types.Object, bone: bpy.types.PoseBone, motions: Mapping[str, Array]
) -> str:
    """The original bone of the trunk nearest to where a tail begins."""
    bones, place = armature.data.bones, bone.bone.head_local
    trunk = [name for name in motions if name != bone.name and not name.endswith((".L", ".R"))]
    over = {up.name for up in bone.bone.parent_recursive}
    stems = [name for name in trunk if {name, _fk_of(name), f"tweak_{_stem(name)}"} & over]
    return min(stems or trunk, key=lambda name: (bones[name].head_local - place).length)


def carried_by(armature: bpy.types.Object, found: QuadrupedMap) -> dict[str, str]:
    """The bone of the trunk with which another one really moves, by that.

    An original bone hangs on a tweak, and behind the torso that hangs on the control behind it.

    Args:
        armature: the generated rig.
        found: its animal.
    """
    bones, moves = armature.data.bones, {}
    controls = {_fk_of(bone): bone for bone in found.column}
    for bone in found.column:
        tweak = bones.get(f"tweak_{_stem(bone)}")
        over = tweak.parent.name if tweak is not None and tweak.parent is not None else ""
        if controls.get(over, bone) != bone:
            moves[bone] = controls[over]
    return moves


def _pivot_of(armature: bpy.types.Object) -> tuple[str, str]:
    """The original bones before and behind the trunk's hinge, where Rigify has a half turn.

    What lies there turns halfway between the two controls beside it.
    """
    pivot = armature.pose.bones.get("MCH-pivot")
    if pivot is None or pivot.parent is None:
        return "", ""
    copied = [c.subtarget for c in pivot.constraints if c.type == "COPY_TRANSFORMS"]
    if not copied:
        return "", ""
    before, behind = (ORIGINAL + name.replace("_fk", "") for name in (pivot.parent.name, copied[0]))
    return before, behind


def _pivot_motion(armature: bpy.types.Object, motions: Mapping[str, Array]) -> dict[str, Array]:
    """The motion of the control before the hinge with which the bone there is as desired."""
    before, behind = _pivot_of(armature)
    if before not in motions or behind not in motions:
        return {}
    wanted, other = motions[before], motions[behind]
    turns = [matrix_to_quaternion(each[:, :3, :3] / _sizes(each)) for each in (wanted, other)]
    turn = quaternion_multiply(
        quaternion_multiply(turns[0], quaternion_conjugate(turns[1])), turns[0]
    )
    hinge = np.array(armature.data.bones["MCH-pivot"].head_local, np.float64)
    motion = np.tile(np.eye(4), (len(wanted), 1, 1))
    motion[:, :3, :3] = quaternion_to_matrix(turn) * _sizes(wanted)
    place = wanted[:, :3, :3] @ hinge + wanted[:, :3, 3]
    motion[:, :3, 3] = place - motion[:, :3, :3] @ hinge
    return {_FK + before: motion}


def _sizes(motion: Array) -> Array:
    """(T, 1, 1) by how much a motion scales."""
    return np.asarray(np.linalg.norm(motion[:, :3, 0], axis=1)[:, None, None])


def _stem(original: str) -> str:
    return original.removeprefix(ORIGINAL)


def _fk_of(original: str) -> str:
    return _suffixed(original, "_fk")


def _neck_motion(rig: QuadrupedRig, motions: Mapping[str, Array]) -> dict[str, Array]:
    """The motion of the neck as one piece, so that its end is where the head begins."""
    if len(rig.map.neck) < 2:
        return {_NECK: motions[rig.map.neck[0]]} if rig.map.neck else {}
    first, head = motions[rig.map.neck[0]], motions[rig.map.neck[-1]]
    low, high = (rig.sized_rests[name][:3, 3] for name in (rig.map.neck[0], rig.map.neck[-1]))
    start = first[:, :3, :3] @ low + first[:, :3, 3]
    end = head[:, :3, :3] @ high + head[:, :3, 3]
    now = first[:, :3, :3] @ (high - low)
    turn = matrix_to_quaternion(first[:, :3, :3])
    turn = quaternion_multiply(rotation_between(now, end - start), turn)
    motion = np.tile(np.eye(4), (len(first), 1, 1))
    motion[:, :3, :3] = quaternion_to_matrix(turn)
    motion[:, :3, 3] = start - motion[:, :3, :3] @ low
    return {_NECK: motion}
