"""A camera on a person's face, whatever the bones are named and however large the head is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import bpy
import numpy as np
from mathutils import Matrix, Vector

from ..blender.rig.joint_map import named_joints
from ..core.conventions import Floats
from ..core.errors import SkeletonError

_HELD = 0.5  # share of a vertex that the head and the bones on it hold


@dataclass(frozen=True, eq=False)
class Head:
    """A head at rest, in its armature's space and units.

    Args:
        bone: that carries it.
        low, high: corners of a box around it, from the chin to the crown, without hair.
    """

    bone: str
    low: Vector
    high: Vector

    @property
    def middle(self) -> Vector:
        """Middle of the box."""
        return 0.5 * (self.low + self.high)

    @property
    def height(self) -> float:
        """From the chin to the crown."""
        return self.high.z - self.low.z


def find_head(armature: bpy.types.Object) -> Head:
    """Measure the head of a person.

    Args:
        armature: with a head bone that is known by name, and skinned meshes as children; those
            with shape keys, if any, are the face.

    Raises:
        SkeletonError: there is no such bone, or no mesh hangs on it.
    """
    name = named_joints(armature).get("Head")
    if name is None:
        raise SkeletonError(
            f"'{armature.name}' has no bone that is known as the head by its name. Set the joint "
            "Head under Joints"
        )
    bone = armature.data.bones[name]
    carried = {name, *(each.name for each in bone.children_recursive)}
    meshes = [thing for thing in armature.children_recursive if thing.type == "MESH"]
    faces = [thing for thing in meshes if thing.data.shape_keys is not None] or meshes
    places = [_held_places(armature, thing, carried) for thing in faces]
    found = np.concatenate(places) if places else np.empty((0, 3))
    if not len(found):
        raise SkeletonError(
            f"no mesh of '{armature.name}' hangs on its head '{name}'. Bind the face to that bone"
        )
    return Head(name, Vector(found.min(axis=0)), Vector(found.max(axis=0)))


def _held_places(armature: bpy.types.Object, thing: bpy.types.Object, carried: set[str]) -> Floats:
    """(N, 3) vertices at rest, in the armature's space, that hang on these bones."""
    groups = {group.index for group in thing.vertex_groups if group.name in carried}
    held = list(_held(thing.data, groups))
    places = np.empty(3 * len(thing.data.vertices), np.float32)
    thing.data.vertices.foreach_get("co", places)
    to_armature = np.array(armature.matrix_world.inverted() @ thing.matrix_world)
    return np.asarray(places.reshape(-1, 3)[held] @ to_armature[:3, :3].T + to_armature[:3, 3])


def _held(mesh: bpy.types.Mesh, groups: set[int]) -> Iterator[int]:
    for vertex in mesh.vertices:
        if sum(each.weight for each in vertex.groups if each.group in groups) > _HELD:
            yield vertex.index


def face_camera(
    context: bpy.types.Context,
    armature: bpy.types.Object,
    *,
    turn_deg: float = 15.0,
    rise_deg: float = 2.0,
    fill: float = 0.6,
    lens_mm: float = 85.0,
    follow: bool = False,
) -> bpy.types.Object:
    """Add a camera that looks at a person's face as it is posed now, and make it the scene's.

    Args:
        context: whose scene receives it; the render size is read from it, so set that before.
        armature: a person, moved and scaled as may be, looking along −Y at rest.
        turn_deg: around the head, 0 straight ahead, positive to the person's left.
        rise_deg: above the height of the face.
        fill: share of the picture's height between chin and crown; hair needs room above.
        lens_mm: focal length.
        follow: whether the camera goes along with the head bone, so that the face stays in frame.

    Returns:
        The camera object.

    Raises:
        SkeletonError: there is no head to be found.
    """
    scene = context.scene
    context.view_layer.update()
    head = find_head(armature)
    data = bpy.data.cameras.new("Face Camera")
    data.lens = lens_mm
    camera = bpy.data.objects.new("Face Camera", data)
    scene.collection.objects.link(camera)
    scene.camera = camera
    context.view_layer.update()
    camera.matrix_world = _place(scene, armature, head, data, (turn_deg, rise_deg), fill)
    if follow:
        _go_along(context, camera, armature, head.bone)
    return camera


def _place(
    scene: bpy.types.Scene,
    armature: bpy.types.Object,
    head: Head,
    data: bpy.types.Camera,
    angles_deg: tuple[float, float],
    fill: float,
) -> Matrix:
    """Where the camera stands: its Z away from the face, upright for the head as it is posed."""
    bone = armature.pose.bones[head.bone]
    moved = armature.matrix_world @ bone.matrix @ bone.bone.matrix_local.inverted()
    turn, rise = np.radians(angles_deg)
    away = Vector((np.sin(turn) * np.cos(rise), -np.cos(turn) * np.cos(rise), np.sin(rise)))
    away = (moved.to_3x3() @ away).normalized()
    wide, tall = scene.render.resolution_x, scene.render.resolution_y
    sensor = data.sensor_width * min(tall / wide, 1.0)
    distance = head.height * moved.median_scale / fill * data.lens / sensor
    data.clip_start, data.clip_end = 0.05 * distance, 1000.0 * distance
    turned = away.to_track_quat("Z", "Y")
    return Matrix.Translation(moved @ head.middle + distance * away) @ turned.to_matrix().to_4x4()


def _go_along(
    context: bpy.types.Context, camera: bpy.types.Object, armature: bpy.types.Object, bone: str
) -> None:
    place = camera.matrix_world.copy()
    camera.parent, camera.parent_type, camera.parent_bone = armature, "BONE", bone
    context.view_layer.update()
    camera.matrix_world = place
