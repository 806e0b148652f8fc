"""A jaw opens downwards and a nod goes down, whatever way a rig looks and whatever its axes are."""

from __future__ import annotations

import bpy
import numpy as np
import pytest
from mathutils import Euler, Matrix, Vector

from blender_addon.blender.keys.keyframes import write_action
from blender_addon.blender.rig.face_axes import armature_face_axes
from blender_addon.capabilities.speech.bones import face_bone_channels, head_channels
from blender_addon.capabilities.speech.face import Face, face_warnings
from blender_addon.core.face.clip import FaceClip
from blender_addon.core.face.maps import FaceMapping
from blender_addon.core.face.table import TableRow, TargetKind

pytestmark = pytest.mark.blender

WAYS = {
    "-Y": Matrix(),
    "+Y": Matrix.Rotation(np.pi, 4, "Z"),
    "+X": Matrix.Rotation(np.pi / 2, 4, "Z"),
    "-X": Matrix.Rotation(-np.pi / 2, 4, "Z"),
    "Y-up": Matrix.Rotation(-np.pi / 2, 4, "X"),
    "askew": Matrix.Rotation(0.6, 4, "Z"),
}
HEAD = {"Neck": (0, 0, 1.4), "Head": (0, 0, 1.5)}
LEGS = {
    "Hips": (0, 0, 1.0), "LeftUpLeg": (0.1, 0, 0.9), "RightUpLeg": (-0.1, 0, 0.9),
    "LeftLeg": (0.1, 0, 0.5), "RightLeg": (-0.1, 0, 0.5),
    "LeftFoot": (0.1, 0, 0.1), "RightFoot": (-0.1, 0, 0.1),
}  # fmt: skip
TOES = {"LeftToe": (0.1, -0.15, 0.02), "RightToe": (-0.1, -0.15, 0.02)}
EYES = {"LeftEye": (0.03, -0.09, 1.62), "RightEye": (-0.03, -0.09, 1.62)}
ARMS = {"LeftArm": (0.2, 0, 1.35), "RightArm": (-0.2, 0, 1.35)}
SIGNS = {
    "legs": LEGS | HEAD,
    "legs, toes and eyes": LEGS | TOES | HEAD | EYES,
    "eyes": HEAD | EYES,
    "arms": HEAD | ARMS,
    "jaw alone": HEAD,
}
CHIN = Vector((0, -0.1, 1.5))


def build(places, way, tail=CHIN, roll=0.0, mode="QUATERNION", placed=None):
    """A rig that faces −Y, Z up, in the world, but another way in its own space."""
    data = bpy.data.armatures.new("Rig")
    rig = bpy.data.objects.new("Rig", data)
    bpy.context.scene.collection.objects.link(rig)
    bpy.context.view_layer.objects.active = rig
    bpy.ops.object.mode_set(mode="EDIT")
    for name, place in (places | {"Jaw": (0, -0.02, 1.55)}).items():
        bone = data.edit_bones.new(name)
        bone.head = way @ Vector(place)
        bone.tail = way @ (Vector(tail) if name == "Jaw" else Vector(place) + Vector((0, 0, 0.1)))
        bone.roll = roll
    data.edit_bones["Jaw"].parent = data.edit_bones["Head"]
    bpy.ops.object.mode_set(mode="OBJECT")
    for bone in rig.pose.bones:
        bone.rotation_mode = mode
    rig.matrix_world = (placed or Matrix()) @ way.inverted()
    bpy.context.view_layer.update()
    return rig


def chin_after(rig, channels, bone="Jaw", way=None):
    """Where a point at the chin goes, as the character itself has it: left, ahead of it, up."""
    write_action(rig, "Test", channels)
    bpy.context.scene.frame_set(1)
    posed = rig.evaluated_get(bpy.context.evaluated_depsgraph_get()).pose.bones[bone]
    chin = way @ CHIN
    moved = posed.matrix @ rig.data.bones[bone].matrix_local.inverted() @ chin
    return way.inverted() @ moved - CHIN


def open_jaw(rig, degrees=25.0):
    rows = [TableRow("jawOpen", "Jaw", degrees, TargetKind.ROTATION)]
    clip = FaceClip(("jawOpen",), 24.0, np.ones((2, 1), np.float32))
    return face_bone_channels(bpy.context, rig, rows, clip, np.array([1.0, 2.0]))


@pytest.mark.parametrize("signs", SIGNS)
def test_the_jaw_opens_downwards(scene, signs):
    for way in WAYS.values():
        rig = build(SIGNS[signs], way)
        moved = chin_after(rig, open_jaw(rig), way=way)
        assert moved.z < -0.02, (signs, way)
        assert abs(moved.x) < 1e-4
        bpy.data.objects.remove(rig)


@pytest.mark.parametrize("mode", ["QUATERNION", "XYZ", "ZYX", "YXZ", "AXIS_ANGLE"])
@pytest.mark.parametrize("roll", [0.0, 1.9])
def test_bone_axes_and_rotation_modes_do_not_matter(scene, mode, roll):
    for tail in ((0.0, 0.05, 1.6), (0.08, -0.02, 1.55), CHIN):  # back, sideways, ahead
        rig = build(SIGNS["legs"], WAYS["+X"], tail, roll, mode)
        moved = chin_after(rig, open_jaw(rig), way=WAYS["+X"])
        assert moved.z < -0.02
        assert abs(moved.x) < 1e-4
        bpy.data.objects.remove(rig)


@pytest.mark.parametrize(
    "placed",
    [
        Matrix.LocRotScale((3, -2, 1), Euler((0.4, -0.8, 2.0)), (0.6,) * 3),
        Matrix.Scale(-1, 4, (1, 0, 0)),
        Matrix.Rotation(np.pi / 2, 4, "X"),
    ],
    ids=["turned", "mirrored", "lying"],
)
@pytest.mark.parametrize("signs", ["legs", "eyes", "jaw alone"])
def test_how_the_object_stands_does_not_matter(scene, placed, signs):
    rig = build(SIGNS[signs] | {"Spine": (0, 0, 1.1)}, WAYS["+Y"], placed=placed)
    moved = chin_after(rig, open_jaw(rig), way=WAYS["+Y"])
    assert moved.z < -0.02
    assert abs(moved.x) < 1e-4


@pytest.mark.parametrize("signs", ["legs, toes and eyes", "eyes"])
def test_names_on_the_wrong_side_do_not_open_it_upwards(scene, signs):
    swapped = {n: (-x, y, z) for n, (x, y, z) in SIGNS[signs].items()}
    for way in (WAYS["-Y"], WAYS["+X"]):
        rig = build(swapped, way)
        assert chin_after(rig, open_jaw(rig), way=way).z < -0.02
        bpy.data.objects.remove(rig)


@pytest.mark.parametrize("mode", ["QUATERNION", "ZXY", "AXIS_ANGLE"])
@pytest.mark.parametrize("signs", ["legs", "eyes", "jaw alone"])
def test_nods_go_down_and_turns_to_the_left(scene, signs, mode):
    for way in WAYS.values():
        rig = build(SIGNS[signs], way, mode=mode)
        for yaw, pitch in ((0.0, -0.3), (0.3, 0.0)):
            offsets = np.array([(yaw, pitch)] * 2)
            channels = head_channels(bpy.context, rig, "Head", offsets, np.array([1.0, 2.0]))
            moved = chin_after(rig, channels, "Head", way)
            assert (moved.z < -0.02) == (pitch < 0)
            assert (moved.x > 0.02) == (yaw > 0)
            rig.animation_data_clear()
            for bone in rig.pose.bones:
                bone.matrix_basis = Matrix()
        bpy.data.objects.remove(rig)


def test_a_jaw_is_faced_by_its_skin_where_its_bone_points_back(scene):
    way = WAYS["+X"]
    rig = build(HEAD, way, tail=(0.0, 0.06, 1.55))
    mesh = bpy.data.meshes.new("Skin")
    mesh.from_pydata([way @ CHIN, way @ (CHIN + Vector((0, 0.02, 0)))], [], [])
    skin = bpy.data.objects.new("Skin", mesh)
    scene.collection.objects.link(skin)
    skin.parent = rig
    skin.modifiers.new("Armature", "ARMATURE").object = rig
    skin.vertex_groups.new(name="Jaw").add([0, 1], 1.0, "REPLACE")
    bpy.context.view_layer.update()
    assert chin_after(rig, open_jaw(rig), way=way).z < -0.02


def test_where_nothing_tells_it_is_said(scene):
    rig = build(HEAD, WAYS["-Y"], tail=(0, -0.02, 1.45))
    assert armature_face_axes(rig) is None
    row = TableRow("jawOpen", "Jaw", 25.0, TargetKind.ROTATION)
    told = face_warnings(rig, Face([], [row], FaceMapping()))
    assert "nothing in 'Rig' tells where the face looks" in told[0]
    assert chin_after(rig, open_jaw(rig), way=WAYS["-Y"]).z < -0.02
