"""To a target, standing, turning, arriving in time: what comes of each in a scene."""

from __future__ import annotations

import math

import bpy
import numpy as np
import pytest
from mathutils import Matrix

from blender_addon.blender.keys.options import ResultKind, ResultOptions
from blender_addon.blender.rig.pose import RootMotion
from blender_addon.capabilities.walk import scene as walk_scene
from blender_addon.capabilities.walk.crowd.scene import CrowdMember, read_crowd
from blender_addon.capabilities.walk.direction.arrival import timetable_of
from blender_addon.capabilities.walk.direction.going import Going, GoKind
from blender_addon.capabilities.walk.direction.ways import standing_on
from blender_addon.capabilities.walk.path_preview import make_preview, preview_key
from blender_addon.capabilities.walk.scene import WalkSettings
from blender_addon.core.errors import NeuralMotionError, PathError, SettingsError
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON
from tests.shared.blender.builders import bone_heads, make_curve, make_ground, make_rig
from tests.shared.blender.snapshot import snapshot
from tests.walk.stand_in import SwingingWalker

pytestmark = pytest.mark.blender

ACTION, STRIP = ResultOptions(), ResultOptions(kind=ResultKind.STRIP)
AROUND = Matrix.LocRotScale((2, 1, 0), Matrix.Rotation(math.radians(60), 3, "Z"), (1, 1, 1))


def go(rig, kind=GoKind.TARGET, *, options=ACTION, curve=None, settings=None, **going):
    chosen = WalkSettings(
        rig, curve, going=Going(kind, **going), **{"replaces": options, **(settings or {})}
    )
    job = walk_scene.read(bpy.context, chosen)
    walked = job.run(pipeline=SwingingWalker()).result
    return job, walk_scene.write(bpy.context, job, walked, options)


def point(place, name="Point"):
    obj = bpy.data.objects.new(name, None)
    bpy.context.scene.collection.objects.link(obj)
    obj.location = place
    bpy.context.view_layer.update()
    return obj


def stands(rig, frame):
    """X, Y and the heading in degrees, as the bones show."""
    bpy.context.scene.frame_set(frame)
    hips, left, right = bone_heads(rig, ["Hips", "LeftUpLeg", "RightUpLeg"])
    across = left - right
    return hips[0], hips[1], math.degrees(math.atan2(across[1], across[0]))


def turned(degrees):
    return (degrees + 180.0) % 360.0 - 180.0


@pytest.mark.parametrize("mode", [RootMotion.BONE, RootMotion.OBJECT])
@pytest.mark.parametrize("unit", [1.0, 0.01])
def test_it_walks_from_where_it_stands_to_an_object(scene, mode, unit):
    scene.unit_settings.scale_length = unit
    rig = make_rig(root_bone=True, rolls=True, size=1.0 / unit)
    rig.matrix_world = Matrix.Scale(1.0 / unit, 4) @ AROUND @ Matrix.Scale(unit, 4)
    goal = point((5 / unit, -2 / unit, 0))
    _, written = go(rig, target=goal, settings={"root_motion": mode})
    x, y, heading = stands(rig, written.first_frame)
    assert (x * unit, y * unit) == pytest.approx((2, 1), abs=0.05)
    assert heading == pytest.approx(60, abs=2)
    x, y, heading = stands(rig, written.last_frame)
    assert (x * unit, y * unit) == pytest.approx((5, -2), abs=0.05)
    assert heading == pytest.approx(45, abs=2)  # X and −Y alike


def test_it_walks_to_the_cursor_and_stops_short(scene):
    rig = make_rig()
    job, written = go(rig, place=(0.0, -4.0, 9.0), stop_short_m=1.5)
    assert job.path.length_m == pytest.approx(2.5, abs=0.05)
    assert stands(rig, written.last_frame)[1] == pytest.approx(-2.5, abs=0.05)


def test_it_walks_up_to_where_another_character_is_now(scene):
    rig, other = make_rig(), make_rig(name="Other", root_bone=True)
    go(other, GoKind.PATH, curve=make_curve(((3, 0, 0), (3, -3, 0))))
    scene.frame_set(200)
    job, _ = go(rig, target=other, settings={"start_frame": 200})
    assert job.path.points[-1, [0, 2]] == pytest.approx((3, 3), abs=0.1)


@pytest.mark.parametrize("heading", [-100.0, 30.0, 179.0])
def test_it_stands_and_turns(scene, heading):
    rig = make_rig(root_bone=True)
    rig.matrix_world = AROUND
    job, written = go(rig, GoKind.STAND, stand_s=4.0, end_heading_rad=math.radians(heading))
    assert job.path is None
    assert written.last_frame - written.first_frame == 4 * 24
    first, last = stands(rig, written.first_frame), stands(rig, written.last_frame)
    assert first == pytest.approx((2, 1, 60), abs=2)
    assert last[:2] == pytest.approx((2, 1), abs=0.05)
    assert turned(last[2] - heading) == pytest.approx(0, abs=2)


@pytest.mark.parametrize("kind", list(GoKind))
def test_it_faces_an_object_in_the_end(scene, kind):
    rig, seen = make_rig(), point((4, -3, 0), "Seen")
    curve = make_curve(((0, 0, 0), (0, -3, 0)))
    _, written = go(rig, kind, curve=curve, place=(0.0, -3.0, 0.0), end_toward=seen)
    expected = math.degrees(math.atan2(4, 3)) if kind is GoKind.STAND else 90.0
    assert stands(rig, written.last_frame)[2] == pytest.approx(expected, abs=3)


def test_nobody_faces_what_is_where_they_stand(scene):
    seen = point((0, -3, 0))
    with pytest.raises(SettingsError, match="'Point' is where the walk ends"):
        go(make_rig(), target=seen, end_toward=seen)


def test_a_place_that_is_no_number_is_told_as_such(scene):
    rig, seen = make_rig(), point((0, -3, 0))
    seen.location.x = math.nan
    with pytest.raises(SettingsError, match="the place of 'Point', to be faced in the end, is not"):
        go(rig, GoKind.STAND, end_toward=seen)


@pytest.mark.parametrize("kind", [GoKind.TARGET, GoKind.STAND])
@pytest.mark.parametrize("options", [ACTION, STRIP], ids=["action", "strip"])
def test_generated_again_it_does_not_creep_away(scene, kind, options):
    rig = make_rig(root_bone=True)
    rig.matrix_world = AROUND
    goal = {"place": (5.0, -2.0, 0.0), "stand_s": 2.0, "end_heading_rad": 1.0}
    job, written = go(rig, kind, options=options, **goal)
    for playhead in (10, 40, 1):
        scene.frame_set(playhead)
        again, rewritten = go(rig, kind, options=options, **goal)
        assert again.stands == job.stands
        assert rewritten.first_frame == written.first_frame
        assert len(bpy.data.actions) == 1


def test_moved_since_it_begins_where_it_was_moved_to(scene):
    rig = make_rig(root_bone=True)
    _, written = go(rig, GoKind.STAND, stand_s=1.0)
    rig.location.x += 0.02
    bpy.context.view_layer.update()
    job, _ = go(rig, GoKind.STAND, stand_s=1.0)
    assert job.start_frame == written.first_frame
    assert job.stands.x == pytest.approx(0.02, abs=0.005)


def test_it_goes_on_from_a_walk(scene):
    rig = make_rig(root_bone=True)
    curve = make_curve(((0, 0, 0), (0, -3, 0)))
    _, walked = go(rig, GoKind.PATH, options=STRIP, curve=curve)
    scene.frame_set(walked.last_frame)
    _, stood = go(rig, GoKind.STAND, options=STRIP, stand_s=1.0, end_heading_rad=1.5)
    assert stood.first_frame == walked.last_frame
    assert len(bpy.data.actions) == 2
    assert stands(rig, stood.first_frame)[:2] == pytest.approx((0, -3), abs=0.05)


def test_without_a_ground_it_stays_on_the_level_it_stands_on(scene):
    rig = make_rig()
    rig.location.z = 3.0
    bpy.context.view_layer.update()
    job, written = go(rig, GoKind.STAND, stand_s=1.0)
    assert any("the level at 3.00 m is walked on" in note for note in job.notes)
    scene.frame_set(written.last_frame)
    assert bone_heads(rig, ["Hips"])[0][2] > 3.5


def test_it_stands_on_the_ground_that_is_chosen(scene):
    rig, ground = make_rig(), make_ground(height=lambda _x, _y: 0.5)
    _, written = go(rig, GoKind.STAND, stand_s=1.0, settings={"ground": ground})
    scene.frame_set(written.last_frame)
    assert 1.2 < bone_heads(rig, ["Hips"])[0][2] < 1.6
    rig.location.x = 99.0
    bpy.context.view_layer.update()
    with pytest.raises(NeuralMotionError, match="no ground under the character"):
        go(rig, GoKind.STAND, settings={"ground": ground, "start_frame": 400})


def test_who_stands_on_a_deck_sails_along(scene):
    deck = point((0, 0, 0), "Deck")
    for frame, x in ((1, 0.0), (101, 10.0)):
        deck.location.x = x
        deck.keyframe_insert("location", frame=frame)
    rig = make_rig(root_bone=True)
    rig.parent = deck
    scene.frame_set(1)
    _, written = go(rig, GoKind.STAND, stand_s=3.0)
    scene.frame_set(written.last_frame)
    bpy.context.view_layer.update()
    assert stands(rig, written.last_frame)[0] == pytest.approx(deck.location.x, abs=0.1)


def test_the_frame_of_arrival_is_kept(scene, model):
    rig, curve = make_rig(), make_curve(((0, 0, 0), (0, -5, 0)))
    job, _ = go(rig, GoKind.PATH, curve=curve, arrive_frame=150)
    table = timetable_of(job.request(COMMON_SKELETON), job.models)
    assert table.arrival_s == pytest.approx(149 / 24, abs=0.02)


def test_too_early_a_frame_is_refused_with_the_earliest(scene, model):
    rig, curve = make_rig(), make_curve(((0, 0, 0), (0, -5, 0)))
    with pytest.raises(PathError, match="nobody can be there on frame 20: the earliest") as told:
        go(rig, GoKind.PATH, curve=curve, arrive_frame=20)
    earliest = int(str(told.value).split("the earliest is frame ")[1].split(",")[0])
    go(rig, GoKind.PATH, curve=curve, arrive_frame=earliest)
    bpy.data.actions.remove(bpy.data.actions[0])
    with pytest.raises(PathError, match=f"the earliest is frame {earliest},"):
        go(rig, GoKind.PATH, curve=curve, arrive_frame=earliest - 1)


@pytest.mark.parametrize(
    ("going", "said"),
    [
        ({"kind": GoKind.TARGET, "place": (0.0, 0.0, 0.0)}, "from where the character stands"),
        ({"kind": GoKind.TARGET, "place": (0.0, -2.0, 0.0), "stop_short_m": 3.0}, "Stop Short"),
        ({"kind": GoKind.STAND, "stand_s": 0.0}, "standing for 0 s is not possible"),
        ({"kind": GoKind.STAND, "stand_s": 1.0, "end_heading_rad": 3.0}, "Stand longer"),
        ({"kind": GoKind.TARGET, "place": (math.nan, 0.0, 0.0)}, "is not a number"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_changes(scene, going, said):
    rig = make_rig()
    before = snapshot()
    with pytest.raises(NeuralMotionError, match=said):
        go(rig, **going)
    assert snapshot() == before
    problem = make_preview(bpy.context, WalkSettings(rig, going=Going(**going))).problem
    assert said in problem


def test_the_estimate_says_what_will_happen(scene, model):
    rig = make_rig()
    turning = Going(GoKind.STAND, stand_s=5.0, end_heading_rad=-math.pi / 2)
    said = make_preview(bpy.context, WalkSettings(rig, going=turning)).describe()
    assert said.replace("\u00a0", " ") == "stands 5 s, frames 1 to 121, and turns 90° to the right"
    there = Going(GoKind.TARGET, place=(0.0, -6.0, 0.0), arrive_frame=200)
    preview = make_preview(bpy.context, WalkSettings(rig, going=there))
    assert preview.arrival_frame == 200
    assert "to 200" in preview.describe().replace("\u00a0", " ")
    assert preview.pace in preview.describe()
    assert np.allclose(preview.points[[0, -1]], ((0, 0, 0), (0, -6, 0)), atol=0.02)


def test_the_estimate_follows_the_target(scene):
    rig, goal = make_rig(), point((0, -4, 0))
    settings = WalkSettings(rig, going=Going(GoKind.TARGET, goal))
    key = preview_key(bpy.context, settings)
    assert preview_key(bpy.context, settings) == key
    goal.location.x = 3.0
    bpy.context.view_layer.update()
    assert preview_key(bpy.context, settings) != key


def test_several_stand_together(scene):
    rigs = [make_rig(name=f"Rig {n}") for n in range(2)]
    rigs[1].location.x = 2.0
    bpy.context.view_layer.update()
    job = read_crowd(
        bpy.context,
        [CrowdMember(WalkSettings(rig, going=Going(GoKind.STAND, stand_s=1.0))) for rig in rigs],
    )
    walks = job.run(pipeline=SwingingWalker()).result
    assert [round(float(each.track.positions[0, 0])) for each in walks] == [0, 2]


def test_the_place_is_read_where_the_walk_begins(scene):
    rig = make_rig()
    for frame, x in ((1, 0.0), (50, 4.0)):
        rig.location.x = x
        rig.keyframe_insert("location", frame=frame)
    scene.frame_set(1)
    from blender_addon.blender.rig.skeleton import read_skeleton

    read = read_skeleton(bpy.context, rig)
    assert standing_on(bpy.context, read, 1.0, 50).x == pytest.approx(4.0, abs=0.01)
    assert standing_on(bpy.context, read, 1.0, 1).x == pytest.approx(0.0, abs=0.01)
