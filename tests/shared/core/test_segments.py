"""What is done to motions laid end to end is what is done to each by itself."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from blender_addon.core.conventions import Bools, Floats
from blender_addon.core.feet.contacts import spans
from blender_addon.core.maths.segments import Segments, turns
from blender_addon.core.maths.smoothing import gaussian_smooth, running_maximum

LENGTHS = st.lists(st.integers(1, 25), min_size=1, max_size=5)
SEEDS = st.integers(0, 1000)


def values_of(lengths: list[int], seed: int, *more: int) -> Floats:
    return np.random.default_rng(seed).normal(size=(sum(lengths), *more))


def flags_of(lengths: list[int], seed: int) -> Bools:
    return values_of(lengths, seed) > np.random.default_rng(seed).normal()


def parts(motions: Segments, values: Floats) -> list[Floats]:
    return [values[part] for part in motions.slices()]


@given(LENGTHS, SEEDS, st.floats(0.4, 6.0), st.integers(0, 8))
def test_smoothing_stays_within_a_motion(
    lengths: list[int], seed: int, sigma: float, radius: int
) -> None:
    motions, values = Segments.of(*lengths), values_of(lengths, seed)
    alone = [gaussian_smooth(part, sigma) for part in parts(motions, values)]
    np.testing.assert_allclose(motions.smooth(values, sigma), np.concatenate(alone), atol=1e-12)
    alone = [running_maximum(part, radius) for part in parts(motions, values)]
    np.testing.assert_array_equal(motions.running_maximum(values, radius), np.concatenate(alone))


@given(LENGTHS, SEEDS)
def test_the_gradient_stays_within_a_motion(lengths: list[int], seed: int) -> None:
    motions, values = Segments.of(*lengths), values_of(lengths, seed, 2, 3)
    found = motions.gradient(values)
    for part, alone in zip(parts(motions, found), parts(motions, values), strict=True):
        expected = np.gradient(alone, axis=0) if len(alone) > 1 else np.zeros_like(alone)
        np.testing.assert_array_equal(part, expected)


@given(LENGTHS, SEEDS)
def test_spans_end_with_their_motion(lengths: list[int], seed: int) -> None:
    motions, flags = Segments.of(*lengths), flags_of(lengths, seed)
    found = motions.spans(flags)
    expected = [
        (start + int(part.start), stop + int(part.start))
        for part in motions.slices()
        for start, stop in spans(flags[part])
    ]
    pairs = zip(found.starts.tolist(), found.stops.tolist(), strict=True)
    assert list(pairs) == expected
    np.testing.assert_array_equal(found.mask(len(flags)), flags)
    values = values_of(lengths, seed + 1, 3)
    for mean, (start, stop) in zip(found.means(values), expected, strict=True):
        np.testing.assert_allclose(mean, values[start:stop].mean(axis=0), atol=1e-12)


@given(LENGTHS, SEEDS)
def test_the_nearest_true_frame_is_one_of_the_same_motion(lengths: list[int], seed: int) -> None:
    motions, flags = Segments.of(*lengths), flags_of(lengths, seed)
    found = motions.frames_to(flags)
    for part in motions.slices():
        true = np.flatnonzero(flags[part])
        frames = np.arange(part.stop - part.start)
        if len(true):
            expected = np.abs(frames[:, None] - true).min(axis=1)
            np.testing.assert_array_equal(found[part], expected)
        else:
            assert (found[part] > 10**6).all()


@given(LENGTHS, SEEDS, st.sampled_from([1, 3, 5]))
def test_the_majority_is_that_of_a_motion(lengths: list[int], seed: int, frames: int) -> None:
    motions, flags = Segments.of(*lengths), values_of(lengths, seed, 4) > 0
    half = frames // 2
    for part, found in zip(
        motions.slices(), parts(motions, motions.majority(flags, frames)), strict=True
    ):
        padded = np.pad(flags[part], ((half, half), (0, 0)), mode="edge")
        windows = np.lib.stride_tricks.sliding_window_view(padded, frames, axis=0)
        np.testing.assert_array_equal(found, windows.sum(axis=-1) > half)


@given(st.lists(st.booleans(), max_size=30))
def test_who_needs_the_one_before_comes_after_it(linked: list[bool]) -> None:
    groups = turns(linked)
    turn = {int(item): number for number, group in enumerate(groups) for item in group}
    assert sorted(turn) == list(range(len(linked)))
    for item in range(1, len(linked)):
        assert not linked[item] or turn[item] > turn[item - 1]
    # As few turns as the longest chain asks for, or a long walk would take as many as it has steps.
    assert len(groups) <= 1 + max((len(run) for run in _chains(linked)), default=0)


def _chains(linked: list[bool]) -> list[list[int]]:
    return [list(range(*span)) for span in spans(np.array(linked, bool))]
