"""Armatures, curves and clips for the tests, built in code."""

from __future__ import annotations

import bpy
import numpy as np
from mathutils import Matrix, Vector

from blender_addon.blender import compat
from blender_addon.blender.axes import core_to_blender_points
from blender_addon.core.maths.rotations import axis_angle_to_quaternion, quaternion_multiply
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON, HIPS_REST_HEIGHT_M
from blender_addon.core.motion.skeleton import Skeleton

BEND_ARMS_RAD = np.deg2rad(50.0)


def common_joints(a_pose: bool = False) -> dict[str, np.ndarray]:
    """Joint places of the common skeleton, standing on the ground, in Blender's axes."""
    rest = COMMON_SKELETON.rest_positions().astype(float)
    rest[:, 1] += HIPS_REST_HEIGHT_M
    joints = dict(zip(COMMON_SKELETON.names, rest, strict=True))
    if a_pose:
        for side, sign in (("Left", -1.0), ("Right", 1.0)):
            turn = _turn_z(sign * BEND_ARMS_RAD)
            for part in ("ForeArm", "Hand"):
                joints[side + part] = joints[side + "Arm"] + turn @ (
                    joints[side + part] - joints[side + "Arm"]
                )
    return {name: core_to_blender_points(place) for name, place in joints.items()}


def _turn_z(angle: float) -> np.ndarray:
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])


def make_rig(
    *,
    name: str = "Rig",
    a_pose: bool = False,
    rolls: bool = False,
    root_bone: bool = False,
    twist_bones: bool = False,
    leave_out: tuple[str, ...] = (),
    space: Matrix | None = None,
    size: float = 1.0,
    rotation_mode: str = "QUATERNION",
    prefix: str = "",
) -> bpy.types.Object:
    """A character with the common joints as bones.

    ``space`` turns the armature space (an armature built Y-up, say); ``rolls`` gives every bone
    another roll; ``twist_bones`` puts a bone between each thigh and the hips.
    """
    joints = {n: size * Vector(p) for n, p in common_joints(a_pose).items()}
    if space is not None:
        joints = {n: space @ p for n, p in joints.items()}
    parents = {
        n: COMMON_SKELETON.names[p]
        for n, p in zip(COMMON_SKELETON.names, COMMON_SKELETON.parents.tolist(), strict=True)
        if p >= 0
    }
    data = bpy.data.armatures.new(name)
    armature = bpy.data.objects.new(name, data)
    bpy.context.scene.collection.objects.link(armature)
    bpy.context.view_layer.objects.active = armature
    bpy.ops.object.mode_set(mode="EDIT")
    for n, joint in enumerate(COMMON_SKELETON.names):
        if joint in leave_out:
            continue
        bone = data.edit_bones.new(prefix + joint)
        bone.head = joints[joint]
        bone.tail = _tail(joint, joints, parents, size, space)
        bone.roll = 0.7 * n if rolls else 0.0
        parent = parents.get(joint)
        if parent and prefix + parent in data.edit_bones:
            bone.parent = data.edit_bones[prefix + parent]
    if twist_bones:
        for side in ("Left", "Right"):
            _insert_between(data, prefix + "Hips", prefix + side + "UpLeg", side + "HipHelper")
    if root_bone:
        bone = data.edit_bones.new("Root")
        up = Vector((0, 0, 0.3 * size))
        bone.head, bone.tail = (0, 0, 0), (space @ up if space is not None else up)
        data.edit_bones[prefix + "Hips"].parent = bone
    bpy.ops.object.mode_set(mode="OBJECT")
    for pose_bone in armature.pose.bones:
        pose_bone.rotation_mode = rotation_mode
    return armature


def _tail(joint, joints, parents, size, space) -> Vector:
    children = [n for n, parent in parents.items() if parent == joint]
    if len(children) == 1:
        return joints[children[0]]
    up = Vector((0, 0, 0.1 * size))
    return joints[joint] + (space @ up if space is not None else up)


def _insert_between(data, above: str, below: str, name: str) -> None:
    bone = data.edit_bones.new(name)
    bone.head = 0.5 * (data.edit_bones[above].head + data.edit_bones[below].head)
    bone.tail = data.edit_bones[below].head
    bone.parent = data.edit_bones[above]
    data.edit_bones[below].parent = bone


def make_curve(
    points=((0, 0, 0), (0, -6, 0)), kind: str = "POLY", cyclic: bool = False, name: str = "Path"
) -> bpy.types.Object:
    """A curve object of one spline."""
    data = bpy.data.curves.new(name, "CURVE")
    data.dimensions = "3D"
    add_spline(data, points, kind, cyclic)
    curve = bpy.data.objects.new(name, data)
    bpy.context.scene.collection.objects.link(curve)
    return curve


def add_spline(data, points, kind: str = "POLY", cyclic: bool = False) -> None:
    spline = data.splines.new(kind)
    if kind == "BEZIER":
        spline.bezier_points.add(len(points) - 1)
        for point, place in zip(spline.bezier_points, points, strict=True):
            point.co = place
            point.handle_left_type = point.handle_right_type = "AUTO"
    else:
        spline.points.add(len(points) - 1)
        for point, place in zip(spline.points, points, strict=True):
            point.co = (*place, 1.0)
        spline.use_endpoint_u = True
    spline.use_cyclic_u = cyclic


def make_ground(size: float = 40.0, cells: int = 40, height=None, name: str = "Ground"):
    """A grid of faces; ``height`` gives Z from X and Y."""
    axis = np.linspace(-size / 2, size / 2, cells + 1)
    vertices = [(x, y, height(x, y) if height else 0.0) for x in axis for y in axis]
    row = cells + 1
    faces = [
        (i * row + j, (i + 1) * row + j, (i + 1) * row + j + 1, i * row + j + 1)
        for i in range(cells)
        for j in range(cells)
    ]
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata(vertices, [], faces)
    ground = bpy.data.objects.new(name, mesh)
    bpy.context.scene.collection.objects.link(ground)
    return ground


def wild_clip(skeleton: Skeleton, frames: int = 40, seed: int = 0, rate: float = 24.0):
    """Smooth motion in which every joint turns about every axis."""
    rng = np.random.default_rng(seed)
    times = np.arange(frames)[:, None] / rate
    count = skeleton.joint_count
    rotations = np.tile(np.array([1.0, 0, 0, 0]), (frames, count, 1))
    for axis in np.eye(3):
        swing = rng.uniform(0.2, 1.2, count) * np.sin(
            times * rng.uniform(1, 4, count) + rng.uniform(0, 6, count)
        )
        rotations = quaternion_multiply(rotations, axis_angle_to_quaternion(axis, swing))
    root = np.cumsum(rng.normal(0, 0.03, (frames, 3)), axis=0) + np.array([0.5, 0.9, -0.3])
    return MotionClip(skeleton, rate, root, rotations)


def bone_heads(armature: bpy.types.Object, names) -> np.ndarray:
    """World places of evaluated pose bones, Blender axes and units."""
    depsgraph = bpy.context.evaluated_depsgraph_get()
    evaluated = armature.evaluated_get(depsgraph)
    world = evaluated.matrix_world
    return np.array([world @ evaluated.pose.bones[name].head for name in names])


def bone_matrices(armature: bpy.types.Object, names) -> np.ndarray:
    """World matrices of evaluated pose bones."""
    evaluated = armature.evaluated_get(bpy.context.evaluated_depsgraph_get())
    return np.array([evaluated.matrix_world @ evaluated.pose.bones[n].matrix for n in names])


def put_in_meta_strip(strip):
    """Let a strip of the NLA be the only one in a meta strip, as an animator does."""
    strip.select = True
    window = bpy.context.window_manager.windows[0]
    area = window.screen.areas[0]
    area.type = "NLA_EDITOR"
    with bpy.context.temp_override(window=window, area=area, region=area.regions[-1]):
        bpy.ops.nla.meta_add()


def hold(owner, path: str, block, how: str) -> None:
    """Leave what was set as it is, or key it, or push its action down."""
    if how == "unkeyed":
        return
    owner.keyframe_insert(path, frame=1)
    if how == "strip":
        data = block.animation_data
        action, data.action = data.action, None
        strip = data.nla_tracks.new().strips.new("Held", 1, action)
        compat.assign_strip_slot(strip)
