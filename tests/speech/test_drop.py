"""A sound dropped on the viewport is spoken and heard; what cannot be spoken changes nothing."""

from __future__ import annotations

from pathlib import Path

import bpy
import pytest

from blender_addon.blender.compat import sequence_strips, strip_start
from blender_addon.blender.keys.layers import layers_of
from blender_addon.blender.sound.choice import SoundChoice
from blender_addon.capabilities.speech.waveform import shown_sound
from tests.shared.blender.face_builders import make_armature, make_face
from tests.shared.blender.snapshot import snapshot
from tests.shared.core.sound_samples import write_wav
from tests.speech.contract_samples import babble

pytestmark = pytest.mark.blender
SHIPPED = Path(__file__).resolve().parents[2] / "onnx_models" / "speech_face.onnx"


@pytest.fixture
def voice(addon, tmp_path):
    """Two seconds."""
    if not SHIPPED.is_file():
        pytest.skip(f"no trained model at {SHIPPED}")
    return write_wav(tmp_path / "voice.wav", babble(2.0).read(0, 32_000), 16_000)


def drop(*paths, **options):
    """As Blender hands dropped files over."""
    first = Path(paths[0])
    files = [{"name": Path(each).name} for each in paths]
    return bpy.ops.neural_motion.drop_sound(
        filepath=str(first), directory=str(first.parent), files=files, **options
    )


def speech_of(character):
    return character.neural_motion.speech


def select(*objects):
    for each in bpy.data.objects:
        each.select_set(each in objects)


def test_the_chosen_character_speaks_it_from_its_start_frame_on(addon, voice):
    face, other = make_face(), make_face(name="Other")
    addon.neural_motion.character = face
    select(other)
    speech_of(face).start_frame = 11
    assert drop(voice) == {"FINISHED"}
    assert (speech_of(face).source, speech_of(face).file) == ("FILE", str(voice))
    assert layers_of(face.data.shape_keys, "speech")
    assert not speech_of(other).file
    assert "49 frames" in speech_of(face).last_result
    assert (along := shown_sound()) is not None
    assert (along.start_frame, along.open().duration_s) == (11, 2.0)
    if not bpy.app.build_options.audaspace:
        assert "'voice.wav' was not added to the sequencer" in speech_of(face).last_notes
        return
    (strip,) = sequence_strips(addon.sequence_editor)
    assert strip_start(strip) == 11
    speech_of(face).start_frame = 21
    assert bpy.ops.neural_motion.generate_speech() == {"FINISHED"}
    assert [strip_start(each) for each in sequence_strips(addon.sequence_editor)] == [21]


def test_it_is_left_out_of_the_sequencer_where_that_is_chosen(addon, voice):
    face = make_face()
    addon.neural_motion.character = face
    speech_of(face).add_to_sequencer = False
    speech_of(face).show_waveform = False
    drop(voice)
    editor = addon.sequence_editor
    assert editor is None or not len(sequence_strips(editor))
    assert shown_sound() is None


def test_without_a_chosen_one_the_selected_speaks_and_is_chosen(addon, voice):
    rig = make_armature()
    face = make_face(["jawOpen"], "Head", rig)
    select(face)
    assert drop(voice) == {"FINISHED"}
    assert addon.neural_motion.character == rig
    assert speech_of(rig).file == str(voice)


def refused(says, *paths):
    with pytest.raises(RuntimeError, match=says):
        drop(*paths)


def test_what_cannot_be_spoken_is_said_and_changes_nothing(addon, voice, tmp_path):
    second = write_wav(tmp_path / "second.wav", babble(1.0).read(0, 16_000), 16_000)
    text = tmp_path / "notes.mp3"
    text.write_text("no sound", "utf-8")
    before = snapshot()
    refused("nobody is there to speak 'voice.wav'", voice)
    faces = [make_face(name=name) for name in ("Ada", "Ben")]
    select(*faces)
    before = snapshot()
    refused("2 characters are selected", voice)
    addon.neural_motion.character = faces[0]
    before = snapshot()
    refused("2 sounds were dropped", voice, second)
    refused("notes.mp3", text)
    refused("there is no sound file", tmp_path / "gone.wav")
    assert snapshot() == before
    assert not speech_of(faces[0]).file


def test_the_demo_voice_fills_in_a_file_that_is_empty(addon):
    face = make_face()
    addon.neural_motion.character = face
    assert not bpy.ops.neural_motion.demo_voice.poll()
    for chosen in (speech_of(face), face.neural_motion.gaze.sound):
        with bpy.context.temp_override(neural_motion_sound=chosen):
            assert bpy.ops.neural_motion.demo_voice() == {"FINISHED"}
        assert SoundChoice(chosen.source, chosen.file).source == "FILE"
        assert Path(chosen.file).is_file()
        assert Path(chosen.file).stat().st_size < 300_000


def test_blender_hands_over_what_can_be_spoken(addon):
    handler = bpy.types.NEURALMOTION_FH_sound
    kinds = handler.bl_file_extensions.split(";")
    assert {".wav", ".mp3", ".flac", ".ogg", ".mp4", ".mov", ".avi", ".mkv"} <= set(kinds)
    assert handler.bl_import_operator == "neural_motion.drop_sound"
