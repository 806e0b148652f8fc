"""Which meshes are a face, and what can go wrong with their shape keys."""

from __future__ import annotations

import bpy
import numpy as np
import pytest

from blender_addon.blender.face.over_held import channels_over_held
from blender_addon.blender.face.shape_keys import (
    armature_of,
    beyond_slider,
    check_face_meshes,
    driven_shapes,
    find_face_meshes,
    shape_key_names,
    shape_path,
)
from blender_addon.blender.keys.keyframes import write_action
from blender_addon.core.errors import FaceError
from blender_addon.core.face.held import Meeting, Over
from tests.shared.blender.face_builders import evaluated_weights, make_armature, make_face

pytestmark = pytest.mark.blender
FRAMES = np.array([1.0, 2.0, 3.0])


def names_of(objects):
    return [each.name for each in objects]


def test_an_armature_stands_for_all_its_meshes(scene):
    armature = make_armature()
    make_face(["jawOpen"], "Teeth", parent=armature)
    head = make_face(["jawOpen", "browInnerUp"], "Head")
    head.modifiers.new("Armature", "ARMATURE").object = armature
    make_face(["tongueOut"], "Tongue", parent=head)
    make_face([], "Shirt", parent=armature)
    make_face(["jawOpen"], "Somebody else")
    assert names_of(find_face_meshes(armature)) == ["Head", "Teeth", "Tongue"]
    assert names_of(find_face_meshes(head)) == ["Head", "Teeth", "Tongue"]
    assert shape_key_names(find_face_meshes(armature)) == ("jawOpen", "browInnerUp", "tongueOut")
    assert armature_of(bpy.data.objects["Tongue"]) == armature
    assert armature_of(bpy.data.objects["Somebody else"]) is None


def test_two_objects_of_one_mesh_are_one_face(scene):
    head = make_face(["jawOpen"], "Head")
    twin = bpy.data.objects.new("Twin", head.data)
    scene.collection.objects.link(twin)
    twin.parent = head
    assert names_of(find_face_meshes(head)) == ["Head"]


def test_keys_land_on_the_shapes_and_only_where_something_changes(scene):
    face = make_face(["jawOpen", "still", 'quo"ted', "held", "led", "not mine"])
    for name in ("held", "led"):
        face.data.shape_keys.key_blocks[name].value = 0.5
    weights = {
        "jawOpen": np.array([0.0, 0.25, 0.5]),
        "still": np.zeros(3),
        'quo"ted': np.array([0.0, 0.0, 1.0]),
        "held": np.zeros(3),
        "led": np.zeros(3),
        "elsewhere": np.ones(3),
        "Basis": np.ones(3),
    }
    meetings = {"led": Meeting(Over.TAKEN_OVER)}
    channels = channels_over_held(bpy.context, face, weights, meetings, FRAMES, "Speech")
    assert [c.data_path for c in channels] == [
        shape_path(name) for name in ("jawOpen", 'quo"ted', "led")
    ]
    write_action(face.data.shape_keys, "Speech", channels)
    for frame, quoted, jaw, led in ((2, 0, 0.25, 0), (3, 1, 0.5, 0.5)):
        scene.frame_set(frame)
        seen = evaluated_weights(face)
        del seen["Basis"]
        assert seen == {
            "jawOpen": jaw, "still": 0, 'quo"ted': quoted, "held": 0.5, "led": led, "not mine": 0,
        }  # fmt: skip


def test_sliders_and_drivers_are_noticed(scene):
    face = make_face(["a", "b"])
    face.data.shape_keys.key_blocks["b"].slider_max = 2.0
    weights = {"a": np.array([0.0, 1.5]), "b": np.array([0.0, 1.5])}
    assert beyond_slider(face, weights) == ["a"]
    face.data.shape_keys.driver_add(shape_path("b"))
    assert driven_shapes(face, ["a", "b"]) == ["b"]


def test_no_shape_keys(scene):
    bare = make_face([], "Bare")
    with pytest.raises(FaceError, match="'Bare' cannot speak: it has no shape keys"):
        check_face_meshes(bare, find_face_meshes(bare))
    armature = make_armature()
    with pytest.raises(FaceError, match="none of its meshes"):
        check_face_meshes(armature, find_face_meshes(armature))


def test_absolute_keys_are_refused(scene):
    face = make_face(["jawOpen"])
    check_face_meshes(face, [face])
    face.data.shape_keys.use_relative = False
    with pytest.raises(FaceError, match=r"absolute.*Tick Relative"):
        check_face_meshes(face, [face])


def test_a_linked_mesh_is_refused(scene, tmp_path):
    path = str(tmp_path / "library.blend")
    bpy.data.libraries.write(path, {make_face(["jawOpen"])})
    with bpy.data.libraries.load(path, link=True) as (_, desired):
        desired.objects = ["Face"]
    linked = next(item for item in bpy.data.objects if item.library)
    scene.collection.objects.link(linked)
    with pytest.raises(FaceError, match=r"linked from another file.*Make Local"):
        check_face_meshes(linked, find_face_meshes(linked))
