"""The exported step network equals the trained one and runs from its contract alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from blender_addon.core.gaze.events import (
    INPUT_LAYOUT,
    ROLES,
    mixture_layout,
    read_mixture,
    sequence_features,
)
from blender_addon.core.inference.session import ModelSession
from tests.gaze.recording_samples import write_people

torch = pytest.importorskip("torch")
if TYPE_CHECKING:
    import torch

from backend.export.onnx_export import ExportReport  # noqa: E402
from backend.gaze.behaviour_network import Shape  # noqa: E402
from backend.gaze.export_behaviour import MODEL_NAME, export_behaviour  # noqa: E402
from backend.gaze.prepare import load_split, prepare_behaviour  # noqa: E402
from backend.gaze.train_behaviour import (  # noqa: E402
    TrainingConfig,
    load_network,
    save_calibrated,
    train_behaviour,
)

pytestmark = pytest.mark.torch
SHIPPED = Path(__file__).resolve().parents[2] / "onnx_models" / f"{MODEL_NAME}.onnx"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("gaze")
    prepare_behaviour(write_people(folder / "csv", 3), folder / "behaviour", ["p02"])
    return folder


@pytest.fixture(scope="module", params=["gru", "lstm"])
def run(request: pytest.FixtureRequest, data: Path) -> Path:
    cell: Any = request.param
    shape = Shape(cell=cell, hidden=12, embedding=16, anywhere=4, around=3, pointer=8)
    config = TrainingConfig(shape=shape, stretch=20, streams=4, max_updates=10, threads=1)
    people, validated = load_split(data, "train"), load_split(data, "val")
    save_calibrated(data / cell, train_behaviour(people, validated, config, data / cell))
    return data / cell


@pytest.fixture(scope="module")
def report(run: Path, data: Path) -> ExportReport:
    return export_behaviour(run, data, run / "models", "train for a test")


def test_parity_holds_and_nothing_but_model_and_contract_is_left(report: ExportReport) -> None:
    assert report.parity.largest < 1e-4
    assert report.parity.batches == (1, 2, 3, 17, 64)
    left = sorted(path.name for path in report.path.parent.iterdir())
    assert left == [f"{MODEL_NAME}.json", f"{MODEL_NAME}.onnx"]


def test_the_state_carried_outside_is_the_state_inside(
    report: ExportReport, run: Path, data: Path
) -> None:
    """A whole recording by single steps of the graph equals the trained network's one pass."""
    network = load_network(run)
    person = load_split(data, "val")[0]
    features = sequence_features(person.events(), person.roles, person.breaks_s)
    with torch.no_grad():
        state = torch.zeros(1, network.shape.state_size)
        wanted = network(torch.from_numpy(features)[None], state)[0][0].numpy()
    session = ModelSession(report.path, ["CPUExecutionProvider"], threads=1)
    state = np.zeros((1, session.contract.setting("state_size")), np.float32)
    for row, expected in zip(features, wanted, strict=True):
        outputs = session.run({"features": row[None], "state": state})
        state = outputs["next_state"]
        np.testing.assert_allclose(outputs["mixture"][0], expected, atol=2e-4)


def test_the_contract_says_what_the_scene_needs(report: ExportReport) -> None:
    contract = report.contract
    settings = contract.settings
    assert settings["roles"] == list(ROLES)
    assert contract.input("features").layout == INPUT_LAYOUT.as_contract()
    mixture = mixture_layout(settings["components"])
    assert contract.output("mixture").layout == mixture.as_contract()
    assert contract.output("mixture").shape == ("batch", mixture.size)
    assert set(settings["trained_on"]) == {"p00", "p01"}
    assert set(settings["validated_with"]) == {"p02"}
    for role in ROLES:
        median, spread = settings["break_seconds"][role]
        assert 0.1 < median < 2.0 and 0.0 < spread < 2.0


def test_the_shipped_model_is_small_and_says_whose_eyes_it_learned_from() -> None:
    session = ModelSession(SHIPPED, ["CPUExecutionProvider"], threads=1)
    assert SHIPPED.stat().st_size <= 2e6
    assert "ETRA 2024" in session.contract.data[0].attribution
    assert session.contract.setting("components") >= 32
    features = np.zeros((2, INPUT_LAYOUT.size), np.float32)
    features[:, INPUT_LAYOUT.slices["role"]] = np.eye(3)[:2]
    state = np.zeros((2, session.contract.setting("state_size")), np.float32)
    mixture = read_mixture(session.run({"features": features, "state": state})["mixture"])
    np.testing.assert_allclose(np.exp(mixture.log_weights).sum(-1), 1.0, atol=1e-5)
    assert np.abs(np.diff(mixture.log_weights, axis=0)).max() > 0.1, "roles differ"
