"""Layers of one capability give way only where they overlap, and nothing of a hand is touched."""

from __future__ import annotations

from dataclasses import replace

import bpy
import numpy as np
import pytest

from blender_addon.blender import compat
from blender_addon.blender.face.shape_keys import shape_path
from blender_addon.blender.keys.held import held_values
from blender_addon.blender.keys.keyframes import Channel, rotation_channels, write_action
from blender_addon.blender.keys.layers import add_layer, layers_muted, layers_of, show_layer
from blender_addon.blender.keys.options import DEFAULT_LAYER
from blender_addon.core.errors import InputError
from blender_addon.core.maths.rotations import axis_angle_to_quaternion
from tests.shared.blender.builders import make_rig, put_in_meta_strip
from tests.shared.blender.face_builders import make_face
from tests.shared.blender.snapshot import snapshot

pytestmark = pytest.mark.blender

HEAD = 'pose.bones["Head"].'
WHOLE = (1, 100)
REPLACE = replace(DEFAULT_LAYER, replace_last=True)


def frames_of(span):
    return np.arange(span[0], span[1] + 1.0)


def speak(face, span, shapes, options=DEFAULT_LAYER, capability="speech", name="Ann Speech"):
    """A layer on shapes that are each held at a value."""
    frames = frames_of(span)
    channels = [
        Channel(shape_path(n), 0, frames, np.full(len(frames), float(v))) for n, v in shapes.items()
    ]
    return add_layer(bpy.context, face.data.shape_keys, capability, name, channels, options=options)


def shown(face, shape, *frames):
    found = []
    for frame in frames:
        bpy.context.scene.frame_set(frame)
        found.append(face.data.shape_keys.key_blocks[shape].value)
    return np.round(found, 5).tolist()


def mutes(face, capability="speech"):
    return [track.mute for track in layers_of(face.data.shape_keys, capability)]


@pytest.fixture
def face(scene):
    return make_face(["jawOpen", "smile", "blink"])


@pytest.mark.parametrize("options", [DEFAULT_LAYER, REPLACE], ids=["kept", "replaced"])
@pytest.mark.parametrize("spans", [((1, 50), (60, 100)), ((60, 100), (1, 50))])
def test_lines_at_other_times_all_play(face, spans, options):
    first, second = spans
    speak(face, first, {"jawOpen": 0.4}, options)
    layer = speak(face, second, {"jawOpen": 0.7}, options)
    assert mutes(face) == [False, False]
    assert shown(face, "jawOpen", *first, *second) == [0.4, 0.4, 0.7, 0.7]
    assert shown(face, "jawOpen", 55, 200) == [0.0, 0.0]
    assert layer.gave_way == ()


def test_many_lines_one_after_the_other(face):
    for n in range(5):
        speak(face, (1 + 20 * n, 18 + 20 * n), {"jawOpen": 0.1 * (n + 1)})
    middles = [10 + 20 * n for n in range(5)]
    assert shown(face, "jawOpen", *middles) == [0.1, 0.2, 0.3, 0.4, 0.5]
    speak(face, (41, 58), {"jawOpen": 0.9})
    assert mutes(face) == [False, False, True, False, False, False]
    assert shown(face, "jawOpen", *middles) == [0.1, 0.2, 0.9, 0.4, 0.5]


@pytest.mark.parametrize("options", [DEFAULT_LAYER, REPLACE], ids=["kept", "replaced"])
@pytest.mark.parametrize("span", [(60, 150), (-40, 40), (30, 70), (100, 140)])
def test_one_that_overlaps_in_part_gives_way_only_there(face, span, options):
    speak(face, WHOLE, {"jawOpen": 0.4, "smile": 0.3})
    before = kept(face)
    layer = speak(face, span, {"jawOpen": 0.7}, options)
    assert kept(face)[: len(before)] == before
    assert mutes(face) == [False, False]
    over = range(max(1, span[0]), min(100, span[1]) + 1)
    alone = [f for f in (1, 20, 50, 80, 100) if f not in over]
    assert shown(face, "jawOpen", span[0], over[0], over[-1], span[1]) == [0.7] * 4
    assert shown(face, "smile", over[0], over[-1]) == [0.0, 0.0]
    assert set(shown(face, "jawOpen", *alone)) == {0.4}
    assert set(shown(face, "smile", *alone)) == {0.3}
    if len(over) > 1:
        said = f"'Ann Speech' gives way from frame {over[0]} to {over[-1]}"
        assert layer.gave_way == (said,)
    layers_of(face.data.shape_keys, "speech")[1].mute = True  # as before
    assert set(shown(face, "jawOpen", 1, 20, 50, 80, 100)) == {0.4}
    assert set(shown(face, "smile", 1, 20, 50, 80, 100)) == {0.3}


def kept(face):
    """What there is of every layer."""
    return [
        (
            track.name,
            track.mute,
            strip.frame_start,
            strip.frame_end,
            strip.influence,
            strip.use_animated_influence,
            strip.blend_in,
            strip.blend_out,
            strip.action.name,
            [
                [tuple(key.co) for key in curve.keyframe_points]
                for curve in compat.action_fcurves(strip.action)
            ],
        )
        for track in layers_of(face.data.shape_keys, "speech")
        for strip in track.strips
    ]


def test_what_is_left_is_said_by_name_when_one_is_muted_or_replaced(face):
    speak(face, (20, 90), {"jawOpen": 0.4})
    layer = speak(face, WHOLE, {"jawOpen": 0.5})
    assert layer.gave_way == ("'Ann Speech' was muted from frame 20 to 90",)
    layer = speak(face, WHOLE, {"jawOpen": 0.6}, REPLACE)
    assert layer.gave_way == ("'Ann Speech.001' was replaced from frame 1 to 100",)
    assert mutes(face) == [True, False]


def test_a_scrap_that_is_left_does_not_play(face):
    speak(face, WHOLE, {"jawOpen": 0.4})
    speak(face, (4, 103), {"jawOpen": 0.5})
    assert mutes(face) == [True, False]
    assert shown(face, "jawOpen", 1, 50) == [0.0, 0.5]


def test_one_inside_another_is_replaced_and_the_outer_one_plays_on(face):
    speak(face, (1, 200), {"jawOpen": 0.4})
    for value in (0.6, 0.7, 0.8):
        speak(face, (80, 120), {"jawOpen": value}, REPLACE)
        assert mutes(face) == [False, False]
        assert shown(face, "jawOpen", 79, 80, 120, 121) == [0.4, value, value, 0.4]
    speak(face, (1, 200), {"jawOpen": 0.5}, REPLACE)
    assert mutes(face) == [False]
    assert set(shown(face, "jawOpen", 1, 79, 80, 120, 200)) == {0.5}


def test_while_another_is_computed_against_it_even_a_scrap_is_kept(face):
    speak(face, (1, 100), {"jawOpen": 0.4})
    speak(face, (90, 200), {"jawOpen": 0.7})
    speak(face, (1, 95), {"jawOpen": 0.5}, REPLACE)
    assert mutes(face) == [False, False, False]
    assert shown(face, "jawOpen", 1, 89, 95, 96, 100, 200) == [0.5, 0.5, 0.5, 0.7, 0.7, 0.7]


def test_what_a_hand_changed_is_never_changed_and_plays_where_it_is_alone(face):
    speak(face, WHOLE, {"jawOpen": 0.4})
    track = layers_of(face.data.shape_keys, "speech")[0]
    track.strips[0].frame_start, track.strips[0].frame_end = 11, 110
    track.name = "My line"
    before = kept(face)
    layer = speak(face, (60, 150), {"jawOpen": 0.7}, REPLACE)
    assert kept(face)[:1] == before
    assert shown(face, "jawOpen", 11, 59, 60, 110, 150) == [0.4, 0.4, 0.7, 0.7, 0.7]
    assert layer.gave_way == ("'My line' gives way from frame 60 to 110",)


@pytest.mark.parametrize("mode", ["QUATERNION", "XYZ", "AXIS_ANGLE"])
@pytest.mark.parametrize("over", ["nothing", "an action", "a strip"])
def test_turns_of_two_gazes(scene, mode, over):
    rig = make_rig(rotation_mode=mode)
    turn = axis_angle_to_quaternion(np.array([0.0, 0.0, 1.0]), np.array([0.2, -0.1]))
    if over != "nothing":
        body = rotation_channels(HEAD, mode, np.array([1.0, 100.0]), turn)
        action = write_action(rig, "Body", body)
    if over == "a strip":
        rig.animation_data.action = None
        strip = rig.animation_data.nla_tracks.new().strips.new("Body", 1, action)
        compat.assign_strip_slot(strip)
    for span, angle in (((1, 60), 0.5), ((40, 100), -0.4), ((120, 140), 0.3)):
        frames = frames_of(span)
        axis = np.array([0.0, 1.0, 0.0])
        turns = axis_angle_to_quaternion(axis, np.full(len(frames), angle))
        add_layer(
            bpy.context, rig, "gaze", "Ann Gaze", rotation_channels(HEAD, mode, frames, turns)
        )
    for frame, angle in ((1, 0.5), (39, 0.5), (40, -0.4), (60, -0.4), (100, -0.4), (130, 0.3)):
        scene.frame_set(frame)
        found = rig.pose.bones["Head"].matrix_basis.to_euler("XYZ")
        assert np.allclose(found, (0, angle, 0), atol=2e-3), frame


def test_a_layer_that_plays_elsewhere_does_not_become_the_rest(scene):
    """Where an action is combined, a head at rest is held by no track."""
    rig = make_rig()
    arm, still = 'pose.bones["LeftArm"].', np.array([[1.0, 0.0, 0.0, 0.0]] * 2)
    write_action(rig, "Body", rotation_channels(arm, "QUATERNION", np.array([1.0, 9.0]), still))
    turned = axis_angle_to_quaternion(np.array([0.0, 1.0, 0.0]), np.full(30, 0.5))
    both = rotation_channels(arm, "QUATERNION", frames_of((1, 30)), turned)
    both += rotation_channels(HEAD, "QUATERNION", frames_of((1, 30)), turned)
    add_layer(bpy.context, rig, "gaze", "G", both)
    scene.frame_set(15)
    later = rotation_channels(HEAD, "QUATERNION", frames_of((50, 79)), turned)
    add_layer(bpy.context, rig, "gaze", "G", later)
    scene.frame_set(40)
    assert rig.pose.bones["Head"].matrix_basis.to_euler().y == pytest.approx(0, abs=1e-3)


def test_a_hand_held_slider_comes_back_between_lines(face):
    face.data.shape_keys.key_blocks["smile"].value = 0.25
    bpy.context.scene.frame_set(15)
    speak(face, (1, 30), {"smile": 0.6})
    bpy.context.scene.frame_set(15)
    speak(face, (50, 80), {"smile": 0.9})
    assert shown(face, "smile", 15, 40, 60, 90) == [0.6, 0.25, 0.9, 0.25]
    for track in layers_of(face.data.shape_keys, "speech"):
        track.mute = True
    assert shown(face, "smile", 15, 60) == [0.25, 0.25]


def test_switching_off_and_on_brings_back_all_that_played(face):
    keys = face.data.shape_keys
    speak(face, (1, 30), {"jawOpen": 0.2})
    speak(face, (1, 30), {"jawOpen": 0.4})
    speak(face, (50, 80), {"jawOpen": 0.7})
    speak(face, (70, 100), {"jawOpen": 0.9})
    assert mutes(face) == [True, False, False, False]
    show_layer(keys, "speech", False)
    assert all(mutes(face))
    assert shown(face, "jawOpen", 15, 60, 75) == [0.0] * 3
    show_layer(keys, "speech", True)
    assert mutes(face) == [True, False, False, False]
    assert shown(face, "jawOpen", 15, 60, 75, 100) == [0.4, 0.7, 0.9, 0.9]
    with layers_muted([keys], "speech"):
        assert all(mutes(face))
    assert mutes(face) == [True, False, False, False]


def test_a_layer_made_while_the_others_are_switched_off(face):
    keys = face.data.shape_keys
    speak(face, (1, 30), {"jawOpen": 0.4})
    speak(face, (50, 80), {"jawOpen": 0.7})
    show_layer(keys, "speech", False)
    speak(face, (50, 80), {"jawOpen": 0.9})
    assert mutes(face) == [True, True, False]
    show_layer(keys, "speech", False)
    show_layer(keys, "speech", True)
    assert mutes(face) == [False, True, False]
    assert shown(face, "jawOpen", 15, 60) == [0.4, 0.9]


def test_switching_on_leaves_what_plays_at_other_times(face):
    keys = face.data.shape_keys
    speak(face, (1, 30), {"jawOpen": 0.4})
    speak(face, (50, 80), {"jawOpen": 0.7})
    layers_of(keys, "speech")[1].mute = True  # by hand
    show_layer(keys, "speech", True)
    assert mutes(face) == [False, False]


def test_layers_of_two_capabilities_at_several_times_add_up(face):
    speak(face, (1, 60), {"blink": 0.2})
    speak(face, (20, 80), {"blink": 0.4}, capability="gaze", name="Ann Gaze")
    speak(face, (50, 100), {"blink": 0.3})
    assert shown(face, "blink", 10, 30, 55, 70, 90) == [0.2, 0.6, 0.7, 0.7, 0.3]


def test_an_error_leaves_all_lines_as_they_were(face):
    speak(face, (1, 60), {"jawOpen": 0.4, "smile": 0.2})
    speak(face, (50, 100), {"jawOpen": 0.7})
    bpy.context.scene.frame_set(1)
    before = snapshot()
    for span in ((30, 80), WHOLE):
        for options in (DEFAULT_LAYER, REPLACE):
            with pytest.raises(InputError, match="not a finite number"):
                speak(face, span, {"jawOpen": np.nan}, options)
            assert snapshot() == before


def smile_in_a_meta_strip(face):
    """A smile that grows from frame 1 to 21, keyed in a strip within a meta strip."""
    keys = face.data.shape_keys
    smile = Channel(shape_path("smile"), 0, np.array([1.0, 21.0]), np.array([0.0, 0.4]))
    action = write_action(keys, "Smile", [smile])
    track = keys.animation_data.nla_tracks.new()
    strip = track.strips.new("Smile", 1, action)
    compat.assign_strip_slot(strip)
    keys.animation_data.action = None
    put_in_meta_strip(strip)
    assert track.strips[0].type == "META"


def test_what_a_meta_strip_holds_is_held(face):
    smile_in_a_meta_strip(face)
    path, frames = shape_path("smile"), frames_of((1, 21))
    bpy.context.scene.frame_set(1)
    before = shown(face, "smile", 1, 6, 11, 21)
    held = held_values(bpy.context, face.data.shape_keys, {path: frames})
    assert held[path][[0, 5, 10, 20], 0] == pytest.approx(before, abs=1e-5)
    speak(face, (1, 21), {"smile": 0.7})
    assert shown(face, "smile", 1, 6, 11, 21) == [0.7] * 4
    show_layer(face.data.shape_keys, "speech", False)
    assert shown(face, "smile", 1, 6, 11, 21) == before
