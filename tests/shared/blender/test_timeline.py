"""The scene's end and the playhead."""

from __future__ import annotations

import bpy
import pytest

from blender_addon.blender.timeline import (
    extend_scene,
    frame_rate_of,
    playhead_kept,
    stop_playback,
)
from blender_addon.core.errors import InputError

pytestmark = pytest.mark.blender


def test_the_scene_ends_later_but_never_earlier(scene):
    scene.frame_end = 100
    assert not extend_scene(scene, 60)
    assert not extend_scene(scene, 100)
    assert scene.frame_end == 100
    assert extend_scene(scene, 130)
    assert scene.frame_end == 130


def action(name="A"):
    return bpy.data.actions.new(name)


def test_the_end_goes_back_when_a_shorter_result_takes_the_place_of_a_longer(scene):
    scene.frame_end = 100
    long, other = action(), action("Other")
    assert extend_scene(scene, 240, [long])
    assert extend_scene(scene, 300, [other])
    bpy.data.actions.remove(other)
    assert extend_scene(scene, 180, [action("Shorter")])
    assert scene.frame_end == 240  # which the longest that is left still needs
    bpy.data.actions.remove(long)
    assert extend_scene(scene, 60, [action("Short")])
    assert scene.frame_end == 180
    bpy.data.actions.remove(bpy.data.actions["Shorter"])
    extend_scene(scene, 60, [action("Short")])
    assert scene.frame_end == 100  # as the user had it


def test_an_end_that_the_user_set_since_stays(scene):
    scene.frame_end = 100
    first = action()
    extend_scene(scene, 240, [first])
    scene.frame_end = 500
    bpy.data.actions.remove(first)
    assert not extend_scene(scene, 60, [action()])
    assert scene.frame_end == 500
    scene.frame_end = 70
    second = action()
    extend_scene(scene, 90, [second])
    bpy.data.actions.remove(second)
    extend_scene(scene, 10, [action()])
    assert scene.frame_end == 70


def test_what_another_scene_needs_moves_no_end(scene):
    other = bpy.data.scenes.new("Other")
    extend_scene(other, 900, [action()])
    scene.frame_end = 100
    extend_scene(scene, 200, [action("B")])
    assert scene.frame_end == 200


def test_the_playhead_stays_between_frames(scene):
    scene.frame_set(7, subframe=0.25)
    with playhead_kept(scene):
        scene.frame_set(40)
    assert scene.frame_current_final == 7.25
    with pytest.raises(InputError):
        move_and_fail(scene)
    assert scene.frame_current_final == 7.25


@pytest.mark.parametrize(("frame", "part"), [(-3, 0.25), (0, 0.5), (-1, 0.999), (1000, 0.1)])
def test_the_playhead_stays_to_the_bit_on_both_sides_of_zero(scene, frame, part):
    scene.frame_set(frame, subframe=part)
    before = scene.frame_current, scene.frame_subframe
    with playhead_kept(scene):
        scene.frame_set(40)
    assert (scene.frame_current, scene.frame_subframe) == before


def move_and_fail(scene):
    with playhead_kept(scene):
        scene.frame_set(3)
        raise InputError("on purpose")


def test_playback_stops_where_the_playhead_is(scene):
    stop_playback(bpy.context)  # nothing plays: nothing happens
    window = bpy.context.window_manager.windows[0]
    with bpy.context.temp_override(window=window, screen=window.screen):
        bpy.ops.screen.animation_play()
        assert window.screen.is_animation_playing
        scene.frame_set(33)
        stop_playback(bpy.context)
        assert not window.screen.is_animation_playing
    assert scene.frame_current == 33


def test_the_rate_has_its_fraction(scene):
    scene.render.fps, scene.render.fps_base = 24, 1.001
    assert frame_rate_of(scene) == pytest.approx(23.976, abs=1e-3)
