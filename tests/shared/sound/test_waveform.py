"""The waveform over the timeline lies where the sound is heard; bands lie above each other."""

from __future__ import annotations

import bpy
import numpy as np
import pytest

from blender_addon.blender import timeline_overlay
from blender_addon.blender.sound.along import sound_along
from blender_addon.blender.sound.choice import SoundChoice
from blender_addon.blender.sound.waveform_overlay import WaveformOverlay, waveform_shape
from blender_addon.core.sound.peaks import peaks_of
from tests.shared.core.sound_samples import sine, write_wav
from tests.shared.sound.sound_builders import add_strip, trim

pytestmark = pytest.mark.blender
WIDTH = 1_000
VIEW = (-20.0, 180.0)  # frames at the left and the right border: five pixels to a frame


@pytest.fixture
def voice(scene, tmp_path):
    """Three seconds at 24 frames a second, quiet, but for a tone in the middle one."""
    samples = np.zeros(48_000, np.float32)
    samples[16_000:32_000] = sine(16_000, 1.0, 150.0, 0.2)
    return write_wav(tmp_path / "voice.wav", samples, 16_000)


def shape(scene, choice, first=1, view=VIEW):
    along = sound_along(scene, choice, first)
    return waveform_shape(along, peaks_of(along.open()), view, WIDTH)


def loud_frames(pixels, heights, view=VIEW):
    frames = view[0] + pixels[heights > 0.5] * (view[1] - view[0]) / WIDTH
    return frames.min(), frames.max()


def test_a_file_is_drawn_from_its_first_frame_on(scene, voice):
    pixels, heights = shape(scene, SoundChoice("FILE", str(voice)), 11)
    assert (pixels[0], pixels[-1]) == (155.5, 514.5)  # frames 11 to 83
    assert loud_frames(pixels, heights) == pytest.approx((35.0, 59.0), abs=0.5)
    assert heights.max() == pytest.approx(1.0)  # of its own loudest
    assert heights.min() == 0.0


def test_what_is_out_of_view_is_left_out(scene, voice):
    choice = SoundChoice("FILE", str(voice))
    assert not len(shape(scene, choice, 200)[0])
    pixels, heights = shape(scene, choice, 11, (40.0, 60.0))
    assert len(pixels) == WIDTH
    assert heights[: WIDTH * 9 // 10].min() > 0.5


def test_a_strip_is_drawn_as_it_lies_and_is_cut(scene, voice):
    if not bpy.app.build_options.audaspace:
        pytest.skip("this Blender was built without its sound library")
    strip = add_strip(scene, voice, 11)
    trim(strip, 30)
    pixels, heights = shape(scene, SoundChoice("STRIP", strip="Voice"))
    assert VIEW[0] + pixels[0] / 5 == pytest.approx(41.0, abs=0.2)
    assert loud_frames(pixels, heights) == pytest.approx((41.0, 59.0), abs=0.5)


@pytest.mark.parametrize(
    "choice", [SoundChoice(), SoundChoice("FILE"), SoundChoice("FILE", "/nowhere/none.wav"),
               SoundChoice("STRIP", strip="Talk")]
)  # fmt: skip
def test_nothing_is_drawn_of_what_is_not_there(scene, choice):
    assert sound_along(scene, choice, 1) is None


def test_a_sound_is_read_beside_the_drawing(scene, voice):
    along = sound_along(scene, SoundChoice("FILE", str(voice)), 1)
    overlay = WaveformOverlay("test", lambda: along)
    try:
        assert timeline_overlay.shown_bands(bpy.context, 200) == []
        assert bpy.app.timers.is_registered(overlay._poll)
        overlay._task.result()  # there are no timers in background mode
        overlay._poll()
        ((name, bottom, top),) = timeline_overlay.shown_bands(bpy.context, 200)
        assert name == "test"
        assert 0 < bottom < top < 100
        assert overlay.peaks(along) is not None
    finally:
        overlay.remove()
    assert timeline_overlay.shown_bands(bpy.context, 200) == []
    assert not bpy.app.timers.is_registered(overlay._poll)


def test_a_file_that_is_no_sound_is_read_once_and_not_drawn(scene, tmp_path):
    text = tmp_path / "notes.wav"
    text.write_text("no sound", "utf-8")
    along = sound_along(scene, SoundChoice("FILE", str(text)), 1)
    overlay = WaveformOverlay("test", lambda: along)
    try:
        assert overlay.peaks(along) is None
        with pytest.raises(Exception, match="notes"):
            overlay._task.result()
        overlay._poll()
        assert overlay.peaks(along) is None
        assert overlay._task is None
    finally:
        overlay.remove()


def test_bands_lie_above_each_other_and_share_a_place_where_there_is_little_room(scene):
    for name, height in (("low", 30.0), ("none", 0.0), ("high", 20.0)):
        timeline_overlay.add_band(name, lambda _context, h=height: h, lambda *_: None)
    try:

        def found(height):
            bands = timeline_overlay.shown_bands(bpy.context, height)
            return [(name, round(top - bottom)) for name, bottom, top in bands]

        assert found(200) == [("low", 30), ("high", 20)]
        (_, _, top), (_, bottom, _) = timeline_overlay.shown_bands(bpy.context, 200)
        assert top < bottom
        assert found(83) == [("low", 30), ("high", 17)]
        assert found(46) == [("high", 12), ("low", 12)]  # the later ones lie on top
        timeline_overlay.put_first("high")
        assert found(46) == [("low", 12), ("high", 12)]
        timeline_overlay.put_first(None)
        assert found(39) == []
    finally:
        for name in ("low", "none", "high"):
            timeline_overlay.remove_band(name)
