"""Layers with fewer keys, blended ends, and the last one replaced: within bounds, nothing lost."""

from __future__ import annotations

from dataclasses import replace

import bpy
import numpy as np
import pytest
from mathutils import Quaternion

from blender_addon.blender import compat
from blender_addon.blender.face.over_held import channels_over_held
from blender_addon.blender.face.shape_keys import shape_path
from blender_addon.blender.keys.density import KeyDensity
from blender_addon.blender.keys.keyframes import (
    Channel,
    rotation_channels,
    vector_channels,
    write_action,
)
from blender_addon.blender.keys.layers import add_layer, layers_of
from blender_addon.blender.keys.options import DEFAULT_LAYER
from blender_addon.blender.keys.takes import is_ours_alone
from blender_addon.blender.keys.undo import undone_on_error
from blender_addon.core.errors import InputError, SettingsError
from blender_addon.core.maths.rotations import axis_angle_to_quaternion, quaternion_multiply
from tests.shared.blender.face_builders import evaluated_weights, make_armature, make_face
from tests.shared.blender.snapshot import snapshot

pytestmark = pytest.mark.blender

FRAMES = np.arange(1.0, 101.0)
HEAD = 'pose.bones["Jaw"].'
REPLACE = replace(DEFAULT_LAYER, replace_last=True)
ROUNDING_RAD = 2e-3  # Combine takes quaternions apart in single precision, see layers.py


def reduced(**more):
    return replace(DEFAULT_LAYER, density=KeyDensity.REDUCED, **more)


def turns(seed=1, size=0.4):
    rng = np.random.default_rng(seed)
    rates = rng.uniform(0.05, 0.25, 3)
    swings = [
        axis_angle_to_quaternion(axis, size * np.sin(FRAMES * rate + seed))
        for axis, rate in zip(np.eye(3), rates, strict=True)
    ]
    return quaternion_multiply(quaternion_multiply(swings[0], swings[1]), swings[2])


def turn_head(rig, desired, options=DEFAULT_LAYER, undo=None, capability="gaze"):
    mode = rig.pose.bones["Jaw"].rotation_mode
    channels = rotation_channels(HEAD, mode, FRAMES[: len(desired)], desired, "Jaw")
    return add_layer(bpy.context, rig, capability, "Rig Gaze", channels, undo, options)


def seen_turns(rig, frames=FRAMES):
    found = []
    for frame in frames:
        bpy.context.scene.frame_set(int(frame))
        found.append(rig.pose.bones["Jaw"].matrix_basis.to_quaternion())
    return np.array(found)


def apart_rad(a, b):
    return max(
        Quaternion(x).rotation_difference(Quaternion(y)).angle for x, y in zip(a, b, strict=True)
    )


def keys_of(action):
    return {
        (curve.data_path, curve.array_index): [
            (*p.co, *p.handle_left, *p.handle_right, p.interpolation) for p in curve.keyframe_points
        ]
        for curve in compat.action_fcurves(action)
    }


def body(rig, mode):
    """What the animator has: an action on the head, and a strip on it below."""
    prefix = rotation_channels(HEAD, mode, FRAMES, turns(7), "Jaw")
    below = write_action(rig, "Below", prefix)
    data = rig.animation_data
    data.action = None
    track = data.nla_tracks.new()
    strip = track.strips.new("Below", 1, below)
    compat.assign_strip_slot(strip)
    own = vector_channels('pose.bones["Tongue"].location', FRAMES, 0.1 * turns(9)[:, :3], "Tongue")
    return [below, write_action(rig, "Own", own)]


def posed(rig, mode):
    for bone in rig.pose.bones:
        bone.rotation_mode = mode
    return rig


@pytest.mark.parametrize(
    ("mode", "share"), [("QUATERNION", 0.5), ("XYZ", 0.5), ("AXIS_ANGLE", 0.7)]
)
@pytest.mark.parametrize("over", [False, True], ids=["alone", "over a body"])
def test_reduced_turns_stay_within_the_bound(scene, mode, share, over):
    rig, desired, bound = posed(make_armature(), mode), turns(), 0.01
    actions = body(rig, mode) if over else []
    before, keys = seen_turns(rig), [keys_of(action) for action in actions]
    layer = turn_head(rig, desired, reduced(turn_bound_rad=bound))
    assert apart_rad(seen_turns(rig), desired) < bound + ROUNDING_RAD
    assert layer.keys.after < share * layer.keys.before
    assert 0 < layer.keys.largest_turn_deg <= np.degrees(bound) + 1e-6
    assert [keys_of(action) for action in actions] == keys
    (track,) = layers_of(rig, "gaze")
    written = compat.action_fcurves(track.strips[0].action)
    assert sum(len(curve.keyframe_points) for curve in written) == layer.keys.after
    track.mute = True
    assert (seen_turns(rig) == before).all()


def test_every_frame_is_the_default_and_has_every_key(scene):
    rig = make_armature()
    layer = turn_head(rig, turns())
    assert layer.keys.before == layer.keys.after == 4 * len(FRAMES)
    assert layer.keys.describe() == ""


def test_reduced_shapes_stay_within_the_bound_and_what_rests_keeps_its_ends(scene):
    face = make_face(["jawOpen", "blink", "still"])
    blink = np.clip(1 - np.abs(FRAMES % 25 - 12) / 3, 0, 1)
    weights = {"jawOpen": 0.5 + 0.4 * np.sin(FRAMES / 4), "blink": blink, "still": 0 * FRAMES + 0.3}
    keys = face.data.shape_keys
    channels = channels_over_held(bpy.context, face, weights, {}, FRAMES, "speech")
    layer = add_layer(
        bpy.context, keys, "speech", "S", channels, options=reduced(weight_bound=0.02)
    )
    for frame in FRAMES:
        scene.frame_set(int(frame))
        seen = evaluated_weights(face)
        for name, values in weights.items():
            assert abs(seen[name] - values[int(frame) - 1]) <= 0.02 + 1e-5
    assert layer.keys.after < 0.6 * layer.keys.before
    assert 0 < layer.keys.largest_weight <= 0.02
    assert "of a shape" in layer.keys.describe()
    (track,) = layers_of(keys, "speech")
    counts = {
        c.data_path: len(c.keyframe_points) for c in compat.action_fcurves(track.strips[0].action)
    }
    assert counts[shape_path("still")] == 2
    assert (track.strips[0].frame_start, track.strips[0].frame_end) == (1, 100)


def test_a_layer_that_rests_still_acts_until_its_last_frame(scene):
    face = make_face(["jawOpen"])
    channels = [Channel(shape_path("jawOpen"), 0, FRAMES, 0 * FRAMES + 0.4)]
    add_layer(bpy.context, face.data.shape_keys, "speech", "S", channels, options=reduced())
    for frame, value in ((1, 0.4), (50, 0.4), (100, 0.4), (101, 0.0)):
        scene.frame_set(frame)
        assert evaluated_weights(face)["jawOpen"] == pytest.approx(value, abs=1e-5)


def test_sliding_bones_are_bounded_in_metres(scene):
    rig = make_armature()
    rig.scale = (0.01,) * 3  # centimetres
    bpy.context.view_layer.update()
    places = 30.0 * np.stack([np.sin(FRAMES / 9), np.cos(FRAMES / 7), 0 * FRAMES], axis=1)
    channels = vector_channels('pose.bones["Tongue"].location', FRAMES, places)
    layer = add_layer(
        bpy.context, rig, "speech", "S", channels, options=reduced(shift_bound_m=0.002)
    )
    off = []
    for frame, place in zip(FRAMES, places, strict=True):
        scene.frame_set(int(frame))
        off.append(np.linalg.norm(np.array(rig.pose.bones["Tongue"].location) - place))
    assert 0.02 < max(off) <= 0.2 + 1e-4  # of the armature's own units
    assert layer.keys.largest_shift_mm <= 2.0
    assert layer.keys.after < 0.5 * layer.keys.before


def test_a_bound_of_nothing_is_refused_and_nothing_is_changed(scene):
    rig = make_armature()
    scene.frame_set(1)
    before = snapshot()
    with pytest.raises(SettingsError, match="set a bound"):
        turn_head(rig, turns(), reduced(turn_bound_rad=0.0))
    assert snapshot() == before


def test_chosen_frames_must_be_given(scene):
    rig = make_armature()
    options = replace(DEFAULT_LAYER, density=KeyDensity.CHOSEN_FRAMES)
    with pytest.raises(SettingsError, match="Choose Reduced"):
        turn_head(rig, turns(), options)
    assert layers_of(rig, "gaze") == []


# Blending --------------------------------------------------------------------------------------


def test_a_layer_grows_out_of_what_is_there_and_ends_in_it(scene):
    rig = make_armature()
    body(rig, "QUATERNION")
    before, desired = seen_turns(rig), turns()
    options = replace(DEFAULT_LAYER, blend_in_s=0.5, blend_out_s=1.0)
    turn_head(rig, desired, options)
    strip = layers_of(rig, "gaze")[0].strips[0]
    assert (strip.blend_in, strip.blend_out) == pytest.approx((12.0, 24.0))
    after = seen_turns(rig)
    assert apart_rad(after[:1], before[:1]) < ROUNDING_RAD
    assert apart_rad(after[99:], before[99:]) < ROUNDING_RAD
    assert apart_rad(after[13:75], desired[13:75]) < ROUNDING_RAD
    halfway = apart_rad(after[6:7], before[6:7])
    assert 0.2 < halfway / apart_rad(desired[6:7], before[6:7]) < 0.8


def test_blending_takes_no_more_than_the_layer_has(scene):
    rig = make_armature()
    options = replace(DEFAULT_LAYER, blend_in_s=60.0, blend_out_s=60.0)
    turn_head(rig, turns(), options)
    strip = layers_of(rig, "gaze")[0].strips[0]
    assert (strip.blend_in, strip.blend_out) == pytest.approx((49.5, 49.5))


# Replacing the last ----------------------------------------------------------------------------


def test_by_default_earlier_layers_pile_up_muted(scene):
    rig = make_armature()
    for seed in range(3):
        turn_head(rig, turns(seed))
    assert [track.mute for track in layers_of(rig, "gaze")] == [True, True, False]


@pytest.mark.parametrize("over", [False, True], ids=["alone", "over a body"])
def test_an_untouched_layer_makes_room_and_lends_its_name(scene, over):
    rig = make_armature()
    actions = body(rig, "QUATERNION") if over else []
    before, keys = seen_turns(rig), [keys_of(action) for action in actions]
    count = len(bpy.data.actions)
    first = turn_head(rig, turns(1), REPLACE)
    turn_head(rig, turns(2), REPLACE)
    desired = turns(3)
    last = turn_head(rig, desired, REPLACE)
    (track,) = layers_of(rig, "gaze")
    assert track.name == last.track_name == first.track_name == track.strips[0].action.name
    assert apart_rad(seen_turns(rig), desired) < ROUNDING_RAD
    assert [keys_of(action) for action in actions] == keys
    rests = [a for a in bpy.data.actions if a.name.endswith("Rest")]
    assert len(bpy.data.actions) == count + 1 + len(rests)
    assert len(rests) <= 1
    track.mute = True
    assert (seen_turns(rig) == before).all()


def touch_key(rig, track):
    compat.action_fcurves(track.strips[0].action)[0].keyframe_points[3].co.y += 0.01


def touch_fake_user(rig, track):
    track.strips[0].action.use_fake_user = True


def touch_other_user(rig, track):
    other = make_armature(name="Other")
    other.animation_data_create().action = track.strips[0].action


def touch_place(rig, track):
    track.strips[0].frame_end = 105  # plays slower


def touch_influence(rig, track):
    track.strips[0].use_animated_influence = True


def touch_capability(rig, track):
    del track.strips[0].action["neural_motion_gaze"]  # as one from an earlier version


@pytest.mark.parametrize(
    "touch",
    [touch_key, touch_fake_user, touch_other_user, touch_place, touch_influence, touch_capability],
)
def test_a_touched_layer_is_muted_and_kept(scene, touch):
    rig = make_armature()
    first = turn_head(rig, turns(1), REPLACE)
    track = layers_of(rig, "gaze")[0]
    touch(rig, track)
    kept = keys_of(track.strips[0].action)
    turn_head(rig, turns(2), REPLACE)
    earlier, newest = layers_of(rig, "gaze")
    assert (earlier.name, earlier.mute, newest.mute) == (first.track_name, True, False)
    assert keys_of(earlier.strips[0].action) == kept


def test_a_layer_elsewhere_in_time_and_of_others_is_kept(scene):
    rig = make_armature()
    add_layer(
        bpy.context,
        rig,
        "gaze",
        "Late",
        rotation_channels(HEAD, "QUATERNION", FRAMES + 200, turns()),
    )
    turn_head(rig, turns(5), capability="speech")
    turn_head(rig, turns(2), REPLACE)
    assert [track.name for track in layers_of(rig, "gaze")] == ["Late", "Rig Gaze.001"]
    assert len(layers_of(rig, "speech")) == 1


def test_takes_that_were_muted_before_are_kept(scene):
    rig = make_armature()
    turn_head(rig, turns(1))
    turn_head(rig, turns(2))
    turn_head(rig, turns(3), REPLACE)
    takes = layers_of(rig, "gaze")
    assert [track.mute for track in takes] == [True, False]
    scene.frame_set(40)
    takes[1].mute, takes[0].mute = True, False
    assert apart_rad(seen_turns(rig), turns(1)) < ROUNDING_RAD


def test_the_last_layer_is_there_until_all_is_well(scene):
    rig = make_armature()
    turn_head(rig, turns(1), REPLACE)
    scene.frame_set(1)
    before = snapshot()
    with pytest.raises(InputError, match="on purpose"):
        replace_and_fail(rig)
    assert snapshot() == before
    (track,) = layers_of(rig, "gaze")
    assert is_ours_alone(track.strips[0], track, "gaze")


def replace_and_fail(rig):
    with undone_on_error() as undo:
        turn_head(rig, turns(2), REPLACE, undo)
        raise InputError("on purpose")


def test_what_is_untouched_is_known_after_saving(scene, tmp_path):
    turn_head(make_armature(), turns(1), reduced())
    path = str(tmp_path / "saved.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.open_mainfile(filepath=path)
    rig = bpy.data.objects["Rig"]
    turn_head(rig, turns(2), REPLACE)
    assert len(layers_of(rig, "gaze")) == 1
