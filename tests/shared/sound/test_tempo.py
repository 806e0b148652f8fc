"""Tempo and beats as they are tapped, typed and dragged."""

from __future__ import annotations

import numpy as np
import pytest

from blender_addon.core.errors import SoundError
from blender_addon.core.sound.beats import BeatTrack, beats_at_tempo
from blender_addon.core.sound.tempo import (
    doubled,
    first_beat_of_taps,
    halved,
    tempo_of_taps,
    with_beat_moved,
    with_first_beat,
    with_first_of_measure,
)


def test_beats_fill_the_sound_on_both_sides_of_the_first():
    track = beats_at_tempo(120.0, 1.2, 3.0)
    np.testing.assert_allclose(track.beats_s, [0.2, 0.7, 1.2, 1.7, 2.2, 2.7])
    assert track.first_of_measure == 2 and track.tempo_bpm == pytest.approx(120.0)
    np.testing.assert_allclose(np.sin(track.measure_phase_rad(np.array([1.2]))), 0.0, atol=1e-9)
    np.testing.assert_allclose(beats_at_tempo(60.0, -0.5, 2.0).beats_s, [0.5, 1.5])
    assert beats_at_tempo(60.0, -0.5, 2.0).first_of_measure == 3
    assert not len(beats_at_tempo(20.0, 2.0, 1.0).beats_s)


@pytest.mark.parametrize("bpm", [0.0, -3.0, 1e9, float("nan")])
def test_a_tempo_that_makes_no_sense_is_refused(bpm):
    with pytest.raises(SoundError, match="20 to 400 bpm was expected"):
        beats_at_tempo(bpm, 0.0, 10.0)


@pytest.mark.parametrize("bpm", [40.0, 90.0, 174.0, 260.0])
def test_taps_tell_the_tempo_though_late_missed_and_doubled(bpm):
    rng = np.random.default_rng(1)
    taps = 3.0 + np.arange(13) * 60.0 / bpm + rng.normal(0.0, 0.02 * 60.0 / bpm, 13)
    assert tempo_of_taps(taps) == pytest.approx(bpm, rel=0.02)
    assert tempo_of_taps(np.delete(taps, 5)) == pytest.approx(bpm, rel=0.02)
    assert tempo_of_taps([*taps, taps[4] + 0.05]) == pytest.approx(bpm, rel=0.02)
    found = first_beat_of_taps(taps, bpm)
    assert found == pytest.approx(3.0, abs=0.03 * 60.0 / bpm)


def test_a_pause_begins_the_tapping_anew():
    assert tempo_of_taps([0.0, 1.0, 2.0, 10.0, 10.5, 11.0]) == pytest.approx(120.0)
    assert tempo_of_taps([]) == tempo_of_taps([4.0]) == tempo_of_taps([0.0, 9.0]) == 0.0


def test_beats_are_moved_as_a_whole_and_one_by_one():
    track = BeatTrack(np.array([0.5, 1.0, 1.5, 2.0]), 1, 0.3, 0.2)
    moved = with_first_beat(track, 1.1)
    np.testing.assert_allclose(moved.beats_s, [0.6, 1.1, 1.6, 2.1])
    assert (moved.first_of_measure, moved.confidence) == (1, 1.0)
    dragged = with_beat_moved(track, 1, 1.2)
    np.testing.assert_allclose(dragged.beats_s, [0.5, 1.2, 1.5, 2.0])
    assert with_beat_moved(track, 1, 9.0).beats_s[1] < 1.5
    set_by_hand = with_first_of_measure(track, 2.05)
    assert (set_by_hand.first_of_measure, set_by_hand.measure_confidence) == (3, 1.0)


def test_double_and_half_time_keep_the_first_of_a_measure():
    track = BeatTrack(np.arange(12) * 0.5, 1)
    fast, slow = doubled(track), halved(track)
    assert fast.tempo_bpm == pytest.approx(240.0) and slow.tempo_bpm == pytest.approx(60.0)
    for each in (fast, slow):
        assert each.beats_s[each.first_of_measure] == pytest.approx(0.5)
    np.testing.assert_allclose(halved(doubled(track)).beats_s, track.beats_s)
