"""The list of phones heard: kept, shown, corrected, and heeded when speech is made again."""

from __future__ import annotations

from dataclasses import replace

import bpy
import numpy as np
import pytest

from blender_addon import cli
from blender_addon.capabilities.speech import job as speech_job
from blender_addon.capabilities.speech.heard import MOST_LISTED, heard_of, is_corrected
from blender_addon.core.errors import SettingsError
from blender_addon.core.jobs import RanModel
from blender_addon.core.sound.fingerprint import fingerprint
from blender_addon.core.sound.waveform import ArraySound
from blender_addon.core.speech.opening import OpenedSpeech
from blender_addon.core.speech.phone_list import pack_phones, unpack_phones
from blender_addon.core.speech.phones import HeardPhone
from tests.shared.blender.face_builders import make_face
from tests.shared.core.sound_samples import write_wav
from tests.speech.contract_samples import babble
from tests.speech.stand_in import speaker

pytestmark = pytest.mark.blender
HEARD = (
    HeardPhone("bilabial", 0.25, 0.35, 0.9),
    HeardPhone("labiodental", 0.75, 0.85),
    HeardPhone("rounded_glide", 1.25, 1.5),
)


class Listener:
    """The real pipeline around a stand-in, which hears these phones and notes what it is asked."""

    def __init__(self):
        self.phones, self.beyond, self.asked = HEARD, (), []

    def generate(self, request, *, on_progress=None):
        self.asked.append(request)
        result = speaker().generate(request, on_progress=on_progress)
        told = None if request.phones is None else (*request.phones, *self.beyond)
        heard = self.phones if told is None else told
        return replace(result, phones=heard)


@pytest.fixture
def listener(monkeypatch):
    made = Listener()
    ran = (RanModel("stand-in", "CPUExecutionProvider", "CPUExecutionProvider"),)
    monkeypatch.setattr(speech_job, "open_speech", lambda *_: OpenedSpeech(made, ran))
    return made


@pytest.fixture
def speech(addon, tmp_path, listener):
    """Settings of a character with two seconds of voice."""
    addon.neural_motion.character = face = make_face()
    chosen = face.neural_motion.speech
    chosen.file = str(voice(tmp_path / "voice.wav"))
    return chosen


def voice(path, seed=0):
    return write_wav(path, babble(2.0, seed).read(0, 32_000), 16_000)


def press(operator="generate_speech"):
    return getattr(bpy.ops.neural_motion, operator)()


def frames(heard):
    return [(round(row.first, 2), round(row.last, 2)) for row in heard.phones]


def test_what_is_heard_is_listed_and_a_click_goes_there(speech):
    assert heard_of(speech) is None
    bpy.context.scene.frame_set(5)
    press()
    heard = heard_of(speech)
    assert [row.kind for row in heard.phones] == ["BILABIAL", "LABIODENTAL", "ROUNDED_GLIDE"]
    assert frames(heard) == [(7.0, 9.4), (19.0, 21.4), (31.0, 37.0)]
    assert not is_corrected(heard)
    assert bpy.context.scene.frame_current == 5
    speech.active_phone = 1
    assert bpy.context.scene.frame_current == 20


def test_a_list_as_heard_is_heard_anew(speech, listener):
    press()
    listener.phones = HEARD[:2]
    press()
    assert [request.phones for request in listener.asked] == [None, None]
    assert len(heard_of(speech).phones) == 2
    listener.phones = ()
    press()
    assert heard_of(speech) is None


def test_corrections_are_heeded_and_stay(speech, listener):
    press()
    heard = heard_of(speech)
    heard.phones[0].used, heard.phones[1].closure = False, 0.5
    press()
    off, labiodental, glide = listener.asked[-1].phones
    assert (off.kind, off.used, off.told) == ("bilabial", False, True)
    assert (labiodental.told, glide.told) == (True, False)
    assert (labiodental.kind, labiodental.closure) == ("labiodental", 0.5)
    assert labiodental.start_s == pytest.approx(0.75, abs=1e-4)
    assert glide.end_s == pytest.approx(1.5, abs=1e-4)
    heard = heard_of(speech)
    assert [row.used for row in heard.phones] == [False, True, True]
    assert is_corrected(heard)


def test_a_missing_phone_is_added_at_the_playhead_in_its_place(speech, listener):
    press()
    bpy.context.scene.frame_set(25)
    press("add_heard_phone")
    heard = heard_of(speech)
    assert bpy.context.scene.frame_current == 25
    assert (speech.active_phone, len(heard.phones)) == (2, 4)
    assert heard.phones[2].kind == "BILABIAL"
    press()
    added = listener.asked[-1].phones[2]
    assert 0.5 * (added.start_s + added.end_s) == pytest.approx(1.0, abs=1e-3)
    press("remove_heard_phone")
    press()
    assert listener.asked[-1].phones is None  # it is again as it was heard


def test_around_a_stretch_that_was_corrected_the_sound_is_heard(speech, listener):
    speech.use_range, speech.first_frame, speech.last_frame = True, 1, 25
    listener.phones = HEARD[:2]
    press()
    heard_of(speech).phones[0].used = False
    speech.use_range = False
    listener.beyond = HEARD[2:]
    press()
    assert listener.asked[-1].phones_between_s == pytest.approx((0.0, 1.0))
    assert [(row.kind, row.used) for row in heard_of(speech).phones] == [
        ("BILABIAL", False), ("LABIODENTAL", True), ("ROUNDED_GLIDE", True),
    ]  # fmt: skip
    listener.beyond = ()
    press()
    assert listener.asked[-1].phones_between_s == pytest.approx((0.0, 2.0))
    assert [each.kind for each in listener.asked[-1].phones if each.used] == [
        "labiodental", "rounded_glide",
    ]  # fmt: skip


def test_hear_again_discards_corrections(speech, listener):
    press()
    heard_of(speech).phones[0].used = False
    press("hear_again")
    assert [row.used for row in heard_of(speech).phones]
    assert not is_corrected(heard_of(speech))
    press()
    assert listener.asked[-1].phones is None
    heard_of(speech).phones[0].used = False
    heard_of(speech).spoken = ""  # as after loading the file
    press("hear_again")
    assert heard_of(speech) is None
    with pytest.raises(RuntimeError, match="Generate Speech first"):
        press("add_heard_phone")
    press()
    assert listener.asked[-1].phones is None
    assert heard_of(speech).phones[0].used


def test_corrections_follow_the_sound_along_the_timeline(speech, listener):
    press()
    heard_of(speech).phones[0].closure = 0.25
    speech.start_frame = 101
    press()
    assert listener.asked[-1].phones[0].start_s == pytest.approx(0.25, abs=1e-4)
    assert frames(heard_of(speech))[0] == (107.0, 109.4)
    bpy.context.scene.render.fps = 48
    press()
    assert listener.asked[-1].phones[0].start_s == pytest.approx(0.25, abs=1e-4)
    assert frames(heard_of(speech))[0] == (113.0, 117.8)


def test_each_recording_keeps_the_list_that_was_corrected(speech, listener, tmp_path):
    press()
    heard_of(speech).phones[0].used = False
    first = speech.file
    (tmp_path / "other").mkdir()
    speech.file = str(voice(tmp_path / "other" / "voice.wav", seed=1))  # another take of that name
    press()
    assert listener.asked[-1].phones is None
    assert all(row.used for row in heard_of(speech).phones)
    speech.file = str(voice(tmp_path / "third.wav", seed=2))
    assert heard_of(speech) is None
    press()
    assert len(speech.heard) == 2  # the second was never corrected
    speech.file = first
    press()
    assert [each.used for each in listener.asked[-1].phones] == [False, True, True]
    assert not heard_of(speech).phones[0].used


def test_a_line_that_ends_before_it_begins_is_refused(speech):
    press()
    heard_of(speech).phones[0].last = 1.0
    assert "begins on frame 7.0 and ends on 1.0" in heard_of(speech).note
    with pytest.raises(RuntimeError, match=r"begins on frame 7\.0 and ends on 1\.0"):
        press()


def test_the_list_is_saved_with_the_file(speech, tmp_path):
    press()
    heard_of(speech).phones[1].closure = 0.5
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "saved.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "saved.blend"))
    heard = heard_of(bpy.data.objects["Face"].neural_motion.speech)
    assert is_corrected(heard)
    assert [round(row.closure, 3) for row in heard.phones] == [0.9, 0.5, 1.0]


def test_of_a_long_sound_the_first_are_listed_and_the_rest_is_kept(speech, listener):
    many = tuple(
        HeardPhone("bilabial", n / 2000, n / 2000 + 0.04) for n in range(MOST_LISTED + 500)
    )
    listener.phones = many
    press()
    heard = heard_of(speech)
    assert len(heard.phones) == MOST_LISTED
    assert len(heard.rest) < 10_000
    heard.phones[0].used = False
    press()
    assert sum(each.used for each in listener.asked[-1].phones) == len(many) - 1
    heard_of(speech).rest = "damaged"
    with pytest.raises(RuntimeError, match="Press Hear Again"):
        press()


def test_the_command_line_heeds_the_list_until_told_to_hear_again(speech, listener, tmp_path):
    press()
    heard_of(speech).phones[0].used = False
    given = ["speech", "--character", "Face", "--sound", speech.file, "--frame", "1"]
    assert cli.run([*given, "--out", str(tmp_path / "a.blend")]) == 0
    assert [each.used for each in listener.asked[-1].phones] == [False, True, True]
    assert cli.run([*given, "--hear-again", "--out", str(tmp_path / "b.blend")]) == 0
    assert listener.asked[-1].phones is None
    assert heard_of(bpy.data.objects["Face"].neural_motion.speech).phones[0].used


def test_a_list_as_text_comes_back():
    phones = tuple(HeardPhone(each.kind, each.start_s + 9000, each.end_s + 9000) for each in HEARD)
    again = unpack_phones(pack_phones(phones))
    assert [each.kind for each in again] == [each.kind for each in phones]
    for one, other in zip(again, phones, strict=True):
        np.testing.assert_allclose(
            (one.start_s, one.end_s, one.closure), (other.start_s, other.end_s, other.closure),
            atol=2e-3,
        )  # fmt: skip
    assert unpack_phones(pack_phones(())) == ()
    for damaged in ("?", "QUJD", pack_phones(phones)[:-8]):
        with pytest.raises(SettingsError, match="damaged"):
            unpack_phones(damaged)


def test_a_recording_is_known_by_its_sound_not_its_loudness():
    samples = babble(1.0).read(0, 16_000)
    known = fingerprint(ArraySound(samples))
    assert known == fingerprint(ArraySound(0.3 * samples))
    assert known != fingerprint(ArraySound(samples[:-800]))
    assert known != fingerprint(babble(1.0, seed=1))
