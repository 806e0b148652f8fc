"""A correction moves the mouth at once, as Generate would with that list, and never a take of a
hand's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest

from blender_addon.blender import compat
from blender_addon.blender.keys.layers import layers_of
from blender_addon.capabilities.speech import heard_edit, heard_solve
from blender_addon.capabilities.speech import job as speech_job
from blender_addon.capabilities.speech.heard import (
    MOST_LISTED,
    corrected_phones,
    heard_of,
    is_corrected,
    is_told,
    put_in_order,
    refill,
)
from blender_addon.capabilities.speech.heard_blocks import blocks_within
from blender_addon.capabilities.speech.heard_edit import drag_row
from blender_addon.core.inference.choice import ModelChoice
from blender_addon.core.jobs import Cancellation, RanModel
from blender_addon.core.speech.opening import OpenedSpeech, open_speech
from blender_addon.core.speech.phone_list import unpack_phones
from blender_addon.core.speech.phones import HeardPhone
from blender_addon.core.speech.pipeline import result_of
from tests.shared.blender.face_builders import make_face

pytestmark = pytest.mark.blender
SENTENCE = Path(__file__).resolve().parents[3] / "backend" / "demos" / "sounds" / "natural.wav"


_said: dict[str, Any] = {}


class Once:
    """The bundled network, which runs once: what it said is given again, with another list."""

    def generate(self, request, *, on_progress=None):
        if not _said:
            opened = open_speech(ModelChoice(), Cancellation())
            _said["spoken"] = opened.pipeline.generate(request, on_progress=on_progress).spoken
        return result_of(_said["spoken"], request.told)


@pytest.fixture
def speech(addon, monkeypatch):
    """The demo's sentences, spoken by the bundled network on a face of ARKit's shapes."""
    ran = (RanModel("speech_face", "CPUExecutionProvider", "CPUExecutionProvider"),)
    monkeypatch.setattr(speech_job, "open_speech", lambda *_: OpenedSpeech(Once(), ran))
    return spoken_in(addon)


@pytest.fixture
def anew(addon):
    """The same, where the network runs at every Generate."""
    return spoken_in(addon)


def spoken_in(addon):
    addon.neural_motion.character = face = make_face()
    chosen = face.neural_motion.speech
    chosen.file, chosen.add_to_sequencer = str(SENTENCE), False
    chosen.upper_face = False
    assert press() == {"FINISHED"}
    return chosen


def press(operator="generate_speech", **options):
    return getattr(bpy.ops.neural_motion, operator)(**options)


def keys_of(face="Face"):
    return bpy.data.objects[face].data.shape_keys


def layer():
    [track] = [t for t in layers_of(keys_of(), "speech") if not t.mute]
    return track


def curves():
    """Values (T,) of each shape on its frames, as the layer has them."""
    found = {}
    for curve in compat.action_fcurves(layer().strips[0].action):
        points = np.empty(2 * len(curve.keyframe_points))
        curve.keyframe_points.foreach_get("co", points)
        found[curve.data_path.split('"')[1]] = points.reshape(-1, 2)
    return found


def value(shape, frame):
    points = curves().get(shape)
    return 0.0 if points is None else float(np.interp(frame, points[:, 0], points[:, 1]))


def gap(frame):
    return value("jawOpen", frame) - value("mouthClose", frame)


def first_of(speech, kind, longer_than=0.0, after=0.0):
    return next(
        row for row in heard_of(speech).phones
        if row.kind == kind and row.last - row.first > longer_than and row.first > after
    )  # fmt: skip


def middle(row):
    return 0.5 * (row.first + row.last)


def far_from(row, points, frames=4.0):
    return (points[:, 0] < row.first - frames) | (points[:, 0] > row.last + frames)


def test_the_list_has_the_whole_sentence(speech):
    heard = heard_of(speech)
    kinds = {row.kind for row in heard.phones}
    assert len(heard.phones) > 40
    assert {"SILENCE", "BILABIAL", "OPEN_VOWEL", "CLOSE_VOWEL", "ROUNDED_VOWEL"} <= kinds
    firsts = [row.first for row in heard.phones]
    assert firsts == sorted(firsts)
    assert not any(is_told(heard, row) for row in heard.phones)
    assert not is_corrected(heard)


@pytest.mark.parametrize(
    ("was", "kind", "check"),
    [
        ("BILABIAL", "OPEN_VOWEL", lambda at: gap(at) > 0.35),
        ("CLOSE_VOWEL", "ROUNDED_VOWEL", lambda at: value("mouthPucker", at) > 0.5),
        ("OPEN_VOWEL", "BILABIAL", lambda at: gap(at) < 0.01),
        ("OPEN_VOWEL", "LABIODENTAL", lambda at: value("mouthRollLower", at) > 0.4),
        ("ROUNDED_VOWEL", "SILENCE", lambda at: value("mouthPucker", at) < 0.05),
    ],
)  # fmt: skip
def test_retyping_acts_at_once_where_it_is_and_as_generate_would(speech, was, kind, check):
    row = first_of(speech, was, 1.0, after=20.0)
    at = round(middle(row))
    assert not check(at)
    before = curves()
    row.kind = kind
    heard = heard_of(speech)
    assert heard.note == ""
    assert check(at)
    after = curves()
    for shape in before.keys() & after.keys():
        far = far_from(row, before[shape])
        assert np.array_equal(before[shape][far], after[shape][far]), shape
    press()
    assert_same(after, curves())
    assert is_told(heard, heard.phones[0]) is False


def test_a_correction_leaves_the_scene_its_end(speech):
    scene = bpy.context.scene
    scene.frame_end = 60  # after Generate, by hand: the speech is longer
    first_of(speech, "BILABIAL", 1.0, after=20.0).kind = "OPEN_VOWEL"
    assert heard_of(speech).note == ""
    assert scene.frame_end == 60


def assert_same(one, other):
    assert one.keys() == other.keys()
    for shape in one:
        np.testing.assert_allclose(one[shape], other[shape], atol=1e-6, err_msg=shape)


def test_generate_says_the_same_of_a_corrected_list_and_heeds_it_at_another_strength(anew):
    speech = anew
    row = first_of(speech, "BILABIAL", after=20.0)
    row.kind = "OPEN_VOWEL"
    at, shown = round(middle(row)), curves()
    press()
    assert_same(shown, curves())
    speech.strength = 0.5
    press()
    assert value("jawOpen", at) == pytest.approx(0.23, abs=0.03)
    assert is_corrected(heard_of(speech))


def test_as_heard_again_the_mouth_is_as_it_was(speech):
    before = curves()
    speech.active_phone = 5
    row = heard_of(speech).phones[5]
    row.kind, row.last = "OPEN_VOWEL", row.last + 3.0
    assert is_told(heard_of(speech), row)
    press("reset_heard_phone")
    assert not is_corrected(heard_of(speech))
    assert_same(before, curves())
    with pytest.raises(RuntimeError, match="as it was heard"):
        press("reset_heard_phone")
    row.kind = "SIBILANT"
    press("hear_again")
    assert not is_corrected(heard_of(speech))
    assert_same(before, curves())


def test_a_shape_moves_across_its_neighbour_and_back(speech):
    before = curves()
    heard = heard_of(speech)
    index = next(n for n, row in enumerate(heard.phones) if n > 8 and row.kind == "BILABIAL")
    row, beyond = heard.phones[index], heard.phones[index + 1]
    span, by = (row.first, row.last), beyond.last - row.first - 0.2
    other = beyond.first, beyond.last
    drag_row(heard, row, "middle", *span, by)
    now = put_in_order(heard, index)
    assert now == index + 1
    press("show_corrections")
    moved = heard.phones[now]
    assert (moved.first, moved.last) == pytest.approx((span[0] + by, span[1] + by), abs=1e-3)
    at = middle(moved)
    assert gap(at) < 0.08
    assert (heard.phones[index].first, heard.phones[index].last) == other
    drag_row(heard, moved, "middle", moved.first, moved.last, -by)
    assert put_in_order(heard, now) == index
    press("show_corrections")
    assert not is_corrected(heard)
    assert_same(before, curves())


def test_what_is_dragged_stays_within_the_sound_and_keeps_a_length(speech):
    heard = heard_of(speech)
    row = heard.phones[4]
    first, last = row.first, row.last
    for held, by in (("middle", -1e4), ("middle", 1e4), ("first", 1e4), ("last", -1e4)):
        drag_row(heard, row, held, first, last, by)
        assert 1.0 <= row.first < row.last <= 1.0 + 24 * 6.9
    drag_row(heard, row, "last", first, last, 2.3, whole=True)
    assert row.last == round(last + 2.3)


def test_inserted_at_the_playhead_the_others_give_way_and_come_back(speech):
    before, heard = curves(), heard_of(speech)
    bpy.context.scene.frame_set(60)
    count = len(heard.phones)
    press("add_heard_phone", kind="BILABIAL", seconds=0.1)
    assert len(heard.phones) == count + 1
    row = heard.phones[speech.active_phone]
    assert (row.inserted, middle(row)) == (True, pytest.approx(60.0, abs=0.01))
    assert value("jawOpen", 60) <= value("mouthClose", 60) + 1e-3
    told = corrected_phones(speech, heard.sound)
    assert [phone.kind for phone in told.phones if phone.told] == ["bilabial"]
    press("remove_heard_phone")
    assert len(heard.phones) == count
    assert_same(before, curves())


def test_a_heard_shape_that_is_removed_can_come_back(speech):
    before, heard = curves(), heard_of(speech)
    index = next(n for n, row in enumerate(heard.phones) if n > 8 and row.kind == "BILABIAL")
    at = round(middle(heard.phones[index]))
    speech.active_phone = index
    count = len(heard.phones)
    press("remove_heard_phone")
    assert (len(heard.phones), heard.phones[index].used) == (count, False)
    assert gap(at) > 0.03
    press("reset_heard_phone")
    assert_same(before, curves())


def test_a_layer_of_a_hand_is_left_alone_and_that_is_said(speech):
    curve = compat.action_fcurves(layer().strips[0].action)[0]
    curve.keyframe_points[3].co.y += 0.1
    before = curves()
    heard_of(speech).phones[5].kind = "OPEN_VOWEL"
    assert "was changed by hand since" in heard_of(speech).note
    assert_same(before, curves())
    speech.active_phone = 5
    bpy.context.scene.frame_set(60)
    press("add_heard_phone")
    heard_solve.unregister()
    heard_solve.register()
    press("show_corrections")  # without what the network said, too
    assert_same(before, curves())
    assert len(bpy.data.actions) == 2  # the layer and its rest
    bpy.context.scene.frame_set(1)
    press()
    assert len(layers_of(keys_of(), "speech")) == 2


def test_what_is_no_longer_kept_is_generated_again(speech):
    row = first_of(speech, "BILABIAL", after=20.0)
    at = round(middle(row))
    heard_solve.unregister()
    heard_solve.register()
    row.kind = "OPEN_VOWEL"
    assert heard_of(speech).note == heard_solve.GONE
    assert value("jawOpen", at) < 0.35
    press("show_corrections")
    assert heard_of(speech).note == ""
    assert value("jawOpen", at) > 0.4
    heard_of(speech).phones[3].kind = "SIBILANT"  # it is kept again
    assert heard_of(speech).note == ""


def test_without_a_layer_nothing_is_written(speech):
    keys_of().animation_data.nla_tracks.remove(layer())
    heard_of(speech).phones[5].kind = "OPEN_VOWEL"
    assert "no layer of speech plays on 'Face'" in heard_of(speech).note
    assert not layers_of(keys_of(), "speech")


def test_undo_takes_back_a_correction_in_one_step(speech):
    bpy.ops.ed.undo_push(message="generated")
    before = {name: points.copy() for name, points in curves().items()}
    bpy.context.scene.frame_set(60)
    bpy.ops.ed.undo_push(message="frame")
    press("add_heard_phone", kind="OPEN_VOWEL")
    bpy.ops.ed.undo_push(message="inserted")
    bpy.ops.ed.undo()
    chosen = bpy.data.objects["Face"].neural_motion.speech
    assert not is_corrected(heard_of(chosen))
    assert_same(before, curves())
    bpy.ops.ed.redo()
    chosen = bpy.data.objects["Face"].neural_motion.speech
    assert is_corrected(heard_of(chosen))
    heard_of(chosen).phones[3].kind = "OPEN_VOWEL"  # what was kept is found after an undo
    assert heard_of(chosen).note == ""


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [(60.0, 60.0, "which is not after it"), (60.0, 50.0, "which is not after it"),
     (5000.0, 5004.0, "outside of the sound")],
)  # fmt: skip
def test_a_wrong_line_is_told_and_changes_nothing(speech, first, last, said):
    before, heard = curves(), heard_of(speech)
    with heard_solve_quiet():
        heard.phones[9].first = first
    heard.phones[9].last = last
    assert said in heard.note
    assert_same(before, curves())
    with pytest.raises(RuntimeError, match=said):
        press()


def heard_solve_quiet():
    from blender_addon.capabilities.speech.heard_changes import quietly

    return quietly()


def test_outside_of_the_sound_nothing_is_inserted(speech):
    bpy.context.scene.frame_set(4000)
    with pytest.raises(RuntimeError, match="outside of what was heard"):
        press("add_heard_phone")
    assert not is_corrected(heard_of(speech))


def test_the_keys_next_and_previous_go_from_shape_to_shape(speech):
    bpy.context.scene.frame_set(60)
    press("next_heard_phone")
    there = bpy.context.scene.frame_current
    assert there > 60
    row = heard_of(speech).phones[speech.active_phone]
    assert there == round(middle(row))
    press("next_heard_phone", back=True)
    assert bpy.context.scene.frame_current <= 60


def test_blocks_lie_where_the_shapes_are_with_those_told_on_top(speech):
    heard = heard_of(speech)
    shown = blocks_within(heard, 40.0, 60.0)
    assert 3 < len(shown) < 12
    assert all(block.last >= 40.0 and block.first <= 60.0 for block in shown)
    bpy.context.scene.frame_set(50)
    press("add_heard_phone", kind="SIBILANT")
    assert blocks_within(heard, 40.0, 60.0)[-1].index == speech.active_phone
    assert blocks_within(heard, 40.0, 60.0)[-1].told


def test_a_long_list_is_shown_around_the_playhead(speech):
    heard = heard_of(speech)
    phones = tuple(HeardPhone("open_vowel", n / 10, n / 10 + 0.1) for n in range(3 * MOST_LISTED))
    kept = heard_solve._known.find(heard.spoken)
    heard.to_s = 600.0
    refill(heard, kept.job.sound, phones)
    heard.phones[7].kind = "SIBILANT"
    bpy.context.scene.frame_set(9600)
    press("list_heard_here")
    firsts = [row.first for row in heard.phones]
    assert len(firsts) == MOST_LISTED
    assert firsts == sorted(firsts)
    assert firsts[0] < 30 and firsts[1] < 9600 < firsts[-1]
    told = corrected_phones(speech, heard.sound)
    assert len(told.phones) == len(phones)
    assert [phone.kind for phone in told.phones if phone.told] == ["sibilant"]


def test_esc_brings_a_long_list_back_whole_after_another_part_was_listed(speech):
    heard = heard_of(speech)
    phones = tuple(HeardPhone("open_vowel", n / 10, n / 10 + 0.1) for n in range(3 * MOST_LISTED))
    kept = heard_solve._known.find(heard.spoken)
    heard.to_s = 600.0
    refill(heard, kept.job.sound, phones)
    before = heard_edit._copy(speech, heard)
    bpy.context.scene.frame_set(9600)
    press("list_heard_here")
    heard_edit._paste(speech, heard, before)
    assert not is_corrected(heard)
    firsts = [row.first for row in heard.phones]
    assert len(firsts) == MOST_LISTED and firsts[-1] < 9600
    assert len(unpack_phones(heard.rest)) == 2 * MOST_LISTED
