"""A person in the scene is a sound rig in sound clothes, under every naming."""

from __future__ import annotations

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from blender_addon.blender.rig.joint_map import automatic_joints  # noqa: E402
from blender_addon.blender.rig.skeleton import read_skeleton  # noqa: E402
from blender_addon.core.face.arkit import ARKIT_52  # noqa: E402
from blender_addon.demo_character.bones import BONES, NAMINGS  # noqa: E402
from blender_addon.demo_character.builder import add_person  # noqa: E402
from blender_addon.demo_character.person import draw_person  # noqa: E402
from blender_addon.demo_character.shared import Shared  # noqa: E402

pytestmark = pytest.mark.blender

KINDS = {
    "a woman": (1, {"sex": 0.0}),
    "a heavy man": (2, {"sex": 1.0, "weight": 1.0}),
    "a thin child": (3, {"age_years": 11.0, "weight": -1.0}),
    "an old woman": (4, {"sex": 0.0, "age_years": 80.0, "height_m": 1.5}),
}


def evaluated(thing):
    mesh = thing.evaluated_get(bpy.context.evaluated_depsgraph_get()).to_mesh()
    places = np.empty(3 * len(mesh.vertices), np.float32)
    mesh.vertices.foreach_get("co", places)
    return places.reshape(-1, 3)


def meshes_of(character):
    return {each.name.removeprefix(f"{character.name} "): each for each in character.children}


@pytest.fixture(params=KINDS)
def character(scene, request):
    seed, chosen = KINDS[request.param]
    return add_person(bpy.context, "", draw_person(seed, chosen))


def test_meshes_are_valid_and_fully_weighted(character):
    for thing in character.children:
        mesh = thing.data
        assert not mesh.validate(), thing.name
        groups = {group.index: group.name for group in thing.vertex_groups}
        assert set(groups.values()) <= set(character.data.bones.keys())
        for vertex in mesh.vertices:
            assert 1 <= len(vertex.groups) <= 4
            assert sum(each.weight for each in vertex.groups) == pytest.approx(1.0, abs=0.03)


def test_jaw_tongue_and_eyes_turn_about_the_same_axes_in_everybody(character):
    names = NAMINGS["RIGIFY"].names
    for name in ("jaw", "tongue", "tongue1", "tongue2", "eye.L", "eye.R"):
        axes = character.data.bones[names[name]].matrix_local.to_3x3()
        assert axes.col[0].x < -0.98 and axes.col[2].z > 0.5, name


def test_faces_have_every_shape_and_rest_at_none(character):
    meshes = meshes_of(character)
    blocks = meshes["Head"].data.shape_keys.key_blocks
    assert tuple(blocks.keys()) == ("Basis", *(name for name in ARKIT_52 if name != "tongueOut"))
    for thing in meshes.values():
        keys = thing.data.shape_keys
        assert keys is None or all(block.value == 0.0 for block in keys.key_blocks)
    for kind in ("Teeth", "Tongue"):
        assert "jawOpen" in meshes[kind].data.shape_keys.key_blocks
    assert "tongueOut" in meshes["Tongue"].data.shape_keys.key_blocks
    assert meshes["Eyes"].data.shape_keys is None  # bones turn them


def test_a_person_stands_at_ease_on_the_ground(character):
    bpy.context.view_layer.update()
    soles = evaluated(meshes_of(character)["Shoes"])
    assert soles[:, 2].min() == pytest.approx(0.0, abs=0.002)
    for side in "LR":
        upper = character.pose.bones[f"upper_arm.{side}"]
        assert (upper.tail - upper.head).normalized().z < -0.9
        hand = character.pose.bones[f"hand.{side}"].head
        assert abs(hand.x) > abs(character.pose.bones[f"thigh.{side}"].head.x)
    assert character.animation_data is None


def test_rest_is_an_a_pose(character):
    for side in "LR":
        bone = character.data.bones[f"upper_arm.{side}"]
        direction = (bone.tail_local - bone.head_local).normalized()
        assert -0.9 < direction.z < -0.4


def test_all_of_a_person_is_there(character):
    meshes = meshes_of(character)
    assert {"Shirt", "Trousers", "Shoes", "Head", "Eyes", "Teeth", "Tongue"} <= set(meshes)
    heights = {kind: evaluated(mesh)[:, 2] for kind, mesh in meshes.items()}
    assert heights["Shoes"].max() < heights["Trousers"].max() < heights["Shirt"].max()
    assert heights["Shirt"].max() < heights["Eyes"].min() < heights["Head"].max()


@pytest.mark.parametrize("naming", NAMINGS)
def test_every_naming_is_found_by_itself(scene, naming):
    character = add_person(bpy.context, "Ann", draw_person(1), naming)
    names = NAMINGS[naming].names
    assert set(names.values()) <= set(character.data.bones.keys())
    found = automatic_joints(character)
    assert not found.missing and len(found.bones) == 22
    rig = read_skeleton(bpy.context, character)
    assert not rig.warnings and abs(rig.floor_m) < 0.01
    moved = {group.name for each in character.children for group in each.vertex_groups}
    assert moved == set(names.values())


def test_a_name_that_is_taken_is_numbered(scene):
    first, second = (add_person(bpy.context, "Ann", draw_person(n)) for n in (1, 2))
    assert (first.name, second.name) == ("Ann", "Ann.001")
    assert {each.name.split(" ")[0] for each in second.children} == {"Ann.001"}
    assert bpy.context.view_layer.objects.active == second and second.select_get()
    assert not first.select_get()


def test_somebody_added_while_editing_leaves_that_first(scene):
    first = add_person(bpy.context)
    bpy.ops.object.mode_set(mode="EDIT")
    second = add_person(bpy.context)
    assert bpy.context.mode == "OBJECT" and second != first


def test_alike_bodies_share_meshes_but_not_faces(scene):
    shared = Shared()
    first, second = (add_person(bpy.context, n, draw_person(7), shared=shared) for n in ("A", "B"))
    for kind, mesh in meshes_of(first).items():
        other = meshes_of(second)[kind]
        assert (mesh.data == other.data) == (mesh.data.shape_keys is None), kind
        assert len(other.vertex_groups) == len(mesh.vertex_groups)
        np.testing.assert_array_equal(evaluated(mesh), evaluated(other))
    meshes_of(first)["Head"].data.shape_keys.key_blocks["jawOpen"].value = 1.0
    assert meshes_of(second)["Head"].data.shape_keys.key_blocks["jawOpen"].value == 0.0


def test_bones_lie_in_the_skin_that_they_move(character):
    """The middle of each bone of an arm or leg is within the girth of its skin."""
    rest = {bone.name: bone for bone in character.data.bones}
    assert {NAMINGS["RIGIFY"].names[bone.name] for bone in BONES} <= set(rest)
    for thing in character.children:
        points = np.array([v.co for v in thing.data.vertices])
        for name in ("upper_arm.L", "forearm.R", "thigh.L", "shin.R"):
            group = thing.vertex_groups.get(name)
            own = [
                v.index for v in thing.data.vertices
                if group and any(g.group == group.index and g.weight > 0.9 for g in v.groups)
            ]  # fmt: skip
            if len(own) > 40:
                bone = rest[name]
                middle = np.array((bone.head_local + bone.tail_local) / 2)
                assert np.linalg.norm(points[own] - middle, axis=1).min() < 0.2
