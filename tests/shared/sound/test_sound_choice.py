"""One picker for a sound: none, a file or a strip; on the command line a strip, else a file."""

from __future__ import annotations

from types import SimpleNamespace

import bpy
import pytest

from blender_addon.blender.sound.choice import (
    SoundChoice,
    read_sound,
    sound_choice,
    sound_named,
    what_sound_lacks,
)
from blender_addon.core.errors import SoundError
from tests.shared.core.sound_samples import sine, write_wav

pytestmark = pytest.mark.blender


@pytest.fixture
def voice(scene, tmp_path):
    """A file, and a strip of it from frame 11 on."""
    if bpy.app.version < (4, 5):
        pytest.skip("the bpy wheel for 4.2 has no aud, without which there are no sound strips")
    path = write_wav(tmp_path / "voice.wav", sine(16_000, 1.0, 150.0, 0.4), 16_000)
    editor = scene.sequence_editor_create()
    strips = editor.strips if hasattr(editor, "strips") else editor.sequences
    strips.new_sound("Voice", str(path), 1, 11)
    return path


def test_each_source_is_read_where_it_lies(scene, voice):
    assert read_sound(scene, SoundChoice(), 5) is None
    file = read_sound(scene, SoundChoice("FILE", str(voice)), 5)
    assert (file.start_frame, file.end_frame) == (5, 29)
    strip = read_sound(scene, SoundChoice("STRIP", strip="Voice"), 5)
    assert strip.start_frame == 11


def test_a_path_may_be_relative_to_the_file(scene, voice, tmp_path):
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    assert read_sound(bpy.context.scene, SoundChoice("FILE", "//voice.wav"), 1).name == "voice.wav"


@pytest.mark.parametrize(
    ("choice", "says"),
    [
        (SoundChoice("FILE"), "no sound file is chosen"),
        (SoundChoice("STRIP"), "no sound strip is chosen"),
        (SoundChoice("FILE", "/nowhere/none.wav"), "there is no sound file"),
        (SoundChoice("STRIP", strip="Talk"), "no sound strip 'Talk'. Sound strips there: 'Voice'"),
    ],
)
def test_what_is_missing_is_said(scene, voice, choice, says):
    with pytest.raises(SoundError, match=says):
        read_sound(scene, choice, 1)


def test_a_name_is_a_strip_and_else_a_file(scene, voice):
    assert sound_named(scene, None) == SoundChoice()
    assert sound_named(scene, "Voice") == SoundChoice("STRIP", strip="Voice")
    assert sound_named(scene, "Voice.wav") == SoundChoice("FILE", path="Voice.wav")
    assert sound_named(scene, "strip:/a/b.wav") == SoundChoice("STRIP", strip="/a/b.wav")


@pytest.mark.parametrize(
    ("source", "file", "strip", "lacks"),
    [
        ("NONE", "", "", None),
        ("FILE", "a.wav", "", None),
        ("FILE", "", "Voice", "Choose the partner's sound file"),
        ("STRIP", "", "Voice", None),
        ("STRIP", "a.wav", "", "Choose the partner's sound strip of the sequencer"),
    ],
)
def test_what_is_still_to_be_chosen(source, file, strip, lacks):
    group = SimpleNamespace(source=source, file=file, strip=strip)
    assert what_sound_lacks(group, "the partner's") == lacks
    assert sound_choice(group) == SoundChoice(source, file, strip)
