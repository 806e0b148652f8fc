"""Profiles ask for what a body can do."""

from __future__ import annotations

import numpy as np
import pytest

from backend.walk.profiles import random_profile, random_turns
from backend.walk.synthesis import Profile

RATE = 60.0
FASTEST_M_S = 3.6


@pytest.fixture(scope="module")
def profiles() -> list[Profile]:
    return [random_profile(np.random.default_rng(seed), 16.0) for seed in range(40)]


def test_length_and_numbers(profiles: list[Profile]) -> None:
    for profile in profiles:
        assert profile.speeds_m_s.shape == profile.turns_rad_s.shape == (960,)
        assert np.isfinite(profile.speeds_m_s).all() and np.isfinite(profile.turns_rad_s).all()


def test_speeds_are_those_of_a_person(profiles: list[Profile]) -> None:
    speeds = np.concatenate([profile.speeds_m_s for profile in profiles])
    assert speeds.min() >= 0.0 and speeds.max() <= FASTEST_M_S
    assert max(np.abs(np.diff(profile.speeds_m_s)).max() for profile in profiles) * RATE < 12.0


def test_every_gait_is_asked_for(profiles: list[Profile]) -> None:
    speeds = np.concatenate([profile.speeds_m_s for profile in profiles])
    for low, high in ((0.0, 0.1), (0.7, 1.8), (2.3, 3.6)):
        assert ((speeds >= low) & (speeds <= high)).mean() > 0.05


def test_turns_to_both_sides_as_fast_as_feet_hold(profiles: list[Profile]) -> None:
    for profile in profiles:
        sideways = np.abs(profile.turns_rad_s) * profile.speeds_m_s
        assert sideways.max() < 3.5
    turns = np.concatenate([profile.turns_rad_s for profile in profiles])
    assert turns.min() < -1.0 and turns.max() > 1.0
    assert abs(turns.mean()) < 0.2


def test_who_stands_does_not_turn() -> None:
    still = np.zeros(600)
    for seed in range(10):
        assert not random_turns(np.random.default_rng(seed), 600, still).any()


def test_a_seed_is_a_course() -> None:
    one, same, other = (random_profile(np.random.default_rng(n), 5.0) for n in (1, 1, 2))
    np.testing.assert_array_equal(one.speeds_m_s, same.speeds_m_s)
    np.testing.assert_array_equal(one.turns_rad_s, same.turns_rad_s)
    assert not np.array_equal(one.speeds_m_s, other.speeds_m_s)


@pytest.mark.parametrize("seconds", [0.5, 1.0, 30.0])
def test_any_length(seconds: float) -> None:
    profile = random_profile(np.random.default_rng(0), seconds)
    assert len(profile.speeds_m_s) == len(profile.turns_rad_s) == int(seconds * RATE)
