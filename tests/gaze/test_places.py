"""Habitual places are found, followed and forgotten, for each character alone."""

from __future__ import annotations

import numpy as np

from blender_addon.core.gaze.places import PLACES, PlaceMemory, place_features


def parts(features: np.ndarray) -> tuple[np.ndarray, ...]:
    """Places (P, 2), counts, ages and which are known, of one character."""
    places, rest = features[: 2 * PLACES].reshape(PLACES, 2), features[2 * PLACES :]
    counts, ages, known = rest.reshape(3, PLACES)
    return places, np.expm1(counts), np.expm1(ages), known > 0


def test_fixations_near_each_other_are_one_place() -> None:
    memory = PlaceMemory(1)
    rng = np.random.default_rng(0)
    centres = np.deg2rad([[0.0, 0.0], [10.0, 3.0]])
    for number in range(60):
        spread = np.deg2rad(0.3) * rng.standard_normal(2)
        memory.append(centres[[int(number % 3 == 0)]] + spread)
    places, counts, ages, known = parts(memory.features[0])
    assert known.sum() == 2
    order = np.argsort(-counts[known])
    np.testing.assert_allclose(counts[known][order], [40, 20], rtol=1e-4)
    np.testing.assert_allclose(places[known][order], centres, atol=np.deg2rad(0.3))
    assert sorted(ages[known].round()) == [0, 2]


def test_the_place_least_looked_at_gives_way() -> None:
    memory = PlaceMemory(1)
    home = np.zeros((1, 2))
    for number in range(38):
        memory.append(home)
        memory.append(np.deg2rad([[5.0 + 3.0 * number, 0.0]]))
    places, counts, _, known = parts(memory.features[0])
    assert known.all() and np.isclose(counts.max(), 38, rtol=1e-4)
    assert np.abs(places[counts.argmax()]).max() < 1e-6
    # The newest is kept, the first visitors are gone.
    assert np.isclose(np.rad2deg(places[:, 0]), 5.0 + 3.0 * 37, atol=1e-3).any()
    assert not np.isclose(np.rad2deg(places[:, 0]), 5.0, atol=1e-3).any()


def test_nobody_remembers_for_another() -> None:
    rng = np.random.default_rng(1)
    looks = 0.2 * rng.standard_normal((50, 3, 2))
    together = PlaceMemory(3)
    for number, each in enumerate(looks):
        together.append(each, np.array([True, number % 2 == 0, False]))
    alone = PlaceMemory(1)
    for each in looks[::2, 1]:
        alone.append(each[None])
    np.testing.assert_array_equal(together.features[1], alone.features[0])
    assert not together.features[2].any()


def test_a_whole_recording_equals_step_by_step() -> None:
    looks = 0.1 * np.random.default_rng(2).standard_normal((40, 2))
    memory = PlaceMemory(1)
    for row, look in zip(place_features(looks), looks, strict=True):
        np.testing.assert_array_equal(row, memory.features[0])
        memory.append(look[None])
