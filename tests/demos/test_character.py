"""The demo character is a sound rig with sound skin."""

from __future__ import annotations

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from mathutils import Matrix, Quaternion  # noqa: E402

from blender_addon.blender.axes import core_to_blender_points  # noqa: E402
from blender_addon.blender.rig.skeleton import read_skeleton  # noqa: E402
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON  # noqa: E402
from blender_addon.demo_character.body import build_parts  # noqa: E402
from blender_addon.demo_character.bones import FINGERS, list_bones, rest_joints  # noqa: E402
from blender_addon.demo_character.builder import add_demo_character  # noqa: E402
from blender_addon.demo_character.weights import (  # noqa: E402
    MAX_INFLUENCES,
    clothes_weights,
    make_sculpt_pose,
    unpose,
)
from tests.shared.counting import calls_of  # noqa: E402

pytestmark = pytest.mark.blender


@pytest.fixture(scope="module")
def parts():
    return build_parts()


@pytest.fixture
def character(scene):
    return add_demo_character(bpy.context)


def _evaluated(thing):
    depsgraph = bpy.context.evaluated_depsgraph_get()
    mesh = thing.evaluated_get(depsgraph).to_mesh()
    places = np.empty(3 * len(mesh.vertices), np.float32)
    mesh.vertices.foreach_get("co", places)
    return places.reshape(-1, 3)


def _volume(places, quads):
    triangles = places[np.concatenate((quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]))].astype(float)
    a, b, c = np.moveaxis(triangles, 1, 0)
    return float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6)


def _turn_in_world(character, name, axis, degrees):
    bone = character.pose.bones[name]
    bone.rotation_mode = "QUATERNION"
    rest = bone.bone.matrix_local.to_3x3()
    turn = Matrix.Rotation(np.radians(degrees), 3, axis)
    bone.rotation_quaternion = (rest.inverted() @ turn @ rest).to_quaternion()


def test_bones_are_the_common_joints_where_the_skeleton_has_them(character):
    joints = rest_joints()
    assert set(COMMON_SKELETON.names) <= set(character.data.bones.keys())
    for name in COMMON_SKELETON.names:
        head = np.array(character.data.bones[name].head_local)
        np.testing.assert_allclose(head, core_to_blender_points(np.array(joints[name])), atol=1e-6)
        parent = character.data.bones[name].parent.name
        index = COMMON_SKELETON.parents[COMMON_SKELETON.index(name)]
        assert parent == ("Root" if index < 0 else COMMON_SKELETON.names[index])


def test_fingers_eyes_toes_and_root_are_there(character):
    names = set(character.data.bones.keys())
    fingers = {f"{s}Hand{f}{n}" for s in ("Left", "Right") for f in FINGERS for n in (1, 2, 3)}
    assert fingers | {"LeftEye", "RightEye", "LeftToeEnd", "RightToeEnd", "Root"} <= names
    root = character.data.bones["Root"]
    assert root.head_local.length == 0 and not root.use_deform
    assert not character.data.bones["Hips"].use_connect


def test_axes_of_left_and_right_mirror_each_other(character):
    mirror = np.diag([-1.0, 1.0, 1.0])
    for bone in character.data.bones:
        if bone.name.startswith("Left"):
            other = character.data.bones[bone.name.replace("Left", "Right", 1)]
            left, right = (np.array(b.matrix_local)[:3, :3] for b in (bone, other))
            np.testing.assert_allclose(mirror @ left @ mirror, right, atol=1e-5)


@pytest.mark.parametrize(
    ("name", "tip", "toward"),
    [("LeftUpLeg", "LeftLeg", -1), ("RightForeArm", "RightHand", -1), ("Spine", "Head", -1)],
)
def test_turning_about_x_swings_a_bone_forward(character, name, tip, toward):
    before = character.pose.bones[tip].head.y
    character.pose.bones[name].rotation_quaternion = Quaternion((1, 0, 0), 0.5)
    bpy.context.view_layer.update()
    assert toward * (character.pose.bones[tip].head.y - before) > 0.05


def test_every_vertex_follows_at_most_four_bones_that_deform(character):
    for thing in character.children:
        names = [group.name for group in thing.vertex_groups]
        assert all(character.data.bones[name].use_deform for name in names)
        for vertex in thing.data.vertices:
            weights = [group.weight for group in vertex.groups]
            assert 1 <= len(weights) <= MAX_INFLUENCES
            assert sum(weights) == pytest.approx(1.0, abs=0.01)


def test_head_body_and_eyes_are_separate_objects(character):
    names = {thing.name for thing in character.children}
    kinds = ("Body", "Head", "Teeth", "Tongue", "Eyes")
    assert names == {f"{character.name} {kind}" for kind in kinds}
    assert all(thing.modifiers[0].object == character for thing in character.children)


def test_parts_are_watertight_and_hands_have_no_webs(parts):
    for part in parts:
        quads = part.surface.quads
        edges = np.sort(np.concatenate([quads[:, [n, (n + 1) % 4]] for n in range(4)]), axis=1)
        counts = np.unique(edges, axis=0, return_counts=True)[1]
        if part.mesh == "Eyes":  # rings of a ball
            continue
        assert counts.min() == counts.max() == 2
        assert _volume(part.surface.vertices, quads) > 0, f"{part.material} is inside out"
    hands = [part.surface for part in parts if part.material == "Skin" and part.mesh == "Body"]
    for hand in hands:
        assert len(hand.vertices) - len(hand.quads) == 2  # Euler: one piece without handles
    assert len(hands) == 2


def test_left_and_right_are_alike(parts):
    body = np.concatenate([p.surface.vertices for p in parts])
    np.testing.assert_allclose(body[:, 0].min(), -body[:, 0].max(), atol=2e-3)
    assert abs(body[:, 1].min()) < 1e-3  # soles on the ground
    assert 1.70 < body[:, 1].max() < 1.85


def test_taking_the_sculpt_pose_gives_the_sculpted_shape_back():
    pose = make_sculpt_pose()
    rng = np.random.default_rng(3)
    points = (rng.uniform((-0.4, 0.9, -0.1), (0.4, 1.45, 0.1), (200, 3))).astype(np.float32)
    weights = clothes_weights(points, pose.joints)
    rest = rest_joints()
    still = unpose(points, weights, pose)
    back = np.zeros((len(points), 3))
    for name, share in weights.items():
        index = COMMON_SKELETON.index(name)
        w, x, y, z = pose.turns_wxyz[index].astype(float)
        turn = np.array(Quaternion((w, x, y, z)).to_matrix())
        back += share[:, None] * ((still - np.array(rest[name])) @ turn.T + pose.joints[name])
    np.testing.assert_allclose(back, points, atol=1e-4)


@pytest.mark.parametrize(
    ("material", "turns", "kept"),
    [
        ("Trousers", [("LeftLeg", "X", 100.0)], 0.93),
        ("Trousers", [("LeftUpLeg", "X", -80.0), ("LeftLeg", "X", 80.0)], 0.93),
        ("Jumper", [("LeftForeArm", "Z", -110.0)], 0.95),
        ("Jumper", [("LeftArm", "Y", 75.0), ("RightArm", "Y", -75.0)], 0.93),
        ("Jumper", [("LeftArm", "X", 80.0)], 0.95),
    ],
)
def test_limbs_keep_their_volume_when_they_bend(character, parts, material, turns, kept):
    """A collapsing joint or a candy wrapper loses volume; flesh does not."""
    start = 0
    for part in (p for p in parts if p.mesh == "Body"):
        if part.material == material:
            break
        start += len(part.surface.vertices)
    chosen = slice(start, start + len(part.surface.vertices))
    body = next(thing for thing in character.children if thing.name.endswith("Body"))
    before = _volume(_evaluated(body)[chosen], part.surface.quads)
    for name, axis, degrees in turns:
        _turn_in_world(character, name, axis, degrees)
    bpy.context.view_layer.update()
    after = _volume(_evaluated(body)[chosen], part.surface.quads)
    assert kept < after / before < 1.1


def test_it_can_walk(character):
    rig = read_skeleton(bpy.context, character)
    assert set(rig.joint_map.values()) == set(COMMON_SKELETON.names)
    assert rig.root_bone == "Root" and not rig.warnings
    assert abs(rig.floor_m) < 1e-6


def test_two_characters_share_materials_but_nothing_else(character):
    second = add_demo_character(bpy.context)
    assert second.name != character.name and second.data != character.data
    assert bpy.context.view_layer.objects.active == second
    assert len([m for m in bpy.data.materials if m.name.endswith("Skin")]) == 1
    assert all(thing.modifiers[0].object == second for thing in second.children)


def test_it_is_added_even_in_edit_mode(character):
    bpy.ops.object.mode_set(mode="EDIT")
    second = add_demo_character(bpy.context)
    assert bpy.context.mode == "OBJECT" and len(second.data.bones) == len(list_bones())


def test_it_is_built_by_whole_arrays():
    parts = build_parts()
    corners = sum(len(part.surface.vertices) for part in parts)
    assert calls_of(build_parts).total() < 20 * corners
