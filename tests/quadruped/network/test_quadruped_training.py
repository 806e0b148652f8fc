"""Training learns, resumes, begins with another run, and becomes a model as the contract says."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from blender_addon.core.errors import InputError, ModelError
from blender_addon.core.inference.session import ModelSession
from blender_addon.core.quadruped.body import check_tree
from blender_addon.core.quadruped.features import INPUT_LAYOUT, OUTPUT_LAYOUT, unpack
from blender_addon.core.quadruped.gaits import ACTIONS
from tests.quadruped.network.trotting import make_sequence

torch = pytest.importorskip("torch")
if TYPE_CHECKING:
    import torch

from backend.export.onnx_export import ExportReport  # noqa: E402
from backend.export.parity import TOLERANCE  # noqa: E402
from backend.quadruped.export import MODEL_NAME, export  # noqa: E402
from backend.quadruped.learning.frames import Frames  # noqa: E402
from backend.quadruped.learning.loop import (  # noqa: E402
    TrainingConfig,
    load_network,
    restandardise,
    stage_at,
    train,
)
from backend.quadruped.learning.normalisation import measure_normalisation  # noqa: E402
from backend.training.run import load_weights  # noqa: E402

pytestmark = pytest.mark.torch

CONFIG = TrainingConfig(
    hidden=48,
    experts=2,
    precision="fp32",
    averaging=0.9,
    frames_per_update=256,
    rollouts=((0.25, 4), (0.75, 16)),
    max_minutes=1e9,
    max_updates=180,
    validate_every=60,
    learning_rate=3e-3,
)


def make_frames(first: int, count: int = 3) -> Frames:
    return Frames.of(make_sequence(seed) for seed in range(first, first + count))


def train_into(run: Path, config: TrainingConfig = CONFIG, begin_with: Path | None = None) -> Path:
    train(make_frames(0), make_frames(9, 1), config, run, begin_with=begin_with)
    return run


def history_of(run: Path) -> list[dict[str, float]]:
    kept = torch.load(run / "checkpoint.pt", weights_only=True)
    history: list[dict[str, float]] = kept["progress"]["history"]
    return history


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.set_num_threads(1)
    return train_into(tmp_path_factory.mktemp("run"))


@pytest.fixture(scope="module")
def report(run: Path, tmp_path_factory: pytest.TempPathFactory) -> ExportReport:
    return export(run, tmp_path_factory.mktemp("models"), "train for a test")


def test_training_lowers_the_loss(run: Path) -> None:
    history = history_of(run)
    assert [entry["update"] for entry in history] == [60, 120, 180]
    assert history[-1]["loss"] < 0.7 * history[0]["loss"]
    assert {"trot_pose_cm", "trot_slip_cm_s", "trot_out_of_step", "trot_steps_ratio"} <= set(
        history[-1]
    )


def test_a_stopped_run_goes_on_as_if_it_never_had_been(tmp_path: Path) -> None:
    longer = replace(
        CONFIG, max_updates=60, validate_every=30, rollouts=((1.0, 4),), final_rate=1.0
    )
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    train_into(whole, longer)
    train_into(parts, replace(longer, max_updates=30))
    train_into(parts, longer)
    one, two = (load_weights(each)["weights"] for each in (whole, parts))
    for name, value in one.items():
        np.testing.assert_allclose(two[name], value, atol=1e-5)


def test_a_run_begins_with_another_ones_weights(run: Path, tmp_path: Path) -> None:
    config = replace(CONFIG, max_updates=30, learning_rate=0.0)
    again = load_network(train_into(tmp_path / "again", config, run))
    features = torch.randn(4, INPUT_LAYOUT.size)
    with torch.inference_mode():
        np.testing.assert_allclose(again(features), load_network(run)(features), atol=1e-5)
    with pytest.raises(InputError, match="--hidden and --experts"):
        train_into(tmp_path / "other", replace(config, experts=3), run)


def test_standardised_anew_a_network_says_what_it_said(run: Path) -> None:
    network, features = load_network(run), torch.randn(4, INPUT_LAYOUT.size)
    with torch.inference_mode():
        desired = network(features)
    restandardise(network, measure_normalisation(make_frames(20)))
    with torch.inference_mode():
        found = network(features)
    assert not torch.equal(network.output_scale, load_network(run).output_scale)
    np.testing.assert_allclose(found, desired, atol=2e-4)


def test_no_sequences_are_no_data() -> None:
    with pytest.raises(InputError, match="prepare quadruped"):
        Frames.of([])


def test_rollouts_grow() -> None:
    stages = [stage_at(CONFIG, share) for share in (0.0, 0.24, 0.25, 1.0)]
    assert stages == [(0, 4), (0, 4), (1, 16), (1, 16)]


def test_the_model_says_what_torch_says(report: ExportReport, run: Path) -> None:
    assert report.parity.largest <= TOLERANCE
    session = ModelSession(report.path, ["CPUExecutionProvider"], threads=1)
    torch.manual_seed(0)
    network = load_network(run)
    features = network.input_mean + torch.randn(5, INPUT_LAYOUT.size) / network.input_scale
    with torch.inference_mode():
        desired = network(features).numpy()
    found = session.run({"features": features.numpy()})["prediction"]
    np.testing.assert_allclose(found, desired, atol=1e-4)
    contacts = unpack(np.asarray(found)).contacts
    assert contacts.min() >= 0.0 and contacts.max() <= 1.0


def test_the_contract_says_what_it_is(report: ExportReport) -> None:
    contract = ModelSession(report.path, ["CPUExecutionProvider"], threads=1).contract
    assert contract.name == MODEL_NAME and contract.task == "quadruped"
    assert contract.sha256 == hashlib.sha256(report.path.read_bytes()).hexdigest()
    contract.require_layout(contract.input("features"), INPUT_LAYOUT)
    contract.require_layout(contract.output("prediction"), OUTPUT_LAYOUT)
    assert contract.skeleton is not None and check_tree(contract.skeleton)
    np.testing.assert_allclose(contract.skeleton.offsets[0], [0.0, 0.55, -0.3], atol=0.03)
    assert tuple(contract.setting("actions")) == ACTIONS
    assert "never captured" in contract.setting("motion")
    assert {source.licence for source in contract.data} == {"CC0 1.0"}


def test_only_the_model_and_its_contract_are_left(report: ExportReport) -> None:
    left = sorted(path.name for path in report.path.parent.iterdir())
    assert left == [f"{MODEL_NAME}.json", f"{MODEL_NAME}.onnx"]


def test_a_network_without_weights_or_too_large_is_not_exported(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        export(tmp_path / "nothing", tmp_path / "models", "train")
    large = replace(CONFIG, hidden=512, experts=8, max_updates=1, validate_every=1)
    run = train_into(tmp_path / "large", large)
    with pytest.raises(ModelError, match="8 MB"):
        export(run, tmp_path / "models", "train")
    assert not (tmp_path / "models").exists()


def test_who_does_not_see_the_body_says_the_same_of_all(tmp_path: Path) -> None:
    config = replace(CONFIG, sees_body=False, max_updates=5, validate_every=5)
    run = train_into(tmp_path / "run", config)
    report = export(run, tmp_path / "models", "train without a body")
    session = ModelSession(report.path, ["CPUExecutionProvider"], threads=1)
    features = np.zeros((2, INPUT_LAYOUT.size), np.float32)
    features[1, INPUT_LAYOUT.slices["body"]] = 1.0
    one, other = np.asarray(session.run({"features": features})["prediction"])
    np.testing.assert_allclose(other, one, atol=1e-5)
