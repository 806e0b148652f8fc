"""A listener's nods: where the other has ended a phrase, and how far."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from blender_addon.core.speech.listening import (
    ANGLE_RAD,
    APART_S,
    DELAY_S,
    RATE_HZ,
    pitch_of_nods,
    plan_nods,
)


def talk(spans, seconds):
    flags = np.zeros(int(seconds * RATE_HZ), bool)
    for first, last in spans:
        flags[int(first * RATE_HZ) : int(last * RATE_HZ)] = True
    return flags


def planned(partner, own=(), seconds=60.0, seed=0):
    return plan_nods(talk(partner, seconds), talk(own, seconds), np.random.default_rng(seed))


def test_nods_come_after_phrases_and_never_within_or_after_a_word():
    phrases = [(at, at + 1.5) for at in np.arange(1.0, 55.0, 4.0)]
    short = [(at + 2.5, at + 2.9) for at, _ in phrases]
    nods = planned(sorted([*phrases, *short]))
    assert 0.5 * len(phrases) < len(nods) < len(phrases)
    ends = np.array([end for _, end in phrases])
    for nod in nods:
        delay = nod.start_s - ends[ends <= nod.start_s].max()
        assert DELAY_S[0] <= delay <= DELAY_S[1]


def test_the_end_of_a_long_phrase_is_always_answered():
    for seed in range(20):
        assert len(planned([(1.0, 5.0)], seconds=10.0, seed=seed)) == 1


def test_a_breath_ends_no_phrase():
    assert not planned([(1.0, 4.0), (4.2, 58.0)], seconds=58.1)


def test_who_talks_does_not_nod():
    for seed in range(20):
        assert not planned([(1.0, 5.0)], own=[(4.5, 9.0)], seconds=10.0, seed=seed)


def test_nods_are_apart_small_and_at_rest_at_both_ends():
    nods = planned([(at, at + 0.8) for at in np.arange(0.0, 58.0, 1.2)])
    assert len(nods) > 10
    gaps = [after.start_s - before.end_s for before, after in pairwise(nods)]
    assert min(gaps) >= APART_S
    times = np.arange(0.0, 60.0, 1e-3)
    pitch = pitch_of_nods(nods, times)
    assert pitch.max() <= 0.0 and -ANGLE_RAD[1] - 1e-9 <= pitch.min() <= -ANGLE_RAD[0]
    assert np.abs(np.diff(pitch)).max() < 1e-3  # rad in a millisecond: no jump
    assert not pitch_of_nods(nods, np.array([nods[0].start_s, nods[0].end_s])).any()


def test_the_same_seed_nods_alike_and_another_one_does_not():
    spans = [(at, at + 1.5) for at in np.arange(1.0, 55.0, 4.0)]
    assert planned(spans, seed=5) == planned(spans, seed=5) != planned(spans, seed=6)
