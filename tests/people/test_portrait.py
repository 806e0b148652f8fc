"""A camera finds and frames a face, whoever it is, whatever the bones are called."""

from __future__ import annotations

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from bpy_extras.object_utils import world_to_camera_view  # noqa: E402
from mathutils import Quaternion  # noqa: E402

from blender_addon.core.errors import SkeletonError  # noqa: E402
from blender_addon.demo_character.bones import NAMINGS  # noqa: E402
from blender_addon.demo_character.builder import add_person  # noqa: E402
from blender_addon.demo_character.person import draw_person  # noqa: E402
from blender_addon.demo_character.portrait import face_camera, find_head  # noqa: E402

pytestmark = pytest.mark.blender

_KINDS = {
    "RIGIFY": (1, {"age_years": 11.0, "height_m": 1.25, "hair": "long"}),
    "MIXAMO": (2, {"sex": 1.0, "height_m": 2.1, "beard": "full", "weight": 1.0}),
    "UNREAL": (3, {"sex": 0.0, "age_years": 70.0, "hair": "bun"}),
}


@pytest.fixture(params=_KINDS)
def character(scene, request):
    seed, chosen = _KINDS[request.param]
    made = add_person(bpy.context, "", draw_person(seed, chosen), request.param)
    made.location, made.rotation_euler, made.scale = (1, 2, 0.3), (0.2, 0, 1.1), (1.3,) * 3
    names = NAMINGS[request.param].names
    made.pose.bones[names["head"]].rotation_quaternion = Quaternion((0, 1, 0), 0.4)
    made.pose.bones[names["chest"]].rotation_quaternion = Quaternion((1, 0, 0), 0.3)
    return made, names


def _seen(scene, camera, character):
    """(N, 2) where the vertices of chin and skull are in the picture."""
    head = next(thing for thing in character.children if thing.name.endswith("Head"))
    bone = find_head(character).bone
    carried = {bone, *(b.name for b in character.data.bones[bone].children_recursive)}
    groups = {group.index for group in head.vertex_groups if group.name in carried}
    mesh = head.evaluated_get(bpy.context.evaluated_depsgraph_get()).to_mesh()
    held = [v for v in mesh.vertices if sum(g.weight for g in v.groups if g.group in groups) > 0.5]
    places = [world_to_camera_view(scene, camera, head.matrix_world @ v.co) for v in held]
    return np.array(places)[:, :2]


@pytest.mark.parametrize("size", [(640, 360), (360, 640)])
def test_a_face_camera_frames_the_head_of_anybody(character, size):
    character, names = character
    scene = bpy.context.scene
    scene.render.resolution_x, scene.render.resolution_y = size
    camera = face_camera(bpy.context, character, turn_deg=-30.0, fill=0.6)
    assert scene.camera == camera
    bpy.context.view_layer.update()
    seen = _seen(scene, camera, character)
    assert 0.55 < np.ptp(seen[:, 1]) < 0.72, "the head takes the share that was asked for"
    np.testing.assert_allclose((seen.min(axis=0) + seen.max(axis=0))[1] / 2, 0.5, atol=0.05)
    assert seen.min() > 0.0 and seen.max() < 1.0
    eyes = [
        world_to_camera_view(
            scene, camera, character.matrix_world @ character.pose.bones[names[f"eye.{side}"]].head
        )
        for side in "RL"
    ]
    assert eyes[0].x < eyes[1].x, "it is seen from ahead"
    assert abs(eyes[0].y - eyes[1].y) < 0.03, "upright"


def test_a_camera_that_follows_goes_along_with_the_head(character):
    character, names = character
    camera = face_camera(bpy.context, character, follow=True)
    bpy.context.view_layer.update()
    bone = character.pose.bones[names["head"]]
    before = (character.matrix_world @ bone.matrix).inverted() @ camera.matrix_world
    bone.rotation_quaternion = Quaternion((1, 0, 0), -0.3)
    character.location.x += 2.0
    bpy.context.view_layer.update()
    after = (character.matrix_world @ bone.matrix).inverted() @ camera.matrix_world
    np.testing.assert_allclose(np.array(after), np.array(before), atol=1e-4)


def test_a_larger_head_is_found_larger(scene):
    heads = [
        find_head(add_person(bpy.context, "", draw_person(5, {"height_m": height})))
        for height in (1.5, 2.0)
    ]
    assert 0.17 < heads[0].height < heads[1].height < 0.32
    assert heads[1].low.z > heads[0].low.z


def test_what_has_no_head_is_refused_in_words(scene):
    data = bpy.data.armatures.new("Box")
    box = bpy.data.objects.new("Box", data)
    scene.collection.objects.link(box)
    with pytest.raises(SkeletonError, match="no bone that is known as the head"):
        find_head(box)
    bpy.context.view_layer.objects.active = box
    bpy.ops.object.mode_set(mode="EDIT")
    data.edit_bones.new("Head").tail = (0.0, 0.0, 0.2)
    bpy.ops.object.mode_set(mode="OBJECT")
    with pytest.raises(SkeletonError, match="no mesh of 'Box'"):
        find_head(box)
