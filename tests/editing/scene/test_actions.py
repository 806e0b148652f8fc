"""Edits become actions: a copy where time stays; all is sampled anew where it does not."""

from __future__ import annotations

from dataclasses import replace

import bpy
import numpy as np
import pytest

from backend.rigs.generated import make_rigify
from blender_addon.blender import compat
from blender_addon.blender.keys.options import DEFAULT_RESULT, ResultKind
from blender_addon.blender.paths import bone_path
from blender_addon.capabilities.editing.choice import Edit
from blender_addon.capabilities.editing.reference import read_alone
from blender_addon.core.editing.edited import Edited
from tests.editing.scene.editors import Cycle, Faster, Joining, Straight, Turning, sampled
from tests.editing.scene.motions import (
    animate,
    bones_of,
    common_misses_cm,
    curve_values,
    edit_motion,
    key_extra,
    misses_cm,
    places_of,
    seen,
    walking,
)
from tests.shared.blender.builders import make_rig

pytestmark = pytest.mark.blender

FRAMES = np.arange(1, 61)
STRIP = replace(DEFAULT_RESULT, kind=ResultKind.STRIP)


def walker(make=make_rig, **more):
    """A rig that walks, with a grip that opens and closes beside."""
    rig = make(**more)
    action = animate(rig, walking())
    rig["grip"] = 0.2
    key_extra(action, {('["grip"]', 0): 0.3, (bone_path("Head", "scale"), 1): 1.0}
              if make is make_rig else {('["grip"]', 0): 0.3})  # fmt: skip
    return rig, action


def test_a_copy_differs_in_what_changes_and_nowhere_else(scene):
    rig, action = walker()
    before = curve_values(action, np.arange(0, 62, 0.25))
    job, edited, written = edit_motion(
        rig, Edit.CLEAN, Turning("LeftArm"), DEFAULT_RESULT, frame_range=(20, 45)
    )
    new = bpy.data.actions[written.names[0]]
    assert rig.animation_data.action == new and action.use_fake_user
    assert curve_values(action, np.arange(0, 62, 0.25)).keys() == before.keys()
    after = curve_values(new, np.arange(0, 62, 0.25))
    changed = {path for path in before if np.abs(after[path] - before[path]).max() > 1e-6}
    assert {path.split('"')[1] for path, _ in changed} == {"LeftArm"}
    outside = (np.arange(0, 62, 0.25) <= 20) | (np.arange(0, 62, 0.25) >= 45)
    off = max(np.abs(after[path] - before[path])[outside].max() for path in changed)
    assert off < 1e-6
    assert misses_cm(rig, job, edited[0]).max() < 0.05


def test_between_sparse_keys_value_and_slope_stay_at_both_ends(scene):
    rig = make_rig(rotation_mode="XYZ")
    path = bone_path("LeftArm", "rotation_euler")
    for frame, angle in ((1, 0.0), (14, 6.0), (41, 6.6), (60, 6.2)):  # beyond half a turn
        rig.pose.bones["LeftArm"].rotation_euler = (0.3, 0.1, angle)
        rig.pose.bones["LeftArm"].keyframe_insert("rotation_euler", frame=frame)
    action = rig.animation_data.action
    fine = np.arange(1, 60, 0.125)
    before = curve_values(action, fine)
    _, _, written = edit_motion(
        rig, Edit.CLEAN, Turning("LeftArm", angle=0.2), DEFAULT_RESULT, frame_range=(20, 30)
    )
    after = curve_values(bpy.data.actions[written.names[0]], fine)
    for key, values in before.items():
        whole = np.isin(fine, np.arange(61)) & ((fine <= 20) | (fine >= 30))
        assert np.abs(after[key] - values)[whole].max() < 1e-5
        far = (fine <= 14) | (fine >= 41)
        assert np.abs(after[key] - values)[far].max() < 1e-5
        assert np.abs(np.diff(after[key])).max() < 0.3
    assert path in {each for each, _ in before}


def test_a_gap_is_filled_between_keys_that_stay(scene):
    rig = make_rigify()
    animate(rig, walking())
    before = seen(rig, FRAMES)
    job, edited, _ = edit_motion(rig, Edit.FILL, Straight(), frame_range=(20, 40))
    after = seen(rig, FRAMES)
    moved = np.abs(after.posed.poses - before.posed.poses).max(axis=(1, 2, 3))
    assert moved[(FRAMES <= 20) | (FRAMES >= 40)].max() < 5e-5 and moved[29] > 0.02
    assert misses_cm(rig, job, edited[0]).max() < 0.6


def test_gaps_between_keys_are_found_bone_by_bone(scene):
    rig = make_rig()
    walk = walking()
    animate(rig, walk)
    action = rig.animation_data.action
    for curve in compat.action_fcurves(action):  # a blocked walk: a pose now and then
        keep = (1, 21, 24, 60) if "LeftArm" in curve.data_path else (1, 11, 14, 30, 60)
        for key in [k for k in curve.keyframe_points if round(k.co[0]) not in keep][::-1]:
            curve.keyframe_points.remove(key)
    job, _, written = edit_motion(rig, Edit.FILL, Straight(), gaps_over=5)
    gone = {n: np.flatnonzero(~job.known[:, n]) + 1 for n in range(23)}
    arm = 1 + job.take.common.skeleton.index("LeftArm")
    leg = 1 + job.take.common.skeleton.index("LeftLeg")
    assert {*gone[arm]} == {*range(2, 21), *range(25, 60)}
    assert {*gone[leg]} == {*gone[0]} == {*range(2, 11), *range(15, 30), *range(31, 60)}
    assert written.first_frame == 1 and written.last_frame == 60


@pytest.mark.parametrize("make", [make_rig, make_rigify])
def test_another_time_samples_all_that_is_animated(scene, make):
    rig, action = walker(make)
    job, edited, written = edit_motion(
        rig, Edit.RESTYLE, Faster(), DEFAULT_RESULT, reference=action.name
    )
    new = bpy.data.actions[written.names[0]]
    there = np.arange(1.0, 41.0)
    grip = curve_values(new, there)['["grip"]', 0]
    expected = curve_values(action, 1 + np.arange(0, 59, 1.5))['["grip"]', 0]
    assert np.abs(grip - expected).max() < 1e-5
    assert common_misses_cm(rig, job, edited[0]).max() < 0.1
    assert written.last_frame == 40 and rig.animation_data.action == new


def test_before_the_first_and_after_the_last_frame_the_pose_is_held(scene):
    class Beyond:
        def edit(self, job, progress):
            source = np.arange(-0.25, 60.5, 1.0).astype(np.float32)
            return (Edited(sampled(job.take.common, source), source),)

    rig, action = walker()
    _, _, written = edit_motion(rig, Edit.RESTYLE, Beyond(), DEFAULT_RESULT, reference=action.name)
    grip = curve_values(bpy.data.actions[written.names[0]], [1.0, 61.0])['["grip"]', 0]
    expected = curve_values(action, [1.0, 60.0])['["grip"]', 0]
    assert np.abs(grip - expected).max() < 1e-5


def test_another_time_shows_in_full_where_the_action_was_blended_in_by_half(scene):
    rig, action = walker()
    data = rig.animation_data
    data.nla_tracks.new().strips.new("Below", 1, action.copy())
    data.action_influence = 0.5
    job, edited, _ = edit_motion(rig, Edit.RESTYLE, Faster(), DEFAULT_RESULT, reference=action.name)
    assert common_misses_cm(rig, job, edited[0]).max() < 0.1
    assert data.action_influence == 1.0


@pytest.mark.parametrize("make", [make_rig, make_rigify])
def test_a_cycle_is_carried_on_by_its_root(scene, make):
    more = {"root_bone": True} if make is make_rig else {}
    rig, _ = walker(make, **more)
    job, edited, written = edit_motion(rig, Edit.LOOP, Cycle())
    new = bpy.data.actions[written.names[0]]
    assert new.use_cyclic and tuple(new.frame_range) == (1.0, 37.0)
    assert common_misses_cm(rig, job, edited[0]).max() < 0.1
    root = "Root" if make is make_rig else "root"
    steps = np.diff(np.stack([curve_values(new, np.arange(1, 38))[bone_path(root, "location"), n]
                              for n in range(3)]), axis=1)  # fmt: skip
    assert np.ptp(steps, axis=1).max() < 0.02  # it does not jump back where the time does
    again = {frame: places_of(seen(rig, np.arange(1, 37) + frame).base) for frame in (0, 36, 72)}
    way = again[36][0, 0] - again[0][0, 0]
    assert np.linalg.norm(way) > 1.0  # three times in a row, each from where the last one ended
    for number in (1, 2):
        assert np.abs(again[36 * number] - number * way - again[0]).max() < 0.01


def test_two_strips_go_over_into_one_action(scene):
    rig = make_rig(root_bone=True)
    first = animate(rig, walking(), name="First")
    second = animate(rig, walking(50), name="Second")
    data = rig.animation_data
    data.action = None
    for action, start in ((first, 1), (second, 80)):
        track = data.nla_tracks.new()
        track.strips.new(action.name, start, action)
    job, edited, written = edit_motion(rig, Edit.CONNECT, Joining(), first="First", second="Second")
    assert common_misses_cm(rig, job, edited[0]).max() < 0.2
    assert written.last_frame == 70
    assert [len(track.strips) for track in data.nla_tracks] == [1, 1]


def test_a_strip_is_read_though_another_plays_solo_or_the_nla_is_off(scene):
    rig = make_rig()
    first = animate(rig, walking(), name="First")
    second = animate(rig, walking(50), name="Second")
    data = rig.animation_data
    data.action = None
    tracks = [data.nla_tracks.new(), data.nla_tracks.new()]
    for track, action in zip(tracks, (first, second), strict=True):
        track.strips.new(action.name, 1, action)
    expected = [read_alone(bpy.context, rig, name).common for name in ("First", "Second")]
    tracks[1].is_solo, data.use_nla = True, False
    found = [read_alone(bpy.context, rig, name).common for name in ("First", "Second")]
    for one, other in zip(expected, found, strict=True):
        np.testing.assert_array_equal(one.rotations_wxyz, other.rotations_wxyz)
    assert np.ptp(found[0].root_positions[:, 2]) > 0.5
    assert tracks[1].is_solo and not tracks[0].is_solo and not data.use_nla


def test_controls_of_feet_go_along_where_the_root_turns(scene):
    rig = make_rigify()
    animate(rig, walking(), name="First")
    animate(rig, walking(50), name="Second")
    job, edited, _ = edit_motion(rig, Edit.CONNECT, Joining(), first="First", second="Second")
    off = common_misses_cm(rig, job, edited[0])
    knees = [job.take.common.skeleton.index(f"{side}Leg") for side in ("Left", "Right")]
    assert off[:, knees].max() < 3.0
    assert np.delete(off, knees, axis=1).max() < 0.5


def test_a_strip_holds_the_result_and_the_old_one_lies_below(scene):
    rig = make_rig()
    action = animate(rig, walking())
    job, edited, written = edit_motion(rig, Edit.VARY, Turning("Spine"), STRIP)
    assert misses_cm(rig, job, edited[0]).max() < 0.05
    names = [strip.action.name for track in rig.animation_data.nla_tracks for strip in track.strips]
    assert action.name in names and written.names[0] in names


def test_made_again_it_begins_with_what_was_there_before(scene):
    rig = make_rig()
    action = animate(rig, walking())
    edit_motion(rig, Edit.VARY, Turning("LeftArm"), DEFAULT_RESULT)
    once = seen(rig, [30]).base.rotations_wxyz
    _, _, written = edit_motion(rig, Edit.VARY, Turning("LeftArm"), DEFAULT_RESULT)
    assert np.allclose(seen(rig, [30]).base.rotations_wxyz, once, atol=1e-4)
    assert {each.name for each in bpy.data.actions} == {action.name, *written.names}
    bpy.data.actions[written.names[0]].pose_markers.new("mine")
    _, _, again = edit_motion(rig, Edit.VARY, Turning("LeftArm"), DEFAULT_RESULT)
    assert {each.name for each in bpy.data.actions} >= {*written.names, *again.names}
    assert not np.allclose(seen(rig, [30]).base.rotations_wxyz, once, atol=1e-2)


def test_what_another_edit_made_stays_and_is_built_on(scene):
    rig = make_rig()
    animate(rig, walking())
    loop = edit_motion(rig, Edit.LOOP, Cycle())[2].names[0]
    again = {"options": DEFAULT_RESULT, "reference": "Own"}
    first = edit_motion(rig, Edit.RESTYLE, Faster(), **again)[2].names[0]
    assert bpy.data.actions[loop].use_fake_user
    frames = bpy.data.actions[first].frame_range[:]
    second = edit_motion(rig, Edit.RESTYLE, Faster(), **again)[2].names[0]
    assert {each.name for each in bpy.data.actions} == {"Own", loop, second}
    assert bpy.data.actions[second].frame_range[:] == frames


def test_over_a_layer_all_is_sampled_as_it_is_seen(scene):
    rig = make_rig()
    animate(rig, walking())
    edit_motion(rig, Edit.VARY, Turning("LeftArm"))
    job, edited, written = edit_motion(
        rig, Edit.CLEAN, Turning("Head"), DEFAULT_RESULT, frame_range=(20, 40)
    )
    assert misses_cm(rig, job, edited[0]).max() < 0.05
    assert {"LeftArm", "Head"} <= bones_of(bpy.data.actions[written.names[0]])
