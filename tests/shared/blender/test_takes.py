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
from tests.shared.blender.hands import ON_ACTIONS, ON_ACTIVE, ON_STRIPS, place_of
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
