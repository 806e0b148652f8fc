"""Steps that are drawn, and how fast they are danced to which music."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from blender_addon.core.errors import ContractError, InputError
from blender_addon.core.gesture.dance.choreography import (
    LEAST_RUN,
    StepBank,
    choose_steps,
    codes_along,
)
from blender_addon.core.gesture.dance.features import CODE_SIZE, POSE_LAYOUT
from blender_addon.core.gesture.dance.timing import time_dance
from blender_addon.core.sound.beats import BeatTrack


def bank(recordings: int = 4, length: int = 24, styles: int = 2) -> StepBank:
    rng = np.random.default_rng(1)
    count = recordings * length
    runs = np.tile(np.arange(length)[::-1], recordings)
    starts = np.arange(0, count, 4)
    return StepBank(
        codes=rng.normal(size=(count, CODE_SIZE)).astype(np.float32),
        quarters=np.tile(np.arange(length) % 4, recordings),
        energies=np.repeat(np.linspace(0.4, 1.6, recordings), length).astype(np.float32),
        styles=np.repeat(np.arange(recordings) % styles, length),
        runs=runs,
        starts=starts,
        poses=np.zeros((len(starts), POSE_LAYOUT.size), np.float32),
        stance=np.zeros(POSE_LAYOUT.size, np.float32),
    )


def test_steps_keep_the_measure_and_the_style() -> None:
    steps_of = bank()
    for seed in range(5):
        steps = choose_steps(steps_of, 1, 3, np.ones(200), np.random.default_rng(seed))
        assert (steps_of.quarters[steps] == (3 + np.arange(200)) % 4).all()
        assert (steps_of.styles[steps] == 1).all()
        jumps = np.flatnonzero(np.diff(steps) != 1)
        assert len(jumps) > 3
        assert np.diff(jumps).min() >= LEAST_RUN


def test_a_seed_draws_the_same_steps_and_another_one_others() -> None:
    drawn = [
        choose_steps(bank(), 0, 0, np.ones(64), np.random.default_rng(seed)) for seed in (3, 3, 4)
    ]
    assert np.array_equal(drawn[0], drawn[1])
    assert not np.array_equal(drawn[0], drawn[2])


def test_more_energy_draws_livelier_steps() -> None:
    steps_of = bank(recordings=8)
    means = [
        steps_of.energies[
            choose_steps(steps_of, 0, 0, np.full(128, wanted), np.random.default_rng(0))
        ].mean()
        for wanted in (0.5, 1.0, 1.5)
    ]
    assert means[0] < means[1] < means[2]


def test_a_bank_that_leads_nowhere_is_refused() -> None:
    good = bank()
    good.check(2)
    for broken in (
        replace(good, runs=good.runs + 1),
        replace(good, quarters=good.quarters + 1),
        replace(good, starts=good.starts + len(good.codes)),
    ):
        with pytest.raises(ContractError, match="leads nowhere"):
            broken.check(2)
    with pytest.raises(ContractError, match="leads nowhere"):
        good.check(3)


def test_codes_pass_over_into_each_other() -> None:
    codes = np.arange(3 * CODE_SIZE, dtype=float).reshape(3, CODE_SIZE)
    found = codes_along(codes, np.array([0.0, 0.5, 1.25, 2.0, 9.0]))
    assert found[[0, 3, 4]] == pytest.approx(codes[[0, 2, 2]])
    assert found[1] == pytest.approx(codes[:2].mean(axis=0))


@pytest.mark.parametrize(
    ("bpm", "rate"), [(40, 4.0), (90, 2.0), (165, 1.0), (200, 1.0), (260, 0.5), (390, 0.5)]
)
def test_dances_go_in_half_or_double_time_where_music_asks_for_it(bpm: float, rate: float) -> None:
    timing = time_dance(BeatTrack(np.arange(0, 20, 60 / bpm)), 165.0)
    assert timing.steps_per_beat == rate
    assert (timing.note == "") == (rate == 1.0)
    quarters = timing.quarters(np.array([0.0, 60 / bpm]))
    assert np.diff(quarters) == pytest.approx(rate)


def test_what_has_no_beats_is_no_music() -> None:
    for beats in ([], [1.0]):
        with pytest.raises(InputError, match="needs 2 at least"):
            time_dance(BeatTrack(np.array(beats)), 165.0)
    with pytest.raises(InputError, match="out of order"):
        time_dance(BeatTrack(np.array([0.0, 1.0, 0.5])), 165.0)
    with pytest.raises(InputError, match="beats a minute"):
        time_dance(BeatTrack(np.arange(0, 200, 10.0)), 165.0)
