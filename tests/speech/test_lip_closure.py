"""Lips meet where they are pressed, nowhere else, and never pass through each other."""

from __future__ import annotations

import numpy as np
import pytest

from blender_addon.core.face.arkit import SPEECH_CHANNELS
from blender_addon.core.face.clip import FaceClip
from blender_addon.core.speech.lip_closure import close_lips

PRESS = ("mouthPressLeft", "mouthPressRight", "mouthRollUpper")


def clip_of(rate=60.0, seconds=1.0, **curves):
    count = round(rate * seconds)
    weights = np.zeros((count, len(SPEECH_CHANNELS)), np.float32)
    for name, curve in curves.items():
        weights[:, SPEECH_CHANNELS.index(name)] = curve
    return FaceClip(SPEECH_CHANNELS, rate, weights)


def pressed_at(at_s, size=0.4, rate=60.0, seconds=1.0):
    times = np.arange(round(rate * seconds)) / rate
    bump = size * np.exp(-0.5 * ((times - at_s) / 0.04) ** 2)
    return dict.fromkeys(PRESS, bump)


def gap(clip):
    return clip.channel("jawOpen") - clip.channel("mouthClose")


@pytest.mark.parametrize("rate", [24.0, 30.0, 60.0, 120.0])
def test_pressed_lips_shut_for_a_moment(rate):
    clip = close_lips(
        clip_of(rate, jawOpen=0.3, mouthLowerDownLeft=0.2, **pressed_at(0.5, rate=rate))
    )
    times = np.arange(clip.frame_count) / rate
    near, far = np.abs(times - 0.5) <= 0.5 / rate, np.abs(times - 0.5) > 0.13
    assert gap(clip)[near].max() < 1e-6
    assert clip.channel("mouthLowerDownLeft")[near].max() < 1e-6
    assert np.allclose(gap(clip)[far], 0.3)
    assert np.allclose(clip.channel("mouthLowerDownLeft")[far], 0.2)
    # Eased: no frame to frame jump beyond what the time allows.
    assert np.abs(np.diff(gap(clip))).max() <= 0.3 * np.pi / 2 / 0.045 / rate + 1e-6


def test_narrow_is_not_pressed():
    narrow = clip_of(jawOpen=np.linspace(0.3, 0.02, 60), mouthRollLower=0.3)
    assert np.array_equal(close_lips(narrow).weights, narrow.weights)


def test_faint_evidence_closes_in_part():
    faint = gap(close_lips(clip_of(jawOpen=0.3, **pressed_at(0.5, 0.14)))).min()
    full = gap(close_lips(clip_of(jawOpen=0.3, **pressed_at(0.5, 0.4)))).min()
    assert full == pytest.approx(0.0, abs=1e-6)
    assert 0.05 < faint < 0.25


def test_lips_do_not_pass_through_each_other():
    clip = close_lips(clip_of(jawOpen=0.1, mouthClose=0.4))
    assert np.allclose(gap(clip), 0.0)


def test_closing_twice_changes_nothing_more():
    once = close_lips(clip_of(jawOpen=0.3, **pressed_at(0.2), mouthUpperUpLeft=0.1))
    twice = close_lips(once)
    assert np.allclose(gap(twice), gap(once), atol=1e-6)


def test_a_face_without_these_channels_is_left_alone():
    clip = FaceClip(("jawOpen",), 24.0, np.ones((3, 1)))
    assert close_lips(clip) is clip


@pytest.mark.parametrize("at", [0.0, 59 / 60])
def test_pressed_at_the_very_ends(at):
    clip = close_lips(clip_of(jawOpen=0.3, **pressed_at(at)))
    assert gap(clip)[round(at * 60)] == pytest.approx(0.0, abs=1e-6)
