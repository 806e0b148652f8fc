"""Animals for the tests of the scene: armatures built in code, and a network that is none."""

from __future__ import annotations

import bpy
import numpy as np

from blender_addon.blender.axes import core_to_blender_points
from blender_addon.core.errors import Cancelled
from blender_addon.core.maths.rotations import (
    axis_angle_to_quaternion,
    heading_to_quaternion,
    quaternion_multiply,
)
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.quadruped.gaits import ACTIONS
from blender_addon.core.quadruped.plan import QuadrupedPlan
from blender_addon.core.quadruped.request import QuadrupedResult
from blender_addon.core.quadruped.skeleton import HIPS, JOINTS, LEGS, PARENTS

_TRUNK = {
    "hips": (0.0, 0.55, -0.3), "spine": (0.0, 0.56, -0.15), "spine_1": (0.0, 0.56, 0.0),
    "chest": (0.0, 0.55, 0.15), "neck": (0.0, 0.6, 0.3), "neck_1": (0.0, 0.7, 0.42),
    "head": (0.0, 0.8, 0.5), "nose": (0.0, 0.75, 0.62), "tail": (0.0, 0.56, -0.36),
    "tail_1": (0.0, 0.45, -0.42), "tail_2": (0.0, 0.3, -0.45),
}  # fmt: skip
_HIND = (("hip", 0.5, -0.3), ("stifle", 0.33, -0.22), ("hock", 0.16, -0.36), ("paw", 0.0, -0.3))
_FORE = (("scapula", 0.56, 0.2), ("upper", 0.4, 0.24), ("lower", 0.22, 0.2), ("paw", 0.0, 0.22))
_FETLOCK = 0.06
_SIDE_M = 0.08


def places(size: float = 1.0) -> dict[str, np.ndarray]:
    """Joints of an animal that stands, hips half a metre high at size 1, core axes."""
    found = dict(_TRUNK)
    for side, x in (("left", _SIDE_M), ("right", -_SIDE_M)):
        for end, joints in (("hind", _HIND), ("fore", _FORE)):
            found |= {f"{side}_{end}_{name}": (x, y, z) for name, y, z in joints}
    return {name: size * np.array(found[name]) for name in JOINTS}


def make_animal(
    *,
    name: str = "Horse",
    size: float = 1.0,
    leave_out: tuple[str, ...] = (),
    more_legs: bool = False,
    root_bone: bool = False,
    ears: bool = False,
) -> bpy.types.Object:
    """An armature with the common joints as bones, a fetlock in each leg.

    ``leave_out`` holds beginnings of names, such as "left_fore"; ``more_legs`` adds a third pair.
    """
    joints = places(size)
    parents = {
        n: JOINTS[p] if p >= 0 else "" for n, p in zip(JOINTS, PARENTS.tolist(), strict=True)
    }
    if more_legs:
        for side in ("left", "right"):
            for part in ("hip", "stifle", "hock", "paw"):
                own, other = f"{side}_hind_{part}", f"{side}_middle_{part}"
                joints[other] = joints[own] + size * np.array([0.0, 0.0, 0.25])
                top = parents[own].replace("hind", "middle")
                parents[other] = "spine" if top == "hips" else top
    data = bpy.data.armatures.new(name)
    armature = bpy.data.objects.new(name, data)
    bpy.context.scene.collection.objects.link(armature)
    bpy.context.view_layer.objects.active = armature
    bpy.ops.object.mode_set(mode="EDIT")
    for joint in joints:
        if not joint.startswith(leave_out or ("?",)) and not joint.endswith("paw"):
            _add_bone(data, joint, joints, parents, size)
    if ears:
        for side, x in (("left", 0.03), ("right", -0.03)):
            head = joints["head"] + size * np.array([x, 0.05, 0.0])
            _bone(data, f"{side}_ear", head, head + size * np.array([x, 0.1, -0.03]), "head")
    if root_bone:
        _bone(data, "root", np.zeros(3), size * np.array([0.0, 0.0, -0.3]), "")
        data.edit_bones["hips"].parent = data.edit_bones["root"]
    bpy.ops.object.mode_set(mode="OBJECT")
    return armature


def _add_bone(data, joint, joints, parents, size) -> None:
    below = [n for n, parent in parents.items() if parent == joint]
    if joint.endswith(("hock", "lower")):
        paw = joints[below[0]]
        fetlock = paw + np.array([0.0, _FETLOCK * size, -0.2 * _FETLOCK * size])
        _bone(data, joint, joints[joint], fetlock, parents[joint])
        _bone(data, below[0].replace("paw", "fetlock"), fetlock, paw, joint)
        return
    line = {"hips": "spine", "chest": "neck"}
    nearest = line.get(joint, below[0] if below else None)
    step = np.array([0.0, 0.0, 0.08 * size]) if joint == "nose" else np.array([0, -0.1 * size, 0])
    end = joints[nearest] if nearest else joints[joint] + step
    _bone(data, joint, joints[joint], end, parents[joint])


def _bone(data, name, head, tail, parent) -> None:
    bone = data.edit_bones.new(name)
    bone.head, bone.tail = core_to_blender_points(head), core_to_blender_points(tail)
    if parent and parent in data.edit_bones:
        bone.parent = data.edit_bones[parent]


class Trotter:
    """Swings legs along the path; what a pipeline gives, without a network."""

    def __init__(self, notes: tuple[str, ...] = ()) -> None:
        self.asked: list = []
        self.notes = notes

    def generate(self, requests, *, on_progress=None):
        self.asked = list(requests)
        for part in np.linspace(0, 1, 5):
            if on_progress is not None and not on_progress(float(part)):
                raise Cancelled("cancelled; nothing was changed")
        return [self._go(request) for request in requests]

    def _go(self, request):
        path, body = request.path, request.body
        speed = float(path.speeds_m_s[0])
        before, after = (round(60 * s) for s in (request.stand_before_s, request.stand_after_s))
        count = int(60 * path.length_m / speed)
        gone = np.concatenate(
            (np.zeros(before), np.linspace(0, path.length_m, count), np.full(after, path.length_m))
        )
        xz = path.positions(gone)
        ahead = path.positions(np.minimum(gone + 0.1, path.length_m)) - path.positions(
            np.minimum(gone + 0.1, path.length_m) - 0.1
        )
        heading = np.unwrap(np.arctan2(ahead[:, 0], ahead[:, 1]))
        frames, moves = len(gone), (gone > 0) & (gone < path.length_m)
        legs = (gone / (2.0 * body.hip_height_m))[:, None] + (0.0, 0.5, 0.5, 0.0)
        rotations = np.zeros((frames, len(JOINTS), 4))
        rotations[..., 0] = 1.0
        rotations[:, HIPS] = heading_to_quaternion(heading)
        for number, leg in enumerate(LEGS):
            swing = axis_angle_to_quaternion(
                np.array([1.0, 0.0, 0.0]), 0.2 * moves * np.sin(2 * np.pi * legs[:, number])
            )
            top = leg.joints[0]
            rotations[:, top] = quaternion_multiply(rotations[:, top], swing)
        middle = 0.5 * (body.rest_m[HIPS] + body.rest_m[JOINTS.index("chest")])
        back = body.rest_m[HIPS][2] - middle[2]
        along = np.stack((np.sin(heading), np.cos(heading)), axis=-1)
        height = request.terrain.heights(xz) + body.rest_m[HIPS][1]
        place = xz + back * along
        root = np.stack((place[:, 0], height, place[:, 1]), axis=-1)
        contacts = (legs % 1.0 < 0.5) | ~moves[:, None]
        clip = MotionClip(body.skeleton, 60.0, root, rotations, contacts)
        track = np.column_stack((xz, heading))
        actions = np.zeros((frames, len(ACTIONS)), np.float32)
        actions[:, ACTIONS.index("trot")] = 1.0
        plan = QuadrupedPlan(xz, heading, heading, np.full(frames, speed), gone, actions)
        return QuadrupedResult(clip, track, xz, True, plan, self.notes)
