"""Nobody of a crowd is in step with another, and the same seed gives the same crowd."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from blender_addon.core.ground.path import Path
from blender_addon.core.walk.crowd.settings import AS_SET, CrowdSettings
from blender_addon.core.walk.crowd.vary import other_styles, spread_phases, vary_requests
from blender_addon.core.walk.request import WalkRequest

PATH = Path.from_points(((0, 0, 0), (0, 0, 6)), 1.3)


def alike(count=8, **more):
    return [WalkRequest(path=PATH, seed=4, **more) for _ in range(count)]


@pytest.mark.parametrize("count", [2, 3, 8, 57])
def test_phases_are_even_and_neighbours_of_the_list_far_apart(count):
    phases = np.sort(spread_phases(count, 0.3))
    gaps = np.diff(np.append(phases, phases[0] + 2 * np.pi))
    assert np.allclose(gaps, 2 * np.pi / count)
    if count > 4:
        steps = np.diff(spread_phases(count)) % (2 * np.pi)
        assert np.minimum(steps, 2 * np.pi - steps).min() > 0.5


def test_eight_alike_begin_apart_at_other_speeds_in_other_phases_and_styles():
    varied = vary_requests(alike(), CrowdSettings(), captured_styles=63)
    begins = np.sort([each.stand_before_s for each in varied])
    speeds = np.sort([each.path.speeds_m_s.max() for each in varied])
    assert np.diff(begins).min() > 0.02
    assert begins[0] == 0.5
    assert begins[-1] == pytest.approx(0.5 + 0.8)
    assert np.diff(speeds).min() > 0.01
    assert 1.3 * 0.94 <= speeds[0] < speeds[-1] <= 1.3 * 1.06
    assert np.mean(speeds) == pytest.approx(1.3)
    assert len({each.phase_rad for each in varied}) == 8
    styles = [int(np.random.default_rng(each.seed).integers(63)) for each in varied]
    assert len(set(styles)) == 8


def test_the_same_seed_gives_the_same_crowd_and_another_one_another():
    first, again = (vary_requests(alike(), CrowdSettings(vary_seed=2)) for _ in range(2))
    other = vary_requests(alike(), CrowdSettings(vary_seed=3))

    def said(crowd):
        return [(e.stand_before_s, e.phase_rad, e.seed, e.path.speeds_m_s[0]) for e in crowd]

    assert said(first) == said(again)
    assert said(first) != said(other)


def test_what_was_set_to_arrive_keeps_its_time_and_what_is_switched_off_stays():
    requests = alike()
    assert vary_requests(requests, AS_SET) == requests
    fixed = vary_requests(alike(arrive_s=5.0), CrowdSettings())
    assert {each.stand_before_s for each in fixed} == {0.5}
    assert all(each.path is PATH for each in fixed)
    stands = vary_requests([WalkRequest(stand_s=3.0, seed=n) for n in range(3)], CrowdSettings())
    assert [each.path for each in stands] == [None] * 3
    kept = vary_requests(alike(), replace(CrowdSettings(), vary_styles=False))
    assert {each.seed for each in kept} == {4}


def test_nobody_is_made_faster_than_the_model_goes():
    varied = vary_requests(alike(), CrowdSettings(vary_speed_percent=50.0), fastest_m_s=1.4)
    assert max(each.path.speeds_m_s.max() for each in varied) == pytest.approx(1.4)


def test_styles_repeat_only_once_all_are_taken():
    seeds = other_styles([0] * 9, 4)
    styles = [int(np.random.default_rng(seed).integers(4)) for seed in seeds]
    assert sorted(styles[:4]) == sorted(styles[4:8]) == [0, 1, 2, 3]
    assert other_styles([7, 8, 9], 0) == [7, 8, 9]
