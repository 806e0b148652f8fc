"""Controls of a rig that its animator built: what IK and copying constraints of its bones look at.

Such a control takes the motion of a bone that it steers, so that the constraint finds what the keys
of the bones themselves say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import bpy

from ....blender.rig.acting import acting_constraints
from ....core.quadruped.rig.rig_map import QuadrupedMap

_COPIES = ("COPY_TRANSFORMS", "COPY_ROTATION", "COPY_LOCATION")


def find_steering(armature: bpy.types.Object, found: QuadrupedMap) -> dict[str, str]:
    """The bone whose motion each control takes, by control; those that move anyway are not in.

    Args:
        armature: the object.
        found: its animal.
    """
    below = {above: bone for bone, above in reversed(found.hangs.items())}
    steering: dict[str, str] = {}
    for name in found.moving:
        for constraint in acting_constraints(armature.pose.bones[name]):
            for control, follows in _looked_at(armature, constraint, name, below):
                if control in armature.data.bones and control not in found.moving:
                    steering.setdefault(control, follows)
    return steering


def steers(armature: bpy.types.Object, bone: str, steering: Mapping[str, str]) -> bool:
    """Whether all constraints of a bone look at controls that are keyed, or at bones that move."""
    found = acting_constraints(armature.pose.bones[bone])
    return bool(found) and all(
        constraint.type in ("IK", *_COPIES)
        and constraint.target == armature
        and (constraint.subtarget in steering or constraint.subtarget in armature.data.bones)
        for constraint in found
    )


def _looked_at(
    armature: bpy.types.Object,
    constraint: bpy.types.Constraint,
    bone: str,
    below: Mapping[str, str],
) -> Iterator[tuple[str, str]]:
    """Controls of a constraint, each with the bone whose motion it takes."""
    if getattr(constraint, "target", None) != armature:
        return
    if constraint.type == "IK":
        yield constraint.subtarget, below.get(bone, bone)
        if constraint.pole_target == armature:
            parent = armature.data.bones[bone].parent
            yield constraint.pole_subtarget, parent.name if parent is not None else bone
    elif constraint.type in _COPIES:
        yield constraint.subtarget, bone
