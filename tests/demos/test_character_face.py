"""The demo character's face does what ARKit's 52 shapes say, and never through itself."""

from __future__ import annotations

import numpy as np
import pytest

bpy = pytest.importorskip("bpy")

from bpy_extras.object_utils import world_to_camera_view  # noqa: E402
from mathutils import Quaternion  # noqa: E402

from blender_addon.core.face.arkit import ARKIT_52, mirror_name  # noqa: E402
from blender_addon.demo_character.bones import HEAD_SCALE, rest_joints  # noqa: E402
from blender_addon.demo_character.builder import add_demo_character  # noqa: E402
from blender_addon.demo_character.face import build_face  # noqa: E402
from blender_addon.demo_character.face_grid import MOUTH_HALF_WIDTH_M  # noqa: E402
from blender_addon.demo_character.face_shapes import face_offsets  # noqa: E402
from blender_addon.demo_character.form import EYE_RADIUS_M, eye_centre  # noqa: E402
from blender_addon.demo_character.mouth import JAW_SHAPES, mouth_parts  # noqa: E402
from blender_addon.demo_character.portrait import face_camera  # noqa: E402

pytestmark = pytest.mark.blender

SPEECH_POSES = (
    {},
    {"mouthPressLeft": 1.0, "mouthPressRight": 1.0},
    {"mouthRollLower": 1.0, "mouthRollUpper": 1.0},
    {"mouthSmileLeft": 1.0, "mouthSmileRight": 1.0},
    {"jawOpen": 1.0},
    {"jawOpen": 0.6, "mouthFunnel": 0.8},
    {"mouthPucker": 1.0},
    {"mouthStretchLeft": 1.0, "mouthStretchRight": 1.0},
)


@pytest.fixture(scope="module")
def face():
    return build_face()


@pytest.fixture(scope="module")
def offsets(face):
    return face_offsets(face)


@pytest.fixture(scope="module")
def mouth():
    return mouth_parts()


@pytest.fixture
def character(scene):
    return add_demo_character(bpy.context)


def _posed(face, offsets, weights):
    return face.surface.vertices + sum((w * offsets[name] for name, w in weights.items()), 0.0)


def _lip_edges(face):
    """Numbers of the upper and lower lip's edge, in the same order across."""
    x, _, z = face.places.T
    edge = (face.lip == 0) & (np.abs(x) < MOUTH_HALF_WIDTH_M - 1e-4) & (z > 0.05)
    edge &= np.all(face.surface.vertices == face.places, axis=1)
    rows = [np.flatnonzero(edge & (face.above == above)) for above in (True, False)]
    upper, lower = (row[np.argsort(x[row])] for row in rows)
    assert len(upper) == len(lower) > 20
    return upper, lower


def _lid_edges(face, side):
    sign = 1.0 if side == "Left" else -1.0
    edge = (face.lid > 0) & (face.lid_root == 0) & (np.abs(face.along_lid) < 0.999)
    edge &= np.all(face.surface.vertices == face.places, axis=1) & (sign * face.places[:, 0] > 0)
    rows = [np.flatnonzero(edge & (face.lid == lid)) for lid in (1, 2)]
    upper, lower = (row[np.argsort(face.along_lid[row])] for row in rows)
    assert len(upper) == len(lower) > 10
    return upper, lower


def _mirror_numbers(face):
    """The vertex on the other side of each; lips and lids tell apart what lies in one place."""
    rows = np.column_stack(
        (np.rint(face.surface.vertices * 1e6), face.above, face.lid, face.mouth_depth * 1000)
    ).astype(np.int64)
    numbers = {tuple(row): n for n, row in enumerate(rows.tolist())}
    return np.array([numbers[(-row[0], *row[1:])] for row in rows.tolist()])


def test_the_head_has_the_52_keys_of_arkit_and_rests_at_none(character):
    head = bpy.data.objects[f"{character.name} Head"].data
    blocks = head.shape_keys.key_blocks
    assert tuple(blocks.keys()) == ("Basis", *ARKIT_52)
    assert head.shape_keys.use_relative
    assert all(block.value == 0 and block.relative_key == blocks["Basis"] for block in blocks)
    for kind in ("Teeth", "Tongue"):
        keys = bpy.data.objects[f"{character.name} {kind}"].data.shape_keys.key_blocks.keys()
        assert set(keys) == {"Basis", *JAW_SHAPES}
    assert bpy.data.objects[f"{character.name} Eyes"].data.shape_keys is None  # bones turn them


@pytest.mark.parametrize("name", ARKIT_52)
def test_every_shape_moves_the_skin_in_its_own_way(offsets, name):
    way = offsets[name]
    assert np.isfinite(way).all()
    assert 0.0004 < np.linalg.norm(way, axis=1).max() < 0.04
    moved = np.linalg.norm(way, axis=1) > 1e-5
    assert moved.mean() < 0.9  # never the whole head
    others = [np.abs(way - offsets[other]).max() for other in ARKIT_52 if other != name]
    assert min(others) > 0.0002


def test_left_and_right_shapes_mirror_each_other(face, offsets):
    twin = _mirror_numbers(face)
    flip = np.array([-1, 1, 1])
    np.testing.assert_allclose(face.surface.vertices[twin], face.surface.vertices * flip, atol=1e-6)
    for name in ARKIT_52:
        np.testing.assert_allclose(
            offsets[mirror_name(name)][twin], offsets[name] * flip, atol=2e-5, err_msg=name
        )


def test_lips_touch_at_rest_and_the_jaw_parts_them(face, offsets):
    upper, lower = _lip_edges(face)
    rest = face.surface.vertices
    np.testing.assert_allclose(rest[upper], rest[lower], atol=1e-6)
    opened = _posed(face, offsets, {"jawOpen": 1.0})
    gap = opened[upper, 1] - opened[lower, 1]
    assert 0.020 < gap.max() < 0.040
    assert np.all(gap > 0)


@pytest.mark.parametrize("share", [0.25, 0.6, 1.0])
def test_mouth_close_shuts_the_lips_of_an_open_jaw(face, offsets, share):
    upper, lower = _lip_edges(face)
    shut = _posed(face, offsets, {"jawOpen": share, "mouthClose": share})
    np.testing.assert_allclose(shut[upper], shut[lower], atol=0.0003)
    chin = np.argmin(np.linalg.norm(face.places - (0.0, -0.02, 0.088), axis=1))
    assert shut[chin, 1] < face.surface.vertices[chin, 1] - 0.015 * share


@pytest.mark.parametrize("name", ["Press", "Smile", "Frown", "Dimple"])
def test_shapes_of_a_shut_mouth_keep_it_shut(face, offsets, name):
    upper, lower = _lip_edges(face)
    posed = _posed(face, offsets, {f"mouth{name}Left": 1.0, f"mouth{name}Right": 1.0})
    assert np.abs(posed[upper] - posed[lower]).max() < 0.0005


@pytest.mark.parametrize("side", ["Left", "Right"])
def test_a_blink_covers_the_eye_and_a_wide_eye_shows_more(face, offsets, side):
    upper, lower = _lid_edges(face, side)
    rest = face.surface.vertices
    opening = (rest[upper, 1] - rest[lower, 1]).max()
    shut = _posed(face, offsets, {f"eyeBlink{side}": 1.0})
    assert np.linalg.norm(shut[upper] - shut[lower], axis=1).max() < 0.0015
    wide = _posed(face, offsets, {f"eyeWide{side}": 1.0})
    assert (wide[upper, 1] - wide[lower, 1]).max() > opening + 0.002
    down = _posed(face, offsets, {f"eyeLookDown{side}": 1.0})
    assert np.all(down[upper[8:-8], 1] < rest[upper[8:-8], 1] - 0.003)


@pytest.mark.parametrize("share", [0.0, 0.25, 0.5, 0.75, 1.0])
@pytest.mark.parametrize("name", ["eyeBlink", "eyeLookDown", "eyeSquint", "eyeWide", "eyeLookUp"])
def test_lids_never_sink_into_the_eyeball(face, offsets, name, share):
    posed = _posed(face, offsets, {f"{name}Left": share})
    lid = (face.lid > 0) & (face.places[:, 0] > 0) & (face.socket_depth == 0)
    lid &= np.all(face.surface.vertices == face.places, axis=1)
    assert np.linalg.norm(posed[lid] - eye_centre(1.0), axis=1).min() > EYE_RADIUS_M


@pytest.mark.parametrize("weights", SPEECH_POSES, ids=lambda weights: "+".join(weights) or "rest")
def test_teeth_stay_behind_the_lips(face, offsets, mouth, weights):
    posed = _posed(face, offsets, weights)
    head = np.array(rest_joints()["Head"])
    for upper, edge in zip((True, False), _lip_edges(face), strict=True):
        lips = posed[edge]
        for part in mouth:
            if part.mesh != "Teeth" or bool(part.shapes) == upper:
                continue  # the jaw's shapes move the lower teeth alone
            moves = (w * part.shapes[n] for n, w in weights.items() if n in part.shapes)
            teeth = (part.surface.vertices + sum(moves, 0.0) - head) / HEAD_SCALE
            near = np.abs(teeth[:, 0]) < 0.6 * MOUTH_HALF_WIDTH_M
            ahead = np.interp(teeth[near, 0], lips[:, 0], lips[:, 2])
            assert np.all(teeth[near, 2] < ahead)


def test_lower_teeth_and_tongue_go_with_the_chin(face, offsets, mouth):
    chin = np.argmin(np.linalg.norm(face.places - (0.0, -0.02, 0.088), axis=1))
    for name in ("jawOpen", "jawForward", "jawLeft", "jawRight"):
        for part in mouth:
            if part.shapes:
                front = np.argmax(part.surface.vertices[:, 2])
                move = part.shapes[name][front] / HEAD_SCALE
                down = slice(1, 2) if name == "jawOpen" else slice(None)  # it turns, they lie apart
                np.testing.assert_allclose(move[down], offsets[name][chin][down], atol=0.004)


def test_keys_move_the_evaluated_mesh(character):
    head = bpy.data.objects[f"{character.name} Head"]
    head.data.shape_keys.key_blocks["jawOpen"].value = 1.0
    depsgraph = bpy.context.evaluated_depsgraph_get()
    moved = head.evaluated_get(depsgraph).to_mesh()
    count = 3 * len(moved.vertices)
    after, before = np.empty(count, np.float32), np.empty(count, np.float32)
    moved.vertices.foreach_get("co", after)
    head.data.vertices.foreach_get("co", before)
    assert 0.02 < np.abs(after - before).max() < 0.05


@pytest.mark.parametrize("follow", [False, True])
@pytest.mark.parametrize("size", [(640, 360), (360, 640)])
def test_a_face_camera_frames_the_head_wherever_it_is(character, size, follow):
    scene = bpy.context.scene
    scene.render.resolution_x, scene.render.resolution_y = size
    character.location, character.rotation_euler, character.scale = (
        (1, 2, 0.3),
        (0, 0, 1.1),
        (1.3,) * 3,
    )
    bone = character.pose.bones["Head"]
    bone.rotation_quaternion = Quaternion((0, 1, 0), 0.4)
    camera = face_camera(bpy.context, character, turn_deg=-30.0, follow=follow)
    assert scene.camera == camera
    if follow:
        bone.rotation_quaternion = Quaternion((1, 0, 0), 0.3)
        bpy.context.view_layer.update()
    eyes = [
        character.matrix_world @ character.pose.bones[f"{s}Eye"].head for s in ("Left", "Right")
    ]
    x, y, depth = world_to_camera_view(scene, camera, 0.5 * (eyes[0] + eyes[1]))
    assert abs(x - 0.5) < 0.12 and 0.4 < y < 0.65 and depth > 0
