"""What a walk is written to, and that nothing of the animator's is lost on the way."""

from __future__ import annotations

import bpy
import numpy as np
import pytest

from blender_addon.blender import compat
from blender_addon.blender.keys.density import KeyDensity
from blender_addon.blender.keys.keyframes import Channel, write_action
from blender_addon.blender.keys.options import DEFAULT_LAYER, ResultKind, ResultOptions
from blender_addon.blender.keys.result import write_result
from blender_addon.capabilities.walk import scene as walk_scene
from blender_addon.capabilities.walk.scene import WalkSettings
from blender_addon.core.errors import InputError
from blender_addon.core.keys.reduction import hermite
from tests.shared.blender.builders import bone_heads, make_curve, make_rig
from tests.shared.blender.snapshot import snapshot
from tests.walk.stand_in import SwingingWalker

pytestmark = pytest.mark.blender

CORNER = ((1, 1, 0), (1, -3, 0), (4, -3, 0))
STRIP = ResultOptions(kind=ResultKind.STRIP)


def walk(rig, options=ResultOptions(), start=1, pipeline=SwingingWalker(), curve=None):  # noqa: B008
    job = walk_scene.read(
        bpy.context, WalkSettings(rig, curve or make_curve(CORNER), start_frame=start)
    )
    done = job.run(pipeline=pipeline).result
    return job, done, walk_scene.write(bpy.context, job, done, options)


def heads_over(scene, rig, frames):
    found = []
    for frame in frames:
        scene.frame_set(frame)
        found.append(bone_heads(rig, [bone.name for bone in rig.pose.bones]))
    return np.array(found)


def keyed_by_hand(rig):
    bone = rig.pose.bones["LeftArm"]
    for frame, angle in ((1, 0.1), (20, 0.9), (400, -0.5)):
        bone.rotation_quaternion = (np.cos(angle), 0, 0, np.sin(angle))
        bone.keyframe_insert("rotation_quaternion", frame=frame)
    return rig.animation_data.action


def test_an_untouched_walk_makes_room_for_the_next(scene):
    rig = make_rig()
    walk(rig)
    _, _, second = walk(rig)
    assert [action.name for action in bpy.data.actions] == ["Rig Walk"]
    assert second.action_name == rig.animation_data.action.name == "Rig Walk"


@pytest.mark.parametrize("touch", ["key", "fake user", "other user", "renamed, then key", "option"])
def test_a_walk_that_matters_to_somebody_stays(scene, touch):
    rig, other = make_rig(), make_rig(name="Other")
    walk(rig)
    action = rig.animation_data.action
    options = ResultOptions()
    if touch == "key":
        compat.action_fcurves(action)[3].keyframe_points[5].co.y += 0.01
    elif touch == "fake user":
        action.use_fake_user = True
    elif touch == "other user":
        other.animation_data_create().action = action
    elif touch == "option":
        options = ResultOptions(replace_last=False)
    else:
        action.name = "Mine"
        compat.action_fcurves(action)[0].keyframe_points.insert(7.5, 0.3)
    walk(rig, options)
    assert action.name in bpy.data.actions
    assert action.use_fake_user
    assert rig.animation_data.action != action


def test_a_strip_plays_the_walk_and_muting_it_shows_what_was_there(scene):
    rig = make_rig()
    old = keyed_by_hand(rig)
    frames = range(1, 60, 7)
    before = heads_over(scene, rig, frames)
    _, _, written = walk(rig, STRIP)
    assert rig.animation_data.action is None
    assert old.name in bpy.data.actions
    during = heads_over(scene, rig, frames)
    assert np.abs(during - before).max() > 0.3
    rig2 = make_rig(name="Reference")
    walk(rig2)
    assert np.allclose(during, heads_over(scene, rig2, frames), atol=1e-5)
    track = rig.animation_data.nla_tracks[-1]
    assert track.strips[0].action.name == written.action_name
    track.mute = True
    for bone in rig.pose.bones:  # what only the walk moved keeps its last value: put at rest
        if bone.name != "LeftArm":
            bone.location, bone.rotation_quaternion = (0, 0, 0), (1, 0, 0, 0)
    assert np.allclose(heads_over(scene, rig, frames), before, atol=1e-6)


def go_on(curve, how):
    if how == "a straight line":
        curve.extrapolation = "LINEAR"
    elif how == "cycles":
        curve.modifiers.new("CYCLES")
    elif how == "noise":
        curve.modifiers.new("NOISE").strength = 0.5


@pytest.mark.parametrize(
    "how", ["held", "a straight line", "cycles", "noise", "a frame range", "one key", "half frames"]
)
def test_what_is_pushed_down_shows_what_it_showed(scene, how):
    rig = make_rig()
    scene.frame_start, scene.frame_end = 0, 700
    bone = rig.pose.bones["LeftToe"]
    for frame, place in ((3, 0.1),) if how == "one key" else ((3.0, 0.1), (20, 0.9), (40, 0.5)):
        bone.scale = (place, 1, 1)
        bone.keyframe_insert("scale", index=0, frame=frame + 0.5 * (how == "half frames"))
    action = rig.animation_data.action
    go_on(compat.action_fcurves(action)[0], how)
    if how == "a frame range":
        action.use_frame_range = True
        action.frame_start, action.frame_end = 5, 9
    frames = (0, 1, 13, 33, 41, 55, 300, 700)
    before = [scales(scene, bone, frame) for frame in frames]
    channels = [Channel("location", 0, np.array([1.0, 30.0]), np.array([0.0, 1.0]))]
    write_result(bpy.context, rig, "walk", "Rig Walk", channels, STRIP)
    assert np.allclose([scales(scene, bone, frame) for frame in frames], before, atol=1e-5)


def scales(scene, bone, frame):
    scene.frame_set(frame)
    return bone.scale[0]


def test_strips_follow_one_another_and_only_what_they_cover_is_replaced(scene):
    rig = make_rig()
    _, _, first = walk(rig, STRIP)
    _, _, second = walk(rig, STRIP, start=first.last_frame + 10)
    (track,) = rig.animation_data.nla_tracks
    assert [strip.action.name for strip in track.strips] == [first.action_name, second.action_name]
    _, _, third = walk(rig, STRIP, start=first.last_frame + 12)
    left = [s.action.name for t in rig.animation_data.nla_tracks for s in t.strips]
    assert sorted(left) == sorted([first.action_name, third.action_name])


def test_a_strip_ends_where_the_old_animation_goes_on(scene):
    rig = make_rig()
    keyed_by_hand(rig)
    options = ResultOptions(kind=ResultKind.STRIP, blend_in_s=0.5, blend_out_s=0.25)
    walk(rig, options)
    strip = rig.animation_data.nla_tracks[-1].strips[0]
    assert strip.blend_in == pytest.approx(0.5 * 24)
    assert strip.blend_out == pytest.approx(0.25 * 24)
    assert strip.extrapolation == "NOTHING"


@pytest.mark.parametrize("kind", [ResultKind.ACTION, ResultKind.STRIP])
def test_an_error_on_the_way_leaves_everything_as_it_was(scene, monkeypatch, kind):
    rig = make_rig()
    keyed_by_hand(rig)
    job = walk_scene.read(bpy.context, WalkSettings(rig, make_curve(CORNER)))
    done = job.run(pipeline=SwingingWalker()).result
    scene.frame_set(1)
    before = snapshot()

    def fail(*_arguments, **_options):
        raise InputError("on purpose")

    monkeypatch.setattr(compat, "assign_strip_slot", fail)
    monkeypatch.setattr(compat, "assign_action", fail)
    with pytest.raises(InputError, match="on purpose"):
        walk_scene.write(bpy.context, job, done, ResultOptions(kind=kind))
    assert snapshot() == before


def test_a_walk_grows_out_of_the_pose_that_is_there(scene):
    rig = make_rig(root_bone=True)
    rig.pose.bones["LeftArm"].rotation_quaternion = (0.8, 0.6, 0, 0)
    curve = make_curve(((0, 0, 0), (0, -6, 0)))
    walk(rig, ResultOptions(blend_in_s=0.5), curve=curve)
    arm = rig.pose.bones["LeftArm"]
    scene.frame_set(1)
    assert np.allclose(arm.rotation_quaternion, (0.8, 0.6, 0, 0), atol=1e-5)
    plain = make_rig(name="Plain", root_bone=True)
    walk(plain, curve=curve)
    scene.frame_set(30)
    assert np.allclose(
        arm.rotation_quaternion, plain.pose.bones["LeftArm"].rotation_quaternion, atol=1e-6
    )
    assert np.allclose(bone_heads(rig, ["Root"]), bone_heads(plain, ["Root"]), atol=1e-6)


def test_handles_play_exactly_the_cubic_that_was_meant(scene):
    rng = np.random.default_rng(3)
    frames, values = np.array([1.0, 4.0, 11.0, 12.0, 30.0]), rng.normal(size=5)
    slopes = rng.normal(size=5) * 0.3
    rig = make_rig()
    channel = Channel("location", 1, frames, values, interpolation="BEZIER", slopes=slopes)
    write_action(rig, "Cubic", [channel])
    (curve,) = compat.fcurves_of(rig)
    kept = frames.astype(int)
    desired = hermite(kept, values[:, None], slopes[:, None])[:, 0]
    played = [curve.evaluate(frame) for frame in range(1, 31)]
    assert np.allclose(played, desired, atol=1e-4)


@pytest.mark.parametrize("mode", ["QUATERNION", "XYZ"])
def test_reduced_keys_keep_every_joint_within_the_bound(scene, model, mode):
    full = make_rig(root_bone=True, rotation_mode=mode)
    _, _, written = walk(full, pipeline=None)
    few = make_rig(name="Few", root_bone=True, rotation_mode=mode)
    bound = 0.003
    _, _, reduced = walk(
        few, ResultOptions(density=KeyDensity.REDUCED, shift_bound_m=bound), pipeline=None
    )
    frames = range(written.first_frame, written.last_frame + 1, 3)
    off = np.linalg.norm(heads_over(scene, full, frames) - heads_over(scene, few, frames), axis=-1)
    assert off.max() <= 1.2 * bound
    assert reduced.keys.after < 0.65 * reduced.keys.before
    assert reduced.keys.largest_shift_mm <= 1000 * bound
    assert "keys, within" in reduced.keys.describe()


def test_keys_on_contacts_are_few_and_tell_how_far_off_they_are(scene, model):
    rig = make_rig()
    _, _, written = walk(rig, ResultOptions(density=KeyDensity.CHOSEN_FRAMES), pipeline=None)
    assert written.keys.after < 0.4 * written.keys.before
    assert written.keys.largest_turn_deg > 0.5
    frames = {key.co.x for curve in compat.fcurves_of(rig) for key in curve.keyframe_points}
    assert all(frame == int(frame) for frame in frames)


def test_a_walk_is_no_layer(scene):
    with pytest.raises(InputError, match="not to a layer"):
        walk(make_rig(), DEFAULT_LAYER)


@pytest.mark.parametrize("off", ["switched off", "solo"])
def test_a_strip_that_would_not_show_is_refused(scene, off):
    rig = make_rig()
    keyed_by_hand(rig)
    data = rig.animation_data
    track = data.nla_tracks.new()
    if off == "solo":
        track.is_solo = True
    else:
        data.use_nla = False
    scene.frame_set(1)
    before = snapshot()
    with pytest.raises(InputError, match=f"{off}.*so a strip would not show"):
        walk(rig, STRIP, curve=make_curve(CORNER))
    bpy.data.objects.remove(bpy.data.objects["Path"])
    bpy.data.curves.remove(bpy.data.curves["Path"])
    assert snapshot() == before


def test_the_same_walk_again_and_again_makes_room_each_time(scene):
    rig = make_rig()
    for _ in range(4):
        walk(rig, STRIP)
    assert [len(track.strips) for track in rig.animation_data.nla_tracks] == [1]
    assert len(bpy.data.actions) == 1


def own_strip(rig, path, frames=(1, 20)):
    data = rig.animation_data or rig.animation_data_create()
    write_action(rig, "Own", [Channel(path, 0, np.array(frames, float), np.array((0.0, 0.3)))])
    track = data.nla_tracks.new()
    compat.assign_strip_slot(track.strips.new("Own", frames[0], data.action))
    data.action = None
    return track


def in_meta(rig):
    track = own_strip(rig, 'pose.bones["LeftArm"].rotation_quaternion')
    window = bpy.context.window_manager.windows[0]
    area = window.screen.areas[0]
    area.type = "NLA_EDITOR"
    track.strips[0].select = True
    with bpy.context.temp_override(window=window, area=area, region=area.regions[-1]):
        bpy.ops.nla.meta_add()
    assert track.strips[0].type == "META"


BEFORE = {
    "nothing": (lambda rig: None, "HOLD"),
    "its own last take": (lambda rig: walk(rig, STRIP, 40), "HOLD"),
    "its own take that begins later": (lambda rig: walk(rig, STRIP, 400), "HOLD"),
    "its own take that began earlier": (lambda rig: walk(rig, STRIP, -400), "HOLD_FORWARD"),
    "what animates something else": (lambda rig: own_strip(rig, "color"), "HOLD"),
    "an arm": (
        lambda rig: own_strip(rig, 'pose.bones["LeftArm"].rotation_quaternion'),
        "HOLD_FORWARD",
    ),
    "an arm in a meta strip": (in_meta, "HOLD_FORWARD"),
}


@pytest.mark.parametrize("what", BEFORE)
def test_before_its_first_frame_a_strip_holds_unless_something_else_plays(scene, what):
    rig = make_rig()
    before, held = BEFORE[what]
    before(rig)
    walk(rig, STRIP, 40)
    strips = [s for track in rig.animation_data.nla_tracks for s in track.strips]
    (made,) = [s for s in strips if s.frame_start == 40]
    assert made.extrapolation == held


@pytest.mark.parametrize("kind", [ResultKind.ACTION, ResultKind.STRIP])
def test_where_a_track_plays_alone_a_walk_is_refused(scene, kind):
    rig = make_rig()
    own_strip(rig, "color").is_solo = True
    curve = make_curve(CORNER)
    before = snapshot()
    with pytest.raises(InputError, match=r"plays solo.* Click its star"):
        walk(rig, ResultOptions(kind=kind), curve=curve)
    assert snapshot() == before
