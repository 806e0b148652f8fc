"""Who smiles goes on smiling while speaking: what is held is added to, and nothing pops."""

from __future__ import annotations

import bpy
import numpy as np
import pytest
from mathutils import Quaternion

from blender_addon.blender.keys.layers import layers_of
from blender_addon.blender.sound.choice import SoundChoice
from blender_addon.capabilities.speech import scene as speech_scene
from blender_addon.capabilities.speech.scene import SpeechSettings
from blender_addon.core.face.arkit import ARKIT_52
from blender_addon.core.face.clip import FaceClip
from blender_addon.core.face.held import LET_GO_S
from blender_addon.core.face.table import TableRow, TargetKind
from blender_addon.core.speech.pipeline import SpeechResult
from tests.shared.blender.builders import hold
from tests.shared.blender.face_builders import evaluated_weights, make_armature, make_face
from tests.shared.core.sound_samples import sine, write_wav

pytestmark = pytest.mark.blender

RATE, FIRST, LAST = 24, 11, 83
TIMES = np.arange(LAST - FIRST + 1) / RATE
MOTION = 0.15 + 0.15 * np.sin(2 * np.pi * 2.0 * TIMES)
BLINK = np.exp(-(((TIMES - 1.5) / 0.06) ** 2))
AROUND = range(1, 95)
HOWS = ("unkeyed", "action", "strip")
HELD = 0.5


class Speaker:
    """Everything moves by the same wave, and the lids blink once."""

    def generate(self, request, *, on_progress=None):
        weights = np.repeat(MOTION[:, None], len(ARKIT_52), axis=1)
        for n, name in enumerate(ARKIT_52):
            if name.startswith("eyeBlink"):
                weights[:, n] = BLINK
        head = np.zeros((request.frame_count, 2), np.float32)
        return SpeechResult(FaceClip(tuple(ARKIT_52), RATE, weights), head)


@pytest.fixture
def sound(scene, tmp_path):
    scene.render.fps = RATE
    return write_wav(tmp_path / "voice.wav", sine(16_000, 3.0, 150.0, 0.4), 16_000)


def speak(character, sound, first=FIRST, **changes):
    choice = SoundChoice("FILE", str(sound))
    chosen = SpeechSettings(character, choice, start_frame=first, nods=False, **changes)
    job = speech_scene.read(bpy.context, chosen)
    done = job.run(pipeline=Speaker()).result
    return speech_scene.write(bpy.context, job, done)


def seen(face, shape):
    found = []
    for frame in AROUND:
        bpy.context.scene.frame_set(frame)
        found.append(evaluated_weights(face)[shape])
    return np.array(found)


def check_ends(values, held):
    """Outside all is as held; the ends add no more speed than it takes to let go smoothly."""
    before, after = values[: FIRST - 1], values[LAST:]
    assert np.allclose(before, held, atol=1e-6)
    assert np.allclose(after, held, atol=1e-6)
    steps = np.abs(np.diff(values, axis=0))
    inner = slice(FIRST + 15, LAST - 17)
    ends = np.concatenate((steps[: FIRST + 15], steps[LAST - 17 :]))
    # 1.5 for letting go, and a little for the layer that is eased in at the same time.
    assert ends.max() <= steps[inner].max() + 1.8 * HELD / (LET_GO_S * RATE)


@pytest.mark.parametrize(
    ("shape", "how"),
    [(shape, how) for shape in ("mouthSmileLeft", "browInnerUp") for how in HOWS]
    + [(shape, "action") for shape in ("cheekSquintLeft", "eyeSquintLeft", "mouthFrownLeft")],
)
def test_an_expression_is_added_to(scene, sound, shape, how):
    face = make_face([shape, "jawOpen"])
    block = face.data.shape_keys.key_blocks[shape]
    block.value = HELD
    hold(block, "value", face.data.shape_keys, how)
    speak(face, sound)
    values = seen(face, shape)
    inner = values[FIRST + 5 : LAST - 7]
    assert np.allclose(inner, HELD + MOTION[6:-7], atol=1e-4)
    check_ends(values, HELD)
    layers_of(face.data.shape_keys, "speech")[0].mute = True
    assert np.allclose(seen(face, shape), HELD, atol=1e-6)


@pytest.mark.parametrize("how", HOWS)
def test_half_closed_lids_stay_so_and_blink_from_there(scene, sound, how):
    face = make_face(["eyeBlinkLeft", "jawOpen"])
    block = face.data.shape_keys.key_blocks["eyeBlinkLeft"]
    block.value = HELD
    hold(block, "value", face.data.shape_keys, how)
    speak(face, sound)
    values = seen(face, "eyeBlinkLeft")
    assert values.min() >= HELD - 1e-6
    assert 0.97 < values.max() <= 1.0
    check_ends(values, HELD)


@pytest.mark.parametrize(
    ("shape", "how"),
    [("jawOpen", how) for how in HOWS] + [("mouthLowerDownLeft", "action")],
)
def test_what_parts_the_lips_is_speechs_own_but_does_not_pop(scene, sound, shape, how):
    face = make_face([shape, "mouthClose"])
    block = face.data.shape_keys.key_blocks[shape]
    block.value = HELD
    hold(block, "value", face.data.shape_keys, how)
    speak(face, sound)
    values = seen(face, shape)
    assert np.allclose(values[FIRST + 15 : LAST - 17], MOTION[16:-17], atol=1e-4)
    check_ends(values, HELD)


def test_a_moving_expression_keeps_its_motion(scene, sound):
    face = make_face(["mouthSmileLeft", "jawOpen"])
    block = face.data.shape_keys.key_blocks["mouthSmileLeft"]
    for frame, value in ((1, 0.1), (40, 0.6), (94, 0.2)):
        block.value = value
        block.keyframe_insert("value", frame=frame)
    before = seen(face, "mouthSmileLeft")
    speak(face, sound)
    added = seen(face, "mouthSmileLeft") - before
    assert np.allclose(added[FIRST + 5 : LAST - 7], MOTION[6:-7], atol=1e-4)
    assert np.allclose(added[: FIRST - 1], 0, atol=1e-6)


def test_a_second_line_finds_the_same_expression(scene, sound):
    face = make_face(["mouthSmileLeft", "jawOpen"])
    face.data.shape_keys.key_blocks["mouthSmileLeft"].value = HELD
    speak(face, sound)
    scene.frame_set(40)  # amid the first line
    speak(face, sound, first=100)
    for frame, value in ((5, HELD), (40, HELD + MOTION[29]), (90, HELD), (129, HELD + MOTION[29])):
        scene.frame_set(frame)
        assert evaluated_weights(face)["mouthSmileLeft"] == pytest.approx(value, abs=1e-4)


def test_a_slider_with_another_range_is_its_limit(scene, sound):
    face = make_face(["mouthSmileLeft", "jawOpen"])
    block = face.data.shape_keys.key_blocks["mouthSmileLeft"]
    block.slider_max, block.value = 0.6, HELD
    speak(face, sound)
    values = seen(face, "mouthSmileLeft")
    assert values.max() == pytest.approx(0.6)
    assert values.min() >= HELD - 1e-6


def test_visemes_take_the_mouth_over_and_let_the_rest_be(scene, sound):
    face = make_face(["A", "I", "U", "E", "O", "Joy", "Blink"])
    for name in ("A", "Joy"):
        face.data.shape_keys.key_blocks[name].value = HELD
    speak(face, sound)
    check_ends(seen(face, "A"), HELD)
    assert np.allclose(seen(face, "Joy"), HELD)


def about(rig, bone, axis, angle):
    """A turn about an axis of the armature, in a bone's own space."""
    rest = rig.data.bones[bone].matrix_local.to_quaternion()
    return rest.inverted() @ Quaternion(axis, angle) @ rest


TABLE = [
    TableRow("jawOpen", "Jaw", 25.0, TargetKind.ROTATION),
    TableRow("browInnerUp", "Brow", 10.0, TargetKind.ROTATION),
    TableRow("tongueOut", "Tongue", 0.5, TargetKind.SLIDE),
]


@pytest.mark.parametrize(
    ("mode", "how"),
    [("QUATERNION", how) for how in HOWS] + [("XYZ", "action"), ("AXIS_ANGLE", "unkeyed")],
)
def test_bones_that_are_turned_slid_and_scaled_stay_so(scene, sound, mode, how):
    rig = make_armature(("Jaw", "Brow", "Tongue"))
    aside = {name: about(rig, name, (0, 0, 1), 0.2) for name in ("Jaw", "Brow")}
    for name in aside:
        bone = rig.pose.bones[name]
        bone.rotation_mode = "QUATERNION"
        bone.rotation_quaternion = aside[name]
        bone.rotation_mode = mode
        bone.scale = (1.1, 1.2, 0.9)
    rig.pose.bones["Tongue"].location = (0.01, 0.02, 0.03)
    way = {"QUATERNION": "rotation_quaternion", "AXIS_ANGLE": "rotation_axis_angle"}
    if how != "unkeyed":
        for name in ("Jaw", "Brow"):
            rig.pose.bones[name].keyframe_insert(way.get(mode, "rotation_euler"), frame=1)
        hold(rig.pose.bones["Tongue"], "location", rig, how)
    speak(rig, sound, table=TABLE)
    for frame, amount in ((5, 0.0), (44, MOTION[33]), (90, 0.0)):
        scene.frame_set(frame)
        for name, degrees in (("Jaw", 25.0), ("Brow", 10.0)):
            bone = rig.pose.bones[name]
            turn = about(rig, name, (1, 0, 0), np.deg2rad(degrees * amount))
            found = bone.matrix_basis.to_quaternion()
            assert found.rotation_difference(aside[name] @ turn).angle < 2e-3, (name, frame)
            assert tuple(bone.scale) == pytest.approx((1.1, 1.2, 0.9))
        length = rig.data.bones["Tongue"].length
        assert tuple(rig.pose.bones["Tongue"].location) == pytest.approx(
            (0.01, 0.02 + 0.5 * length * amount, 0.03), abs=1e-5
        )


@pytest.mark.parametrize("gain", [25.0, -25.0])
def test_a_jaw_held_open_is_let_go_and_one_held_shut_is_the_rest(scene, sound, gain):
    rig = make_armature(("Jaw",))
    bone = rig.pose.bones["Jaw"]

    def turned(degrees):
        return about(rig, "Jaw", (1, 0, 0), np.deg2rad(degrees))

    for held, during in ((0.8, 0.0), (-0.3, -0.3)):
        for track in layers_of(rig, "speech"):
            rig.animation_data.nla_tracks.remove(track)
        rig.animation_data_clear()
        bone.rotation_quaternion = turned(gain * held)
        speak(rig, sound, table=[TableRow("jawOpen", "Jaw", gain, TargetKind.ROTATION)])
        for frame, part in ((5, held), (44, during + MOTION[33]), (92, held)):
            scene.frame_set(frame)
            found = bone.matrix_basis.to_quaternion()
            assert found.rotation_difference(turned(gain * part)).angle < 2e-3, (held, frame)
