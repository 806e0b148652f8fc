"""Which eyes, head, neck and lids are found, and what is said when they are not."""

from __future__ import annotations

import bpy
import numpy as np
import pytest
from mathutils import Euler, Matrix, Vector

from blender_addon.blender.face.eye_rig import read_rig
from blender_addon.blender.face.eyes import find_eyes
from blender_addon.blender.face.eyes_found import EyeChoice
from blender_addon.blender.face.look_shapes import look_weights
from blender_addon.core.errors import GazeError
from blender_addon.core.face.eye_angles import EYE_LIMITS_DEG
from blender_addon.demo_character.builder import add_person
from tests.shared.blender.builders import make_rig
from tests.shared.blender.face_rigs import (
    EYES,
    LOOK_RAD,
    RADIUS,
    add_bones,
    eyeball,
    face_with_shapes,
    rig_with_aimed_eyes,
    rig_with_eye_objects,
    rig_with_eyes,
)
from tests.shared.blender.snapshot import snapshot

pytestmark = pytest.mark.blender


@pytest.mark.parametrize(
    "pattern",
    [
        "{S}Eye", "mixamorig:{S}Eye", "mixamorig5:{S}Eye", "J_Adj_{L}_FaceEye", "{s}Eye", "eye.{L}",
        "Eye_{L}", "{l}_eye", "{l}Eye", "eye_{l}", "CC_Base_{L}_Eye", "FACIAL_{L}_Eye",
        "DEF-eye.{L}", "c_eye.{l}", "Bip01 {L}Eye", "{s}_eye_smplhf", "{S}EyeBall",
        "b_{l}_eye", "jnt_{l}_eye", "{S}Eye_jnt", "mEye{S}", "Character1_{S}Eye",
        "ValveBiped.Bip01_{L}_Eye", "bip_eye_{L}", "j_f_eye_{l}", "Eye.{L}.001",
    ],
)  # fmt: skip
def test_eye_bones_are_found_by_name(scene, pattern):
    eyes = find_eyes(rig_with_eyes(pattern))
    assert eyes.kind == "BONES"
    assert eyes.pair == tuple(pattern.format(S=s, s=s.lower(), L=s[0], l=s[0].lower())
                              for s in ("Left", "Right"))  # fmt: skip
    assert (eyes.frame, eyes.head, eyes.neck, eyes.trunk) == ("Head", "Head", "Neck", "Spine2")
    assert any("blink" in warning for warning in eyes.warnings)


@pytest.mark.parametrize("name", ["LeftEyebrow", "eye_target.L", "LeftEyeLid", "Eyes", "Head"])
def test_other_bones_are_no_eyes(scene, name):
    armature = make_rig()
    if name not in armature.data.bones:
        add_bones(armature, {name: ((0.03, -0.1, 1.66), (0.03, -0.13, 1.66), 0.0)}, "Head")
    with pytest.raises(GazeError, match="no eyes were found on 'Rig' among its"):
        find_eyes(armature)


def test_the_demo_character(scene):
    armature = add_person(bpy.context)
    rig = read_rig(bpy.context, armature)
    assert rig.eyes.pair == ("eye.L", "eye.R")
    assert rig.eyes.has_lids
    assert rig.shapes_move_lids
    assert not rig.eyes.warnings
    assert 0.050 < rig.eye_distance_m < 0.070
    side, up, down = rig.limits.degrees  # its lids are a person's: the pupil stays between them
    assert 22.0 < side and 14.0 < up and 30.0 < down
    assert np.all(np.array(rig.limits.degrees) <= EYE_LIMITS_DEG)
    head = next(c for c in armature.children if c.name.endswith("Head"))
    assert read_rig(bpy.context, head).eyes == rig.eyes


def test_eyes_that_follow_controls_are_moved_by_these(scene):
    eyes = find_eyes(rig_with_aimed_eyes())
    assert eyes.kind == "AIM"
    assert eyes.pair == ("MCH-eye.L", "MCH-eye.R")
    assert eyes.aims == ("eye.L", "eye.R")


def test_eye_objects(scene):
    eyes = find_eyes(rig_with_eye_objects())
    assert eyes.kind == "OBJECTS"
    assert eyes.pair == ("Eye.L", "Eye.R")
    assert eyes.head == "Head"


def test_shape_keys_and_how_far_they_turn(scene):
    armature = make_rig()
    face = face_with_shapes(armature)
    for character in (face, armature):
        rig = read_rig(bpy.context, character)
        assert rig.eyes.kind == "SHAPES"
        assert rig.eyes.has_lids
        assert np.allclose(rig.centres, [EYES["Left"], EYES["Right"]], atol=2e-3)
        angles = [turn.angle_rad for turn in rig.turns.values()]
        assert np.allclose(angles, LOOK_RAD, rtol=0.02)
        assert rig.owner == "Rig"


def test_shape_keys_without_an_armature(scene):
    face = face_with_shapes()
    rig = read_rig(bpy.context, face)
    assert (rig.owner, rig.eyes.head) == ("Face", "")
    assert np.allclose(rig.axes, [(1, 0, 0), (0, 0, 1), (0, -1, 0)])


def test_shapes_that_move_lids_alone_follow_eye_bones(scene):
    armature = rig_with_eyes()
    face = face_with_shapes(armature, lids=True)
    groups = {side: face.vertex_groups.new(name=f"{side}Eye") for side in EYES}
    count = (len(face.data.vertices) - 32) // 2
    for number, group in enumerate(groups.values()):
        group.add(range(number * count, (number + 1) * count), 1.0, "REPLACE")
    assert read_rig(bpy.context, armature).shapes_move_lids
    key = face.data.shape_keys.key_blocks["eyeLookUpLeft"]
    for n in range(count):
        key.data[n].co.z += 0.01
    assert not read_rig(bpy.context, armature).shapes_move_lids


@pytest.mark.parametrize("turned", [False, True])
def test_sides_are_told_by_place_and_the_face_by_the_legs(scene, turned):
    space = Matrix.Rotation(-np.pi / 2, 4, "X") if turned else None
    options = {"space": space} if turned else {}
    armature = rig_with_eyes("eye_{l}", **options)
    left, right = armature.data.bones["eye_l"], armature.data.bones["eye_r"]
    left.name, right.name = "tmp", "eye_l"
    left.name = "eye_r"
    rig = read_rig(bpy.context, armature)
    assert rig.eyes.pair == ("eye_r", "eye_l")
    forward = (space.to_3x3() if turned else Matrix.Identity(3)) @ Euler().to_matrix().col[1]
    assert np.allclose(rig.axes[2], -np.array(forward), atol=1e-6)


def lock(armature):
    armature.pose.bones["LeftEye"].lock_rotation[0] = True


def constrain(armature):
    limit = armature.pose.bones["RightEye"].constraints.new("COPY_ROTATION")
    limit.name, limit.target, limit.subtarget = "Follow", armature, "Neck"


def drive(armature):
    driver = armature.pose.bones["LeftEye"].driver_add("rotation_quaternion", 1).driver
    variable = driver.variables.new()
    variable.type = "TRANSFORMS"
    variable.targets[0].id, variable.targets[0].bone_target = armature, "Neck"
    driver.expression = "var"


def leave_one(armature):
    bpy.context.view_layer.objects.active = armature
    bpy.ops.object.mode_set(mode="EDIT")
    armature.data.edit_bones.remove(armature.data.edit_bones["RightEye"])
    bpy.ops.object.mode_set(mode="OBJECT")


def detach(armature):
    armature.data.bones["LeftEye"].use_inherit_rotation = False


BAD = {
    "locked": (lock, "'LeftEye', an eye, has its rotation locked. Unlock it"),
    "constraint": (constrain, "constraint 'Follow' to 'Neck'; choose 'Neck'.*mute"),
    "driver": (drive, "driver that listens to 'Neck'; choose 'Neck'.*remove the driver"),
    "one eye": (leave_one, "only one eye was found, 'LeftEye'; its right partner is missing"),
    "detached": (detach, "Inherit Rotation"),
    "rest": (lambda a: setattr(a.data, "pose_position", "REST"), "Rest Position"),
}


@pytest.mark.parametrize("bad", BAD)
def test_what_cannot_be_turned_is_said(scene, bad):
    armature = rig_with_eyes()
    spoil, said = BAD[bad]
    spoil(armature)
    before = snapshot()
    with pytest.raises(GazeError, match=said):
        read_rig(bpy.context, armature)
    assert snapshot() == before


def test_edit_mode_and_no_character(scene):
    armature = rig_with_eyes()
    bpy.context.view_layer.objects.active = armature
    bpy.ops.object.mode_set(mode="EDIT")
    with pytest.raises(GazeError, match="Leave it with Tab"):
        read_rig(bpy.context, armature)
    bpy.ops.object.mode_set(mode="OBJECT")
    with pytest.raises(GazeError, match="no character is chosen"):
        read_rig(bpy.context, None)


def test_shapes_stand_in_for_eye_bones_that_cannot_be_turned(scene):
    armature = rig_with_eyes()
    lock(armature)
    face_with_shapes(armature)
    eyes = find_eyes(armature)
    assert eyes.kind == "SHAPES"
    assert any("locked" in warning for warning in eyes.warnings)


def test_a_driven_shape(scene):
    face = face_with_shapes()
    face.data.shape_keys.key_blocks["eyeLookUpLeft"].driver_add("value").driver.expression = "0.1"
    with pytest.raises(GazeError, match="'eyeLookUpLeft' of 'Face' is moved by a driver"):
        find_eyes(face)


def test_eye_objects_that_cannot_be_turned(scene):
    armature = rig_with_eye_objects()
    eye = bpy.data.objects["Eye.L"]
    track = eye.constraints.new("DAMPED_TRACK")
    track.target = bpy.data.objects["Eye.R"]
    with pytest.raises(GazeError, match=r"constraint 'Damped Track'; choose 'Eye\.R' as a target"):
        find_eyes(armature)
    track.mute = True
    eye.lock_rotation[2] = True
    with pytest.raises(GazeError, match=r"'Eye\.L' has its rotation locked"):
        find_eyes(armature)


def test_a_locked_head_stays_and_a_head_that_is_missing_is_said(scene):
    armature = rig_with_eyes()
    armature.pose.bones["Head"].lock_rotation[1] = True
    eyes = find_eyes(armature)
    assert (eyes.head, eyes.neck, eyes.frame) == ("", "", "Head")
    assert any("'Head' has its rotation locked" in warning for warning in eyes.warnings)
    other = rig_with_eyes(name="Other")
    constrain_neck = other.pose.bones["Neck"].constraints.new("LIMIT_ROTATION")
    assert find_eyes(other).neck == ""
    constrain_neck.mute = True
    assert find_eyes(other).neck == "Neck"


def test_by_hand(scene):
    armature = rig_with_eyes("Lens_{L}")
    with pytest.raises(GazeError, match="Choose them under Gaze"):
        find_eyes(armature)
    eyes = find_eyes(armature, EyeChoice("BONES", "Lens_R", "Lens_L", "Neck"))
    assert eyes.pair == ("Lens_L", "Lens_R")
    assert eyes.head == "Neck"
    with pytest.raises(GazeError, match="no bone of 'Rig' named 'Nose'"):
        find_eyes(armature, EyeChoice("BONES", "Lens_L", "Nose"))
    with pytest.raises(GazeError, match="choose the right one as well"):
        find_eyes(armature, EyeChoice("BONES", "Lens_L"))
    for side in ("a", "b"):
        eyeball(side, (0.1 if side == "a" else 0, 0, 0))
    assert find_eyes(armature, EyeChoice("OBJECTS", "a", "b")).pair == ("a", "b")
    single = find_eyes(armature, EyeChoice("BONES", "Lens_L", "Lens_L"))
    assert single.pair == ("Lens_L", "Lens_L")
    assert read_rig(bpy.context, armature, EyeChoice("BONES", "Lens_L", "Lens_L")).eye_distance_m


def test_lid_bones(scene):
    armature = rig_with_eyes()
    lids = {
        f"{side}UpperEyelid": (place, (place[0], place[1] - 0.02, place[2]), 0.0)
        for side, place in EYES.items()
    }
    add_bones(armature, lids, "Head")
    eyes = find_eyes(armature)
    assert eyes.lid_bones == ("LeftUpperEyelid", "RightUpperEyelid")
    assert eyes.has_lids


def test_lids_that_shapes_close_are_not_turned_as_well(scene):
    armature = rig_with_eyes()
    lids = {f"{side}UpperEyelid": (place, (*place[:2], 1.7), 0.0) for side, place in EYES.items()}
    add_bones(armature, lids, "Head")
    face_with_shapes(armature, lids=True)
    bpy.context.view_layer.update()
    eyes = find_eyes(armature)
    assert eyes.lid_bones == ("", "")
    assert eyes.has_lids


def test_a_control_of_a_lid_that_is_kept_on_the_eyeball_blinks(scene):
    armature = rig_with_aimed_eyes()
    for side, place in EYES.items():
        for name, up in ((f"lid.T.{side[0]}.002", 0.006), (f"lid.B.{side[0]}.002", -0.006)):
            at = place + Vector((0.0, -RADIUS, up))
            add_bones(armature, {name: (at, at + Vector((0, 0, 0.005)), 0.0)}, "Head")
            limit = armature.pose.bones[name].constraints.new("LIMIT_DISTANCE")
            limit.target, limit.subtarget = armature, f"MCH-eye.{side[0]}"
            limit.limit_mode = "LIMITDIST_ONSURFACE"
    bpy.context.view_layer.update()
    found = find_eyes(armature)
    assert found.lid_controls == (
        (("lid.T.L.002", "lid.B.L.002"),),
        (("lid.T.R.002", "lid.B.R.002"),),
    )
    assert found.has_lids


def test_weights_turn_a_pupil_exactly():
    yaw, pitch = np.meshgrid(np.radians([-25, 0, 10, 20]), np.radians([-20, 0, 5, 15]))
    yaw, pitch = yaw.ravel(), pitch.ravel()
    across, along = np.radians(32.0), np.radians(27.0)
    aside, height = look_weights(yaw, pitch, np.full(16, across), np.full(16, along)).T
    x = aside * np.sin(across) * np.sign(yaw)
    y = height * np.sin(along) * np.sign(pitch)
    z = 1 - aside * (1 - np.cos(across)) - height * (1 - np.cos(along))
    assert np.allclose(np.arctan2(x, z), yaw, atol=1e-9)
    assert np.allclose(np.arctan2(y, np.hypot(x, z)), pitch, atol=1e-9)


def test_muted_drivers_leave_eyes_to_keys(scene):
    face = face_with_shapes()
    curve = face.data.shape_keys.key_blocks["eyeLookUpLeft"].driver_add("value")
    curve.mute = True
    assert find_eyes(face).kind == "SHAPES"
    armature = rig_with_eye_objects()
    for curve in bpy.data.objects["Eye.L"].driver_add("rotation_euler"):
        curve.mute = True
    assert find_eyes(armature).kind == "OBJECTS"
    drive(rig := rig_with_eyes(name="Another"))
    rig.animation_data.drivers[0].mute = True
    assert find_eyes(rig).kind == "BONES"


HIDING = {
    "muted": (lambda f: setattr(shape(f), "mute", True), "'eyeBlinkLeft' of 'Face' is switched"),
    "pinned": (lambda f: setattr(f, "show_only_shape_key", True), "'Face' is pinned"),
    "driven": (lambda f: shape(f).driver_add("value"), "drivers move 'eyeBlinkLeft' of 'Face'"),
    "narrow": (lambda f: setattr(shape(f), "slider_max", 0.4), "ends before the lids are shut"),
    "absolute": (lambda f: setattr(f.data.shape_keys, "use_relative", False), "Tick Relative"),
}


def shape(face):
    return face.data.shape_keys.key_blocks["eyeBlinkLeft"]


@pytest.mark.parametrize("how", HIDING)
def test_lids_that_would_not_show_it_are_told_of(scene, how):
    armature = rig_with_eyes()
    face = face_with_shapes(armature, lids=True)
    bpy.context.view_layer.update()
    assert not read_rig(bpy.context, armature).eyes.warnings
    spoil, said = HIDING[how]
    spoil(face)
    assert any(said in warning for warning in read_rig(bpy.context, armature).eyes.warnings)


def test_bones_under_japanese_names(scene):
    armature = rig_with_eyes("{S}Eye")
    armature.data.bones["LeftEye"].name, armature.data.bones["RightEye"].name = "左目", "右目"
    assert find_eyes(armature).pair == ("左目", "右目")
