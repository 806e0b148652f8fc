"""Generate, play, change something, generate again: the walk stays where it is."""

from __future__ import annotations

import bpy
import pytest

from blender_addon.blender.keys.options import ResultKind, ResultOptions
from blender_addon.capabilities.walk import scene as walk_scene
from blender_addon.capabilities.walk.crowd.scene import CrowdMember, read_crowd, write_crowd
from blender_addon.capabilities.walk.path_preview import make_preview
from blender_addon.capabilities.walk.properties import walk_settings
from blender_addon.capabilities.walk.scene import WalkSettings
from tests.shared.blender.builders import make_curve, make_rig
from tests.walk.stand_in import SwingingWalker

pytestmark = pytest.mark.blender

AHEAD = ((0, 0, 0), (0, -4, 0))
ACTION, STRIP = ResultOptions(), ResultOptions(kind=ResultKind.STRIP)


def walk(rig, curve, options, **settings):
    chosen = WalkSettings(rig, curve, **{"replaces": options, **settings})
    job = walk_scene.read(bpy.context, chosen)
    walked = job.run(pipeline=SwingingWalker()).result
    return walk_scene.write(bpy.context, job, walked, options)


@pytest.mark.parametrize("options", [ACTION, STRIP], ids=["action", "strip"])
def test_a_walk_made_again_begins_where_the_last_one_did(scene, options):
    rig, curve = make_rig(), make_curve(AHEAD)
    scene.frame_end = 88
    scene.frame_set(7)
    first = walk(rig, curve, options)
    assert first.first_frame == 7
    assert first.extended_scene
    for speed, playhead in ((1.0, 40), (1.8, 61), (1.4, 2)):
        scene.frame_set(playhead)
        again = walk(rig, curve, options, speed_m_s=speed)
        assert again.first_frame == 7
        assert scene.frame_current == playhead
        assert scene.frame_end == max(88, again.last_frame)
        assert len(bpy.data.actions) == 1
    other = make_curve(((0, 0, 0), (0, -1, 0)), name="Short")
    assert walk(rig, other, options).last_frame < 88
    assert scene.frame_end == 88


@pytest.mark.parametrize("options", [ACTION, STRIP], ids=["action", "strip"])
@pytest.mark.parametrize("why", ["touched", "kept", "playhead chosen", "frame chosen"])
def test_a_walk_that_replaces_none_begins_as_chosen(scene, options, why):
    rig, curve = make_rig(), make_curve(AHEAD)
    walk(rig, curve, options, start_frame=7)
    scene.frame_set(40)
    again, settings, written = 40, {}, options
    if why == "touched":
        bpy.data.actions["Rig Walk"]["note"] = "keep"
    elif why == "kept":
        written = ResultOptions(kind=options.kind, replace_last=False)
    elif why == "playhead chosen":
        settings = {"replaces": None}
    else:
        settings, again = {"start_frame": 12}, 12
    assert walk(rig, curve, written, **settings).first_frame == again


def test_a_strip_beyond_the_last_one_follows_it(scene):
    rig, curve = make_rig(), make_curve(AHEAD)
    first = walk(rig, curve, STRIP, start_frame=1)
    scene.frame_set(first.last_frame)
    second = walk(rig, curve, STRIP)
    assert second.first_frame == first.last_frame
    assert len(rig.animation_data.nla_tracks[0].strips) == 2
    scene.frame_set(second.first_frame + 5)
    assert walk(rig, curve, STRIP).first_frame == second.first_frame
    assert bpy.data.actions.get(first.action_name) is not None


def test_the_preview_arrives_where_the_walk_will(scene):
    rig, curve = make_rig(), make_curve(AHEAD)
    walk(rig, curve, ACTION, start_frame=7)
    settings = WalkSettings(rig, curve, replaces=ACTION)
    scene.frame_set(60)
    there = make_preview(bpy.context, settings)
    assert there.start_frame == 7
    scene.frame_set(7)
    here = make_preview(bpy.context, settings)
    assert (here.start_frame, here.arrival_frame) == (7, there.arrival_frame)


def test_a_crowd_stays_together_where_it_was(scene):
    rigs = [make_rig(name=f"Rig{n}") for n in range(3)]
    curves = [make_curve(((n, 0, 0), (n, -3, 0)), name=f"Path{n}") for n in range(3)]

    def together(count, delay_s):
        members = [
            CrowdMember(WalkSettings(rig, curve, replaces=ACTION), delay_s=delay_s * (n + 1))
            for n, (rig, curve) in enumerate(zip(rigs, curves, strict=True))
        ][:count]
        job = read_crowd(bpy.context, members)
        written = write_crowd(bpy.context, job, job.run(pipeline=SwingingWalker()).result)
        return [each.first_frame for each in written]

    scene.frame_set(10)
    assert together(2, 0.5) == [22, 34]
    scene.frame_set(50)
    assert together(3, 1.0) == [34, 58, 82]  # the third joins them


def test_the_panel_chooses_where_it_begins(addon, model):
    addon.neural_motion.character = rig = make_rig()
    chosen = rig.neural_motion.walk
    chosen.path = make_curve(((0, 0, 0), (0, -1.5, 0)))
    assert chosen.start == "LAST"

    def start_at(playhead):
        addon.frame_set(playhead)
        assert bpy.ops.neural_motion.generate_walk() == {"FINISHED"}
        return rig.animation_data.action.frame_range[0]

    assert [start_at(5), start_at(30)] == [5, 5]
    chosen.start = "CURRENT"
    window = bpy.context.window_manager.windows[0]
    with bpy.context.temp_override(window=window, screen=window.screen):
        bpy.ops.screen.animation_play()
        assert start_at(30) == 30
        assert not window.screen.is_animation_playing
    chosen.start, chosen.start_frame = "FRAME", -20
    assert start_at(9) == -20
    addon.frame_start = 12
    chosen.start = "SCENE"
    assert [start_at(50), start_at(3)] == [12, 12]
    addon.render.frame_map_old, addon.render.frame_map_new = 100, 200
    assert start_at(50) == 6  # of animation, in a scene whose time is stretched


def test_the_preview_begins_at_the_scene_s_start(addon, model):
    addon.neural_motion.character = rig = make_rig()
    chosen = rig.neural_motion.walk
    chosen.path = make_curve(((0, 0, 0), (0, -1.5, 0)))
    chosen.start, addon.frame_start = "SCENE", 33
    addon.frame_set(70)
    assert make_preview(bpy.context, walk_settings(bpy.context)).start_frame == 33
