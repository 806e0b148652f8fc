"""The list of results: what is a row, and what mute, solo, influence and Remove do to all of it."""

from __future__ import annotations

import bpy
import numpy as np
import pytest

from blender_addon.blender.layers.found import objects_of
from blender_addon.blender.layers.influence import influence_of, set_influence
from blender_addon.blender.layers.removal import push_down, remove_result
from blender_addon.blender.layers.switching import (
    is_muted,
    is_solo,
    set_muted,
    set_solo,
    silenced_on,
)
from blender_addon.core.errors import InputError
from tests.shared.blender.builders import make_rig
from tests.shared.blender.snapshot import snapshot
from tests.shared.layers.samples import gaze, make_character, only, results, speech, walk

pytestmark = pytest.mark.blender


def turned(rig, frame):
    """What head and lids are on a frame."""
    bpy.context.scene.frame_set(frame)
    keys = bpy.data.objects["Face"].data.shape_keys
    return np.array([*rig.pose.bones["Head"].rotation_quaternion, keys.key_blocks["blink"].value])


def track_of(rig, name):
    return rig.animation_data.nla_tracks[name]


def test_what_was_written_at_once_is_one_row(scene):
    rig = make_character()
    walk(rig)
    gaze(rig)
    gaze(rig, first=60, seed=2)
    speech()
    found = results(rig)
    assert sorted((r.capability, len(r.placed), r.span) for r in found) == [
        ("gaze", 2, (10.0, 49.0)),
        ("gaze", 2, (60.0, 99.0)),
        ("speech", 1, (5.0, 34.0)),
        ("walk", 1, (1.0, 60.0)),
    ]
    assert all(r.is_untouched for r in found)


def test_a_copy_by_hand_is_a_row_of_its_own(scene):
    rig = make_character()
    gaze(rig)
    copy = only(rig, "gaze").lead.copy()
    track = rig.animation_data.nla_tracks.new()
    track.strips.new(copy.name, 80, copy)
    rows = [each for each in results(rig) if each.capability == "gaze"]
    assert [len(each.placed) for each in rows] == [2, 1]
    assert [each.is_untouched for each in rows] == [True, False]


def test_somebody_else_who_is_carried_has_a_list_of_her_own(scene):
    rig = make_character()
    other = make_rig(name="Carried")
    other.parent = rig
    hat = bpy.data.objects.new("Hat", None)
    scene.collection.objects.link(hat)
    hat.parent = other
    assert {each.name for each in objects_of(rig)} == {"Rig", "Face"}


def test_muted_it_is_gone_everywhere_and_unmuted_it_is_as_made(scene):
    rig = make_character()
    before = turned(rig, 20)
    gaze(rig)
    shown = turned(rig, 20)
    set_muted(only(rig, "gaze"), True)
    assert is_muted(only(rig, "gaze")) and not only(rig, "gaze").is_untouched
    assert np.allclose(turned(rig, 20), before, atol=1e-6)
    set_muted(only(rig, "gaze"), False)
    assert np.allclose(turned(rig, 20), shown, atol=1e-6)
    assert only(rig, "gaze").is_untouched


def test_of_strips_that_share_a_track_one_alone_is_muted(scene):
    rig = make_character()
    walk(rig, first=1, strip=True)
    walk(rig, first=101, strip=True)
    assert len(rig.animation_data.nla_tracks) == 1
    set_muted(only(rig, "walk", 0), True)
    assert [is_muted(each) for each in results(rig)] == [True, False]


def test_solo_silences_the_rest_and_takes_it_from_others(scene):
    rig = make_character()
    walk(rig)
    gaze(rig)
    gaze(rig, first=60, seed=2)
    speech()
    first, second = (only(rig, "gaze", n) for n in (0, 1))
    state = snapshot()
    set_solo(first, True, results(rig))
    assert is_solo(first) and all(each.track.is_solo for each in first.placed)
    blocks = [each.datablock for each in first.placed]
    assert set(silenced_on(blocks, results(rig))) == {"Rig Walk", second.name, "Face Speech"}
    set_solo(second, True, results(rig))
    assert is_solo(second) and not is_solo(first)
    set_solo(second, False, results(rig))
    assert silenced_on(blocks, results(rig)) == []
    assert snapshot() == state


def test_influence_keeps_the_ease_and_at_one_all_is_as_made(scene):
    rig = make_character()
    gaze(rig)
    full = [turned(rig, frame) for frame in (10, 12, 30, 48)]
    look = only(rig, "gaze")
    set_influence(look, 0.5)
    assert influence_of(look) == 0.5 and not only(rig, "gaze").is_untouched
    for frame, was in zip((10, 12, 30, 48), full, strict=True):
        angle, half = (2 * np.arccos(min(abs(v[0]), 1.0)) for v in (was, turned(rig, frame)))
        assert half == pytest.approx(0.5 * angle, abs=2e-3)
        assert turned(rig, frame)[4] == pytest.approx(0.5 * was[4], abs=1e-5)
    set_influence(look, 0.25)
    assert influence_of(look) == 0.25
    set_influence(look, 1.0)
    assert influence_of(look) == 1.0 and only(rig, "gaze").is_untouched


def test_an_influence_keyed_by_hand_is_left_alone(scene):
    rig = make_character()
    gaze(rig)
    strip = only(rig, "gaze").placed[0].strip
    strip.use_animated_influence = True
    curve = strip.fcurves.find("influence")
    curve.keyframe_points.insert(20, 0.7)
    kept = [tuple(key.co) for key in curve.keyframe_points]
    assert influence_of(only(rig, "gaze")) is None
    set_influence(only(rig, "gaze"), 0.2)
    assert [tuple(key.co) for key in curve.keyframe_points] == kept


def test_removed_are_only_those_that_nobody_touched(scene):
    rig = make_character()
    walk(rig)
    before = snapshot()
    gaze(rig)
    look = only(rig, "gaze")
    look.placed[1].track.lock = True
    with pytest.raises(InputError, match="by hand \\(on 'Face'\\)"):
        remove_result(look)
    look.placed[1].track.lock = False
    remove_result(look)
    assert [each.capability for each in results(rig)] == ["walk"]
    assert not [a.name for a in bpy.data.actions if "Gaze" in a.name]
    remove_result(only(rig, "walk"))
    assert rig.animation_data.action is None and results(rig) == []
    gone = {name for name in before.keys() - snapshot().keys() if not name.endswith("/users")}
    assert gone == {"actions/Rig Walk"}


def test_what_another_was_made_over_is_not_removed(scene):
    rig = make_character()
    gaze(rig)
    gaze(rig, first=30, seed=3)
    with pytest.raises(InputError, match="was made over"):
        remove_result(only(rig, "gaze", 0))


def test_an_active_action_is_pushed_down_before_it_is_switched(scene):
    rig = make_character()
    walk(rig)
    for switch in (lambda r: set_muted(r, True), lambda r: set_influence(r, 0.5)):
        with pytest.raises(InputError, match="Push it down"):
            switch(only(rig, "walk"))
    push_down(only(rig, "walk"))
    with pytest.raises(InputError, match="in the NLA already"):
        push_down(only(rig, "walk"))
    set_muted(only(rig, "walk"), True)
    assert is_muted(only(rig, "walk"))
