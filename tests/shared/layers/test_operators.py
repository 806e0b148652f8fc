"""The buttons of the list, with undo; the slider holds nothing of its own."""

from __future__ import annotations

import bpy
import pytest

from blender_addon.capabilities.layers.known import chosen_results, seems_untouched
from blender_addon.capabilities.layers.properties import in_order
from tests.shared.layers.samples import gaze, make_character, only, speech, walk

pytestmark = pytest.mark.blender

OPS = bpy.ops.neural_motion


@pytest.fixture
def rig(addon):
    made = make_character()
    walk(made, strip=True)
    gaze(made)
    speech(first=70)
    addon.neural_motion.character = made
    return made


def row(capability):
    found = [r for r in chosen_results(bpy.context) if r.capability == capability]
    assert len(found) == 1
    return found[0]


def test_rows_by_time_and_by_stack(rig):
    found = chosen_results(bpy.context)
    assert [r.capability for r in in_order(found, "TIME")] == ["walk", "gaze", "speech"]
    assert [r.capability for r in in_order(found, "STACK")][-1] == "walk"


def test_mute_and_solo_are_switched_and_switched_back(rig):
    name = row("gaze").name
    assert OPS.mute_layer(action=name) == {"FINISHED"}
    assert all(each.track.mute for each in row("gaze").placed)
    assert not seems_untouched(row("gaze"))
    OPS.mute_layer(action=name)
    assert seems_untouched(row("gaze"))
    OPS.solo_layer(action=name)
    assert all(each.track.is_solo for each in row("gaze").placed)
    OPS.solo_layer(action=name)
    assert not any(t.is_solo for t in rig.animation_data.nla_tracks)


def test_the_slider_reads_and_writes_the_strips(rig):
    slider = row("gaze").lead.neural_motion_row
    assert slider.influence == 1.0
    slider.influence = 0.3
    assert slider.influence == pytest.approx(0.3)
    strips = [each.strip for each in row("gaze").placed]
    assert all(strip.use_animated_influence for strip in strips)
    assert strips[0].fcurves.find("influence").evaluate(30) == pytest.approx(0.3)
    slider.influence = 1.0
    assert row("gaze").is_untouched


def test_strips_are_selected_and_the_playhead_jumps(rig):
    OPS.select_layer(action=row("speech").name)
    selected = [s.name for r in chosen_results(bpy.context) for p in r.strips
                if (s := p.strip).select]  # fmt: skip
    assert selected == ["Face Speech"]
    OPS.jump_to_layer(action=row("speech").name)
    assert bpy.context.scene.frame_current == 70


def test_without_a_name_the_selected_strips_say_which(rig):
    OPS.select_layer(action=row("gaze").name)
    assert OPS.mute_layer() == {"FINISHED"}
    assert row("gaze").placed[0].track.mute and not row("speech").placed[0].track.mute


def test_merged_and_undone_all_is_as_before(rig):
    bpy.ops.ed.undo_push(message="Ready")
    assert OPS.merge_layer(action=row("gaze").name) == {"FINISHED"}
    assert [r.capability for r in chosen_results(bpy.context)].count("merged") == 1
    bpy.ops.ed.undo_push(message="Merged")
    bpy.ops.ed.undo()
    found = {r.capability: r.is_untouched for r in chosen_results(bpy.context)}
    assert found == {"walk": True, "gaze": True, "speech": True}


def test_what_cannot_be_is_told(rig):
    only(rig, "gaze").lead.name = "Mine"
    with pytest.raises(RuntimeError, match="by hand"):
        OPS.remove_layer(action="Mine")
    with pytest.raises(RuntimeError, match="no layer of the chosen character"):
        OPS.remove_layer(action="Nothing")
    assert OPS.remove_layer(action=row("speech").name) == {"FINISHED"}
    assert [r.capability for r in chosen_results(bpy.context)] == ["walk", "gaze"]
