"""Ten rigs whose names say nothing: is each joint found where it is?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import bpy
import numpy as np

from blender_addon.blender.rig.joint_map import automatic_joints
from blender_addon.core.retarget.joint_names import COMMON_JOINT_NAMES, REQUIRED_JOINT_NAMES

from .built import FINGERS, Build, build_rig

_ALL = {joint: joint for joint in COMMON_JOINT_NAMES}
_FEW = {
    joint: joint
    for joint in COMMON_JOINT_NAMES
    if joint not in ("Spine1", "Spine2", "Neck", "LeftShoulder", "RightShoulder")
}
_TAIL = (("Hips", "tail", (0.0, 0.45, -0.1)),)
_HAIR = tuple(("Head", f"hair{n}", (0.02 * n - 0.05, 0.1, -0.35)) for n in range(6))
_SKIRT = tuple(("Hips", f"skirt{n}{{}}", (0.1 * n - 0.2, 0.12, -0.5)) for n in range(5))
_WINGS = (("Spine2", "wing_l", (0.7, 0.3, 0.3)), ("Spine2", "wing_r", (-0.7, 0.3, 0.3)))
_TWISTS = (
    ("UpLeg", "Leg", "ta{}"), ("Leg", "Foot", "tb{}"),
    ("Arm", "ForeArm", "tc{}"), ("ForeArm", "Hand", "td{}"),
)  # fmt: skip
_LONG_SPINE = (("Spine", "Spine1", "s1"), ("Spine1", "Spine2", "s2"))

UNNAMED: Mapping[str, Build] = {
    "person": Build(_ALL, below=FINGERS),
    "child": Build(_ALL, size=0.55, lengths={"Leg": 0.8, "Foot": 0.8, "Head": 1.5}),
    "chibi": Build(_FEW, lengths={"Leg": 0.4, "Foot": 0.4, "ForeArm": 0.6, "Hand": 0.6, "Head": 2}),
    "long arms": Build(_ALL, lengths={"ForeArm": 1.5, "Hand": 1.5}, arms_down_rad=1.2),
    "tail": Build(_ALL, below=(*_TAIL, *FINGERS), root="base"),
    "hair and skirt": Build(_ALL, below=(*_HAIR, *_SKIRT)),
    "wings": Build(_ALL, below=_WINGS),
    "IK targets": Build(_ALL, beside=(("Foot", "a{}"), ("Hand", "b{}"), ("Leg", "c{}")), root="m"),
    "twist bones": Build(_ALL, between=(*_TWISTS, *_LONG_SPINE), below=FINGERS, arms_down_rad=0.8),
    "one spine bone, slouched": Build(_FEW, slouch_rad=0.25, arms_down_rad=1.3),
}


def build_unnamed(kind: str, seed: int = 0) -> tuple[bpy.types.Object, dict[str, str]]:
    """A rig whose bones are named by number, and the true bone of each joint."""
    build = UNNAMED[kind]
    armature = build_rig(replace(build, roll=0.7), kind)
    bones = list(armature.data.bones)
    order = np.random.default_rng(seed).permutation(len(bones))
    joint_of = {name: joint for joint, name in build.names.items()}
    truth = {}
    for bone in bones:
        joint = joint_of.get(bone.name)
        bone.name = f"~{bone.name}"  # out of the way of the numbers
        if joint:
            truth[joint] = bone
    for bone, number in zip(bones, order, strict=True):
        bone.name = f"Bone.{number + 1:03d}"
    return armature, {joint: bone.name for joint, bone in truth.items()}


def wrong_joints(armature: bpy.types.Object, truth: Mapping[str, str]) -> list[str]:
    """Joints needed for a walk that were found elsewhere, or not at all."""
    found = automatic_joints(armature).bones
    return [joint for joint in REQUIRED_JOINT_NAMES if found.get(joint) != truth.get(joint)]
