"""Names go to the styles that are the most of something."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.walk.samples import walking_clip

pytest.importorskip("torch")

from backend.walk.styles.gait_features import GaitFeatures, measure_gait
from backend.walk.styles.named import AVERAGE, LABELS, choose_names

USUAL = GaitFeatures(1.9, 8.0, 35.0, 28.0, 1.0, -2.0, 5.0, 4.0, 12.0)


def crowd() -> dict[str, GaitFeatures]:
    """Forty who hardly differ."""
    rng = np.random.default_rng(0)
    names = vars(USUAL)
    return {
        f"p{n}": GaitFeatures(**{k: v + 0.02 * abs(v) * rng.normal() for k, v in names.items()})
        for n in range(40)
    }


def test_the_most_of_something_gets_its_name() -> None:
    people = crowd() | {
        "runner": replace(USUAL, cadence=2.6),
        "old": replace(USUAL, stoop_deg=14.0),
        "stiff": replace(USUAL, arm_swing_cm=6.0),
    }
    found = {name: style for name, _, _, style in choose_names(people)}
    assert (found["brisk"], found["stooped"], found["arms_still"]) == ("runner", "old", "stiff")


def test_no_style_has_two_names_and_the_middle_one_is_average() -> None:
    people = crowd() | {"middle": USUAL}
    chosen = choose_names(people)
    assert chosen[0][:3] == AVERAGE and chosen[0][3] == "middle"
    assert len({style for _, _, _, style in chosen}) == len(chosen) == len(LABELS) + 1


def test_fewer_styles_than_names_give_fewer_names() -> None:
    two = dict(list(crowd().items())[:2])
    assert len(choose_names(two)) == 2


def test_what_is_said_is_what_was_measured() -> None:
    people = crowd() | {"runner": replace(USUAL, cadence=2.6)}
    said = {name: told for name, _, told, _ in choose_names(people)}
    assert said["brisk"].startswith("2.6 steps a second; usually 1.")


def test_features_of_a_walk_drawn_by_hand() -> None:
    found = measure_gait(walking_clip(12, 1.0))
    assert 1.0 < found.cadence < 3.0
    assert 0.0 < found.step_width_cm < 40.0
    assert found.knee_deg > 0.0 and found.bounce_cm >= 0.0
