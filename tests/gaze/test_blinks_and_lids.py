"""Blinks come as often as people's and with large shifts; lids follow; tiny jumps stay tiny."""

from __future__ import annotations

import numpy as np
import pytest

from blender_addon.core.face.blink import CLOSING_S, OPENING_S, SHUT_S, blink_curve
from blender_addon.core.face.lids import lids_from_pitch
from blender_addon.core.gaze.blinks import BLINKS_PER_MINUTE, draw_blinks
from blender_addon.core.gaze.events import ROLES
from blender_addon.core.gaze.micro_saccades import draw_micro_saccades

MINUTES = 20
FRAMES = 3600 * MINUTES


def blinks(role: str, rate: float = 1.0, degrees: float = 3.0, seed: int = 0):
    rng = np.random.default_rng(seed)
    shifts = np.sort(rng.uniform(0, 60 * MINUTES, 150 * MINUTES))
    sizes = np.deg2rad(rng.exponential(degrees, len(shifts)))
    roles = np.full(FRAMES, ROLES.index(role))
    breaks = rng.random(len(shifts)) < 0.2
    return draw_blinks(roles, shifts, sizes, breaks, rate, rng), shifts, sizes


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("rate", [0.5, 1.0, 2.0])
def test_their_rate_is_that_of_the_role(role: str, rate: float) -> None:
    times, _, _ = blinks(role, rate)
    assert len(times) / MINUTES == pytest.approx(rate * BLINKS_PER_MINUTE[role], rel=0.15)


def test_a_rate_of_zero_never_blinks() -> None:
    assert len(blinks("speaking", 0.0)[0]) == 0


def test_they_are_apart_and_within_the_range() -> None:
    times, _, _ = blinks("speaking", 3.0)
    assert np.diff(times).min() >= 0.44
    assert 0 < times.min() and times.max() < 60 * MINUTES


def test_large_shifts_bring_blinks() -> None:
    times, shifts, sizes = blinks("listening", degrees=12.0)

    def share_with_blink(chosen: np.ndarray) -> float:
        apart = np.abs(times[None] - shifts[chosen][:, None]).min(axis=1)
        return float((apart < 0.05).mean())

    large, small = sizes > np.deg2rad(45), sizes < np.deg2rad(10)
    assert share_with_blink(large) > 0.3
    assert share_with_blink(large) > 4 * share_with_blink(small)


def test_a_blink_closes_faster_than_it_opens_and_is_seen_shut() -> None:
    for start in 1.0 + np.arange(20) / 1000:  # anywhere within a frame
        curve = blink_curve(np.array([start]), 240)
        assert curve.max() == 1.0
        assert curve.min() == 0.0 and curve[:60].max() == 0 and curve[100:].max() == 0
        half = np.flatnonzero(curve > 0.5)
        shut = np.flatnonzero(curve == 1.0)
        assert shut[0] - half[0] <= half[-1] - shut[-1] + 1
    fine = CLOSING_S < 0.5 * OPENING_S < 0.1 and SHUT_S > 2 / 60
    assert fine


def test_a_blink_at_the_range_s_end_is_left_out() -> None:
    assert blink_curve(np.array([3.9]), 240).max() == 0
    assert blink_curve(np.array([1.0]), 1).tolist() == [0.0]


def test_lids_follow_the_pupil() -> None:
    pitch = np.deg2rad(np.array([0.0, -15, -30, -50, 12.5, 40]))
    held = np.repeat(pitch, 20)
    lids = lids_from_pitch(held)[10::20]
    assert lids == pytest.approx([0, 0.5, 1, 1, -0.5, -1], abs=1e-6)
    assert np.abs(np.diff(lids_from_pitch(held))).max() < 0.9  # never in a single frame


def test_micro_saccades_stay_tiny_and_start_each_fixation_at_zero() -> None:
    land = np.arange(0, 60, 3.0)
    ends = land + 2.95
    offsets = draw_micro_saccades(land, ends, 3600, 1.0, np.random.default_rng(0))
    size = np.rad2deg(np.linalg.norm(offsets, axis=1))
    assert 0.05 < size.max() <= 0.3501
    jumps = np.count_nonzero(np.abs(np.diff(size)) > 0.02)
    assert 30 < jumps < 400
    for start in land[1:]:
        frame = int(start * 60)
        assert size[frame : frame + 12].max() < 1e-9


def test_short_fixations_have_none_and_their_size_is_a_factor() -> None:
    land = np.arange(0, 60, 0.35)
    rng = np.random.default_rng
    assert not draw_micro_saccades(land, land + 0.3, 3600, 1.0, rng(0)).any()
    once = draw_micro_saccades(np.zeros(1), np.array([60.0]), 3600, 1.0, rng(0))
    assert not draw_micro_saccades(np.zeros(1), np.array([60.0]), 3600, 0.0, rng(0)).any()
    twice = draw_micro_saccades(np.zeros(1), np.array([60.0]), 3600, 2.0, rng(0))
    np.testing.assert_allclose(twice.max(axis=0), 2 * once.max(axis=0), rtol=0.1)
