"""Markers of the timeline that name an emotion reach the character they are meant for."""

from __future__ import annotations

import bpy
import numpy as np
import pytest

from blender_addon import cli
from blender_addon.blender.sound.choice import SoundChoice
from blender_addon.capabilities.speech import scene as speech_scene
from blender_addon.capabilities.speech.scene import SpeechSettings
from blender_addon.core.notes import warnings_in
from blender_addon.core.speech.emotions import EmotionMark
from tests.shared.blender.face_builders import evaluated_weights, make_armature, make_face
from tests.shared.core.sound_samples import write_wav
from tests.speech.contract_samples import babble
from tests.speech.stand_in import speaker

pytestmark = pytest.mark.blender


@pytest.fixture
def sound(scene, tmp_path):
    """Two seconds of one phrase, which begins on frame 49."""
    return write_wav(tmp_path / "voice.wav", babble(2.0).read(0, 32_000), 16_000)


def mark(frame, name):
    bpy.context.scene.timeline_markers.new(name, frame=frame)


def read(character, sound, **changes):
    plain = {"upper_face": False, "lip_closure": False, "start_frame": 49, **changes}
    choice = SoundChoice("FILE", str(sound))
    return speech_scene.read(bpy.context, SpeechSettings(character, sound=choice, **plain))


def test_markers_become_marks_of_the_frames(sound):
    for frame, name in (
        (61, "sad 0.6"),
        (49, "Happy"),
        (85, "neutral"),
        (70, "F_70"),
        (500, "sad"),
    ):
        mark(frame, name)
    job = read(make_face(), sound)
    assert job.request.marks == (
        EmotionMark(0.0, "happy"), EmotionMark(0.5, "sad", 0.6), EmotionMark(1.5, "neutral"),
    )  # fmt: skip
    assert any("happy from 49, sad from 61" in each for each in job.warnings)
    assert not warnings_in(job.warnings)
    assert read(make_face(), sound, markers=False).request.marks == ()


def test_a_name_in_front_addresses_one_character(sound):
    anna, rig = make_face(name="Anna"), make_armature(name="Bob")
    bob = make_face(name="Head", parent=rig)
    mark(50, "anna: happy")
    mark(52, "BOB: sad")
    mark(54, "Head: angry 0.5")
    mark(56, "Bbo: tender")
    assert [each.emotion for each in read(anna, sound).request.marks] == ["happy"]
    assert [each.emotion for each in read(bob, sound).request.marks] == ["sad", "angry"]
    told = read(rig, sound)
    assert [each.emotion for each in told.request.marks] == ["sad", "angry"]
    assert any("is for 'Bbo', and no object has this name" in each for each in told.warnings)


def test_what_looks_like_an_emotion_and_is_none_is_told(sound):
    mark(50, "happy end")
    mark(52, "sad 3")
    mark(10, "angry")
    job = read(make_face(), sound)
    assert job.request.marks == (EmotionMark(3 / 24, "sad", 1.0),)
    (warning,) = warnings_in(job.warnings)
    assert warning.startswith("the marker 'sad 3' on frame 52 asks for 3; an emotion goes from 0")
    for said in ("'happy end' on frame 50 is not taken", "'angry' on frame 10 lies more than 1 s"):
        assert any(said in each for each in job.warnings)


def test_the_face_shows_it_in_the_phrase_and_lets_go(sound):
    face = make_face()
    mark(55, "happy 0.5")
    job = read(face, sound)
    speech = job.run(pipeline=speaker()).result
    smile = speech.result.clip.channel("mouthSmileLeft")
    assert np.all(smile[:7] == 0)
    assert smile.max() == pytest.approx(0.34, abs=0.01)
    assert smile[12:30].min() > 0.3
    speech_scene.write(bpy.context, job, speech)
    bpy.context.scene.frame_set(70)
    assert evaluated_weights(face)["mouthSmileLeft"] > 0.2


def test_the_command_line_takes_the_markers_of_the_file(addon, sound, tmp_path, capsys):
    make_face()
    mark(1, "tender")
    out = tmp_path / "out.blend"
    given = ["speech", "--character", "Face", "--sound", str(sound), "--frame", "1"]
    assert cli.run([*given, "--out", str(out)]) == 0
    assert "emotions of the timeline's markers: tender from 1" in capsys.readouterr().err
    assert cli.run([*given, "--no-markers", "--out", str(tmp_path / "b.blend")]) == 0
    assert "emotions" not in capsys.readouterr().err
