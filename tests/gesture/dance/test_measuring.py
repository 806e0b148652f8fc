"""What the measures of a dance see: stretches of it, the music from there on, and sliding feet."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("torch")

from backend.gesture.dance.evaluate import _later, _settled, slip_cm_s
from blender_addon.core.sound.beats import BeatTrack
from tests.gesture.dance.dance_samples import stepping_clip

pytestmark = pytest.mark.torch


def test_music_from_a_later_moment_on_keeps_its_measures() -> None:
    beats = BeatTrack(0.1 + 0.5 * np.arange(20), 2)
    later = _later(beats, 2.0)
    times = np.linspace(0, 5, 40)
    there, here = beats.measure_phase_rad(times + 2.0), later.measure_phase_rad(times)
    assert np.cos(there) == pytest.approx(np.cos(here), abs=1e-6)
    assert np.sin(there) == pytest.approx(np.sin(here), abs=1e-6)


def test_a_settled_dance_lacks_two_seconds_at_both_ends() -> None:
    clip = stepping_clip(6.0, 0.4)
    assert _settled(clip).frame_count == clip.frame_count - 240


def test_feet_that_slide_are_seen() -> None:
    still = stepping_clip(3.0, 0.4, size=0.0)
    place = still.root_positions[:1].repeat(still.frame_count, axis=0)
    times = np.arange(still.frame_count) / 60.0
    sliding = place + np.stack((0.1 * times, 0 * times, 0 * times), axis=-1)
    assert slip_cm_s([replace(still, root_positions=place)]) == pytest.approx(0.0, abs=0.01)
    assert slip_cm_s([replace(still, root_positions=sliding)]) == pytest.approx(10.0, rel=0.01)
