"""Styles as a model's contract gives them, and how a character varies."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from blender_addon.core.errors import ContractError, SettingsError
from blender_addon.core.inference.contract import ModelContract, TensorSpec, TrainingRecord
from blender_addon.core.walk.direction import Directions, StyleChange, StyleChoice
from blender_addon.core.walk.styles import STANDING_MOMENT_S, Spread, Styles, Wandering

VECTORS = [[1.0, 0.0], [0.0, 1.0], [0.5, 0.5]]
SETTINGS: dict[str, Any] = {
    "style_names": ["a", "b", "c"],
    "style_vectors": VECTORS,
    "named_styles": ["brisk", "slow"],
    "named_style_titles": ["Brisk", "Slow"],
    "named_style_descriptions": ["2.1 steps a second", "1.6 steps a second"],
    "named_style_vectors": [[2.0, 0.0], [-2.0, 1.0]],
    "stride_deviation": [[0.3, 0.0], [0.1, 0.2]],
    "stride_persistence": 0.4,
    "standing_style": [5.0, 5.0],
    "standing_deviation": [[0.5, 0.0], [0.0, 0.5]],
    "standing_persistence": 0.2,
}


def contract(**changes: Any) -> ModelContract:
    settings = {name: value for name, value in (SETTINGS | changes).items() if value is not None}
    blank = ModelContract(
        name="styles",
        task="locomotion",
        inputs=(TensorSpec("features", ("batch", 2)),),
        outputs=(TensorSpec("prediction", ("batch", 2)),),
        skeleton=None,
        frame_rate_hz=60.0,
        training=TrainingRecord("0", "none"),
        data=(),
        weights_licence="none",
    )
    return replace(blank, settings=settings)


def styles(**changes: Any) -> Styles:
    return Styles(contract(**changes), 2)


def test_a_seed_picks_a_captured_style_and_always_the_same() -> None:
    picked = {tuple(styles().captured(seed)) for seed in range(40)}
    assert picked == {tuple(row) for row in VECTORS}
    np.testing.assert_array_equal(styles().captured(7), styles().captured(7))


def test_a_named_style_is_its_vector_and_blends_with_another() -> None:
    np.testing.assert_allclose(styles().vector(StyleChoice("brisk"), 0), [2, 0])
    half = StyleChoice("brisk", "slow", 0.5)
    np.testing.assert_allclose(styles().vector(half, 0), [0, 0.5])
    with_seed = styles().vector(StyleChoice("", "slow", 1.0), 3)
    np.testing.assert_allclose(with_seed, [-2, 1])


def test_what_is_said_of_named_styles_is_kept() -> None:
    brisk = styles().named[0]
    assert (brisk.name, brisk.title, brisk.description) == ("brisk", "Brisk", "2.1 steps a second")


def test_an_unknown_style_is_refused_with_those_there_are() -> None:
    with pytest.raises(SettingsError, match=r"no style named 'proud'; it has brisk, slow"):
        styles().vector(StyleChoice("proud"), 0)


def test_a_style_changes_along_the_path_within_a_step() -> None:
    directions = Directions(
        style=StyleChoice("brisk"), style_changes=(StyleChange(4.0, StyleChoice("slow")),)
    )
    along = styles().along(directions, np.array([0.0, 4.0, 4.35, 4.7, 9.0]), 0)
    np.testing.assert_allclose(along[[0, 1]], [[2, 0], [2, 0]])
    np.testing.assert_allclose(along[2], [0, 0.5], atol=1e-6)
    np.testing.assert_allclose(along[[3, 4]], [[-2, 1], [-2, 1]])
    assert styles().along(Directions(), np.arange(9.0), 0).shape == (1, 2)


def test_strides_wander_with_the_spread_and_the_memory_given() -> None:
    spread = Spread(np.float32([[0.3, 0.0], [0.1, 0.2]]), 0.4)
    drawn = Wandering(range(40), spread, 1)
    rows = np.stack([drawn.at(np.full(40, float(stride))) for stride in range(60)])
    found = np.cov(rows[5:].reshape(-1, 2).T)
    np.testing.assert_allclose(found, spread.deviation @ spread.deviation.T, atol=0.012)
    before, after = rows[5:-1].reshape(-1, 2), rows[6:].reshape(-1, 2)
    memory = (before * after).sum() / (before**2).sum()
    assert memory == pytest.approx(0.4, abs=0.06)


def test_between_strides_the_style_goes_over_smoothly_and_repeats() -> None:
    def track() -> np.ndarray:
        variation = styles().variation([3])
        base, walks = np.float32([[0, 0]]), np.zeros(1)
        times = np.arange(0, 8, 1 / 60)
        return np.stack([variation.of(base, np.array([t]), t, walks)[0] for t in times])

    first, again = track(), track()
    np.testing.assert_array_equal(first, again)
    assert first.std(axis=0).min() > 0.05
    assert np.abs(np.diff(first, axis=0)).max() < 0.05


def test_who_stands_differs_from_walking_by_the_style_of_standing() -> None:
    variation, stands = styles().variation([1, 2]), np.ones(2)
    base = np.float32([[1, 0], [0, 1]])
    seconds = np.arange(0, 300 * STANDING_MOMENT_S, STANDING_MOMENT_S)
    tracks = np.stack([variation.of(base, np.zeros(2), t, stands) for t in seconds])
    np.testing.assert_allclose(tracks.mean(axis=0) - base, np.full((2, 2), 5), atol=0.12)
    assert tracks.std(axis=0).min() > 0.3
    assert np.abs((tracks - base)[:, 0] - (tracks - base)[:, 1]).max() > 0.3


def test_a_model_that_says_nothing_of_variation_has_none() -> None:
    bare = styles(
        stride_deviation=None,
        stride_persistence=None,
        standing_style=None,
        standing_deviation=None,
        standing_persistence=None,
    )
    base = np.float32([[1, 0]])
    found = bare.variation([0]).of(base, np.array([3.3]), 5.0, np.ones(1))
    np.testing.assert_array_equal(found, base)


@pytest.mark.parametrize(
    "change",
    [
        {"stride_deviation": [[1.0]]},
        {"stride_persistence": 1.5},
        {"named_style_vectors": [[1.0, 2.0]]},
        {"named_style_titles": ["Brisk"]},
        {"standing_style": [1.0, float("nan")]},
        {"style_vectors": [[1.0, 2.0]]},
    ],
)
def test_tables_that_do_not_fit_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ContractError, match=next(iter(change)).replace("_vectors", "")):
        styles(**change)
