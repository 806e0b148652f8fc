"""A training run becomes a model that the pipeline takes, and that computes what torch does."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from blender_addon.core.conventions import MODEL_FRAME_RATE_HZ, Floats
from blender_addon.core.ground.path import Path as WalkPath
from blender_addon.core.inference.contract import ModelContract
from blender_addon.core.inference.session import ModelSession
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON, HIPS_REST_HEIGHT_M
from blender_addon.core.motion.gait import GAITS
from blender_addon.core.walk.features import INPUT_LAYOUT, OUTPUT_LAYOUT, STYLE_DIMENSIONS
from blender_addon.core.walk.pipeline import LocomotionPipeline
from blender_addon.core.walk.request import WalkRequest
from tests.walk.take_samples import write_prepared

torch = pytest.importorskip("torch")
if TYPE_CHECKING:
    import torch

from backend.export.onnx_export import ExportReport  # noqa: E402
from backend.export.parity import TOLERANCE  # noqa: E402
from backend.walk.data import joint_state, load_split  # noqa: E402
from backend.walk.export import MODEL_NAME, export, standing_pose  # noqa: E402
from backend.walk.loop import TrainingConfig, load_controller, normalisation_of, train  # noqa: E402
from backend.walk.rollouts.windows import Windows  # noqa: E402
from backend.walk.styles.named import pictures_of  # noqa: E402
from backend.walk.styles.table import encode  # noqa: E402

pytestmark = pytest.mark.torch

SHIPPED = Path(__file__).resolve().parents[2] / "onnx_models" / f"{MODEL_NAME}.onnx"
CONFIG = TrainingConfig(
    hidden=24,
    frames_per_update=256,
    rollouts=((1.0, 2),),
    max_minutes=1e9,
    max_updates=60,
    threads=1,
    validate_every=30,
    learning_rate=3e-3,
)


MEASURED_WITHIN = 0.002  # two steps of what is kept


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.set_num_threads(1)
    return write_prepared(tmp_path_factory.mktemp("prepared"))


def train_into(data: Path, run: Path, config: TrainingConfig = CONFIG) -> Path:
    train(load_split(data, "train"), load_split(data, "val"), config, run)
    return run


@pytest.fixture(scope="module")
def run(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train_into(data, tmp_path_factory.mktemp("run"))


@pytest.fixture(scope="module")
def report(run: Path, data: Path, tmp_path_factory: pytest.TempPathFactory) -> ExportReport:
    return export(run, data, tmp_path_factory.mktemp("models"), "train for a test")


@pytest.fixture(scope="module")
def session(report: ExportReport) -> ModelSession:
    return ModelSession(report.path, ["CPUExecutionProvider"], threads=1)


def real_features(data: Path, run: Path, count: int = 40) -> tuple[Floats, Floats]:
    """Features and phases (N, …) of prepared frames, as the pipeline would feed them."""
    split = load_split(data, "train")
    frames = torch.linspace(1, len(split.phase) - 1, count).long()
    state = joint_state(split.outputs[frames - 1])
    controller = load_controller(run)
    windows = Windows(split, normalisation_of(controller))
    style = torch.from_numpy(encode(controller, windows, frames)).float()
    features = torch.cat((split.trajectory[frames], state, style), -1)
    return features.numpy(), split.phase[frames].numpy()


def test_parity_holds_on_random_and_on_real_frames(
    report: ExportReport, session: ModelSession, run: Path, data: Path
) -> None:
    assert report.parity.largest <= TOLERANCE
    features, phase = real_features(data, run)
    with torch.inference_mode():
        desired = load_controller(run)(torch.from_numpy(features), torch.from_numpy(phase))
    found = session.run({"features": features, "phase": phase})["prediction"]
    np.testing.assert_allclose(found, desired.numpy(), atol=1e-4)


def test_a_character_alone_is_a_character_among_many(
    session: ModelSession, run: Path, data: Path
) -> None:
    features, phase = real_features(data, run, 12)
    together = session.run({"features": features, "phase": phase})["prediction"]
    for row in range(12):
        feeds = {"features": features[row : row + 1], "phase": phase[row : row + 1]}
        np.testing.assert_allclose(session.run(feeds)["prediction"][0], together[row], atol=1e-4)


def test_the_contract_says_what_it_is(report: ExportReport, session: ModelSession) -> None:
    contract: ModelContract = session.contract
    assert contract.name == MODEL_NAME and contract.task == "locomotion"
    assert contract.frame_rate_hz == MODEL_FRAME_RATE_HZ
    assert contract.sha256 == hashlib.sha256(report.path.read_bytes()).hexdigest()
    assert contract.skeleton.names == COMMON_SKELETON.names
    np.testing.assert_allclose(contract.skeleton.offsets, COMMON_SKELETON.offsets)
    assert dict(contract.input("features").layout) == INPUT_LAYOUT.as_contract()
    assert dict(contract.output("prediction").layout) == OUTPUT_LAYOUT.as_contract()
    assert tuple(contract.settings["gaits"]) == GAITS
    assert contract.training.command == "train for a test"
    assert "mocap.cs.cmu.edu" in contract.data[0].attribution


def test_the_styles_are_those_the_encoder_finds(
    session: ModelSession, run: Path, data: Path
) -> None:
    split, controller = load_split(data, "train"), load_controller(run)
    windows = Windows(split, normalisation_of(controller))
    settings = session.contract.settings
    kept = dict(zip(settings["style_names"], settings["style_vectors"], strict=True))
    assert set(kept) <= {"one", "two"} and kept
    for name, vector in kept.items():
        own = split.recorded & (split.style == split.style_names.index(name))
        frames = torch.nonzero(own)[:, 0]
        found = encode(controller, windows, frames).mean(axis=0)
        np.testing.assert_allclose(vector, found, atol=1e-4)


def test_strides_differ_as_those_of_one_person_do(session: ModelSession) -> None:
    settings = session.contract.settings
    deviation = np.array(settings["stride_deviation"])
    assert deviation.shape == (STYLE_DIMENSIONS, STYLE_DIMENSIONS)
    assert np.all(np.triu(deviation, 1) == 0.0)
    assert 0.0 <= settings["stride_persistence"] < 1.0


def test_a_walk_begins_standing(data: Path) -> None:
    pose = np.array(standing_pose(load_split(data, "train")))
    assert pose.shape == (COMMON_SKELETON.joint_count, 3)
    hips, head = (pose[COMMON_SKELETON.index(name)] for name in ("Hips", "Head"))
    assert hips[1] == pytest.approx(HIPS_REST_HEIGHT_M, abs=0.15)
    assert head[1] - hips[1] > 0.4


def test_the_pipeline_takes_it(session: ModelSession) -> None:
    """Sixty updates do not make a walker, but a motion of the right shape."""
    pipeline = LocomotionPipeline(session)
    path = WalkPath.from_points([[0, 0, 0], [0, 0, 2]], 1.0)
    (result,) = pipeline.generate([WalkRequest(path)])
    assert np.isfinite(result.clip.root_positions).all()
    assert result.clip.frame_count == len(result.root_track)


def test_exported_again_it_is_the_same_file(
    run: Path, data: Path, report: ExportReport, tmp_path: Path
) -> None:
    again = export(run, data, tmp_path, "train for a test")
    assert again.path.read_bytes() == report.path.read_bytes()
    assert again.contract.sha256 == report.contract.sha256
    one, two = (path.with_suffix(".json").read_text() for path in (report.path, again.path))
    assert alike(json.loads(one), json.loads(two))


def alike(one: object, other: object) -> bool:
    """Equal, but for what is measured: how a product is rounded hangs on where its arrays lie."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(alike(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) <= MEASURED_WITHIN
    return one == other


def test_only_the_model_its_contract_and_pictures_are_left(report: ExportReport) -> None:
    left = sorted(path.name for path in report.path.parent.iterdir())
    assert left == [f"{MODEL_NAME}.json", f"{MODEL_NAME}.onnx", f"{MODEL_NAME}.styles"]


def test_every_named_style_has_a_picture(report: ExportReport, session: ModelSession) -> None:
    named = session.contract.settings["named_styles"]
    pictures = {path.stem for path in pictures_of(report.path).glob("*.png")}
    assert pictures == set(named) and "average" in pictures


def test_the_ablation_without_phase_is_exported_without(data: Path, tmp_path: Path) -> None:
    config = replace(CONFIG, phase_functioned=False, max_updates=10, validate_every=10)
    run = train_into(data, tmp_path / "run", config)
    report = export(run, data, tmp_path / "models", "train without phase")
    session = ModelSession(report.path, ["CPUExecutionProvider"], threads=1)
    features, _ = real_features(data, run, 8)
    outputs = [
        session.run({"features": features, "phase": np.full(8, phase, np.float32)})["prediction"]
        for phase in (0.0, 1.3, 4.0)
    ]
    np.testing.assert_allclose(outputs[1], outputs[0], atol=1e-6)
    np.testing.assert_allclose(outputs[2], outputs[0], atol=1e-6)


def test_the_shipped_model_knows_its_phase_and_its_styles() -> None:
    session = ModelSession(SHIPPED, ["CPUExecutionProvider"], threads=1)
    assert SHIPPED.stat().st_size <= 16e6
    settings = session.contract.settings
    styles = np.array(settings["style_vectors"], np.float32)
    assert len(styles) == len(settings["style_names"]) > 10
    features = np.zeros((3, INPUT_LAYOUT.size), np.float32)
    features[:, INPUT_LAYOUT.slices["trajectory_directions"]] = np.tile([0, 1], 12)
    features[:, INPUT_LAYOUT.slices["joint_positions_m"]] = np.ravel(
        settings["initial_joint_positions_m"]
    )
    phase = np.array([0, 2 * np.pi, np.pi], np.float32)
    outputs = session.run({"features": features, "phase": phase})["prediction"]
    np.testing.assert_allclose(outputs[1], outputs[0], atol=1e-3)
    assert np.abs(outputs[2] - outputs[0]).max() > 1e-2
    features[:, INPUT_LAYOUT.slices["style"]] = styles[[0, 1, 2]]
    outputs = session.run({"features": features, "phase": 0 * phase})["prediction"]
    assert np.abs(outputs[1] - outputs[0]).max() > 1e-3
