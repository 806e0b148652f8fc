"""The walk follows its path and settings, in undo steps of its own, and nothing else changes."""

from __future__ import annotations

import bpy
import numpy as np
import pytest

from blender_addon.blender import compat
from blender_addon.blender.keys.fingerprint import fingerprint
from blender_addon.capabilities.walk.auto_update import take as takes
from blender_addon.capabilities.walk.auto_update.machine import UNDONE, UP_TO_DATE
from tests.shared.blender.builders import make_curve
from tests.shared.blender.snapshot import snapshot

from .watched import Watched, keys, other_ground

pytestmark = pytest.mark.blender


@pytest.fixture
def watched(addon):
    return Watched()


@pytest.fixture
def walking(watched):
    return watched.walking()


def test_before_the_first_walk_it_waits(watched):
    watched.bend()
    watched.rest(1.0)
    assert watched.take is None
    assert watched.state == takes.NO_WALK


def _raised_ground(watched):
    for vertex in watched.walk.ground.data.vertices:
        vertex.co.z += 0.2


CHANGES = {
    "bent": lambda w: w.bend(),
    "moved": lambda w: setattr(w.walk.path, "location", (0.5, 0, 0)),
    "another path": lambda w: setattr(
        w.walk, "path", make_curve(((0, 0, 0), (2, 0, 0)), name="Other")
    ),
    "speed": lambda w: setattr(w.walk, "speed", 0.8),
    "standing before": lambda w: setattr(w.walk, "stand_before", 1.5),
    "style": lambda w: setattr(w.walk.direction, "step_length", 0.8),
    "ground": other_ground,
    "ground reshaped": _raised_ground,
    "stop": lambda w: setattr(w.walk.marks.add(), "kind", "STOP"),
    "frame rate": lambda w: setattr(bpy.context.scene.render, "fps", 30),
    "standing": lambda w: setattr(w.walk.going, "go", "STAND"),
}


def test_whatever_changes_the_walk_follows_and_stays_where_it_began(walking):
    scene = bpy.context.scene
    scene.frame_set(17)
    for number, (change, make) in enumerate(CHANGES.items()):
        before = keys(walking)
        make(walking)
        bpy.ops.ed.undo_push(message=change)
        walking.rest()
        assert (change, walking.state) == (change, UP_TO_DATE)
        assert (change, walking.watch.steps) == (change, number + 1)
        assert change in ("style", "stop") or keys(walking) != before, change
        assert round(walking.take.frame_range[0]) == 5
        assert scene.frame_current == 17
        assert len(bpy.data.actions) == 1
        assert "frames" in walking.walk.last_result


@pytest.mark.parametrize("kind", ["ACTION", "STRIP"])
def test_a_strip_is_followed_as_an_action_is(watched, kind):
    watched.walk.result.kind = kind
    watched.generate()
    watched.rest()
    bpy.context.scene.frame_set(200)  # far from where the walk lies
    watched.bend()
    watched.rest()
    assert watched.state == UP_TO_DATE
    assert watched.watch.steps == 1
    assert len(bpy.data.actions) == 1
    assert len(watched.rig.animation_data.nla_tracks) == (kind == "STRIP")


def test_the_object_that_walks_is_followed_too(watched):
    watched.walk.root_motion = "OBJECT"
    watched.generate()
    watched.rest(1.0)
    assert (watched.state, watched.watch.steps) == (UP_TO_DATE, 0)
    bpy.context.scene.frame_set(30)
    watched.rest(1.0)
    assert watched.watch.steps == 0
    watched.bend()
    watched.rest(1.0)
    assert (watched.state, watched.watch.steps) == (UP_TO_DATE, 1)


def test_nothing_changes_while_nothing_is_changed(walking):
    before = snapshot()
    walking.rest(3.0)
    assert snapshot() == before
    assert walking.watch.steps == 0


def test_the_playhead_and_a_selection_change_no_walk(walking):
    bpy.context.scene.frame_set(40)
    walking.walk.path.select_set(True)
    walking.rig.pose.bones[3].rotation_quaternion = (1, 0.2, 0, 0)
    walking.rest(1.0)
    assert walking.watch.steps == 0


def test_an_animated_path_is_not_followed_as_it_moves(watched):
    path = watched.walk.path
    path.keyframe_insert("location", frame=1)
    path.location.x = 3.0
    path.keyframe_insert("location", frame=60)
    watched.generate()
    for frame in (10, 30, 50):
        bpy.context.scene.frame_set(frame)
        watched.rest(0.5)
    assert watched.watch.steps == 0
    curve = compat.fcurves_of(path)[0]
    curve.keyframe_points[0].co.y = 1.0
    curve.update()
    watched.rest(0.5)
    assert watched.watch.steps == 1


def test_a_point_is_followed_in_edit_mode_without_leaving_it(walking):
    bpy.context.view_layer.objects.active = walking.walk.path
    bpy.ops.object.mode_set(mode="EDIT")
    before = keys(walking)
    walking.first_point.co.x += 0.4
    walking.rest()
    assert keys(walking) != before
    assert bpy.context.mode == "EDIT_CURVE"
    assert walking.state == UP_TO_DATE
    assert (
        walking.watch.steps == 0
    )  # Edit Mode's own undo brings the path back, and the walk follows
    followed = keys(walking)
    walking.first_point.co.x -= 0.4
    walking.watch.undone()
    walking.rest()
    assert np.allclose(keys(walking), before, atol=1e-5)
    walking.first_point.co.x += 0.4
    walking.watch.undone()
    walking.rest()
    assert np.allclose(keys(walking), followed, atol=1e-5)
    bpy.ops.object.mode_set(mode="OBJECT")
    walking.rest(1.0)
    assert walking.watch.steps == 0


def test_undo_takes_back_the_walk_then_the_path_and_redo_brings_both(walking):
    first = keys(walking)
    walking.bend()
    walking.rest()
    second, marks = keys(walking), fingerprint(walking.take)
    walking.undo()
    walking.rest(1.0)
    assert (keys(walking), walking.state) == (first, UNDONE)
    walking.undo()
    walking.rest(1.0)
    assert (keys(walking), walking.state) == (first, UP_TO_DATE)
    walking.redo()
    walking.rest(1.0)
    walking.redo()
    walking.rest(1.0)
    assert (keys(walking), walking.state) == (second, UP_TO_DATE)
    assert fingerprint(walking.take) == marks
    assert walking.watch.steps == 1
    walking.bend()
    walking.rest()
    assert walking.watch.steps == 2


def test_what_was_undone_is_followed_again_after_the_next_change(walking):
    walking.bend()
    walking.rest()
    walking.undo()
    walking.rest()
    walking.bend(0.2)
    walking.rest()
    assert (walking.state, walking.watch.steps) == (UP_TO_DATE, 2)


def _values(action):
    return [
        (curve.data_path, curve.array_index, curve.mute, [*key.co])
        for curve in compat.action_fcurves(action)
        for key in curve.keyframe_points
    ]


def _mute_key(action):
    compat.action_fcurves(action)[0].mute = True


def _move_key(action):
    compat.action_fcurves(action)[0].keyframe_points[3].co.y += 0.1


def _rename(action):
    action.name = "Mine"


@pytest.mark.parametrize("touch", [_move_key, _mute_key, _rename])
@pytest.mark.parametrize("kind", ["ACTION", "STRIP"])
def test_a_walk_edited_by_hand_is_kept_and_said(watched, touch, kind):
    watched.walk.result.kind = kind
    watched.generate()
    watched.rest()
    action = bpy.data.actions[0]
    touch(action)
    held, values = fingerprint(action), _values(action)
    watched.bend()
    watched.rest(1.0)
    assert watched.state == takes.TOUCHED
    assert [fingerprint(each) for each in bpy.data.actions] == [held]
    assert watched.watch.steps == 0
    if kind == "ACTION":
        watched.generate()  # a new one beside it, and that is followed
        watched.bend()
        watched.rest()
        assert watched.state == UP_TO_DATE
        assert values in [_values(each) for each in bpy.data.actions]


def test_a_walk_touched_between_reading_and_writing_is_kept(walking):
    walking.bend()
    walking.rest(0.15)
    walking.rest(0.05)
    assert walking.state.startswith("Updating")
    _move_key(walking.take)
    held = fingerprint(walking.take)
    walking.rest(0.3)
    assert walking.state == takes.TOUCHED
    assert [fingerprint(each) for each in bpy.data.actions] == [held]


def test_walks_that_are_all_to_be_kept_are_not_piled_up(walking):
    walking.walk.result.replace_last = False
    walking.rest(1.0)
    assert walking.state == takes.KEEPS_ALL
    assert len(bpy.data.actions) == 1


def test_a_walk_that_another_button_made_is_not_replaced(watched):
    watched.generate()
    for key in [each for each in watched.take.keys() if each.endswith("made_from")]:  # noqa: SIM118
        del watched.take[key]
    watched.bend()
    watched.rest(1.0)
    assert watched.state == takes.NOT_ITS_OWN
    assert len(bpy.data.actions) == 1


# Bad input --------------------------------------------------------------------------------------
