"""Strokes and beats as markers: dragged, deleted, added, and never the animator's own."""

from __future__ import annotations

import bpy
import pytest

from blender_addon.capabilities.gesture import scene as gesture_scene
from blender_addon.capabilities.gesture.applying import keep_gesture_of
from blender_addon.capabilities.gesture.choice import beats_given
from blender_addon.capabilities.gesture.depends import made_from
from blender_addon.capabilities.gesture.keeping import keep_gesture
from blender_addon.capabilities.gesture.properties import gesture_choice
from tests.gesture.scene.helpers import FPS, silence
from tests.gesture.stand_in import Stepper, Waver, music, quiet
from tests.shared.blender.builders import make_rig

pytestmark = [pytest.mark.blender, pytest.mark.smoke]


@pytest.fixture
def talker(addon, tmp_path):
    rig = make_rig(name="Anna")
    addon.render.fps = FPS
    addon.neural_motion.character = rig
    chosen = rig.neural_motion.gesture
    chosen.source, chosen.file = "FILE", silence(tmp_path, 8.0).path
    chosen.add_to_sequencer = False
    addon.timeline_markers.new("Anna L 1", frame=31)  # the animator's own, of all names
    return rig


def generate(rig, waver=None):
    """As the button does, with the stand-in."""
    context = bpy.context
    job = gesture_scene.read(context, gesture_choice(context, rig))
    outcome = job.run(pipeline=waver or Waver(), heard=quiet(job.duration_s))
    written = gesture_scene.write(context, job, outcome.result)
    keep_gesture_of(context, job, outcome, written)
    return job


def ours():
    return {m.name: m.frame for m in bpy.context.scene.timeline_markers if m.name != "Anna L 1"}


def strokes(rig):
    return [(round(s.frame), s.hand) for s in rig.neural_motion.gesture.strokes if not s.removed]


def marker(frame):
    return next(m for m in bpy.context.scene.timeline_markers
                if m.frame == frame and m.name in ours())  # fmt: skip


def test_strokes_are_markers_and_moved_ones_stay_where_they_were_put(talker):
    generate(talker)
    assert strokes(talker) == [(31, "LEFT"), (91, "RIGHT"), (151, "LEFT"), (211, "RIGHT")]
    assert sorted(ours().values()) == [31, 91, 151, 211]
    before = made_from(bpy.context.scene, talker)
    marker(91).frame = 110
    assert made_from(bpy.context.scene, talker) != before
    bpy.context.scene.timeline_markers.remove(marker(151))
    waver = Waver()
    generate(talker, waver)
    asked = waver.requests[0].strokes
    assert [(round(s.time_s * FPS) + 1, s.size > 0) for s in asked] == [(110, True), (151, False)]
    assert strokes(talker) == [(31, "LEFT"), (110, "RIGHT"), (211, "RIGHT")]
    talker.neural_motion.gesture.seed = 5
    generate(talker)
    assert (110, "RIGHT") in strokes(talker) and 151 not in dict(strokes(talker))
    own = [m for m in bpy.context.scene.timeline_markers if m.name == "Anna L 1"]
    assert [m.frame for m in own] == [31]


def test_far_from_where_it_was_planned_a_moved_stroke_leaves_no_double(talker):
    generate(talker)
    marker(91).frame = 125
    waver = Waver()
    generate(talker, waver)
    asked = {round(s.time_s * FPS) + 1: s.size for s in waver.requests[0].strokes}
    assert asked[125] > 0 and asked[91] == 0
    generate(talker, waver)
    assert {round(s.time_s * FPS) + 1 for s in waver.requests[1].strokes} == {91, 125}
    assert bpy.ops.neural_motion.clear_moved_strokes() == {"FINISHED"}
    generate(talker)
    assert strokes(talker) == [(31, "LEFT"), (91, "RIGHT"), (151, "LEFT"), (211, "RIGHT")]


def test_a_stroke_is_added_at_the_playhead(talker):
    generate(talker)
    bpy.context.scene.frame_set(61)
    assert bpy.ops.neural_motion.add_stroke(hand="BOTH") == {"FINISHED"}
    assert "Anna L+R 2" in ours()
    generate(talker)
    assert (61, "BOTH") in strokes(talker)


def test_markers_can_be_hidden_and_what_was_moved_is_kept(talker):
    generate(talker)
    marker(91).frame = 100
    chosen = talker.neural_motion.gesture
    chosen.show_strokes = False
    assert not ours()
    generate(talker)
    assert not ours() and (100, "RIGHT") in strokes(talker)
    chosen.show_strokes = True
    assert 100 in ours().values()
    marker(100).name = "Mine"
    chosen.show_strokes = False
    assert ours() == {"Mine": 100}


def test_markers_go_along_with_a_character_that_is_renamed(talker):
    generate(talker)
    talker.name = "Berta"
    marker(91).frame = 100
    generate(talker)
    assert (100, "RIGHT") in strokes(talker)
    assert sorted(ours().values()) == [31, 100, 151, 211]
    assert all(name.startswith("Berta ") for name in ours())


def test_copied_markers_and_cuts_to_a_camera_are_the_animators(talker):
    generate(talker)
    scene = bpy.context.scene
    scene.timeline_markers.new(marker(91).name, frame=120)
    marker(151).camera = camera = bpy.data.objects.new("Cam", bpy.data.cameras.new("Cam"))
    generate(talker)
    assert strokes(talker) == [(31, "LEFT"), (91, "RIGHT"), (151, "LEFT"), (211, "RIGHT")]
    assert sorted(m.frame for m in scene.timeline_markers) == [31, 31, 91, 120, 151, 151, 211]
    assert [m.frame for m in scene.timeline_markers if m.camera == camera] == [151]


def test_beats_are_heard_shifted_tapped_and_halved(talker):
    chosen = talker.neural_motion.gesture
    chosen.mode, chosen.show_beats = "DANCE", True
    with pytest.raises(RuntimeError, match="No tempo is known yet"):
        bpy.ops.neural_motion.first_beat_here()
    assert chosen.beats.tempo_from == "HEARD"
    context = bpy.context
    job = gesture_scene.read(context, gesture_choice(context, talker))
    outcome = job.run(pipeline=Stepper(), heard=music(job.duration_s, 100.0))
    keep_gesture(context, talker, job, outcome.result)
    assert round(chosen.last_result_bpm) == 100
    first = min(ours(), key=ours().get)
    assert first == "Anna Beat 1" and len(ours()) > 10
    at = ours()[first]
    context.scene.timeline_markers[first].frame += 4
    assert beats_given(context.scene, talker).shift_frames == 4
    chosen.show_beats = False
    chosen.show_beats = True
    assert min(ours().values()) == at + 4
    assert beats_given(context.scene, talker).shift_frames == 4
    assert bpy.ops.neural_motion.scale_tempo(factor="HALF") == {"FINISHED"}
    assert chosen.beats.tempo_from == "SET" and round(chosen.beats.tempo) == 50
    given = beats_given(context.scene, talker)
    assert given.tempo_bpm == chosen.beats.tempo and round(given.first_frame) == at + 4
    context.scene.frame_set(33)
    assert bpy.ops.neural_motion.first_beat_here() == {"FINISHED"}
    assert beats_given(context.scene, talker).first_frame == 33
    assert bpy.ops.neural_motion.tap_tempo() == {"FINISHED"}
    assert round(chosen.beats.tempo) == 50  # one tap is no tempo
