"""Standing at ease: arms hang, elbows are a little bent, fingers curled, feet under the hips."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import bpy
import numpy as np
from mathutils import Quaternion, Vector

from ..blender.axes import core_to_blender_points
from ..core.conventions import Floats
from .body import Body
from .bones import FINGERS, Naming
from .person import Person

_ARM_DEG: Final = 11.0
_MORE_WHEN_HEAVY_DEG: Final = 9.0
_FOREARM_AHEAD: Final = 0.20
_CURL_DEG: Final = {"index": 12.0, "middle": 15.0, "ring": 18.0, "pinky": 20.0, "thumb": 4.0}
_PALM_TURN_DEG: Final = 35.0
_FEET_APART: Final = 0.15  # how far the ankle is outside the hip joint, as a share of its x


def stand_at_ease(armature: bpy.types.Object, person: Person, body: Body, naming: Naming) -> None:
    """Pose the bones; nothing is keyed.

    Args:
        armature: at rest, with the bones of ``naming``.
    """
    for bone in armature.pose.bones:
        bone.rotation_mode = "QUATERNION"
    _bring_feet_together(armature, body.joints, naming)
    for side, sign in (("L", 1.0), ("R", -1.0)):
        _hang_arm(armature, person, body.joints, naming, side, sign)
        for finger in FINGERS:
            for number in (1, 2, 3):
                bone = armature.pose.bones[naming.names[f"{finger}{number}.{side}"]]
                turn = np.radians(_CURL_DEG[finger])
                bone.rotation_quaternion = Quaternion((1.0, 0.0, 0.0), turn)


def _hang_arm(
    armature: bpy.types.Object,
    person: Person,
    joints: Mapping[str, Floats],
    naming: Naming,
    side: str,
    sign: float,
) -> None:
    shoulder, elbow, wrist = (
        joints[f"{side.lower()}-{name}"] for name in ("shoulder", "elbow", "hand")
    )
    away = np.radians(_ARM_DEG + _MORE_WHEN_HEAVY_DEG * max(person.weight, 0.0))
    upper = _between(elbow - shoulder, (sign * np.sin(away), -np.cos(away), -0.04))
    lower = _between(wrist - elbow, (sign * 0.03, -1.0, _FOREARM_AHEAD))
    turned = Quaternion(_blender((0.0, 1.0, 0.0)), sign * np.radians(_PALM_TURN_DEG)) @ lower
    _turn(armature, naming.names[f"upper_arm.{side}"], upper)
    _turn(armature, naming.names[f"forearm.{side}"], upper.inverted() @ turned)


def _bring_feet_together(
    armature: bpy.types.Object, joints: Mapping[str, Floats], naming: Naming
) -> None:
    """Legs turn inward from the hips, feet stay flat, and the hips rise by what that gives."""
    hip, ankle = joints["l-upper-leg"], joints["l-ankle"]
    leg = ankle - hip
    inward = np.arctan2(leg[0], -leg[1]) - np.arcsin(_FEET_APART * hip[0] / np.hypot(*leg[:2]))
    for side, sign in (("L", 1.0), ("R", -1.0)):
        turn = Quaternion(_blender((0.0, 0.0, 1.0)), -sign * inward)
        _turn(armature, naming.names[f"thigh.{side}"], turn)
        _turn(armature, naming.names[f"foot.{side}"], turn.inverted())
    across = np.array([leg[0], leg[1]])
    turned = across @ np.array(
        [[np.cos(inward), -np.sin(inward)], [np.sin(inward), np.cos(inward)]]
    )
    hips = armature.pose.bones[naming.names["hips"]]
    rest = hips.bone.matrix_local.to_quaternion()
    hips.location = rest.inverted() @ _blender((0.0, leg[1] - turned[1], 0.0))


def _between(start: Floats, end: tuple[float, float, float]) -> Quaternion:
    """The shortest turn from one direction to another, in Blender's axes."""
    return _blender(start).rotation_difference(_blender(end))


def _blender(direction: Floats | tuple[float, float, float]) -> Vector:
    return Vector(core_to_blender_points(np.asarray(direction, np.float32)))


def _turn(armature: bpy.types.Object, name: str, turn: Quaternion) -> None:
    """Turn a bone from its rest, the turn given in the armature's axes."""
    bone = armature.pose.bones[name]
    rest = bone.bone.matrix_local.to_quaternion()
    bone.rotation_quaternion = rest.inverted() @ turn @ rest
