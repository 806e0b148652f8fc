"""Contacts are found where feet stand, and the phase follows from the landings."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from blender_addon.core.conventions import Bools, Floats
from blender_addon.core.feet.contacts import (
    STANDING_CYCLES_PER_S,
    contacts_to_phase,
    detect_contacts,
    median_filter,
    spans,
)
from blender_addon.core.ground.terrain import HeightField
from blender_addon.core.motion.gait import GAITS, effective_speed, speeds_to_gaits
from tests.walk.samples import feet, moved, standing_clip, walking_clip

FLAGS = arrays(np.bool_, st.integers(1, 60))
CONTACTS = arrays(np.bool_, st.tuples(st.integers(1, 60), st.just(4)))


@given(arrays(np.float64, st.integers(1, 20), elements=st.floats(0, 10)))
def test_gaits_are_shares_of_one(speeds: Floats) -> None:
    weights = speeds_to_gaits(speeds)
    assert weights.shape == (len(speeds), len(GAITS))
    assert (weights >= 0).all()
    np.testing.assert_allclose(weights.sum(axis=-1), 1.0, atol=1e-6)


def test_gaits_at_speeds_that_have_a_name() -> None:
    speeds = np.array([0.0, 1.3, 3.0])
    np.testing.assert_allclose(speeds_to_gaits(speeds), np.eye(3), atol=1e-6)


def test_turning_on_the_spot_is_walking() -> None:
    turning = effective_speed(np.zeros(2), np.radians([90.0, -90.0]))
    assert (speeds_to_gaits(turning)[:, GAITS.index("walk")] > 0.9).all()
    assert effective_speed(np.array(1.3), np.array(0.0)) == pytest.approx(1.3)


def test_faster_is_never_less_of_a_faster_gait() -> None:
    weights = speeds_to_gaits(np.linspace(0, 5, 200))
    assert (np.diff(weights[:, 0]) <= 0).all() and (np.diff(weights[:, 2]) >= 0).all()
    assert np.abs(np.diff(weights, axis=0)).max() < 0.1, "a change of gait is gradual"


@given(FLAGS)
def test_spans_tell_all_there_is(flags: Bools) -> None:
    rebuilt = np.zeros_like(flags)
    found = spans(flags)
    for start, stop in found:
        assert start < stop
        rebuilt[start:stop] = True
    np.testing.assert_array_equal(rebuilt, flags)
    assert all(a[1] < b[0] for a, b in pairwise(found))


@given(CONTACTS, st.sampled_from([3, 5, 7]))
def test_median_filter_is_a_running_majority(flags: Bools, frames: int) -> None:
    half = frames // 2
    padded = np.pad(flags, ((half, half), (0, 0)), mode="edge")
    desired = [np.median(padded[n : n + frames], axis=0) > 0.5 for n in range(len(flags))]
    np.testing.assert_array_equal(median_filter(flags, frames), desired)


def test_contacts_of_a_walk_are_where_its_feet_stand() -> None:
    clip = walking_clip(6)
    found = detect_contacts(feet(clip), np.zeros((clip.frame_count, 4)), 60.0)
    for joint in range(4):
        desired, got = spans(clip.contacts[:, joint]), spans(found[:, joint])
        assert len(got) == len(desired)
        assert np.abs(np.array(got) - np.array(desired)).max() <= 6


def test_contacts_follow_the_ground() -> None:
    clip, level = walking_clip(3), np.zeros((181, 4))
    desired = detect_contacts(feet(clip), level, 60.0)
    raised = moved(clip, (0, 2, 0))
    np.testing.assert_array_equal(detect_contacts(feet(raised), level + 2, 60.0), desired)
    assert not detect_contacts(feet(raised), level, 60.0).any()


def test_contacts_do_not_depend_on_the_frame_rate() -> None:
    clip = walking_clip(4)
    places, level = feet(clip), np.zeros((clip.frame_count, 4))
    full = detect_contacts(places, level, 60.0)
    half = detect_contacts(places[::2], level[::2], 30.0)
    assert (full[::2] == half).mean() > 0.93


def test_the_speed_limit_may_change_over_time() -> None:
    clip = moved(standing_clip(), np.linspace(0, 1.0, 120)[:, None] * np.array([1, 0, 0]))
    limit = np.where(np.arange(120) < 60, 0.2, 1.0)
    found = detect_contacts(feet(clip), np.zeros((120, 4)), 60.0, speed_m_s=limit)
    assert not found[:55].any() and found[65:].all()


def assert_landings_have_their_phase(contacts: Bools, phase: Floats) -> None:
    """0 where the right foot lands, π where the left does."""
    for columns, desired in (((0, 1), np.pi), ((2, 3), 0.0)):
        starts = [a for a, _ in spans(contacts[:, columns].any(axis=1)) if a > 0]
        away = (phase[starts] - desired + np.pi) % (2 * np.pi) - np.pi
        np.testing.assert_allclose(away, 0.0, atol=1e-9)


def test_phase_of_a_walk() -> None:
    clip = walking_clip(6)
    phase = contacts_to_phase(clip.contacts, 60.0)
    assert_landings_have_their_phase(clip.contacts, phase)
    np.testing.assert_allclose(np.diff(phase), 2 * np.pi / 60, atol=1e-9)


def test_phase_of_the_other_foot_first_is_half_a_cycle_on() -> None:
    clip = walking_clip(6)
    phase = contacts_to_phase(clip.contacts, 60.0)
    mirrored = contacts_to_phase(clip.contacts[:, [2, 3, 0, 1]], 60.0)
    np.testing.assert_allclose(((mirrored - phase) / np.pi) % 2, 1.0, atol=1e-9)


@given(CONTACTS)
def test_phase_is_finite_and_never_falls(contacts: Bools) -> None:
    phase = contacts_to_phase(contacts, 60.0)
    assert phase.shape == (len(contacts),)
    assert np.isfinite(phase).all()
    assert (np.diff(phase) >= 0).all()


def test_landing_on_both_feet_is_one_landing() -> None:
    contacts = np.zeros((60, 4), bool)
    contacts[10:20] = True
    contacts[40:50, :2] = True
    phase = contacts_to_phase(contacts, 60.0)
    np.testing.assert_allclose(phase[[10, 40]], [0, np.pi])


def test_a_foot_put_down_twice_counts_from_the_first_time() -> None:
    contacts = walking_clip(3).contacts.copy()
    start, stop = spans(contacts[:, 2])[1]
    contacts[(start + stop) // 2, 2:] = False
    desired = contacts_to_phase(walking_clip(3).contacts, 60.0)
    np.testing.assert_allclose(contacts_to_phase(contacts, 60.0), desired)


@pytest.mark.parametrize("contacts", [np.ones((90, 4), bool), np.zeros((90, 4), bool)])
def test_the_phase_of_standing_goes_on_slowly(contacts: Bools) -> None:
    phase = contacts_to_phase(contacts, 60.0)
    np.testing.assert_allclose(np.diff(phase) * 60, 2 * np.pi * STANDING_CYCLES_PER_S)


def test_contacts_on_a_slope() -> None:
    clip = walking_clip(3)
    places = feet(clip)
    field = HeightField(np.array([-2.0, -2.0]), 4.0, 0.2 * np.array([[-2, 2], [-2, 2]]))
    ground = field.heights(places[..., [0, 2]])
    raised = places.copy()
    raised[..., 1] += ground
    level = detect_contacts(places, 0 * ground, 60.0)
    assert (detect_contacts(raised, ground, 60.0) == level).mean() > 0.97
