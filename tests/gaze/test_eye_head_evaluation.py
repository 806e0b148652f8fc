"""The measures tell good from bad, and nobody is measured on what was fitted to them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from backend.gaze.evaluate_eye_head import evaluate_eye_head, mean_errors, measure
from backend.gaze.eye_head_data import Sample, complete_head, read_recordings
from backend.gaze.eye_head_pictures import draw_steps, main_sequence, step_sample
from backend.gaze.eye_head_systems import LinearFilter, System, published, rule
from blender_addon.core.conventions import Floats
from tests.gaze.eye_head_samples import write_recording

pytestmark = pytest.mark.torch

SHIPPED = Path(__file__).resolve().parents[2] / "onnx_models" / "gaze_eye_head.onnx"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("people")
    for number, person in enumerate(("one", "two")):
        write_recording(made / f"{person}_walk.csv", number)
    return made


def truth(sample: Sample) -> tuple[Floats, Floats]:
    return sample.eye_rad, sample.offset_rad


def knows_all(_: float) -> System:
    return truth


def test_who_knows_the_answer_makes_no_error(folder: Path) -> None:
    samples = [complete_head(one) for one in read_recordings(folder)]
    assert mean_errors([truth] * 2, samples) == (0.0, 0.0)

    def one_degree_off(sample: Sample) -> tuple[Floats, Floats]:
        return sample.eye_rad + np.deg2rad(1.0), sample.offset_rad

    assert mean_errors([one_degree_off] * 2, samples)[0] == pytest.approx(1.0)


def test_a_filter_and_the_model_come_nearer_than_the_rule(folder: Path) -> None:
    one, two = (complete_head(each) for each in read_recordings(folder))
    errors = [
        mean_errors([system], [two])[0]
        for system in (rule, LinearFilter.fit([one]), published(0.0))
    ]
    assert errors[1] < 0.9 * errors[0] and errors[2] < 0.9 * errors[0]


def test_all_measures_are_there_for_people_of_any_kind(folder: Path) -> None:
    found = measure(read_recordings(folder), [], knows_all)
    assert found["mae_deg"] == found["ratio"] == 0.0
    for part in (found, found["still"], found["static"]):
        assert 0.0 < part["mae_linear_deg"] and 0.0 < part["mae_published_deg"]
        assert part["mae_rule_deg"] > 0.0
    assert found["recordings"] == ["one_walk", "two_walk"]


def test_a_lone_recording_has_no_filter_fitted_to_itself(folder: Path) -> None:
    found = measure(read_recordings(folder)[:1], [], knows_all)
    assert found["mae_linear_deg"] is None
    assert found["ratio"] == 0.0


def test_the_shipped_model_runs_on_other_peoples_recordings(folder: Path) -> None:
    found = evaluate_eye_head(SHIPPED, folder)
    assert found["recordings"] == ["one_walk", "two_walk"]
    assert found["mae_deg"] < found["mae_rule_deg"]


@pytest.mark.data
def test_the_shipped_model_is_measured_on_those_it_has_not_seen(data_dir: Path) -> None:
    found = evaluate_eye_head(SHIPPED, data_dir / "gaze")
    assert found["recordings"] == ["htc_NA05_2D_Spread7", "htc_NA05_360VR_Spread7"]
    assert found["ratio"] <= 0.8
    assert found["mae_deg"] < found["mae_published_deg"]


def test_the_published_model_is_on_the_main_sequence(tmp_path: Path) -> None:
    rows = main_sequence(published(0.0), (5.0, 10.0, 20.0))
    np.testing.assert_allclose(rows[:, 1], rows[:, 2])
    assert (np.diff(rows[:, 2]) > 0.0).all()
    assert 300.0 < rows[1, 2] < 450.0
    draw_steps(published(1.0), tmp_path / "steps.png")
    assert (tmp_path / "steps.png").stat().st_size > 10_000
    assert step_sample(5.0).valid.all()
