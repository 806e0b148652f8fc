"""Any sign of a hand on action, strip or track keeps a take; without one it makes room."""

from __future__ import annotations

import hashlib

import bpy
import numpy as np
import pytest

from blender_addon.blender import compat
from blender_addon.blender.keys.keyframes import Channel
from blender_addon.blender.keys.layers import add_layer, layers_of
from blender_addon.blender.keys.options import DEFAULT_LAYER, ResultKind, ResultOptions
from blender_addon.blender.keys.result import write_result
from blender_addon.blender.keys.strips import strips_of_ours
from blender_addon.blender.keys.takes import is_active_ours_alone, is_ours_alone, mark_strip
from tests.shared.blender.snapshot import snapshot

pytestmark = pytest.mark.blender

OPTIONS = {
    "action": ResultOptions(kind=ResultKind.ACTION),
    "strip": ResultOptions(kind=ResultKind.STRIP),
    "layer": ResultOptions(kind=ResultKind.LAYER, replace_last=True),
}


@pytest.fixture(scope="module")
def empty_file():
    bpy.ops.wm.read_factory_settings(use_empty=True)
    yield
    bpy.ops.wm.read_factory_settings(use_empty=True)


@pytest.fixture
def rig(empty_file):
    """Somebody to animate; far cheaper than an empty file for each of so many tests."""
    bpy.data.batch_remove([*bpy.data.objects, *bpy.data.actions])
    bpy.context.scene.frame_set(1)
    return make_object()


def make_object(name="Rig"):
    made = bpy.data.objects.new(name, None)
    bpy.context.scene.collection.objects.link(made)
    return made


def channels(first=1, size=0.3):
    frames = np.arange(first, first + 30.0)
    return [
        Channel("location", index, frames, size * np.sin(frames), "Place") for index in range(3)
    ]


def generate(rig, how, first=1, size=0.3):
    """Write a take as the walk or the gaze does; its action."""
    options = OPTIONS[how]
    given = channels(first, size)
    if how == "layer":
        layer = add_layer(bpy.context, rig, "gaze", "Rig Gaze", given, options=options)
        return bpy.data.actions[layer.action_name]
    return write_result(bpy.context, rig, "walk", "Rig Walk", given, options)


def place_of(rig, action):
    """Track and strip that play an action."""
    for track in rig.animation_data.nla_tracks:
        for strip in track.strips:
            if strip.action == action:
                return track, strip
    return None, None


# What a hand may do -----------------------------------------------------------------------------


def on_action(change):
    return lambda rig, action: change(action)


def on_curve(change):
    return lambda rig, action: change(compat.action_fcurves(action)[0])


def on_track(change):
    return lambda rig, action: change(place_of(rig, action)[0])


def on_strip(change):
    return lambda rig, action: change(place_of(rig, action)[1])


def setting(**values):
    def change(item):
        for name, value in values.items():
            setattr(item, name, value)

    return change


def give_frame_range(action):
    action.use_frame_range = True
    action.frame_start, action.frame_end = 5, 20


def on_group(change):
    return lambda rig, action: change(compat.action_groups(action)[0])


def give_to_another(rig, action):
    other = make_object(name="Other")
    other.animation_data_create().action = action


def push_down(rig, action):
    data = rig.animation_data
    track = data.nla_tracks.new()
    strip = track.strips.new(action.name, 1, action)
    compat.assign_strip_slot(strip)
    data.action = None


def animate_influence(strip):
    strip.use_animated_influence = True
    strip.fcurves[0].keyframe_points.insert(3, 0.5)


def add_strip_beside(rig, action):
    track, strip = place_of(rig, action)
    mine = bpy.data.actions.new("Wave")
    owner = compat.new_fcurves(mine, rig)
    owner.fcurves.new("scale", index=0).keyframe_points.insert(1, 0.5)
    compat.assign_strip_slot(track.strips.new("Wave", int(strip.frame_end) + 20, mine))


def add_copy_beside(rig, action):
    """As Duplicate in the NLA editor does."""
    track, strip = place_of(rig, action)
    copied = action.copy()
    compat.assign_strip_slot(track.strips.new(copied.name, int(strip.frame_end) + 20, copied))


def move_to_another_track(rig, action):
    track, strip = place_of(rig, action)
    data = rig.animation_data
    other = data.nla_tracks.new()
    other.name = "Elsewhere"
    made = other.strips.new(strip.name, int(strip.frame_start), action)
    compat.assign_strip_slot(made)
    for name in ("blend_type", "extrapolation"):
        setattr(made, name, getattr(strip, name))
    data.nla_tracks.remove(track)


ON_ACTIONS = {
    "renamed": on_action(setting(name="Hero_walk_final")),
    "fake user": on_action(setting(use_fake_user=True)),
    "asset": on_action(lambda action: action.asset_mark()),
    "frame range": on_action(give_frame_range),
    "cyclic": on_action(setting(use_frame_range=True, use_cyclic=True)),
    "pose marker": on_action(lambda action: action.pose_markers.new("step")),
    "custom property": on_action(lambda action: action.__setitem__("note", "keep")),
    "another user": give_to_another,
    "key moved": on_curve(lambda curve: setattr(curve.keyframe_points[3], "co", (4.0, 9.0))),
    "key added": on_curve(lambda curve: curve.keyframe_points.insert(4.5, 0.1)),
    "key type": on_curve(lambda curve: setattr(curve.keyframe_points[3], "type", "BREAKDOWN")),
    "curve muted": on_curve(setting(mute=True)),
    "curve locked": on_curve(setting(lock=True)),
    "curve hidden": on_curve(setting(hide=True)),
    "curve coloured": on_curve(setting(color_mode="CUSTOM", color=(1.0, 0.0, 0.0))),
    "curve modifier": on_curve(lambda curve: curve.modifiers.new("NOISE")),
    "curve extrapolation": on_curve(setting(extrapolation="LINEAR")),
    "handle smoothing": on_curve(setting(auto_smoothing="NONE")),
    "group renamed": on_group(setting(name="Pelvis")),
    "group locked": on_group(setting(lock=True)),
    "group muted": on_group(setting(mute=True)),
    "group coloured": on_group(setting(color_set="THEME03")),
}
if compat.HAS_SLOTS:
    ON_ACTIONS |= {
        "slot added": on_action(lambda action: action.slots.new("OBJECT", "Twin")),
        "slot renamed": on_action(lambda a: setattr(a.slots[0], "name_display", "Hero")),
        "layer renamed": on_action(lambda action: setattr(action.layers[0], "name", "Base")),
    }
ON_ACTIVE = {
    "pushed down": push_down,
    "influence": lambda rig, _: setattr(rig.animation_data, "action_influence", 0.5),
    "added": lambda rig, _: setattr(rig.animation_data, "action_blend_type", "ADD"),
    "extrapolation": lambda rig, _: setattr(rig.animation_data, "action_extrapolation", "NOTHING"),
}
ON_STRIPS = {
    "track renamed": on_track(setting(name="Take 1 KEEP")),
    "track locked": on_track(setting(lock=True)),
    "track muted": on_track(setting(mute=True)),
    "strip renamed": on_strip(setting(name="Take 1")),
    "strip muted": on_strip(setting(mute=True)),
    "trimmed": on_strip(setting(action_frame_end=15.0)),
    "trimmed in front": on_strip(setting(action_frame_start=5.0)),
    "retimed": on_strip(setting(scale=1.2)),
    "repeated": on_strip(setting(repeat=2.0)),
    "moved": on_strip(setting(frame_start=4.0, frame_end=33.0)),
    "reversed": on_strip(setting(use_reverse=True)),
    "blended in": on_strip(setting(blend_in=4.0)),
    "blended out": on_strip(setting(blend_out=4.0)),
    "blended by itself": on_strip(setting(use_auto_blend=True)),
    "held": on_strip(setting(extrapolation="HOLD")),
    "multiplied": on_strip(setting(blend_type="MULTIPLY")),
    "no sync of length": on_strip(setting(use_sync_length=False)),
    "influence": on_strip(setting(influence=0.5)),
    "animated influence": on_strip(animate_influence),
    "animated time": on_strip(setting(use_animated_time=True)),
    "a strip beside it": add_strip_beside,
    "a copy beside it": add_copy_beside,
    "moved to another track": move_to_another_track,
}
HANDS = [
    *(("action", what, do) for what, do in {**ON_ACTIONS, **ON_ACTIVE}.items()),
    *(("strip", what, do) for what, do in {**ON_ACTIONS, **ON_STRIPS}.items()),
    *(("layer", what, do) for what, do in {**ON_ACTIONS, **ON_STRIPS}.items()),
]


@pytest.mark.parametrize(("how", "what", "do"), HANDS, ids=[f"{h}: {w}" for h, w, _ in HANDS])
def test_a_take_with_a_sign_of_a_hand_is_kept_as_it_is(rig, how, what, do):
    action = generate(rig, how)
    do(rig, action)
    uid, before = action.session_uid, told(rig, action)
    generate(rig, how, size=0.5)
    assert uid in {each.session_uid for each in bpy.data.actions}
    assert told(rig, action) == before


def told(rig, action):
    """All of a take: the action, and if it is played by a strip, strip and track.

    A new layer mutes those that it covers, and an action that gives way is given a fake user.
    """
    taken = snapshot()[f"actions/{action.name}"]
    del taken["use_fake_user"]
    track, strip = place_of(rig, action)
    if track is None:
        return taken, None
    times = strip.frame_start, strip.frame_end, strip.scale, strip.repeat
    return taken, (track.name, track.lock, strip.name, strip.influence, times)


@pytest.mark.parametrize("how", OPTIONS)
@pytest.mark.parametrize("reload", [False, True])
def test_a_take_that_nobody_touched_makes_room(rig, tmp_path, how, reload):
    uid = generate(rig, how).session_uid
    bpy.context.scene.frame_set(12)
    if reload:
        path = str(tmp_path / "kept.blend")
        bpy.ops.wm.save_as_mainfile(filepath=path)
        bpy.ops.wm.open_mainfile(filepath=path)
        rig = bpy.data.objects["Rig"]
        uid = next(a.session_uid for a in bpy.data.actions if "Rest" not in a.name)
    generate(rig, how, size=0.5)
    assert uid not in {each.session_uid for each in bpy.data.actions}
    assert len([a for a in bpy.data.actions if "Rest" not in a.name]) == 1


def test_selecting_playing_and_other_results_are_no_sign_of_a_hand(rig):
    action = generate(rig, "strip")
    track, strip = place_of(rig, action)
    track.select, strip.select = False, False
    curve = compat.action_fcurves(action)[0]
    curve.select, curve.keyframe_points[0].select_control_point = True, True
    generate(rig, "layer")
    generate(rig, "strip", first=100)
    for frame in range(1, 40):
        bpy.context.scene.frame_set(frame)
    assert is_ours_alone(strip, track, "walk")
    assert not is_ours_alone(strip, track, "gaze")
    assert len(strips_of_ours(rig, "walk")) == 2
    active = make_object(name="Active")
    generate(active, "action")
    generate(active, "layer")  # which blends the active action with Combine
    assert is_active_ours_alone(active, "walk")


def test_a_track_that_was_brought_below_another_is_the_animator_s(rig):
    tracks = rig.animation_data_create().nla_tracks
    tracks.new().name = "Mine"
    action = generate(rig, "layer")
    track, strip = place_of(rig, action)
    assert is_ours_alone(strip, track, "gaze")
    tracks.remove(tracks["Mine"])
    tracks.new(prev=None).name = "Mine"
    assert list(tracks)[-1].name == "Mine"
    assert not is_ours_alone(strip, track, "gaze")


def test_a_solo_take_is_kept(rig):
    track, strip = place_of(rig, generate(rig, "strip"))
    track.is_solo = True
    assert not is_ours_alone(strip, track, "walk")


def test_nothing_new_is_put_on_a_track_that_a_hand_was_on(rig):
    track, _ = place_of(rig, generate(rig, "strip"))
    track.lock = True
    generate(rig, "strip", first=100)
    assert len(track.strips) == 1


def test_a_take_of_an_earlier_version_is_kept(rig):
    """Its mark told the keys only, so nobody knows what was done to strip and track."""
    action = generate(rig, "strip")
    track, strip = place_of(rig, action)
    action["neural_motion_walk"] = hashlib.sha256(b"keys").hexdigest()
    assert not is_ours_alone(strip, track, "walk")
    for odd in ("", "{", "[]", "12", '{"keys": 1}', 7, {"name": "a"}):
        action["neural_motion_walk"] = odd
        assert not is_ours_alone(strip, track, "walk")
    mark_strip(strip, track, "walk")
    assert is_ours_alone(strip, track, "walk")


def test_a_muted_layer_is_another_take(rig):
    generate(rig, "layer")
    layers_of(rig, "gaze")[0].mute = True
    generate(rig, "layer", size=0.5)
    assert [track.mute for track in layers_of(rig, "gaze")] == [True, False]
    assert not DEFAULT_LAYER.replace_last
