"""A layer on top: evaluated as intended, muted as before, and no key of the user's touched."""

from __future__ import annotations

import bpy
import numpy as np
import pytest
from mathutils import Euler, Quaternion

from blender_addon.blender import compat
from blender_addon.blender.keys.keyframes import (
    Channel,
    rotation_channels,
    vector_channels,
    write_action,
)
from blender_addon.blender.keys.layers import (
    LAYER_MARK,
    add_layer,
    layers_muted,
    layers_of,
    show_layer,
)
from blender_addon.blender.keys.undo import undone_on_error
from blender_addon.core.errors import InputError
from blender_addon.core.maths.rotations import axis_angle_to_quaternion, quaternion_multiply
from tests.shared.blender.builders import bone_matrices, make_rig
from tests.shared.blender.snapshot import snapshot

pytestmark = [pytest.mark.blender, pytest.mark.smoke]

FRAMES = np.arange(5.0, 36.0)
POSED = (1, 5, 17, 30, 41)
SAMPLED = (5, 6, 13, 20, 35)
HEAD = 'pose.bones["Head"].'
EXACT = 1e-4
COMBINED = 6e-4  # Blender's own rounding, see layers.py


def turns(seed: int, size: float = 0.5) -> np.ndarray:
    rng = np.random.default_rng(seed)
    swings = [
        axis_angle_to_quaternion(axis, size * np.sin(FRAMES * rng.uniform(0.05, 0.3) + seed))
        for axis in np.eye(3)
    ]
    return quaternion_multiply(quaternion_multiply(swings[0], swings[1]), swings[2])


def key_bones(rig, names, mode="QUATERNION", seed=3, name="Body"):
    channels = []
    for n, bone in enumerate(names):
        prefix = f'pose.bones["{bone}"].'
        channels += rotation_channels(prefix, mode, FRAMES, turns(seed + n), bone)
    return write_action(rig, name, channels)


def push_down(rig):
    """What the NLA editor's Push Down does."""
    data = rig.animation_data
    action = data.action
    data.action = None
    track = data.nla_tracks.new()
    strip = track.strips.new(action.name, int(action.frame_range[0]), action)
    compat.assign_strip_slot(strip)
    strip.extrapolation = "HOLD"
    return track


def evaluated_turns(rig, bone="Head"):
    found = []
    for frame in SAMPLED:
        bpy.context.scene.frame_set(frame)
        bone_ = rig.pose.bones[bone]
        mode = bone_.rotation_mode
        if mode == "QUATERNION":
            turn = bone_.rotation_quaternion.copy()
        elif mode == "AXIS_ANGLE":
            angle, *axis = bone_.rotation_axis_angle
            turn = Quaternion(axis, angle)
        else:
            turn = bone_.rotation_euler.to_quaternion()
        found.append(turn.normalized())
    return np.array(found)


def poses(rig, frames=POSED):
    names = [bone.name for bone in rig.pose.bones]
    found = []
    for frame in frames:
        bpy.context.scene.frame_set(frame)
        found.append(bone_matrices(rig, names))
    return np.array(found)


def at_samples(values):
    return values[[int(frame - FRAMES[0]) for frame in SAMPLED]]


def apart(a, b):
    """Largest difference of quaternions, whichever sign they have."""
    return np.minimum(np.abs(a - b).max(axis=-1), np.abs(a + b).max(axis=-1)).max()


def keys_of(action):
    return {
        (curve.data_path, curve.array_index): [
            (tuple(p.co), p.interpolation, tuple(p.handle_left), tuple(p.handle_right))
            for p in curve.keyframe_points
        ]
        for curve in compat.action_fcurves(action)
    }


MODES = ["QUATERNION", "XYZ", "ZXY", "AXIS_ANGLE"]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("bodies", ["none", "others", "same", "pushed down", "both", "combined"])
def test_the_result_is_what_was_desired_and_muting_gives_back_what_was(scene, mode, bodies):
    rig = make_rig(rotation_mode=mode)
    actions = []
    if bodies in ("pushed down", "both", "combined"):
        actions.append(key_bones(rig, ["Head", "Spine"], mode, name="Below"))
        push_down(rig)
    if bodies in ("others", "both"):
        actions.append(key_bones(rig, ["LeftArm", "Spine2"], mode))
    if bodies in ("same", "combined"):
        actions.append(key_bones(rig, ["Head", "LeftArm"], mode, seed=9))
    if bodies == "combined":
        rig.animation_data.action_blend_type = "COMBINE"
    active = rig.animation_data.action if rig.animation_data else None
    before, keys = poses(rig), [keys_of(action) for action in actions]
    desired = turns(40, 0.8)
    layer = add_layer(
        bpy.context, rig, "gaze", "Rig Gaze", rotation_channels(HEAD, mode, FRAMES, desired)
    )
    limit = COMBINED if mode == "QUATERNION" else EXACT
    assert apart(evaluated_turns(rig), at_samples(desired)) < limit
    assert (rig.animation_data.action if active else None) == active
    assert [keys_of(action) for action in actions] == keys
    assert (layer.first_frame, layer.last_frame) == (5, 35)
    rig.animation_data.nla_tracks[layer.track_name].mute = True
    assert (poses(rig) == before).all()


def test_what_plays_within_a_meta_strip_counts_as_what_is_below(scene):
    rig = make_rig()
    action = key_bones(rig, ["Head", "Spine"])
    track = push_down(rig)
    track.strips[0].select = True
    window = bpy.context.window_manager.windows[0]
    area = window.screen.areas[0]
    area.type = "NLA_EDITOR"
    with bpy.context.temp_override(window=window, area=area, region=area.regions[-1]):
        bpy.ops.nla.meta_add()
    assert track.strips[0].type == "META"
    before, keys = poses(rig), keys_of(action)
    desired = turns(40, 0.8)
    channels = rotation_channels(HEAD, "QUATERNION", FRAMES, desired)
    layer = add_layer(bpy.context, rig, "gaze", "Rig Gaze", channels)
    assert apart(evaluated_turns(rig), at_samples(desired)) < COMBINED
    assert keys_of(action) == keys
    rig.animation_data.nla_tracks[layer.track_name].mute = True
    assert (poses(rig) == before).all()


def test_other_bones_stay_and_nothing_is_held_beyond_the_range(scene):
    rig = make_rig()
    key_bones(rig, ["Head", "LeftArm", "Hips"])
    before = poses(rig)
    add_layer(
        bpy.context, rig, "gaze", "G", rotation_channels(HEAD, "QUATERNION", FRAMES, turns(7))
    )
    after = poses(rig)
    head = [bone.name for bone in rig.pose.bones].index("Head")
    others = [n for n in range(len(rig.pose.bones)) if n != head]
    assert np.abs(after - before)[:, others].max() < COMBINED
    outside = [n for n, frame in enumerate(POSED) if not 5 <= frame <= 35]
    assert np.abs(after - before)[outside].max() < COMBINED
    assert np.abs(after - before)[2, head].max() > 0.05


def test_a_pose_set_by_hand_without_keys_comes_back(scene):
    rig = make_rig(rotation_mode="XYZ")
    bone = rig.pose.bones["Head"]
    bone.rotation_euler = (0.2, -0.1, 0.3)
    before = poses(rig)
    desired = turns(2)
    add_layer(bpy.context, rig, "gaze", "G", rotation_channels(HEAD, "XYZ", FRAMES, desired))
    assert apart(evaluated_turns(rig), at_samples(desired)) < EXACT
    after = poses(rig)
    assert (after[0] == before[0]).all()
    assert (after[-1] == before[-1]).all()
    scene.frame_set(20)
    assert show_layer(rig, "gaze", False)
    assert (poses(rig, [20, 21]) == before[:1]).all()
    assert show_layer(rig, "gaze", True)
    assert apart(evaluated_turns(rig), at_samples(desired)) < EXACT
    assert not show_layer(rig, "speech", True)


@pytest.mark.parametrize("mode", ["QUATERNION", "XYZ"])
def test_what_was_keyed_after_a_layer_is_layered_upon(scene, mode):
    rig = make_rig(rotation_mode=mode)
    if mode == "XYZ":
        for name in ("Head", "Neck"):
            rig.pose.bones[name].rotation_euler = (0.2, 0.1, 0.0)
    channels = rotation_channels(HEAD, mode, FRAMES, turns(1))
    channels += rotation_channels('pose.bones["Neck"].', mode, FRAMES, turns(2))
    add_layer(bpy.context, rig, "gaze", "G", channels)
    key_bones(rig, ["Head"], mode)
    before = poses(rig)
    desired = turns(7)
    channels = rotation_channels(HEAD, mode, FRAMES, desired)
    layer = add_layer(bpy.context, rig, "gaze", "G", channels)
    assert apart(evaluated_turns(rig), at_samples(desired)) < COMBINED
    rig.animation_data.nla_tracks[layer.track_name].mute = True
    neck_rest = poses(rig)
    with layers_muted([rig], "gaze"):
        assert np.abs(poses(rig) - neck_rest).max() < COMBINED
    head = [bone.name for bone in rig.pose.bones].index("Hips")
    assert np.abs(neck_rest - before)[:, head].max() < COMBINED


def test_hiding_a_layer_puts_untouched_bones_back_to_rest(scene):
    rig = make_rig()
    key_bones(rig, ["Head", "LeftArm"])
    channels = rotation_channels(HEAD, "QUATERNION", FRAMES, turns(1))
    channels += rotation_channels('pose.bones["Neck"].', "QUATERNION", FRAMES, turns(2))
    add_layer(bpy.context, rig, "gaze", "G", channels)
    scene.frame_set(20)
    assert abs(rig.pose.bones["Neck"].rotation_quaternion[0]) < 0.999
    show_layer(rig, "gaze", False)
    assert tuple(rig.pose.bones["Neck"].rotation_quaternion) == (1, 0, 0, 0)


def test_the_newest_layer_of_a_capability_acts_and_older_ones_stay_muted(scene):
    rig = make_rig()
    key_bones(rig, ["Head"])
    for seed in (1, 2, 3):
        desired = turns(seed)
        channels = rotation_channels(HEAD, "QUATERNION", FRAMES, desired)
        add_layer(bpy.context, rig, "gaze", "Rig Gaze", channels)
        assert apart(evaluated_turns(rig), at_samples(desired)) < COMBINED
    assert [track.mute for track in layers_of(rig, "gaze")] == [True, True, False]
    with layers_muted([rig, rig], "gaze"):
        assert all(track.mute for track in layers_of(rig, "gaze"))
        assert apart(evaluated_turns(rig), at_samples(turns(3, 0.5))) < COMBINED  # the body's own
    assert [track.mute for track in layers_of(rig, "gaze")] == [True, True, False]


def test_a_layer_of_another_capability_adds_up(scene):
    face = shaped()
    path = 'key_blocks["smile"].value'
    for capability, size in (("speech", 0.3), ("gaze", 0.4)):
        channel = Channel(path, 0, FRAMES, np.full(len(FRAMES), size))
        add_layer(bpy.context, face.data.shape_keys, capability, capability, [channel])
    scene.frame_set(20)
    assert face.data.shape_keys.key_blocks["smile"].value == pytest.approx(0.7, abs=EXACT)


def shaped():
    mesh = bpy.data.meshes.new("Face")
    mesh.from_pydata([(0, 0, 0), (1, 0, 0), (0, 1, 0)], [], [(0, 1, 2)])
    face = bpy.data.objects.new("Face", mesh)
    bpy.context.scene.collection.objects.link(face)
    for name in ("Basis", "smile", "blink"):
        face.shape_key_add(name=name).value = 0.0
    return face


@pytest.mark.parametrize("keyed", [False, True])
def test_shape_keys(scene, keyed):
    face = shaped()
    keys = face.data.shape_keys
    keys.key_blocks["blink"].value = 0.25
    own = np.linspace(0.1, 0.6, len(FRAMES))
    if keyed:
        write_action(keys, "Talk", [Channel('key_blocks["smile"].value', 0, FRAMES, own)])
    desired = np.linspace(0.9, 0.2, len(FRAMES))
    paths = ['key_blocks["smile"].value', 'key_blocks["blink"].value']
    layer = add_layer(
        bpy.context, keys, "gaze", "F", [Channel(path, 0, FRAMES, desired) for path in paths]
    )
    for frame, value in zip(SAMPLED, at_samples(desired), strict=True):
        scene.frame_set(frame)
        found = [keys.key_blocks[name].value for name in ("smile", "blink")]
        assert np.allclose(found, value, atol=EXACT)
    scene.frame_set(2)
    assert keys.key_blocks["blink"].value == pytest.approx(0.25)
    keys.animation_data.nla_tracks[layer.track_name].mute = True
    scene.frame_set(20)
    assert keys.key_blocks["blink"].value == pytest.approx(0.25)
    assert keys.key_blocks["smile"].value == pytest.approx(own[15] if keyed else 0.0, abs=EXACT)


def test_objects_and_their_own_rotation_mode(scene):
    eye = bpy.data.objects.new("Eye", None)
    scene.collection.objects.link(eye)
    eye.rotation_euler = Euler((1.5, 0, 0))
    desired = np.stack([np.sin(FRAMES / 9), np.cos(FRAMES / 9), 0 * FRAMES], axis=-1)
    add_layer(bpy.context, eye, "gaze", "E", vector_channels("rotation_euler", FRAMES, desired))
    scene.frame_set(13)
    assert np.allclose(eye.rotation_euler, desired[8], atol=EXACT)
    scene.frame_set(50)
    assert np.allclose(eye.rotation_euler, (1.5, 0, 0), atol=EXACT)


def tweak(rig):
    track = push_down(rig)
    track.strips[0].select = True
    rig.animation_data.use_tweak_mode = True


def solo(rig):
    push_down(rig).is_solo = True


def add_driver(rig):
    rig.pose.bones["Head"].driver_add("rotation_quaternion", 1).driver.expression = "0.1"


def overlay(rig):
    push_down(rig)
    key_bones(rig, ["Head", "LeftArm"], name="Over")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (tweak, "tweak mode"),
        (solo, "plays solo"),
        (lambda rig: setattr(rig.animation_data, "use_nla", False), "NLA of 'Rig' is switched off"),
        (lambda rig: setattr(rig.animation_data, "action_influence", 0.5), "Influence to 1"),
        (lambda rig: setattr(rig.animation_data, "action_blend_type", "ADD"), "Combine or Replace"),
        (add_driver, "a driver moves"),
        (overlay, "Push the action down"),
    ],
    ids=["tweak", "solo", "switched off", "influence", "add", "driver", "overlay"],
)
def test_what_cannot_be_layered_is_said_and_changes_nothing(scene, spoil, said):
    rig = make_rig()
    key_bones(rig, ["Head", "Spine"])
    spoil(rig)
    before = snapshot()
    with pytest.raises(InputError, match=said):
        add_layer(
            bpy.context, rig, "gaze", "G", rotation_channels(HEAD, "QUATERNION", FRAMES, turns(1))
        )
    assert snapshot() == before


@pytest.mark.parametrize("keyed", [False, True])
def test_an_error_midway_leaves_everything_as_it_was(scene, keyed):
    rig = make_rig()
    if keyed:
        key_bones(rig, ["Head"])
        channels = rotation_channels(HEAD, "QUATERNION", FRAMES, turns(1))
        add_layer(bpy.context, rig, "gaze", "G", channels)
    before = snapshot()
    good = rotation_channels(HEAD, "QUATERNION", FRAMES, turns(5))
    bad = Channel('pose.bones["Neck"].location', 0, FRAMES, np.full(len(FRAMES), np.nan))
    with pytest.raises(InputError, match="not a finite number"):
        add_layer(bpy.context, rig, "gaze", "G", [*good, bad])
    assert snapshot() == before
    with pytest.raises(ZeroDivisionError):
        add_and_fail(rig, good)
    assert snapshot() == before


def add_and_fail(rig, channels):
    with undone_on_error() as undo:
        add_layer(bpy.context, rig, "gaze", "G", channels, undo)
        raise ZeroDivisionError


def test_the_mark_survives_saving(scene, tmp_path):
    rig = make_rig()
    key_bones(rig, ["Head"])
    desired = turns(1)
    add_layer(bpy.context, rig, "gaze", "G", rotation_channels(HEAD, "QUATERNION", FRAMES, desired))
    path = str(tmp_path / "saved.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.open_mainfile(filepath=path)
    rig = bpy.data.objects["Rig"]
    assert apart(evaluated_turns(rig), at_samples(desired)) < COMBINED
    track = layers_of(rig, "gaze")[0]
    assert track.strips[0].action[LAYER_MARK] == "gaze"
