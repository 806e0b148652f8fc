"""Courses ask for what a body can do."""

from __future__ import annotations

import numpy as np
import pytest

from backend.walk.synthesis import Course
from backend.walk.trajectories import random_course, random_turns

RATE = 60.0
FASTEST_M_S = 3.6


@pytest.fixture(scope="module")
def courses() -> list[Course]:
    return [random_course(np.random.default_rng(seed), 16.0) for seed in range(40)]


def test_length_and_numbers(courses: list[Course]) -> None:
    for course in courses:
        assert course.speeds_m_s.shape == course.turns_rad_s.shape == (960,)
        assert np.isfinite(course.speeds_m_s).all() and np.isfinite(course.turns_rad_s).all()


def test_speeds_are_those_of_a_person(courses: list[Course]) -> None:
    speeds = np.concatenate([course.speeds_m_s for course in courses])
    assert speeds.min() >= 0.0 and speeds.max() <= FASTEST_M_S
    assert max(np.abs(np.diff(course.speeds_m_s)).max() for course in courses) * RATE < 12.0


def test_every_gait_is_asked_for(courses: list[Course]) -> None:
    speeds = np.concatenate([course.speeds_m_s for course in courses])
    for low, high in ((0.0, 0.1), (0.7, 1.8), (2.3, 3.6)):
        assert ((speeds >= low) & (speeds <= high)).mean() > 0.05


def test_turns_to_both_sides_as_fast_as_feet_hold(courses: list[Course]) -> None:
    for course in courses:
        sideways = np.abs(course.turns_rad_s) * course.speeds_m_s
        assert sideways.max() < 3.5
    turns = np.concatenate([course.turns_rad_s for course in courses])
    assert turns.min() < -1.0 and turns.max() > 1.0
    assert abs(turns.mean()) < 0.2


def test_who_stands_does_not_turn() -> None:
    still = np.zeros(600)
    for seed in range(10):
        assert not random_turns(np.random.default_rng(seed), 600, still).any()


def test_a_seed_is_a_course() -> None:
    one, same, other = (random_course(np.random.default_rng(n), 5.0) for n in (1, 1, 2))
    np.testing.assert_array_equal(one.speeds_m_s, same.speeds_m_s)
    np.testing.assert_array_equal(one.turns_rad_s, same.turns_rad_s)
    assert not np.array_equal(one.speeds_m_s, other.speeds_m_s)


@pytest.mark.parametrize("seconds", [0.5, 1.0, 30.0])
def test_any_length(seconds: float) -> None:
    course = random_course(np.random.default_rng(0), seconds)
    assert len(course.speeds_m_s) == len(course.turns_rad_s) == int(seconds * RATE)
