"""A voice is put into the sequencer where it is spoken; no strip of the animator's is touched."""

from __future__ import annotations

import bpy
import numpy as np
import pytest

from blender_addon.blender.compat import sequence_strips, strip_end, strip_start
from blender_addon.blender.sound.playing import what_playing_lacks
from blender_addon.blender.sound.sequencer import Voice, add_to_sequencer
from tests.shared.core.sound_samples import sine, write_wav

pytestmark = pytest.mark.blender
FRAMES = 48


@pytest.fixture
def voice(scene, tmp_path):
    """Two seconds, which is 48 frames."""
    if not bpy.app.build_options.audaspace:
        pytest.skip("this Blender was built without its sound library")
    return write_wav(tmp_path / "voice.wav", sine(16_000, 2.0, 150.0, 0.4), 16_000)


def add(path, start=11, owner="Ada"):
    return add_to_sequencer(bpy.context, Voice(owner, str(path), start, start + FRAMES))


def strips(scene):
    return sorted(sequence_strips(scene.sequence_editor), key=lambda each: each.channel)


def spans(scene):
    return [(each.channel, strip_start(each), strip_end(each)) for each in strips(scene)]


def test_a_voice_lies_where_it_is_spoken_and_only_once(scene, voice):
    assert add(voice) == ()
    assert spans(scene) == [(1, 11, 59)]
    assert add(voice) == ()
    assert spans(scene) == [(1, 11, 59)]
    assert strips(scene)[0].sound.filepath == str(voice)


def test_strips_of_the_animator_keep_their_channels(scene, voice, tmp_path):
    music = write_wav(tmp_path / "music.wav", sine(16_000, 1.0, 300.0, 0.4), 16_000)
    editor = scene.sequence_editor_create()
    theirs = sequence_strips(editor).new_sound("Music", str(music), 1, 50)
    editor.channels[2].mute = True
    before = (theirs.channel, strip_start(theirs), strip_end(theirs))
    add(voice)
    assert spans(scene)[-1] == (3, 11, 59)
    assert (theirs.channel, strip_start(theirs), strip_end(theirs)) == before


def test_the_file_of_the_animators_own_strip_is_not_added_again(scene, voice):
    editor = scene.sequence_editor_create()
    theirs = sequence_strips(editor).new_sound("Mine", str(voice), 4, 11)
    assert add(voice) == ()
    assert add(voice, start=20)[0].startswith("'voice.wav' lies in the sequencer already, from")
    theirs.mute = True
    assert "is muted in the sequencer" in add(voice)[0]
    assert spans(scene) == [(4, 11, 59)]


def test_an_untouched_strip_moves_along_and_a_touched_one_stays(scene, voice):
    add(voice)
    assert add(voice, start=21) == ()
    assert spans(scene) == [(1, 21, 69)]
    strips(scene)[0].volume = 0.5
    assert add(voice, start=31)  # said, and not heard twice
    assert spans(scene) == [(1, 21, 69)]
    assert add(voice, start=200) == ()
    assert spans(scene) == [(1, 21, 69), (1, 200, 248)]


def test_another_file_takes_the_place_of_the_one_before(scene, voice, tmp_path):
    add(voice)
    other = write_wav(tmp_path / "other.wav", sine(16_000, 2.0, 200.0, 0.4), 16_000)
    assert "made room" in add(other)[0]
    assert [each.sound.filepath for each in strips(scene)] == [str(other)]
    assert len(bpy.data.sounds) == 1
    assert add(voice, owner="Ben") == ()
    assert [each.channel for each in strips(scene)] == [1, 2]


def test_a_moved_strip_goes_to_a_channel_that_is_free_there(scene, voice, tmp_path):
    add(voice)
    other = write_wav(tmp_path / "other.wav", sine(16_000, 2.0, 200.0, 0.4), 16_000)
    add(other, start=100, owner="Ben")
    add(voice, start=120)
    assert spans(scene) == [(1, 100, 148), (2, 120, 168)]


def test_a_file_beside_the_blend_file_is_found_by_its_relative_path(scene, voice, tmp_path):
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    scene = bpy.context.scene
    assert add("//voice.wav") == ()
    assert add(voice) == ()
    assert spans(scene) == [(1, 11, 59)]


def test_what_cannot_be_put_is_said(scene, tmp_path):
    """In a Blender with the sound library and in one without."""
    nothing = tmp_path / "nothing.wav"
    nothing.write_bytes(b"RIFF")
    (told,) = add(nothing)
    assert told.startswith("'nothing.wav' was not added to the sequencer")
    assert scene.sequence_editor is None or not strips(scene)


def test_playing_in_sync_is_offered_where_something_lacks(addon):
    scene = addon
    assert what_playing_lacks(scene) == "Sound is not synced, not heard while scrubbing"
    if not bpy.app.build_options.audaspace:
        assert not bpy.ops.neural_motion.play_in_sync.poll()
        return
    scene.use_audio = False
    assert what_playing_lacks(scene).startswith("Sound is muted")
    assert bpy.ops.neural_motion.play_in_sync() == {"FINISHED"}
    assert what_playing_lacks(scene) == ""


def test_peaks_are_where_the_sound_is(tmp_path):
    from blender_addon.core.sound.peaks import peaks_of
    from blender_addon.core.sound.waveform import WavSound

    samples = np.zeros(48_000, np.float32)
    samples[16_000:32_000] = sine(16_000, 1.0, 150.0, 0.4)
    peaks = peaks_of(WavSound(write_wav(tmp_path / "v.wav", samples, 16_000)))
    assert len(peaks.values) == 600
    found = peaks.between(-1.0, 4.0, 5)
    assert np.allclose(found, [0.0, 0.0, 0.4, 0.0, 0.0], atol=0.02)
    fine = peaks.between(0.9, 1.1, 400)  # more parts than peaks
    assert fine[:150].max() < 0.02
    assert fine[250:].min() > 0.2
    assert not peaks.between(5.0, 6.0, 10).any()
