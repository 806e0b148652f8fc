"""Which joints bones of a rig stand for: what is keyed of a joint, and what of it may change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import numpy as np

from ...blender.rig.skeleton import RigSkeleton
from ...blender.rig.whole_body import WholeBody
from ...core.conventions import Bools
from ...core.errors import SettingsError
from ...core.motion.common_skeleton import COMMON_SKELETON
from ...core.retarget.control_map import LimbMode
from ...core.wording import listed

_TRUNK: Final = ("Hips", "Spine")
"""Joints that a control of the whole trunk moves."""
_PREFIXES: Final = ("DEF-", "ORG-")


def joints_by_bone(rig: RigSkeleton, body: WholeBody) -> dict[str, tuple[str, ...]]:
    """Common joints by the bones that move them, controls of either mode included.

    Args:
        rig: what was read of an armature.
        body: what of it gets keys.
    """
    found = {bone: (common,) for bone, common in rig.joint_map.items()}
    if rig.controls is not None:
        found |= _of_controls(rig)
    for (limb, side), controls in body.limbs.items():
        joints = tuple(side + part for part in limb.parts[:3])
        named = (controls.goal, controls.pole, controls.start)
        found |= {name: joints for name in named if name}
    for name, joint in body.turned:
        if joint in rig.joint_map:
            found.setdefault(name, (rig.joint_map[joint],))
    moved = (name for name, _ in body.moved if name not in rig.apart)
    return found | dict.fromkeys(moved, _TRUNK)


def _of_controls(rig: RigSkeleton) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for bone, common in rig.joint_map.items():
        stem = bone.removeprefix("DEF-").removeprefix("ORG-")
        found |= {prefix + stem: (common,) for prefix in _PREFIXES}
    family = rig.controls.family
    parts = [family.body, *(part[mode] for part in (family.arms, family.legs) for mode in LimbMode)]
    for part in parts:
        for control in part.controls:
            name = rig.controls.bone(control)
            if name is not None:
                found[name] = control.pole or (control.joint,)
    return found


def chosen_joints(rig: RigSkeleton, body: WholeBody, bones: Sequence[str]) -> Bools | None:
    """(22,) which joints may change where only some bones are chosen; None for all.

    Raises:
        SettingsError: none of them moves a joint of the body.
    """
    if not bones:
        return None
    by_bone = joints_by_bone(rig, body)
    names = {joint for bone in bones for joint in by_bone.get(bone, ())}
    if not names:
        raise SettingsError(
            f"{listed(sorted(bones))} {'moves' if len(bones) == 1 else 'move'} no joint of the "
            "body. Choose bones of the trunk, the arms or the legs, or none for all of them"
        )
    return mask_of(names)


def mask_of(joints: Iterable[str]) -> Bools:
    """(22,) which joints of the common skeleton are among these."""
    names = set(joints)
    return np.array([name in names for name in COMMON_SKELETON.names])


def columns_of(joints: Mapping[str, tuple[str, ...]], bone: str, *, moves: bool) -> list[int]:
    """Which columns of a mask of hips' place and joints a bone's keys tell of.

    Args:
        joints: by bone.
        bone: that has keys.
        moves: whether they are of its location.
    """
    found = [1 + COMMON_SKELETON.index(joint) for joint in joints.get(bone, ())]
    return [0, *found] if 1 in found and moves else found
