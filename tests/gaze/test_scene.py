"""From scene to keys and back: eyes meet what they should, and nothing else moves."""

from __future__ import annotations

from dataclasses import replace

import bpy
import numpy as np
import pytest
from mathutils import Euler, Matrix

from blender_addon.blender import compat
from blender_addon.blender.face.eye_rig import read_rig
from blender_addon.blender.keys.density import KeyDensity
from blender_addon.blender.keys.keyframes import (
    Channel,
    rotation_channels,
    vector_channels,
    write_action,
)
from blender_addon.blender.keys.layers import add_layer, layers_of
from blender_addon.blender.keys.options import DEFAULT_LAYER
from blender_addon.blender.rig.skeleton import read_skeleton
from blender_addon.capabilities.gaze import scene as gaze_scene
from blender_addon.capabilities.gaze.scene import GazeChoice
from blender_addon.capabilities.gaze.targets import TargetChoice
from blender_addon.core.errors import Cancelled, GazeError, InputError
from blender_addon.core.maths.rotations import axis_angle_to_quaternion, quaternion_multiply
from blender_addon.demo_character.builder import add_person
from tests.gaze.checks import (
    BODY,
    FPS,
    SETTLED,
    WITHIN_DEG,
    bone_looks,
    gaze,
    keys_of,
    mesh_looks,
    misses,
    nod,
    object_looks,
    targets_around,
)
from tests.gaze.stand_in import Starer
from tests.shared.blender.builders import bone_matrices, make_rig
from tests.shared.blender.face_rigs import (
    EYES,
    add_bones,
    face_with_shapes,
    point,
    rig_with_aimed_eyes,
    rig_with_eye_objects,
    rig_with_eyes,
)
from tests.shared.blender.snapshot import snapshot

pytestmark = [pytest.mark.blender, pytest.mark.smoke]

ODD = Matrix.LocRotScale((3, -2, 1), Euler((0.4, -0.8, 2.0)), (0.6,) * 3)


RIGS = {
    "demo": (lambda: add_person(bpy.context), "eye.{L}"),
    "Mixamo": (lambda: rig_with_eyes("mixamorig:{S}Eye", (0, 0, 0.04), prefix="mixamorig:"), None),
    "VRM": (lambda: rig_with_eyes("J_Adj_{L}_FaceEye", (0, 0.02, 0.01), 0.8), "J_Adj_{L}_FaceEye"),
    "Euler": (lambda: rig_with_eyes("eye.{L}", rolls=True, rotation_mode="ZXY"), "eye.{L}"),
    "axis-angle": (lambda: rig_with_eyes("eye.{L}", rotation_mode="AXIS_ANGLE"), "eye.{L}"),
    "Y-up": (lambda: rig_with_eyes(space=Matrix.Rotation(-np.pi / 2, 4, "X")), "{S}Eye"),
    "small": (lambda: rig_with_eyes(size=0.3), "{S}Eye"),
}
NODDING = {
    "demo": ("spine.003", "spine.004", "spine.006"),
    "Mixamo": ("mixamorig:Spine2", "mixamorig:Neck", "mixamorig:Head"),
}
TRUNK = ("Spine2", "Neck", "Head")


@pytest.mark.parametrize("kind", RIGS)
@pytest.mark.parametrize("moving", [False, True], ids=["still", "moving"])
def test_eye_bones_meet_their_targets(scene, kind, moving):
    armature = RIGS[kind][0]()
    if kind in ("VRM", "Euler"):
        armature.matrix_world = ODD
    bpy.context.view_layer.update()
    rig = read_rig(bpy.context, armature)
    targets = targets_around(rig)
    if moving:
        mode = armature.pose.bones[0].rotation_mode
        nod(armature, NODDING.get(kind, TRUNK), mode)
    gaze(armature, targets)
    assert misses(lambda: bone_looks(armature, rig.eyes.pair, rig), targets).max() < WITHIN_DEG


def test_aimed_eyes_meet_their_targets(scene):
    armature = rig_with_aimed_eyes()
    rig = read_rig(bpy.context, armature)
    targets = targets_around(rig)
    nod(armature)
    gaze(armature, targets)
    assert misses(lambda: bone_looks(armature, rig.eyes.pair, rig), targets).max() < WITHIN_DEG


def test_eye_objects_meet_their_targets_twice(scene):
    armature = rig_with_eye_objects()
    rig = read_rig(bpy.context, armature)
    targets = targets_around(rig)
    nod(armature)
    for _ in range(2):  # the second time the first layer must not be taken for straight ahead
        scene.frame_set(31)
        gaze(armature, targets)
        assert misses(lambda: object_looks(rig.eyes.pair), targets).max() < WITHIN_DEG


@pytest.mark.parametrize("kind", ["armature", "mesh alone"])
def test_shape_keys_meet_their_targets(scene, kind):
    armature = make_rig() if kind == "armature" else None
    face = face_with_shapes(armature)
    rig = read_rig(bpy.context, face)
    targets = targets_around(rig)
    if armature is not None:
        nod(armature)
    _, finished, _ = gaze(face, targets)
    # Blinks squeeze these eyeballs: only frames without.
    assert misses(lambda: mesh_looks(face), targets, SETTLED[::2]).max() < 1.0
    assert (finished.characters[0].result.clip.head_offset_rad.any()) == (armature is not None)


def test_the_head_takes_its_share_exactly(scene):
    armature = rig_with_eyes(rolls=True)
    nod(armature)
    rig = read_rig(bpy.context, armature)
    before = turns_of(armature, "Head")
    job, finished, _ = gaze(armature, targets_around(rig), share=0.5)
    after = turns_of(armature, "Head")
    yaw, pitch = finished.characters[0].movement.head_offset_rad[[f - 1 for f in SETTLED]].T
    frame = Matrix(rig.axes.T.tolist())
    rest = armature.data.bones["Head"].matrix_local.to_3x3()
    for old, new, y, p in zip(before, after, yaw, pitch, strict=True):
        offset = Matrix.Rotation(y, 3, "Y") @ Matrix.Rotation(-p, 3, "X")
        face = old @ rest.inverted() @ frame
        desired = face @ offset @ face.inverted() @ old
        assert np.allclose(new, desired, atol=2e-3)
    assert job.characters[0].rig.eyes.neck == "Neck"


def turns_of(armature, name):
    found = []
    for frame in SETTLED:
        bpy.context.scene.frame_set(frame)
        evaluated = armature.evaluated_get(bpy.context.evaluated_depsgraph_get())
        found.append(evaluated.pose.bones[name].matrix.to_3x3())
    return found


def test_keys_of_the_body_stay_and_muting_gives_it_back(scene):
    armature = rig_with_eyes()
    action = nod(armature)
    names = [bone.name for bone in armature.pose.bones if not bone.name.endswith("Eye")]

    def poses():
        return [(scene.frame_set(frame), bone_matrices(armature, names))[1] for frame in SETTLED]

    keys, before = keys_of(action), np.array(poses())
    _, _, written = gaze(armature, targets_around(read_rig(bpy.context, armature)))
    assert armature.animation_data.action == action
    assert keys_of(action) == keys
    assert np.abs(np.array(poses()) - before).max() > 0.02
    layer = written.layers[0][armature.name]
    armature.animation_data.nla_tracks[layer.track_name].mute = True
    assert (np.array(poses()) == before).all()


def test_lids_follow_and_blink(scene):
    armature = add_person(bpy.context)
    rig = read_rig(bpy.context, armature)
    gaze(armature, targets_around(rig))
    head = next(child for child in armature.children if child.name.endswith("Head"))
    blocks = head.data.shape_keys.key_blocks
    scene.frame_set(13)  # half a second
    assert blocks["eyeBlinkLeft"].value > 0.95
    scene.frame_set(7)  # left
    assert blocks["eyeBlinkRight"].value < 0.01
    assert blocks["eyeLookOutLeft"].value > 0.2 < blocks["eyeLookInRight"].value
    scene.frame_set(55)  # up
    assert blocks["eyeLookUpLeft"].value > 0.2
    scene.frame_set(79)  # down
    assert blocks["eyeLookDownLeft"].value > 0.2


def test_lid_bones_close(scene):
    armature = rig_with_eyes()
    lids = {
        f"{side}UpperEyelid": (place, (place[0], place[1] - 0.02, place[2] + 0.01), 0.0)
        for side, place in EYES.items()
    }
    add_bones(armature, lids, "Head")
    gaze(armature, [point("T", (0, -2, 1.66))])
    heights = []
    for frame in (7, 13):
        scene.frame_set(frame)
        evaluated = armature.evaluated_get(bpy.context.evaluated_depsgraph_get())
        heights.append([evaluated.pose.bones[name].tail.z for name in lids])
    assert np.all(np.subtract(*heights) > 0.005)


def test_two_characters_look_at_each_other(scene):
    scene.render.fps = FPS
    ann = add_person(bpy.context, "Ann")
    ben = add_person(bpy.context, "Ben")
    ann.location, ben.location = (0, 0.6, 0), (0.1, -0.6, 0.05)
    ben.rotation_euler = (0, 0, np.pi)
    nod(ann, NODDING["demo"])
    bpy.context.view_layer.update()
    choices = [
        GazeChoice(ann, (TargetChoice(ben),)),
        GazeChoice(ben, (TargetChoice(ann),)),
    ]
    job = gaze_scene.read(bpy.context, choices, 1, 40)
    pipeline = Starer(0.0)  # so that the faces stay where they were when they were looked at
    gaze_scene.write(bpy.context, job, job.run(pipeline=pipeline).result)
    assert len(pipeline.requests) == 2
    names = ("eye.L", "eye.R")
    rigs = [character.rig for character in job.characters]
    for frame in (6, 30):
        scene.frame_set(frame)
        for own, other, rig in ((ann, ben, rigs[0]), (ben, ann, rigs[1])):
            places, ways = bone_looks(own, names, rig)
            face = bone_looks(other, names, rig)[0].mean(axis=0)
            desired = face - places
            cosines = np.sum(desired * ways, axis=1) / np.linalg.norm(desired, axis=1)
            assert cosines.min() > np.cos(np.radians(WITHIN_DEG))


def test_a_moving_target_and_a_bone_and_a_keyed_weight(scene):
    armature = rig_with_eyes()
    other = make_rig(name="Other")
    other.location = (0.3, -2, 0)
    mover = point("Mover", (0, -1, 1.6))
    places = np.stack([np.sin(BODY / 20), 0 * BODY - 1.5, 0 * BODY + 1.6], axis=1)
    write_action(mover, "Move", vector_channels("location", BODY, places))
    armature["weight"] = 1.0
    write_action(armature, "W", [Channel('["weight"]', 0, BODY, BODY / 100)])
    job, _, _ = gaze(
        armature,
        [TargetChoice(mover, weight_path='["weight"]'), TargetChoice(other, "OBJECT", "LeftHand")],
    )
    targets = job.characters[0].targets
    assert np.allclose(targets[0].positions[:, 0], places[:, 0], atol=1e-5)
    assert np.allclose(targets[0].weights, BODY / 100, atol=1e-5)
    hand = other.matrix_world @ other.pose.bones["LeftHand"].head
    assert np.allclose(targets[1].positions[0], (hand.x, hand.z, -hand.y), atol=1e-5)
    rig = read_rig(bpy.context, armature)
    found = misses(lambda: bone_looks(armature, rig.eyes.pair, rig), [mover], (7, 19))
    assert found.max() < WITHIN_DEG


def test_nods_of_another_layer_are_met_and_stay(scene):
    armature = rig_with_eyes()
    action = nod(armature)
    turns = axis_angle_to_quaternion(np.array([1.0, 0, 0]), 0.2 * np.sin(BODY / 6))
    body = np.array([[c.evaluate(f) for c in head_curves(action)] for f in BODY], np.float32)
    nods = quaternion_multiply(body, turns)
    path = 'pose.bones["Head"].'
    add_layer(
        bpy.context, armature, "speech", "S", rotation_channels(path, "QUATERNION", BODY, nods)
    )
    rig = read_rig(bpy.context, armature)
    targets = targets_around(rig)
    gaze(armature, targets)
    assert misses(lambda: bone_looks(armature, rig.eyes.pair, rig), targets).max() < WITHIN_DEG
    assert not layers_of(armature, "speech")[0].mute


def head_curves(action):
    curves = compat.action_fcurves(action)
    return [c for c in curves if c.data_path == 'pose.bones["Head"].rotation_quaternion']


@pytest.mark.parametrize(("fps", "base"), [(24, 1.001), (60, 1.0), (120, 1.0), (12, 1.0)])
def test_any_frame_rate(scene, fps, base):
    armature = rig_with_eyes()
    scene.render.fps, scene.render.fps_base = fps, base
    job = gaze_scene.read(
        bpy.context, [GazeChoice(armature, (TargetChoice(point("T", (0, -2, 1.6))),))], 11, 11 + fps
    )
    finished = job.run(pipeline=Starer()).result
    gaze_scene.write(bpy.context, job, finished)
    clip = finished.characters[0].result.clip
    assert clip.duration_s <= fps / (fps / base) + 1e-6
    assert clip.duration_s > fps / (fps / base) - 1.01 / 60
    movement = finished.characters[0].movement
    assert len(movement.frames) == fps + 1
    assert movement.blinks.max() > 0.99


@pytest.mark.parametrize(
    ("targets", "said"),
    [
        (lambda a: [], "nothing to look at"),
        (lambda a: [None], "a target of 'Rig' is empty"),
        (lambda a: [a], "cannot look at itself"),
        (lambda a: [TargetChoice(point("P", (0, -1, 1)), bone="Head")], "has no bone 'Head'"),
        (lambda a: [bpy.data.objects.new("Far", None)], "'Far' is not in this scene"),
    ],
)
def test_targets_that_cannot_be_looked_at(scene, targets, said):
    armature = rig_with_eyes()
    chosen = targets(armature)
    before = snapshot()
    with pytest.raises(GazeError, match=said):
        gaze(armature, chosen)
    assert snapshot() == before


def test_a_range_without_length_and_a_character_chosen_twice(scene):
    armature = rig_with_eyes()
    target = (TargetChoice(point("T", (0, -2, 1.6))),)
    with pytest.raises(GazeError, match="no length"):
        gaze_scene.read(bpy.context, [GazeChoice(armature, target)], 5, 5)
    with pytest.raises(GazeError, match="more than once"):
        gaze_scene.read(bpy.context, [GazeChoice(armature, target)] * 2, 1, 9)
    with pytest.raises(GazeError, match="no character"):
        gaze_scene.read(bpy.context, [], 1, 9)


def test_cancelled_or_refused_nothing_is_changed(scene):
    armature = rig_with_eyes()
    nod(armature, ["Head"], frames=BODY[::40])
    other = rig_with_eyes(name="Other")
    target = (TargetChoice(point("T", (0, -2, 1.6))),)
    scene.frame_set(17, subframe=0.25)
    before = snapshot()
    job = gaze_scene.read(
        bpy.context, [GazeChoice(armature, target), GazeChoice(other, target)], 1, 49
    )
    assert snapshot() == before
    with pytest.raises(Cancelled):
        job.run(lambda part: part < 0.5, pipeline=Starer())
    finished = job.run(pipeline=Starer()).result
    assert snapshot() == before
    other.pose.bones["LeftEye"].driver_add("rotation_quaternion", 1)
    before = snapshot()
    with pytest.raises(InputError, match="a driver moves"):
        gaze_scene.write(bpy.context, job, finished)
    assert snapshot() == before
    bpy.data.objects.remove(other)
    with pytest.raises(GazeError, match="'Other' is gone"):
        gaze_scene.write(bpy.context, job, finished)
    assert not layers_of(armature, "gaze")


def test_a_second_gaze_replaces_the_first(scene):
    armature = rig_with_eyes()
    nod(armature)
    rig = read_rig(bpy.context, armature)
    targets = targets_around(rig)
    first, _, _ = gaze(armature, targets[::-1], share=0.6)
    again, _, _ = gaze(armature, targets)
    assert (
        np.abs(first.characters[0].head.rotations - again.characters[0].head.rotations).max() < 6e-4
    )
    assert misses(lambda: bone_looks(armature, rig.eyes.pair, rig), targets).max() < WITHIN_DEG
    assert [track.mute for track in layers_of(armature, "gaze")] == [True, False]


@pytest.mark.parametrize("kind", ["demo", "Euler", "axis-angle"])
def test_reduced_keys_meet_the_targets_and_leave_the_body_alone(scene, kind):
    armature = RIGS[kind][0]()
    nod(armature, NODDING.get(kind, TRUNK), armature.pose.bones[0].rotation_mode)
    bpy.context.view_layer.update()
    head_and_neck = NODDING.get(kind, TRUNK)[1:]
    body, before = armature.animation_data.action, bone_matrices(armature, head_and_neck)
    keys = keys_of(body)
    rig = read_rig(bpy.context, armature)
    targets = targets_around(rig)
    options = replace(DEFAULT_LAYER, density=KeyDensity.REDUCED)
    _, _, every = gaze(armature, targets)
    _, _, written = gaze(armature, targets, result=options)
    assert written.keys.before == every.keys.before
    assert written.keys.after < 0.6 * written.keys.before
    assert written.keys.largest_turn_deg <= 0.1 + 1e-6
    names = rig.eyes.pair
    off = misses(lambda: bone_looks(armature, names, rig), targets)
    assert off.max() < WITHIN_DEG + 3 * 0.1  # neck, head and eye
    assert keys_of(body) == keys
    for track in layers_of(armature, "gaze"):
        track.mute = True
    scene.frame_set(1)
    assert (bone_matrices(armature, head_and_neck) == before).all()


def test_the_last_gaze_makes_room_on_every_datablock(scene):
    armature = add_person(bpy.context)
    target = [point("T", (0.3, -2, 1.6))]
    options = replace(DEFAULT_LAYER, replace_last=True)
    _, _, first = gaze(armature, target, result=options)
    _, _, second = gaze(armature, target, result=options)
    assert len(first.layers[0]) > 1
    assert second.layers == first.layers
    blocks = [armature, *(m.data.shape_keys for m in bpy.data.objects if m.type == "MESH")]
    blocks = [block for block in blocks if block is not None]
    assert sorted(len(layers_of(b, "gaze")) for b in blocks)[-2:] == [1, 1]


@pytest.mark.parametrize("how", ["hide_viewport", "hide_render"])
def test_hidden_objects_are_followed_and_stay_hidden(scene, how):
    armature, mover = rig_with_eyes(), point("Mover", (0, -1, 1.6))
    nod(armature)
    places = np.stack([np.sin(BODY / 20), 0 * BODY - 1.5, 0 * BODY + 1.6], axis=1)
    write_action(mover, "Move", vector_channels("location", BODY, places))
    choice = [GazeChoice(armature, (TargetChoice(mover),))]
    seen = gaze_scene.read(bpy.context, choice, 1, 50).characters[0]
    setattr(armature, how, True)
    setattr(mover, how, True)
    again = gaze_scene.read(bpy.context, choice, 1, 50).characters[0]
    assert getattr(armature, how)
    assert getattr(mover, how)
    assert np.allclose(again.head.positions, seen.head.positions)
    assert np.allclose(again.targets[0].positions, seen.targets[0].positions)


def test_a_walk_afterwards_says_that_the_gaze_is_older(scene):
    armature = rig_with_eyes()
    nod(armature)
    gaze(armature, [point("T", (0, -2, 1.6))])
    warnings = read_skeleton(bpy.context, armature).warnings
    assert len(warnings) == 1
    assert "layers of 'Rig' (gaze) were made for the motion it had before" in warnings[0]


def test_a_driven_lid_is_left_to_its_driver(scene):
    armature = rig_with_eyes()
    face = face_with_shapes(armature, lids=True)
    driver = face.data.shape_keys.key_blocks["eyeBlinkLeft"].driver_add("value").driver
    driver.type = "SUM"
    gaze(armature, [point("T", (0, -2, 1.66))])
    layer = layers_of(face.data.shape_keys, "gaze")[0].strips[0].action
    keyed = {curve.data_path.split('"')[1] for curve in compat.action_fcurves(layer)}
    assert "eyeBlinkRight" in keyed and "eyeBlinkLeft" not in keyed
