"""Rigs with shoes: a stiff or bending sole, heels, feet that hang, other sizes and spaces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import bpy
import numpy as np
from mathutils import Matrix
from numpy.typing import NDArray

from blender_addon.core.motion.common_skeleton import COMMON_SKELETON, HEEL_HEIGHT_M
from blender_addon.core.retarget.joint_names import COMMON_JOINT_NAMES

from .built import Build, armature_space, build_rig, joint_places

Array = NDArray[np.float64]

_ALL: Final = {joint: joint for joint in COMMON_JOINT_NAMES}
_TOELESS: Final = {joint: joint for joint in _ALL if not joint.endswith("Toe")}
_HALF_WIDTH_M: Final = 0.042


@dataclass(frozen=True)
class Shod:
    """A rig and its shoes.

    Args:
        build: the bones.
        heel_m: how far behind the ankle the sole ends.
        tip_m: how far ahead of the ankle.
        heel_height_m: how high the ankle is lifted by the heel; the foot then rests on tiptoe.
        blended: vertices about the ball are shared between foot and toes.
    """

    build: Build
    heel_m: float = 0.06
    tip_m: float = 0.2
    heel_height_m: float = 0.0
    blended: bool = False


SHOD: Final[Mapping[str, Shod]] = {
    "shoes": Shod(Build(_ALL)),
    "soft shoes": Shod(Build(_ALL), blended=True),
    "long shoes": Shod(Build(_ALL), heel_m=0.08, tip_m=0.25),
    "shoes, no toe bones": Shod(Build(_TOELESS)),
    "long shoes, no toe bones": Shod(Build(_TOELESS), heel_m=0.08, tip_m=0.24),
    "high heels": Shod(Build(_ALL), heel_height_m=0.08, tip_m=0.18),
    "hanging feet in shoes": Shod(Build(_ALL, feet_hang=True)),
    "child in shoes, a hundredth": Shod(Build(_ALL, size=0.6, unit=0.01)),
    "giant in shoes, Y up": Shod(Build(_ALL, size=2.5, unit=100.0, y_up=True, roll=0.7)),
}


def build_shod(shod: Shod) -> bpy.types.Object:
    """Make the armature and its two shoes in the present scene."""
    armature = build_rig(shod.build)
    if shod.heel_height_m:
        _lift_heels(armature, shod)
    for side in ("Left", "Right"):
        _add_shoe(armature, shod, side)
    return armature


def _lift_heels(armature: bpy.types.Object, shod: Shod) -> None:
    """Raise all but the toes; the foot then is steeper and shorter on the ground."""
    bpy.context.view_layer.objects.active = armature
    bpy.ops.object.mode_set(mode="EDIT")
    toes = {name for joint, name in shod.build.names.items() if joint.endswith("Toe")}
    for bone in armature.data.edit_bones:
        if bone.name not in toes:
            bone.head.z += shod.heel_height_m
    for bone in armature.data.edit_bones:
        if bone.name not in toes:
            child = next((c for c in bone.children if c.name in toes), None)
            bone.tail = child.head if child else bone.tail
            bone.tail.z += 0.0 if child else shod.heel_height_m
    bpy.ops.object.mode_set(mode="OBJECT")


def _add_shoe(armature: bpy.types.Object, shod: Shod, side: str) -> None:
    build = shod.build
    places = joint_places(build)
    along = np.linspace(-shod.heel_m, shod.tip_m, 15)
    points = np.array([(x, y, z) for x in (-1, 1) for y in along for z in (0.0, 1.0)])
    vertices, shares = _shape(shod, points)
    up = HEEL_HEIGHT_M + shod.heel_height_m
    vertices[:, 2] -= up  # from the ankle
    if build.feet_hang:
        pitch = 0.5 * np.pi - np.arctan2(0.06, 0.125)
        vertices = vertices @ np.array(Matrix.Rotation(pitch, 3, "X"), np.float64).T
    turn = np.array(Matrix.Rotation(build.turn_rad, 3, "Z"), np.float64)
    ankle = places[side + "Foot"] + build.size * np.array([0.0, 0.0, shod.heel_height_m])
    vertices = ankle + build.size * vertices @ turn.T
    space = np.array(armature_space(build, places), np.float64)
    mesh = bpy.data.meshes.new("Shoe")
    mesh.from_pydata((vertices @ space[:3, :3].T + space[:3, 3]).tolist(), [], _faces(len(along)))
    shoe = bpy.data.objects.new(f"{side} Shoe", mesh)
    bpy.context.scene.collection.objects.link(shoe)
    shoe.parent = armature
    modifier: Any = shoe.modifiers.new("Armature", "ARMATURE")
    modifier.object = armature
    _weigh(shoe, build.names[side + "Foot"], 1.0 - shares)
    if side + "Toe" in build.names:
        _weigh(shoe, build.names[side + "Toe"], shares)


def _shape(shod: Shod, points: Array) -> tuple[Array, Array]:
    """Vertices (V, 3) over the ground under the ankle, walking to -Y, and the toes' shares."""
    ahead = points[:, 1]
    ball = float(COMMON_SKELETON.offsets[COMMON_SKELETON.index("LeftToe"), 2])
    arch = (ahead > 0.02 - shod.heel_m) & (ahead < ball - 0.02)
    sole = np.where(arch, 0.5 * shod.heel_height_m, 0.0)
    upper = np.where(ahead < 0.5 * ball, 0.06 + 0.5 * shod.heel_height_m, 0.04)
    height = sole + points[:, 2] * upper
    vertices = np.stack((_HALF_WIDTH_M * points[:, 0], -ahead, height), axis=1)
    width = 0.04 if shod.blended else 1e-6
    shares = np.clip((ahead - ball) / width + 0.5, 0.0, 1.0)
    toes = any(joint.endswith("Toe") for joint in shod.build.names)
    return vertices, shares if toes else np.zeros(len(shares))


def _faces(count: int) -> list[tuple[int, int, int, int]]:
    """Sole, top and sides of a box of ``count`` sections."""
    far = 2 * count
    faces = []
    for n in range(0, far - 2, 2):
        faces += [(n, n + 1, n + 3, n + 2), (far + n, far + n + 2, far + n + 3, far + n + 1)]
        faces += [(n, n + 2, far + n + 2, far + n), (n + 1, far + n + 1, far + n + 3, n + 3)]
    return faces


def _weigh(shoe: bpy.types.Object, bone: str, weights: Array) -> None:
    group = shoe.vertex_groups.new(name=bone)
    for vertex in np.flatnonzero(weights > 0.0).tolist():
        group.add([vertex], float(weights[vertex]), "REPLACE")
