"""Merging changes nothing that is seen, and nothing of what was there."""

from __future__ import annotations

import bpy
import numpy as np
import pytest

from blender_addon.blender import compat
from blender_addon.blender.keys.keyframes import Channel
from blender_addon.blender.layers.merge import merge_down, reason_not_to_merge
from blender_addon.blender.layers.removal import push_down
from blender_addon.blender.layers.shown import shown
from blender_addon.blender.layers.switching import set_muted
from blender_addon.core.errors import InputError
from tests.shared.blender.snapshot import snapshot
from tests.shared.layers.samples import gaze, make_character, only, speech, walk

pytestmark = pytest.mark.blender

FRAMES = np.arange(-5.0, 80.0)
ROUNDING = 1e-3  # Combine's own


def seen(rig):
    keys = bpy.data.objects["Face"].data.shape_keys
    return shown(bpy.context, rig, FRAMES).places, shown(bpy.context, keys, FRAMES).values


def keys_of(action):
    return [
        (c.data_path, c.array_index, [(tuple(k.co), k.interpolation) for k in c.keyframe_points])
        for c in compat.action_fcurves(action)
    ]


def check_same(before, after, bound=1e-4):
    for one, other in zip(before, after, strict=True):
        assert np.abs(one - other).max() < bound


@pytest.mark.parametrize("mode", ["QUATERNION", "XYZ"])
@pytest.mark.parametrize("strip", [False, True])
def test_a_look_over_a_walk_becomes_one_action_that_shows_the_same(scene, mode, strip):
    rig = make_character(mode)
    action = walk(rig, mode, strip=strip)
    gaze(rig, mode)
    look = only(rig, "gaze").lead
    before, kept = seen(rig), (keys_of(action), keys_of(look))
    merged = merge_down(bpy.context, only(rig, "gaze"))
    assert merged.largest_turn_rad <= 1e-4 and merged.largest_shift_m <= 1e-4
    assert merged.alone == ("Face",)
    check_same(before, seen(rig))
    assert (keys_of(action), keys_of(look)) == kept
    assert action.use_fake_user and look.use_fake_user
    row = only(rig, "merged")
    assert row.name == "Rig Walk Merged" and row.span[1] >= 60
    playing = [t.name for t in rig.animation_data.nla_tracks if not t.mute and "Rest" not in t.name]
    assert playing == ([row.name] if strip else [])


def test_layers_beside_it_play_on_and_can_be_muted(scene):
    rig = make_character()
    walk(rig)
    gaze(rig)
    gaze(rig, first=30, count=40, seed=3)  # goes on beyond the other
    before = seen(rig)
    merge_down(bpy.context, only(rig, "gaze", 1))
    check_same(before, seen(rig), ROUNDING)
    merge_down(bpy.context, only(rig, "merged"))
    check_same(before, seen(rig), ROUNDING)


def test_two_lines_of_speech_become_one_and_the_gap_stays_shut(scene):
    rig = make_character()
    speech(first=5, count=20)
    speech(first=50, count=20)
    before = seen(rig)
    merge_down(bpy.context, only(rig, "speech", 1))
    check_same(before, seen(rig))
    assert only(rig, "merged").span == (5.0, 69.0)


def test_an_animators_own_keys_beneath_are_merged_with_and_kept(scene):
    rig = make_character("XYZ")
    for frame, turn in ((1, 0.0), (20, 0.5), (45, -0.2)):
        rig.pose.bones["Head"].rotation_euler = (turn, 0.1, 0.0)
        rig.pose.bones["Head"].keyframe_insert("rotation_euler", frame=frame)
    own = rig.animation_data.action
    gaze(rig, "XYZ")
    before, kept = seen(rig), keys_of(own)
    merge_down(bpy.context, only(rig, "gaze"))
    check_same(before, seen(rig))
    assert keys_of(own) == kept and own.use_fake_user


def test_a_half_shown_layer_is_merged_as_it_shows(scene):
    from blender_addon.blender.layers.influence import set_influence

    rig = make_character()
    walk(rig, strip=True)
    gaze(rig)
    set_influence(only(rig, "gaze"), 0.4)
    before = seen(rig)
    merge_down(bpy.context, only(rig, "gaze"))
    check_same(before, seen(rig))


def test_pushed_down_a_walk_shows_the_same_and_can_be_muted(scene):
    rig = make_character()
    walk(rig)
    gaze(rig)
    before = seen(rig)
    push_down(only(rig, "walk"))
    check_same(before, seen(rig), ROUNDING)
    set_muted(only(rig, "walk"), True)
    assert np.abs(before[0] - seen(rig)[0]).max() > 0.1


def test_what_cannot_be_merged_is_told_and_nothing_changes(scene):
    rig = make_character()
    speech()
    before = snapshot()
    assert "nothing below" in reason_not_to_merge(only(rig, "speech"))
    with pytest.raises(InputError, match="nothing below"):
        merge_down(bpy.context, only(rig, "speech"))
    assert snapshot() == before
    walk(rig)
    assert "active action" in reason_not_to_merge(only(rig, "walk"))
    gaze(rig)
    set_muted(only(rig, "gaze"), True)
    assert "muted" in reason_not_to_merge(only(rig, "gaze"))


def test_where_it_would_show_otherwise_all_is_as_before(scene, monkeypatch):
    from blender_addon.blender.layers import merge

    rig = make_character()
    walk(rig, strip=True)
    gaze(rig)
    monkeypatch.setattr(merge, "write_channel", _writes_wrongly(merge.write_channel))
    before = snapshot()
    with pytest.raises(InputError, match="elsewhere than before"):
        merge_down(bpy.context, only(rig, "gaze"))
    assert snapshot() == before


def _writes_wrongly(write):
    from dataclasses import replace

    def wrong(owner, channel: Channel) -> None:
        write(owner, replace(channel, values=channel.values + 0.01 * channel.frames))

    return wrong


def test_keys_of_a_bone_that_is_gone_hinder_nothing(scene):
    rig = make_character("QUATERNION")
    action = walk(rig, "QUATERNION", strip=True)
    gaze(rig, "QUATERNION")
    curve = next(c for c in compat.action_fcurves(action) if c.data_path.endswith("location"))
    curve.data_path = 'pose.bones["Gone"].location'
    before = seen(rig)
    merge_down(bpy.context, only(rig, "gaze"))
    check_same(before, seen(rig))
