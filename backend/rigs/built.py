"""Rigs built in code as the programs build them: names, rest poses, units, extra bones."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import cos, pi, sin
from pathlib import Path

import bpy
import numpy as np
from mathutils import Euler, Matrix, Vector
from numpy.typing import NDArray

from blender_addon.blender.axes import core_to_blender_points
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON, HIPS_REST_HEIGHT_M
from blender_addon.core.retarget.joint_names import COMMON_JOINT_NAMES, FAMILIES_FOLDER

Array = NDArray[np.float64]

_A_POSE_RAD = np.deg2rad(45.0)
_PARENTS = {
    name: COMMON_SKELETON.names[parent] if parent >= 0 else ""
    for name, parent in zip(COMMON_SKELETON.names, COMMON_SKELETON.parents.tolist(), strict=True)
}


@dataclass(frozen=True)
class Build:
    """How a rig is made.

    Args:
        names: bone by common joint; joints left out have no bone.
        arms_down_rad: 0 for a T-pose.
        slouch_rad: how far the back is bent at rest.
        lengths: factor by the last word of a joint's name (Leg, ForeArm, Spine1 …) for the bone
            that ends there.
        unit: armature units in a metre; the object is scaled to make up for it.
        y_up: the armature is built Y-up and turned upright by its object.
        turn_rad: the character is built turned about the vertical.
        root: name of a bone on the ground above the hips, or empty.
        origin_at_hips: the armature's origin lies in the hips, not on the ground.
        between: (joint, joint, name) bones put halfway; ``{}`` is replaced by l or r.
        beside: (joint, name) bones without a parent at a joint, as IK targets are.
        below: (joint, name, direction) bones that hang on a joint: fingers, hair, tail.
        roll: radians between one bone's roll and the next one's.
        rotation_mode: of every bone.
        loose: bones do not inherit rotation.
        apart: joints that hang on the root instead of on the joint before.
        leaves: joints whose bone is followed by an end bone, as BVH and FBX importers make them.
        connected: bones hold on to their parent's tail where they begin there.
        feet_hang: the feet point straight down at rest.
        chest_turn_rad: how far the upper body is turned about the vertical at rest.
    """

    names: Mapping[str, str]
    arms_down_rad: float = 0.0
    slouch_rad: float = 0.0
    lengths: Mapping[str, float] = field(default_factory=dict)
    size: float = 1.0
    unit: float = 1.0
    y_up: bool = False
    turn_rad: float = 0.0
    root: str = ""
    origin_at_hips: bool = False
    between: tuple[tuple[str, str, str], ...] = ()
    beside: tuple[tuple[str, str], ...] = ()
    below: tuple[tuple[str, str, tuple[float, float, float]], ...] = ()
    roll: float = 0.0
    rotation_mode: str = "QUATERNION"
    loose: tuple[str, ...] = ()
    apart: tuple[str, ...] = ()
    leaves: tuple[str, ...] = ()
    connected: bool = False
    feet_hang: bool = False
    chest_turn_rad: float = 0.0


def family_names(path: Path) -> dict[str, str]:
    """Bone by common joint: the first spelling of each in a family's file."""
    joints = json.loads(path.read_text("utf-8"))["joints"]
    names = {}
    for joint in COMMON_JOINT_NAMES:
        side = next((s for s in ("Left", "Right") if joint.startswith(s)), "")
        words = joints.get(joint[len(side) :])
        if words:
            letter = side[:1] if "_{l}_" in words[0] or " {l} " in words[0] else side[:1].lower()
            names[joint] = words[0].replace("{side}", side).replace("{l}", letter)
    return names


def bundled_families() -> Iterator[tuple[str, dict[str, str]]]:
    """Stem of the file and names of every family that comes with the extension."""
    for path in sorted(FAMILIES_FOLDER.glob("joints_*.json")):
        yield path.stem.removeprefix("joints_"), family_names(path)


def joint_places(build: Build) -> dict[str, Array]:
    """Rest places of the joints in metres, Blender's axes, standing on the ground."""
    places: dict[str, Array] = {}
    for joint, offset in zip(COMMON_SKELETON.names, COMMON_SKELETON.offsets, strict=True):
        word = joint.removeprefix("Left").removeprefix("Right")
        step = np.asarray(offset, np.float64) * build.lengths.get(word, 1.0)
        parent = _PARENTS[joint]
        places[joint] = step if not parent else places[parent] + _posed(build, joint, step)
    ankle = places["LeftFoot"][1] - places["Hips"][1]
    lift = HIPS_REST_HEIGHT_M - 0.82 - 0.075 - ankle
    turn = np.array(Matrix.Rotation(build.turn_rad, 3, "Z"), np.float64)
    return {
        joint: build.size * turn @ core_to_blender_points(place + np.array([0.0, lift, 0.0]))
        for joint, place in places.items()
    }


def _posed(build: Build, joint: str, step: Array) -> Array:
    """A bone's vector in the rest pose: the arms lowered, the back bent."""
    if "Arm" in joint or joint.endswith("Hand"):
        if not joint.endswith(("LeftArm", "RightArm")):
            angle = build.arms_down_rad * (-1.0 if joint.startswith("Left") else 1.0)
            c, s = cos(angle), sin(angle)
            step = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]) @ step
    above_hips = "Leg" not in joint and "Foot" not in joint and "Toe" not in joint
    if build.slouch_rad and above_hips:
        c, s = cos(build.slouch_rad), sin(build.slouch_rad)
        step = np.array([[1, 0, 0], [0, c, -s], [0, s, c]]) @ step
    if build.feet_hang and joint.endswith("Toe"):
        step = np.array([0.0, -np.linalg.norm(step), 0.0])
    if build.chest_turn_rad and ("Shoulder" in joint or "Arm" in joint or joint.endswith("Hand")):
        c, s = cos(build.chest_turn_rad), sin(build.chest_turn_rad)
        step = np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]]) @ step
    return step


def build_rig(build: Build, name: str = "Rig") -> bpy.types.Object:
    """Make the armature object in the present scene."""
    with new_armature(build, name) as armature:
        _add_bones(armature.data, build)
    return armature


@contextmanager
def new_armature(build: Build, name: str) -> Iterator[bpy.types.Object]:
    """An armature object in Edit Mode, which then gets what the build says of it as a whole."""
    data = bpy.data.armatures.new(name)
    armature = bpy.data.objects.new(name, data)
    bpy.context.scene.collection.objects.link(armature)
    bpy.context.view_layer.objects.active = armature
    bpy.ops.object.mode_set(mode="EDIT")
    yield armature
    bpy.ops.object.mode_set(mode="OBJECT")
    for bone in armature.pose.bones:
        bone.rotation_mode = build.rotation_mode
    for joint in build.loose:
        data.bones[build.names[joint]].use_inherit_rotation = False
    upright = Euler((pi / 2, 0, 0) if build.y_up else (0, 0, 0)).to_matrix().to_4x4()
    armature.matrix_world = upright @ Matrix.Scale(1.0 / build.unit, 4)
    bpy.context.view_layer.update()


def _add_bones(data: bpy.types.Armature, build: Build) -> None:
    places = joint_places(build)
    to_armature = armature_space(build, places)
    bones = data.edit_bones
    if build.root:
        _add(data, build.root, (0, 0, 0), (0, 0.2, 0), to_armature)
    for joint in COMMON_SKELETON.names:
        if joint not in build.names:
            continue
        tail = tail_of(joint, places, build)
        bone = _add(data, build.names[joint], places[joint], tail, to_armature)
        bone.roll = build.roll * len(bones)
        above = "" if joint in build.apart else _near_parent(joint, build)
        bone.parent = bones.get(build.names.get(above, build.root))
    for upper, lower, name in build.between:
        for side in _sides(upper, lower):
            _put_between(data, build, side + upper, side + lower, name, places, to_armature)
    raised = np.array([0.0, 0.15, 0.0])
    for joint, name in build.beside:
        for side in _sides(joint):
            place = places[side + joint]
            _add(data, name.format(side[:1].lower()), place, place + raised, to_armature)
    for joint, name, direction in build.below:
        for side in _sides(joint):
            mirrored = np.array(direction) * ((-1, 1, 1) if side == "Right" else (1, 1, 1))
            start = places[side + joint] + 0.3 * mirrored
            bone = _add(data, name.format(side[:1].lower()), start, start + mirrored, to_armature)
            bone.parent = bones[build.names[side + joint]]
    for joint in (side + word for word in build.leaves for side in _sides(word)):
        _add_leaf(bones, bones[build.names[joint]])
    for bone in bones if build.connected else ():
        at_tail = bone.parent and (bone.head - bone.parent.tail).length < 1e-5 * build.unit
        bone.use_connect = bool(at_tail) and bone.parent.name != build.names["Hips"]


def _add_leaf(bones: bpy.types.ArmatureEditBones, parent: bpy.types.EditBone) -> None:
    """An end bone: at its parent's tail, on in the same direction."""
    leaf = bones.new(f"{parent.name}_end")
    leaf.head, leaf.tail = parent.tail, parent.tail + 0.5 * (parent.tail - parent.head)
    leaf.parent = parent


def armature_space(build: Build, places: Mapping[str, Array]) -> Matrix:
    """From metres in the upright world to armature space."""
    back = Euler((-pi / 2, 0, 0) if build.y_up else (0, 0, 0)).to_matrix().to_4x4()
    origin = places["Hips"] if build.origin_at_hips else np.zeros(3)
    return Matrix.Scale(build.unit, 4) @ back @ Matrix.Translation(-Vector(origin))


def _add(
    data: bpy.types.Armature, name: str, head: Array | tuple, tail: Array | tuple, space: Matrix
) -> bpy.types.EditBone:
    bone = data.edit_bones.new(name)
    bone.head, bone.tail = space @ Vector(head), space @ Vector(tail)
    return bone


def _near_parent(joint: str, build: Build) -> str:
    parent = _PARENTS[joint]
    while parent and parent not in build.names:
        parent = _PARENTS[parent]
    return parent


def tail_of(joint: str, places: Mapping[str, Array], build: Build) -> Array:
    """(3,) where a joint's bone ends: at the next joint, or a hand's breadth further on."""
    children = [c for c, parent in _PARENTS.items() if parent == joint and c in build.names]
    if len(children) == 1 and joint != "Hips":
        return places[children[0]]
    if joint.endswith("ForeArm"):
        return places[joint.replace("ForeArm", "Hand")]
    way = places[joint] - places[_PARENTS[joint]] if _PARENTS[joint] else np.array([0, 0, 0.1])
    if joint.endswith(("Toe", "Foot")) and not build.feet_hang:
        turn = np.array(Matrix.Rotation(build.turn_rad, 3, "Z"), np.float64)
        way = turn @ np.array([0.0, -1.0, 0.0])
    return places[joint] + 0.1 * build.size * way / np.linalg.norm(way)


def _sides(*joints: str) -> tuple[str, ...]:
    whole = all(joint in COMMON_SKELETON.names for joint in joints)
    return ("",) if whole else ("Left", "Right")


def _put_between(
    data: bpy.types.Armature,
    build: Build,
    upper: str,
    lower: str,
    name: str,
    places: Mapping[str, Array],
    space: Matrix,
) -> None:
    middle = 0.5 * (places[upper] + places[lower])
    letter = upper[:1].lower() if upper.startswith(("Left", "Right")) else ""
    bone = _add(data, name.format(letter), middle, places[lower], space)
    bone.parent = data.edit_bones[build.names[upper]]
    data.edit_bones[build.names[upper]].tail = space @ Vector(middle)
    data.edit_bones[build.names[lower]].parent = bone


FINGERS = tuple(
    ("Hand", f"{finger}_{{}}", (0.08, 0.03 * n - 0.04, -0.01 * n))
    for n, finger in enumerate(("thumb", "index", "middle", "ring", "pinky"))
)
"""Bones that hang on both hands."""


def family_build(stem: str, names: Mapping[str, str]) -> Build:
    """A family's rig as its program makes it."""
    options: dict[str, object] = {"roll": 0.3}
    options |= _OF_FAMILY.get(stem, {})
    prefix = str(options.pop("prefix", ""))
    return Build({joint: prefix + name for joint, name in names.items()}, **options)  # type: ignore[arg-type]


_CENTIMETRES = {"unit": 100.0, "y_up": True}
_OF_FAMILY: dict[str, dict[str, object]] = {
    "common": {"prefix": "mixamorig:", "below": FINGERS, **_CENTIMETRES},
    "unreal": {
        "arms_down_rad": _A_POSE_RAD, "root": "root", "below": FINGERS, "unit": 100.0,
        "between": (
            ("UpLeg", "Leg", "thigh_twist_01_{}"), ("Arm", "ForeArm", "upperarm_twist_01_{}"),
        ),
        "beside": (("Foot", "ik_foot_{}"), ("Hand", "ik_hand_{}")),
    },
    "auto_rig_pro": {
        "arms_down_rad": 0.6, "root": "c_traj",
        "between": (("Spine1", "Spine2", "spine_02b.x"), ("UpLeg", "Leg", "thigh_twist.{}")),
    },
    "daz_genesis_3": {
        "arms_down_rad": 0.2, "below": FINGERS, **_CENTIMETRES,
        "between": (
            ("UpLeg", "Leg", "{}ThighTwist"), ("Arm", "ForeArm", "{}ShldrTwist"),
            ("ForeArm", "Hand", "{}ForearmTwist"), ("Neck", "Head", "neckUpper"),
            ("Spine1", "Spine2", "chestLower"),
        ),
    },
    "daz_genesis_9": {
        "arms_down_rad": 0.7, "below": FINGERS, **_CENTIMETRES,
        "between": (("Spine1", "Spine2", "spine3"), ("Neck", "Head", "neck2")),
    },
    "makehuman": {
        "arms_down_rad": _A_POSE_RAD,
        "between": (
            ("Spine", "Spine1", "spine04"), ("Spine1", "Spine2", "spine02"),
            ("UpLeg", "Leg", "upperleg02.{}"), ("Leg", "Foot", "lowerleg02.{}"),
            ("Arm", "ForeArm", "upperarm02.{}"), ("ForeArm", "Hand", "lowerarm02.{}"),
            ("Neck", "Head", "neck02"),
        ),
    },
    "character_creator": {
        "arms_down_rad": 0.75, "root": "CC_Base_BoneRoot", "unit": 100.0, "below": FINGERS,
        "between": (("UpLeg", "Leg", "CC_Base_{}_ThighTwist01"),),
    },
    "vrm": {"turn_rad": pi, "below": (("Head", "hair", (0.0, 0.1, 0.1)),)},
    "vroid": {"root": "Root", "below": (("Head", "J_Sec_Hair1", (0.0, 0.1, 0.1)), *FINGERS)},
    "smpl": {"origin_at_hips": True},
    "rigify_metarig": {"below": FINGERS, "arms_down_rad": 0.8},
    "kaykit": {"lengths": {"Leg": 0.45, "Foot": 0.45, "Head": 1.6, "ForeArm": 0.7, "Hand": 0.7}},
    "biped": {"root": "Bip01", "rotation_mode": "XYZ"},
    "plain": {"loose": ("Head",), "rotation_mode": "YXZ"},
}  # fmt: skip
