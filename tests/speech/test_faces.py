"""What of a character speaks, and what is said of everything that would keep it from being seen."""

from __future__ import annotations

import re

import bpy
import numpy as np
import pytest
from mathutils import Matrix

from blender_addon.blender.face.shape_keys import shape_path
from blender_addon.blender.sound.choice import SoundChoice
from blender_addon.capabilities.speech import scene as speech_scene
from blender_addon.capabilities.speech.face import propose_table
from blender_addon.capabilities.speech.scene import SpeechSettings
from blender_addon.core.errors import FaceError
from blender_addon.core.face.table import TargetKind
from tests.shared.blender.face_builders import evaluated_weights, make_armature, make_face
from tests.shared.core.sound_samples import sine, write_wav
from tests.speech.stand_in import speaker

pytestmark = pytest.mark.blender


@pytest.fixture
def voice(scene, tmp_path):
    scene.frame_start, scene.frame_end = 1, 30
    return write_wav(tmp_path / "voice.wav", sine(16_000, 1.0, 150.0, 0.4), 16_000)


def read(character, voice, **changes):
    bpy.context.view_layer.update()
    plain = {"sound": SoundChoice("FILE", str(voice)), "upper_face": False, "start_frame": 1}
    return speech_scene.read(bpy.context, SpeechSettings(character, **{**plain, **changes}))


def speak(character, voice, **changes):
    """What is warned of, before and after."""
    job = read(character, voice, **changes)
    written = speech_scene.write(bpy.context, job, job.run(pipeline=speaker()).result)
    return "\n".join((*job.warnings, *written.warnings))


def jaw_of(mesh, shape="jawOpen"):
    bpy.context.scene.frame_set(12)
    return evaluated_weights(mesh)[shape]


def head_and_parts(carrier):
    """A head, teeth and a tongue that a rig deforms, or that have a parent in common."""
    armature = make_armature(("Head", "Chin")) if carrier == "armature" else None
    parent = armature
    if carrier == "empty":
        parent = bpy.data.objects.new("Character", None)
        bpy.context.scene.collection.objects.link(parent)
    names = ["jawOpen", "mouthClose", "tongueOut"]
    head = make_face(names, "Head", parent)
    parts = [make_face(names[:1], "Teeth", parent), make_face(names, "Tongue", parent)]
    if carrier == "head":
        for part in parts:
            part.parent = head
    return armature, head, parts


@pytest.mark.parametrize("carrier", ["armature", "empty", "head"])
def test_whoever_clicks_the_head_gets_its_teeth_and_tongue(voice, carrier):
    _, head, parts = head_and_parts(carrier)
    assert not speak(head, voice)
    assert min(jaw_of(each) for each in (head, *parts)) > 0.3


def test_whoever_clicks_the_teeth_gets_the_head(voice):
    _, head, (teeth, _) = head_and_parts("armature")
    speak(teeth, voice)
    assert jaw_of(head) == jaw_of(teeth) > 0.3


@pytest.mark.parametrize("together", [True, False], ids=["one set", "no parent"])
def test_somebody_else_does_not_speak_along(voice, together):
    _, head, _ = head_and_parts("empty")
    other = make_face(["jawOpen"], "Somebody", head.parent.parent)
    if together:
        stage = bpy.data.objects.new("Set", None)
        bpy.context.scene.collection.objects.link(stage)
        head.parent.parent = other.parent = stage
        other.location.x = 8.0
    speak(head, voice)
    assert jaw_of(head) > 0.3 > jaw_of(other) == 0.0


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["browInnerUp", "browDownLeft"], "nothing moves the mouth of 'Face'.*found 'brow"),
        (["eyeBlinkLeft", "eyeBlinkRight"], "nothing moves the mouth of 'Face'.*'eyeBlinkLeft'"),
        (["Blink_L", "Blink_R", "Smile"], "nothing moves the mouth of 'Face'"),
        (["Fcl_BRW_Angry", "Fcl_EYE_Close"], "nothing moves the mouth of 'Face'"),
        (["cheekPuff"], "nothing moves the mouth of 'Face'"),
        (["tongueOut", "mouthSmileLeft"], "nothing opens the mouth of 'Face'.*for jawOpen"),
    ],
)
def test_a_face_without_a_mouth_is_told_of(voice, names, said):
    told = speak(make_face(names), voice)
    assert re.search(said, told)
    assert "expected a shape such as 'jawOpen' (ARKit)" in told


@pytest.mark.parametrize("names", [["jawOpen"], ["A", "I", "U", "E", "O"], ["mouthLowerDown_L"]])
def test_a_face_with_a_mouth_is_not(voice, names):
    assert "the mouth" not in speak(make_face(names), voice)


@pytest.mark.parametrize("name", ["Jaw", "jnt_jaw", "c_jawbone.x", "ValveBiped.Bip01_Jaw", "j_ago"])
def test_a_jaw_bone_opens_the_mouth_where_no_shape_does(voice, name):
    armature = make_armature(("Head", name))
    make_face(["eyeBlinkLeft", "eyeBlinkRight"], parent=armature)
    assert "the mouth" not in speak(armature, voice)
    bpy.context.scene.frame_set(12)
    posed = armature.evaluated_get(bpy.context.evaluated_depsgraph_get()).pose.bones[name]
    assert posed.tail.z < armature.data.bones[name].tail_local.z - 0.001
    family, rows = propose_table(armature)
    assert (rows[0].channel, rows[0].target, rows[0].kind) == ("jawOpen", name, TargetKind.ROTATION)
    assert family


def test_a_jaw_bone_is_left_alone_where_a_shape_opens_the_mouth_or_something_moves_it(voice):
    armature = make_armature(("Head", "Jaw"))
    face = make_face(["jawOpen"], parent=armature)
    assert all(row.kind is TargetKind.SHAPE for row in read(armature, voice).rows)
    face.data.shape_keys.key_blocks["jawOpen"].name = "Key 1"
    follow = armature.pose.bones["Jaw"].constraints.new("COPY_ROTATION")
    follow.target, follow.subtarget = armature, "Head"
    with pytest.raises(FaceError, match="none of the 1 shapes"):
        read(armature, voice)


def mute(face):
    face.data.shape_keys.key_blocks["jawOpen"].mute = True


def pin(face):
    face.show_only_shape_key = True


def share(face):
    twin = bpy.data.objects.new("Twin", face.data)
    bpy.context.scene.collection.objects.link(twin)


def drive(face):
    control = bpy.data.objects.new("Control", None)
    driver = face.data.shape_keys.driver_add(shape_path("jawOpen")).driver
    variable = driver.variables.new()
    variable.type, variable.targets[0].id = "TRANSFORMS", control
    driver.expression = "var"


def narrow(face):
    face.data.shape_keys.key_blocks["jawOpen"].slider_max = 0.1


def flatten(face):
    block = face.data.shape_keys.key_blocks["jawOpen"]
    for point, rest in zip(block.data, block.relative_key.data, strict=True):
        point.co = rest.co


def limit(face):
    group = face.vertex_groups.new(name="Nothing")
    face.data.shape_keys.key_blocks["jawOpen"].vertex_group = group.name


def mask(face):
    face.vertex_groups.new(name="Body").add([1], 1.0, "REPLACE")
    modifier = face.modifiers.new("Under Clothes", "MASK")
    modifier.vertex_group = "Body"


def cache(face):
    face.modifiers.new("Baked", "MESH_CACHE")


def hide(face):
    face.hide_viewport = True


HIDING = {
    "muted": (mute, "'jawOpen' of 'Face' is switched off.*Tick it"),
    "pinned": (pin, "'Face' is pinned to its active shape.*Click the pin"),
    "shared": (share, "'Twin' shares the mesh of 'Face', so both move.*Make Single User"),
    "driven": (drive, "drivers move 'jawOpen' of 'Face'.*Mute the drivers"),
    "narrow": (narrow, "'jawOpen' of 'Face' would leave the range.*widen the range"),
    "flat": (flatten, "'jawOpen' changes nothing in the mesh"),
    "limited": (limit, "'jawOpen' changes nothing.*vertex group 'Nothing'.*clear"),
    "masked": (mask, "modifier 'Under Clothes' of 'Face' hides all that.*Switch it off"),
    "cached": (cache, "modifier 'Baked' of 'Face' puts a cache in the place"),
    "hidden": (hide, "'Face' cannot be seen in this view layer"),
}


@pytest.mark.parametrize("how", HIDING)
def test_what_would_not_show_is_said_by_name(voice, how):
    spoil, said = HIDING[how]
    face = make_face(["jawOpen", "mouthClose"])
    bpy.context.view_layer.update()
    spoil(face)
    assert re.search(said, speak(face, voice))


def test_whatever_else_stands_in_the_way_is_noticed(voice):
    """Geometry nodes that put something else in the face's place."""
    face = make_face(["jawOpen", "mouthClose"])
    tree = bpy.data.node_groups.new("Cube Instead", "GeometryNodeTree")
    tree.interface.new_socket("Geometry", in_out="INPUT", socket_type="NodeSocketGeometry")
    tree.interface.new_socket("Geometry", in_out="OUTPUT", socket_type="NodeSocketGeometry")
    cube, out = tree.nodes.new("GeometryNodeMeshCube"), tree.nodes.new("NodeGroupOutput")
    tree.links.new(cube.outputs["Mesh"], out.inputs["Geometry"])
    modifier = face.modifiers.new("Instead", "NODES")
    modifier.node_group = tree
    bpy.context.scene.frame_set(3)
    assert "'Face' got keys but is not seen to move" in speak(face, voice)
    assert bpy.context.scene.frame_current == 3
    modifier.show_viewport = False
    assert not speak(face, voice)


@pytest.mark.parametrize("span", [(1, 2), (3, 5), (8, 10), (10, 13)])
def test_lines_of_a_few_frames_whose_ends_blend_are_seen_to_move(voice, span):
    face = make_face(["jawOpen", "mouthClose"])
    assert not speak(face, voice, frame_range=span)


def test_what_is_usual_is_not_warned_of(voice):
    """Empty shapes that nothing depends on, a lock, a mask elsewhere, a cache that is off."""
    face = make_face()
    keys = face.data.shape_keys.key_blocks
    keys["tongueOut"].data[list(keys).index(keys["tongueOut"]) - 1].co.z = 0.0
    keys["jawOpen"].lock_shape = True
    mask(face)
    face.modifiers["Under Clothes"].invert_vertex_group = True
    cache(face)
    face.modifiers["Baked"].show_viewport = False
    assert not speak(face, voice)
    assert jaw_of(face) > 0.3


def only_rest(face):
    for block in list(face.data.shape_keys.key_blocks)[1:]:
        face.shape_key_remove(block)


def edit(face):
    bpy.context.view_layer.objects.active = face
    bpy.ops.object.mode_set(mode="EDIT")


def drive_all(face):
    drive(face)
    face.data.shape_keys.driver_add(shape_path("mouthClose"))


REFUSED = {
    "rest shape alone": (only_rest, "'Face' has a rest shape and no other shape key"),
    "edit mode": (edit, "'Face' is in Edit Mode. Leave it"),
    "absolute": (lambda f: setattr(f.data.shape_keys, "use_relative", False), "Tick Relative"),
    "all driven": (drive_all, "drivers move all shapes of 'Face'.*listen to 'Control'.*Mute"),
}


@pytest.mark.parametrize("how", REFUSED)
def test_a_face_that_cannot_show_anything_is_refused(voice, how):
    spoil, said = REFUSED[how]
    face = make_face(["jawOpen", "mouthClose"])
    spoil(face)
    with pytest.raises(FaceError, match=said):
        read(face, voice)


def test_shapes_of_clothes_are_no_reason_to_refuse_a_face(voice):
    armature = make_armature(("Head",))
    make_face(["jawOpen"], "Face", armature)
    shirt = make_face(["Wide"], "Shirt", armature)
    shirt.data.shape_keys.use_relative = False
    assert not speak(armature, voice)


def test_muted_drivers_leave_shapes_to_keys(voice):
    face = make_face(["jawOpen", "mouthClose"])
    drive_all(face)
    for driver in face.data.shape_keys.animation_data.drivers:
        driver.mute = True
    assert not speak(face, voice)
    assert jaw_of(face) > 0.3


def test_a_muted_driver_of_a_jaw_bone(voice):
    armature = make_armature(("Head", "Jaw"))
    path = 'pose.bones["Jaw"].rotation_quaternion'
    armature.driver_add(path, 1).mute = True
    speak(armature, voice)
    bpy.context.scene.frame_set(12)
    bones = armature.evaluated_get(bpy.context.evaluated_depsgraph_get()).pose.bones
    assert not np.allclose(bones["Jaw"].matrix_basis, Matrix())
