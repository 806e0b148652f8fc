"""Every sound file and strip is heard where Blender plays it; nothing else is claimed to be."""

from __future__ import annotations

from pathlib import Path

import bpy
import numpy as np
import pytest

from blender_addon.blender.sound.scene_sound import (
    file_sound,
    open_sound,
    sound_strips,
    strip_sound,
)
from blender_addon.core.errors import SoundError
from tests.shared.core.sound_samples import FLOAT, PCM, write_wav
from tests.shared.sound.sound_builders import (
    add_strip,
    check_against_blender,
    heard_pip,
    pips,
    strips_of,
    trim,
)

pytestmark = [pytest.mark.blender, pytest.mark.smoke]
aud = pytest.importorskip("aud") if bpy.app.version >= (4, 5) else None
needs_aud = pytest.mark.skipif(aud is None, reason="the bpy wheel for 4.2 has no aud")


def write_as(path: Path, samples, rate: int, kind: str) -> Path:
    """Encode samples through Blender's own sound library."""
    container, codec = {
        "mp3": (aud.CONTAINER_MP3, aud.CODEC_MP3),
        "ogg": (aud.CONTAINER_OGG, aud.CODEC_VORBIS),
        "flac": (aud.CONTAINER_FLAC, aud.CODEC_FLAC),
    }[kind]
    source = write_wav(path.with_suffix(".source.wav"), samples, rate)
    channels = 1 if samples.ndim == 1 else samples.shape[1]
    aud.Sound.file(str(source)).write(
        str(path), rate, channels, aud.FORMAT_S16, container, codec, 128_000
    )
    return path


@pytest.mark.parametrize(
    ("rate", "channels", "kind", "width"),
    [
        (8_000, 1, PCM, 2), (96_000, 1, PCM, 3), (48_000, 2, PCM, 2), (44_100, 6, PCM, 2),
        (22_050, 1, PCM, 1), (48_000, 1, PCM, 4), (48_000, 2, FLOAT, 4),
    ],
)  # fmt: skip
def test_wav_in_every_version(scene, tmp_path, rate, channels, kind, width):
    samples = np.repeat(pips(rate)[:, None], channels, axis=1)
    mask = 0x3F if channels == 6 else None
    path = write_wav(tmp_path / "a.wav", samples, rate, kind, width, mask=mask)
    sound = open_sound(path)
    assert sound.duration_s == 4.0
    assert [heard_pip(sound, at) for at in (0.03, 1.03, 2.5, 3.03)] == [0, 1, None, 3]


@needs_aud
@pytest.mark.parametrize("kind", ["mp3", "ogg", "flac"])
@pytest.mark.parametrize("channels", [1, 2])
def test_compressed_files(scene, tmp_path, kind, channels):
    samples = pips()
    samples = samples if channels == 1 else np.stack((samples, samples), axis=1)
    path = write_as(tmp_path / f"a.{kind}", samples, 48_000, kind)
    sound = open_sound(path)
    assert sound.duration_s == pytest.approx(4.0, abs=0.08)
    assert [heard_pip(sound, at) for at in (0.05, 1.05, 2.5, 3.05)] == [0, 1, None, 3]
    onset = int(np.argmax(np.abs(sound.read(15_000, 2_000)) > 0.1)) + 15_000
    assert onset / 16_000 == pytest.approx(1.0, abs=0.06)  # the encoder's own delay


@needs_aud
@pytest.mark.parametrize(
    ("container", "codec", "audio"),
    [
        ("MPEG4", "MPEG4", "AAC"), ("AVI", "MPEG4", "PCM"), ("AVI", "MPEG4", "MP3"),
        ("MKV", "MPEG4", "FLAC"), ("QUICKTIME", "MPEG4", "PCM"),
    ],
)  # fmt: skip
def test_a_video_with_sound(scene, tmp_path, container, codec, audio):
    write_wav(tmp_path / "a.wav", pips(), 48_000)
    add_strip(scene, tmp_path / "a.wav", 1)
    render = scene.render
    render.resolution_x = render.resolution_y = 64
    scene.frame_start, scene.frame_end = 1, 4 * 24
    if hasattr(render.image_settings, "media_type"):
        render.image_settings.media_type = "VIDEO"
    render.image_settings.file_format = "FFMPEG"
    render.ffmpeg.format, render.ffmpeg.codec = container, codec
    render.ffmpeg.audio_codec, render.use_file_extension = audio, False
    render.filepath = str(tmp_path / "video")
    add_colour(scene)
    bpy.ops.render.render(animation=True)
    sound = open_sound(tmp_path / "video")
    assert [heard_pip(sound, at) for at in (0.07, 1.07, 2.5, 3.07)] == [0, 1, None, 3]
    strips_of(scene).remove(strips_of(scene)[0])
    placed = strip_sound(add_strip(scene, tmp_path / "video", 13), scene)
    assert heard_pip(placed.sound, float(placed.seconds_at(13.0 + 24 + 2))) == 1


@needs_aud
def test_what_only_the_sound_library_can_read(scene, tmp_path):
    path = write_wav(tmp_path / "a.wav", pips(), 48_000, PCM, 1, code=7)  # as if it were µ-law
    assert open_sound(path).duration_s == pytest.approx(4.0, abs=0.02)
    with pytest.raises(SoundError, match="holds no sound"):
        open_sound(write_wav(tmp_path / "b.wav", np.zeros((0, 1)), 8_000, PCM, 1, code=7))


@needs_aud
def test_a_compressed_file_whose_channels_cancel(scene, tmp_path):
    path = write_as(tmp_path / "a.flac", np.stack((pips(), -pips()), axis=1), 48_000, "flac")
    assert heard_pip(open_sound(path), 1.03) == 1


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.avi", b"RIFF\x64\0\0\0AVI LIST", "no WAV file but AVI"),
        ("a.wav", b"FORM\0\0\0\x64AIFFCOMM", "no WAV file but AIFF"),
        ("a.mp4", b"\0\0\0\x1cftypmp42", "no WAV file but MP4"),
        ("a.txt", b"nothing known at all", "no WAV file, and this"),
        ("a.wav", b"RIFF\x64\0\0\0WAVEfmt ", "a.wav breaks off"),
    ],
)
def test_without_the_sound_library_the_kind_is_named(
    scene, tmp_path, monkeypatch, name, content, says
):
    monkeypatch.setitem(__import__("sys").modules, "aud", None)
    (tmp_path / name).write_bytes(content + bytes(60))
    with pytest.raises(SoundError, match=says):
        open_sound(tmp_path / name)


@pytest.mark.parametrize("name", ["x" * 300 + ".wav", "a\0b.wav"])
def test_a_path_that_no_file_can_have(scene, tmp_path, name):
    with pytest.raises(SoundError, match=r"cannot be read|no sound file"):
        open_sound(tmp_path / name)


@pytest.mark.parametrize("name", ["a.wav", "a.mp3", "a.blend"])
def test_files_without_sound(scene, tmp_path, name):
    path = tmp_path / name
    with pytest.raises(SoundError, match="no sound file"):
        open_sound(path)
    path.write_bytes(b"")
    with pytest.raises(SoundError, match="is empty"):
        open_sound(path)
    path.write_bytes(b"RIFF\0\0\0\0WAVEjunk" if name == "a.wav" else b"nothing of the sort" * 9)
    with pytest.raises(SoundError, match=r"WAV|no sound"):
        open_sound(path)
    assert not list(Path(bpy.app.tempdir).glob("*.part*"))


def test_without_the_sound_library_only_wav_is_read(scene, tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "aud", None)
    path = tmp_path / "a.ogg"
    path.write_bytes(b"OggS" + bytes(100))
    with pytest.raises(SoundError, match="built without its sound library"):
        open_sound(path)
    assert open_sound(write_wav(tmp_path / "a.wav", pips(), 48_000)).duration_s == 4.0


def test_a_truncated_file_is_used_and_warned_about(scene, tmp_path):
    path = write_wav(tmp_path / "a.wav", pips(), 48_000)
    path.write_bytes(path.read_bytes()[: 2 * 48_000 * 2])
    placed = file_sound(path, scene, 11)
    assert "breaks off" in placed.warnings[0]
    assert placed.end_frame == pytest.approx(11 + 2 * 24, abs=0.1)


def test_a_file_begins_at_its_frame(scene, tmp_path):
    scene.render.fps, scene.render.fps_base = 24, 1.001
    placed = file_sound(write_wav(tmp_path / "a.wav", pips(), 48_000), scene, 11)
    assert placed.frame_rate_hz == pytest.approx(24 / 1.001)
    assert placed.seconds_at(11.0) == 0
    assert placed.seconds_at(np.array([35.0]))[0] == pytest.approx(1.001)
    assert placed.end_frame == pytest.approx(11 + 4 * 24 / 1.001)


def add_colour(scene):
    strips = strips_of(scene)
    length = "length" if bpy.app.version >= (5, 0) else "frame_end"
    value = 96 if length == "length" else 97
    strips.new_effect("Colour", "COLOR", 2, frame_start=1, **{length: value})


@pytest.fixture
def strip(scene, tmp_path):
    if aud is None:
        pytest.skip("the bpy wheel for 4.2 cannot make sound strips")
    return add_strip(scene, write_wav(tmp_path / "a.wav", pips(), 48_000), 11)


def test_a_strip_where_it_lies(scene, strip, tmp_path):
    placed = check_against_blender(scene, strip, tmp_path, 12, 24, 36, 60, 84)
    assert (placed.start_frame, placed.end_frame) == (11, 107)
    assert sound_strips(scene) == [strip]


def test_a_trimmed_and_moved_strip(scene, strip, tmp_path):
    trim(strip, 24)
    placed = check_against_blender(scene, strip, tmp_path, 36, 60, 84)
    assert placed.start_frame == 35
    assert placed.start_s == 1.0
    name = "content_start" if hasattr(strip, "content_start") else "frame_start"
    setattr(strip, name, 50.0)
    check_against_blender(scene, strip, tmp_path, 75, 99, 123)


@pytest.mark.parametrize("offset", [-1.0, 0.5])
def test_a_strip_whose_sound_is_shifted(scene, strip, tmp_path, offset):
    strip.sound_offset = offset
    check_against_blender(scene, strip, tmp_path, 12, 24, 36, 48, 60)


@pytest.mark.skipif(bpy.app.version < (5, 2), reason="keys of time cannot be made by a script")
def test_a_strip_at_double_speed(scene, strip, tmp_path):
    strip.retiming_keys.add(timeline_frame=107)
    strip.retiming_keys[-1].timeline_frame = 59
    other = strips_of(scene).new_sound("Other", strip.sound.filepath, 3, 23)
    before = scene.frame_start, scene.frame_end
    placed = strip_sound(strip, scene)
    assert (placed.start_frame, placed.end_frame) == (11, 59)
    pip_at = [heard_pip(placed.sound, float(placed.seconds_at(f))) for f in (11.5, 23.5, 30, 35.5)]
    assert pip_at == [0, 1, None, 2]
    assert (scene.frame_start, scene.frame_end) == before
    assert not other.mute


def test_a_strip_that_is_not_heard_is_refused(scene, strip):
    strip.mute = True
    with pytest.raises(SoundError, match=r"is muted.*Unmute"):
        strip_sound(strip, scene)
    strip.mute = False
    scene.sequence_editor.channels[strip.channel].mute = True
    with pytest.raises(SoundError, match="muted channel 1"):
        strip_sound(strip, scene)
    scene.sequence_editor.channels[strip.channel].mute = False
    strip.volume = 0.0
    with pytest.raises(SoundError, match="volume 0"):
        strip_sound(strip, scene)


def test_a_packed_sound(scene, strip, tmp_path):
    strip.sound.pack()
    Path(strip.sound.filepath).unlink(missing_ok=True)
    (tmp_path / "a.wav").unlink(missing_ok=True)
    assert heard_pip(strip_sound(strip, scene).sound, 1.03) == 1


def test_a_missing_file_and_a_strip_that_is_no_sound(scene, strip, tmp_path):
    (tmp_path / "a.wav").unlink()
    with pytest.raises(SoundError, match="no sound file"):
        strip_sound(strip, scene)
    add_colour(scene)
    with pytest.raises(SoundError, match="no sound strip"):
        strip_sound(strips_of(scene)["Colour"], scene)
    assert sound_strips(bpy.data.scenes.new("empty")) == []


@needs_aud
@pytest.mark.parametrize("count", [1, 13, 31])
def test_a_sound_of_a_few_samples_is_refused(scene, tmp_path, count):
    """Blender's own writer would end the whole process."""
    path = tmp_path / "short.au"
    head = (24, 2 * count, 3, 16_000, 1)  # of a .snd file: 16 bits, big-endian
    path.write_bytes(b".snd" + b"".join(n.to_bytes(4, "big") for n in head) + bytes(2 * count))
    with pytest.raises(SoundError, match="holds no sound"):
        open_sound(path)
