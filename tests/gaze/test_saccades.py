"""Saccades keep to the main sequence, and so do their frames."""

from __future__ import annotations

import numpy as np
import pytest

from blender_addon.core.face.saccades import (
    PEAK_TO_MEAN,
    saccade_durations,
    saccade_peak_velocities,
    saccade_progress,
)
from blender_addon.core.gaze.eye_head_features import angles_to_directions
from blender_addon.core.gaze.measures import (
    BAHILL_SECONDS_PER_DEGREE,
    find_saccades,
    fit_main_sequence,
)

AMPLITUDES_DEG = (0.2, 1.0, 5.0, 10.0, 20.0, 40.0, 70.0)


@pytest.mark.parametrize("degrees", AMPLITUDES_DEG)
def test_a_saccade_rises_from_start_to_end(degrees: float) -> None:
    size = np.deg2rad(degrees)
    length = float(saccade_durations(size))
    time = np.linspace(-0.01, length + 0.01, 500)
    done = saccade_progress(time, np.full(500, size))
    assert (np.diff(done) >= 0).all()
    assert (done[time <= 0] == 0).all() and (done[time >= length] == 1).all()


@pytest.mark.parametrize("degrees", AMPLITUDES_DEG)
def test_its_peak_velocity_is_that_of_the_main_sequence(degrees: float) -> None:
    size = np.deg2rad(degrees)
    length = float(saccade_durations(size))
    time = np.linspace(0, length, 2000)
    speed = np.gradient(size * saccade_progress(time, np.full(2000, size)), time)
    assert speed.max() == pytest.approx(float(saccade_peak_velocities(size)), rel=0.02)
    assert speed.max() * length / size == pytest.approx(PEAK_TO_MEAN, rel=0.02)


def test_characters_of_the_literature_hold() -> None:
    # Bahill et al. 1975, character 1: 10° at about 400 °/s, 20° at about 500 °/s, then saturation.
    peaks = np.rad2deg(saccade_peak_velocities(np.deg2rad(np.array([10.0, 20.0, 1e4]))))
    assert peaks == pytest.approx([384, 508, 749], abs=2)
    assert saccade_durations(np.deg2rad(10.0)) == pytest.approx(0.043)


def test_large_saccades_are_skewed() -> None:
    def fastest(degrees: float) -> float:
        size = np.deg2rad(degrees)
        time = np.linspace(0, float(saccade_durations(size)), 2000)
        return float(np.diff(saccade_progress(time, np.full(2000, size))).argmax()) / 2000

    assert fastest(2.0) == pytest.approx(0.5, abs=0.02)
    assert fastest(2.0) > fastest(15.0) > fastest(40.0) > 0.3


def test_the_slope_is_found_again_at_sixty_frames_a_second() -> None:
    rng = np.random.default_rng(1)
    sizes = np.deg2rad(rng.uniform(3, 25, 400)) * rng.choice((-1, 1), 400)
    time = np.arange(400 * 30) / 60
    starts = 0.1 + 0.5 * np.arange(400) + rng.uniform(0, 1 / 60, 400)  # anywhere within a frame
    number = np.searchsorted(starts, time, side="right") - 1
    number = np.maximum(number, 0)
    # There and back, so that gaze stays in front.
    levels = np.where(np.arange(400) % 2 == 0, 0, sizes[np.maximum(np.arange(400) - 1, 0)])
    goals = np.where(np.arange(400) % 2 == 0, sizes, 0)
    done = saccade_progress(time - starts[number], np.abs(goals - levels)[number])
    yaw = levels[number] + done * (goals - levels)[number]
    found = find_saccades(angles_to_directions(np.stack((yaw, 0 * yaw), axis=-1)), 60.0)
    slope, intercept = fit_main_sequence(found)
    assert len(found.amplitudes_rad) == 400
    assert slope == pytest.approx(BAHILL_SECONDS_PER_DEGREE, rel=0.1)
    assert 0.015 < intercept < 0.04
