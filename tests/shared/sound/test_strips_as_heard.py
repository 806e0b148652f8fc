"""Of a strip is heard what Blender plays of it: faded, in meta strips, retimed, out of phase."""

from __future__ import annotations

import bpy
import numpy as np
import pytest

from blender_addon.blender.sound.scene_sound import named_strip_sound, sound_strips, strip_sound
from blender_addon.core.errors import SoundError
from blender_addon.core.sound.waveform import WavSound
from tests.shared.core.sound_samples import sine, write_wav
from tests.shared.sound.sound_builders import add_strip, strips_of, trim

pytestmark = [pytest.mark.blender, pytest.mark.smoke]
if bpy.app.version < (4, 5):
    pytest.skip("the bpy wheel for 4.2 cannot make sound strips", allow_module_level=True)
FRAMES = range(1, 90)


def rising(seconds=3.0):
    """A tone that grows louder, so that each of its places has a level of its own."""
    return sine(16_000, seconds) * np.linspace(0.2, 1.0, round(16_000 * seconds))


@pytest.fixture
def strip(scene, tmp_path):
    """Three seconds from frame 11 on; another strip beside it, louder."""
    scene.render.fps, scene.frame_start, scene.frame_end = 24, 0, 96
    path = write_wav(tmp_path / "voice.wav", rising(), 16_000)
    loud = write_wav(tmp_path / "music.wav", sine(16_000, 3.0, 900.0, 0.9), 16_000)
    strips_of(scene).new_sound("Music", str(loud), 5, 20)
    return add_strip(scene, path, 11)


def into_meta(scene, strip, first, last, name="Meta", channel=3):
    meta = strips_of(scene).new_meta(name, channel, 1)
    strip.move_to_meta(meta)
    set_ends(meta, first, last)
    return meta


def set_ends(strip, first, last):
    names = ("left_handle", "right_handle")
    if not hasattr(strip, names[0]):
        names = ("frame_final_start", "frame_final_end")
    setattr(strip, names[1], last)
    setattr(strip, names[0], first)


def key_volume(strip, *keys):
    for frame, volume in keys:
        strip.volume = volume
        strip.keyframe_insert("volume", frame=frame)


def levels(sound, times):
    """Root mean square of a twelfth of a frame … within each frame."""
    pieces = [sound.read(round(16_000 * at), 660) for at in times]
    return np.array([float(np.sqrt(np.mean(piece**2))) for piece in pieces])


def heard(scene, strip):
    placed = strip_sound(strip, scene)
    frames = np.array(FRAMES, np.float64)
    inside = (frames >= placed.start_frame) & (frames < placed.end_frame)
    return placed, np.where(inside, levels(placed.sound, placed.seconds_at(frames)), 0.0)


def played(scene, strip, tmp_path):
    """Levels of Blender's own mixdown, with the other strips muted."""
    for other in scene.sequence_editor.strips_all:
        other.mute |= other.name == "Music"
    path = tmp_path / "mix.wav"
    bpy.ops.sound.mixdown(
        filepath=str(path), container="WAV", codec="PCM", format="F32", mixrate=48_000,
        channels="STEREO",
    )  # fmt: skip
    for other in scene.sequence_editor.strips_all:
        other.mute &= other.name != "Music"
    return levels(WavSound(path), np.array(FRAMES) / 24)


def fade_in(scene, strip):
    key_volume(strip, (11, 0.0), (40, 1.0))
    scene.frame_set(11)


def fade_out(scene, strip):
    key_volume(strip, (50, 1.0), (83, 0.0))
    scene.frame_set(83)


def silence_between(scene, strip):
    key_volume(strip, (30, 1.0), (32, 0.0), (50, 0.0), (52, 0.5))
    scene.frame_set(40)


def driven(scene, strip):
    strip.driver_add("volume").driver.expression = "max(frame - 20, 0) / 60"
    scene.frame_set(1)


def faded_in_the_nla(scene, strip):
    fade_out(scene, strip)
    data = scene.animation_data
    track, action, slot = data.nla_tracks.new(), data.action, data.action_slot
    made = track.strips.new("Fade", int(action.frame_range[0]), action)
    made.action_slot = slot
    data.action = None


def quiet(_scene, strip):
    strip.volume = 0.25


def loud_pan(_scene, strip):
    strip.volume = 2.0


def in_a_meta(scene, strip):
    into_meta(scene, strip, 11, 83)
    scene.sequence_editor.channels[1].mute = True  # of the sequencer, not of the meta strip


def in_a_trimmed_meta(scene, strip):
    into_meta(scene, strip, 25, 60)


def in_two_metas(scene, strip):
    into_meta(scene, into_meta(scene, strip, 20, 70, "Inner"), 30, 80, "Outer")


def faded_in_a_meta(scene, strip):
    fade_in(scene, strip)
    into_meta(scene, strip, 5, 60)


def cut_and_shifted(scene, strip):
    trim(strip, 12)
    strip.sound_offset = 0.25
    into_meta(scene, strip, 30, 70)


def before_the_first_frame(_scene, strip):
    name = "content_start" if hasattr(strip, "content_start") else "frame_start"
    setattr(strip, name, -30.0)


def faded_before_the_first_frame(scene, strip):
    before_the_first_frame(scene, strip)
    key_volume(strip, (0, 1.0), (30, 0.1))


def in_a_locked_channel(scene, strip):
    scene.sequence_editor.channels[strip.channel].lock = True
    strip.lock = True


def mixed_to_mono(_scene, strip):
    strip.sound.use_mono = True


WAYS = (
    fade_in, fade_out, silence_between, quiet, loud_pan, in_a_meta,
    in_a_trimmed_meta, in_two_metas, faded_in_a_meta, cut_and_shifted, before_the_first_frame,
    faded_before_the_first_frame, in_a_locked_channel, mixed_to_mono,
)  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_a_strip_is_heard_as_it_is_played(scene, strip, tmp_path, way):
    way(scene, strip)
    now = state_of(scene)
    placed, found = heard(scene, strip)
    assert state_of(scene) == now
    desired = played(scene, strip, tmp_path)
    desired[FRAMES.index(int(placed.end_frame))] = (
        0.0  # Blender plays the block it is in to its end
    )
    check_alike(found, desired, 0.08 if way is silence_between else 0.03)
    assert not placed.warnings


def check_alike(found, desired, within=0.03):
    """But for a factor: Blender spreads what has one channel over two loudspeakers."""
    assert desired.max() > 0.05 and found.max() > 0.05
    assert np.abs(found / found.max() - desired / desired.max()).max() < within


def test_a_lowered_volume_is_heard_lower(scene, strip):
    usual = heard(scene, strip)[1]
    strip.volume = 0.25
    assert np.allclose(heard(scene, strip)[1], 0.25 * usual)


def state_of(scene):
    """What a mixdown might disturb."""
    strips = [strip for strip in scene.sequence_editor.strips_all if strip.type == "SOUND"]
    return (
        scene.frame_current, scene.frame_start, scene.frame_end, len(bpy.data.scenes),
        [(strip.name, strip.mute, strip.volume) for strip in strips],
        sorted((action.name, action.users) for action in bpy.data.actions),
        sorted((sound.name, sound.users) for sound in bpy.data.sounds),
    )  # fmt: skip


@pytest.mark.parametrize("way", [driven, faded_in_the_nla])
def test_drivers_and_the_nla_fade_too(scene, strip, way):
    """Played in the window they are heard; Blender's mixdown takes one frame's volume for all."""
    usual = heard(scene, strip)[1]
    way(scene, strip)
    now = state_of(scene)
    placed, found = heard(scene, strip)
    assert state_of(scene) == now
    volumes = []
    for frame in FRAMES:
        scene.frame_set(frame)
        volumes.append(strip.volume)
    check_alike(found, usual * np.array(volumes), 0.06)
    assert not placed.warnings


def test_two_strips_of_one_meta_are_chosen_together(scene, strip, tmp_path):
    second = write_wav(tmp_path / "second.wav", sine(16_000, 1.0, 700.0, 0.2), 16_000)
    strips_of(scene).new_sound("Second", str(second), 2, 60).move_to_meta(
        meta := into_meta(scene, strip, 11, 90)
    )
    assert {each.name for each in sound_strips(scene)} == {"Music", "Meta", "Voice", "Second"}
    _, found = heard(scene, meta)
    desired = played(scene, meta, tmp_path)
    check_alike(found, desired)
    alone = heard(scene, strips_of(scene)["Meta"].strips["Voice"])[1]
    assert np.abs(found / found.max() - alone / alone.max()).max() > 0.1


def test_a_scene_as_a_strip(scene, strip, tmp_path):
    inner = bpy.data.scenes.new("Dialogue")
    inner.render.fps, inner.frame_start, inner.frame_end = 24, 1, 80
    add_strip(inner, tmp_path / "voice.wav", 13)
    made = strips_of(scene).new_scene("Talk", inner, 6, 20)
    made.scene_input = "SEQUENCER"
    strip.mute = True
    placed = named_strip_sound(scene, "Talk")
    found = levels(placed.sound, placed.seconds_at(np.array(FRAMES, np.float64)))
    desired = played(scene, made, tmp_path)
    check_alike(found, desired)


@pytest.mark.parametrize("share", [-1.0, -0.8])
@pytest.mark.parametrize("way", [None, fade_in])
def test_channels_out_of_phase_are_heard(scene, strip, tmp_path, share, way):
    voice = rising()
    path = write_wav(tmp_path / "turned.wav", np.stack((share * voice, voice), 1), 16_000)
    turned = strips_of(scene).new_sound("Turned", str(path), 4, 11)
    if way:
        way(scene, turned)
        way(scene, strip)
    check_alike(heard(scene, turned)[1], heard(scene, strip)[1])
    assert "cancel each other" in strip_sound(turned, scene).warnings[0]
    turned.sound.use_mono = True  # now Blender itself plays (nearly) nothing
    if share == -1.0 and way:
        with pytest.raises(SoundError, match="nothing is heard of the strip 'Turned'"):
            strip_sound(turned, scene)
    elif not way:
        placed, found = heard(scene, turned)
        assert found.max() < 0.2 * heard(scene, strip)[1].max()
        assert "Switch off Mono" in placed.warnings[0]


@pytest.mark.skipif(bpy.app.version < (5, 2), reason="keys of time cannot be made by a script")
def test_a_retimed_strip_in_a_meta(scene, strip, tmp_path):
    strips_of(scene).remove(strips_of(scene)["Music"])  # 5.2 gives it the keys of its neighbour
    strip.retiming_keys.add(timeline_frame=83)
    strip.retiming_keys[-1].timeline_frame = 47
    into_meta(scene, strip, 15, 83)
    placed, found = heard(scene, strip)
    assert (placed.start_frame, placed.end_frame) == (15, 47)
    desired = played(scene, strip, tmp_path)
    desired[FRAMES.index(47)] = 0.0  # Blender plays the block it is in to its end
    check_alike(found, desired, 0.1)
    assert not found[60:].any()


def test_what_mutes_a_strip_is_named(scene, strip):
    meta = into_meta(scene, into_meta(scene, strip, 11, 83, "Inner"), 11, 83, "Outer")
    inner = meta.strips["Inner"]
    for owner, says in (
        (strip, "'Voice' is muted"),
        (inner, "lies in the meta strip 'Inner', which is muted"),
        (meta, "lies in the meta strip 'Outer', which is muted"),
        (scene.sequence_editor.channels[meta.channel], f"muted channel {meta.channel}, so"),
        (inner.channels[strip.channel], "of the meta strip 'Inner'"),
        (meta.channels[inner.channel], "of the meta strip 'Outer'"),
    ):
        owner.mute = True
        with pytest.raises(SoundError, match=says):
            strip_sound(strip, scene)
        owner.mute = False
    set_ends(meta, 90, 95)
    with pytest.raises(SoundError, match=r"outside the part that 'Outer' shows|nothing is h"):
        strip_sound(strip, scene)


def test_a_volume_that_is_0_all_the_time(scene, strip):
    key_volume(strip, (1, 0.0), (90, 0.0))
    with pytest.raises(SoundError, match="nothing is heard of the strip 'Voice' from frame 11"):
        strip_sound(strip, scene)


def test_a_faded_strip_whose_file_is_missing(scene, strip, tmp_path):
    fade_in(scene, strip)
    (tmp_path / "voice.wav").unlink()
    with pytest.raises(SoundError, match="no sound file"):
        strip_sound(strip, scene)


def test_without_the_sound_library_a_fade_is_refused(scene, strip, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "aud", None)
    assert heard(scene, strip)[1].max() > 0.05
    fade_in(scene, strip)
    with pytest.raises(SoundError, match=r"built without it\. Choose the sound file"):
        strip_sound(strip, scene)
