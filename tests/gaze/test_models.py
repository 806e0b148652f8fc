"""The shipped gaze networks, through the whole pipeline: alive, exact, repeatable and quick."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from blender_addon.core.gaze.events import ROLES
from blender_addon.core.gaze.measures import (
    BAHILL_SECONDS_PER_DEGREE,
    find_saccades,
    fit_main_sequence,
    gaze_directions,
)
from blender_addon.core.gaze.pipeline import GazePipeline, GazeResult
from blender_addon.core.inference.session import ModelSession
from tests.gaze.samples import CUP_PLACE, looking, target
from tests.shared.counting import calls_of

MODELS = Path(__file__).resolve().parents[2] / "onnx_models"
CHANNELS = ("eyes_rad", "head_offset_rad", "blinks", "lids")


@pytest.fixture(scope="module")
def pipeline() -> GazePipeline:
    names = ("gaze_behaviour", "gaze_eye_head")
    paths = (MODELS / f"{name}.onnx" for name in names)
    return GazePipeline(*(ModelSession(p, ["CPUExecutionProvider"], threads=1) for p in paths))


def conversation(seconds: float, role: str = "speaking", cup: float = 0.3, seed: int = 0):
    frames = round(60 * seconds)
    targets = (target(frames), target(frames, "OBJECT", CUP_PLACE, cup))
    return looking(seconds, *targets, role=role, seed=seed)


@pytest.fixture(scope="module")
def long(pipeline: GazePipeline) -> GazeResult:
    """Ten minutes of one character."""
    return pipeline.generate([conversation(600)])[0]


def test_ten_minutes_hold_no_nan_and_no_pop(long: GazeResult) -> None:
    for name in CHANNELS:
        assert np.isfinite(getattr(long.clip, name)).all()
    looks = gaze_directions(long.clip)
    speed = 60 * np.rad2deg(np.linalg.norm(np.diff(looks, axis=0), axis=-1))
    assert speed.max() < 800
    head = 60 * np.rad2deg(np.diff(long.clip.head_offset_rad, axis=0))
    assert np.abs(head).max() < 250 and np.abs(np.diff(head, axis=0)).max() < 30
    assert long.warnings == ()


def test_saccades_are_on_the_main_sequence(long: GazeResult) -> None:
    slope, intercept = fit_main_sequence(find_saccades(gaze_directions(long.clip), 60.0))
    assert slope == pytest.approx(BAHILL_SECONDS_PER_DEGREE, rel=0.15)
    assert 0.015 < intercept < 0.04


def test_fixations_are_as_short_and_long_as_people_s(long: GazeResult) -> None:
    lengths = long.fixations.duration_s
    assert 0.15 < np.median(lengths) < 0.4
    onsets = np.diff(long.fixations.onset_s)
    assert np.percentile(onsets, 99.9) < 6.0  # nobody stares


def test_the_head_joins_in_large_shifts_only(long: GazeResult) -> None:
    looks = gaze_directions(long.clip)
    away = np.rad2deg(np.arccos(np.clip(looks[:, 2], -1, 1)))
    head = np.rad2deg(np.linalg.norm(long.clip.head_offset_rad, axis=-1))
    assert np.median(head[away > 35]) > 5  # at the cup
    assert np.median(head[away < 5]) < 2.5  # at the partner


def share_on_partner(results: list[GazeResult]) -> float:
    on, all_of_it = 0.0, 0.0
    for result in results:
        lengths = result.fixations.duration_s
        on += lengths[result.fixations.target == 0].sum()
        all_of_it += lengths.sum()
    return on / all_of_it


def test_listeners_look_at_their_partner_more_than_speakers(pipeline: GazePipeline) -> None:
    shares = {}
    for role in ROLES:
        requests = [conversation(60, role, 0.0, seed) for seed in range(6)]
        shares[role] = share_on_partner(pipeline.generate(requests))
    assert shares["listening"] > shares["speaking"] + 0.05
    assert shares["speaking"] > 0.3


def test_alone_or_in_a_crowd_is_the_same(pipeline: GazePipeline) -> None:
    crowd = [conversation(12 + n, ROLES[n % 3], 0.2 * n, n) for n in range(5)]
    for request, together in zip(crowd, pipeline.generate(crowd), strict=True):
        alone = pipeline.generate([request])[0]
        for name in CHANNELS:
            np.testing.assert_allclose(
                getattr(alone.clip, name), getattr(together.clip, name), atol=1e-4
            )


@pytest.mark.slow
def test_work_grows_with_time_and_hardly_with_the_crowd(pipeline: GazePipeline) -> None:
    def work(seconds: float, characters: int) -> Counter[str]:
        crowd = [replace(conversation(seconds), seed=n) for n in range(characters)]
        return calls_of(lambda: pipeline.generate(crowd))

    alone, longer, crowd = work(30, 1), work(60, 1), work(30, 64)
    assert longer.total() < 2.2 * alone.total()
    assert crowd["run"] < 2 * alone["run"]  # the networks run for all at once
    assert crowd.total() < 6 * alone.total()
    assert alone.total() < 100 * 30 * 60  # calls for each frame
