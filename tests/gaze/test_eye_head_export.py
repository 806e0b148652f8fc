"""The exported eye–head network is the trained one, in chunks of any length."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from blender_addon.core.conventions import MODEL_FRAME_RATE_HZ, Floats
from blender_addon.core.gaze.eye_head_features import (
    INPUT_LAYOUT,
    OUTPUT_LAYOUT,
    angles_to_directions,
    build_features,
    decode_eye_head,
)
from blender_addon.core.inference.session import ModelSession

torch = pytest.importorskip("torch")
if TYPE_CHECKING:
    import torch

from backend.export.onnx_export import ExportReport  # noqa: E402
from backend.export.parity import TOLERANCE  # noqa: E402
from backend.gaze.export_eye_head import MODEL_NAME, choose_heads, export_eye_head  # noqa: E402
from backend.gaze.eye_head_network import EyeHeadNetwork  # noqa: E402
from backend.gaze.train_eye_head import EyeHeadConfig, load_network, save_network  # noqa: E402

pytestmark = pytest.mark.torch

SHIPPED = Path(__file__).resolve().parents[2] / "onnx_models" / f"{MODEL_NAME}.onnx"
KINDS = [("gru", 1), ("gru", 2), ("lstm", 1), ("lstm", 2)]
STILL = np.tile([1.0, 0.0, 0.0, 0.0], (180, 1))


@pytest.fixture(scope="module", params=KINDS, ids=lambda kind: f"{kind[0]}-{kind[1]}")
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.set_num_threads(1)
    torch.manual_seed(3)
    cell, layers = request.param
    folder = tmp_path_factory.mktemp("run")
    config = EyeHeadConfig(cell=cell, hidden=10, layers=layers)
    save_network(folder, EyeHeadNetwork(cell, 10, layers), config)
    (folder / "measures.json").write_text(json.dumps({"eye_head": {"mae_deg": 0.5}}))
    return folder


@pytest.fixture(scope="module")
def report(run: Path) -> ExportReport:
    return export_eye_head(run, run / "models", run / "measures.json", "train for a test")


@pytest.fixture(scope="module")
def session(report: ExportReport) -> ModelSession:
    return ModelSession(report.path, ["CPUExecutionProvider"], threads=1)


def feeds(session: ModelSession, batch: int, frames: int) -> dict[str, Any]:
    rng = np.random.default_rng(batch + frames)
    layers, _, size = session.contract.input("state").shape
    features = rng.normal(0.0, 0.5, (batch, frames, INPUT_LAYOUT.size)).astype(np.float32)
    return {"features": features, "state": np.zeros((layers, batch, size), np.float32)}


def in_chunks(session: ModelSession, given: dict[str, Any], length: int) -> Floats:
    """All frames in runs of ``length``, the state handed on."""
    state, parts = given["state"], []
    for first in range(0, given["features"].shape[1], length):
        chunk = np.ascontiguousarray(given["features"][:, first : first + length])
        found = session.run({"features": chunk, "state": state})
        state = found["next_state"]
        parts.append(found["eye_head"])
    return np.concatenate(parts, axis=1)


def test_parity_holds_at_other_lengths_than_exported(
    report: ExportReport, session: ModelSession, run: Path
) -> None:
    assert report.parity.largest <= TOLERANCE
    network, _ = load_network(run)
    for batch, frames in ((1, 1), (2, 301), (5, 64)):
        given = feeds(session, batch, frames)
        found = session.run(given)
        with torch.inference_mode():
            desired = network(*(torch.from_numpy(value) for value in given.values()))
        np.testing.assert_allclose(found["eye_head"], desired[0].numpy(), atol=1e-5)
        np.testing.assert_allclose(found["next_state"], desired[1].numpy(), atol=1e-5)


def test_chunks_one_after_the_other_are_the_whole(session: ModelSession) -> None:
    given = feeds(session, 3, 100)
    whole = session.run(given)["eye_head"]
    for length in (1, 33, 64):
        np.testing.assert_allclose(in_chunks(session, given, length), whole, atol=1e-6)


def test_a_character_alone_is_a_character_among_many(session: ModelSession) -> None:
    given = feeds(session, 6, 40)
    together = session.run(given)["eye_head"]
    for row in range(6):
        alone = {
            "features": given["features"][row : row + 1],
            "state": given["state"][:, row : row + 1],
        }
        np.testing.assert_allclose(session.run(alone)["eye_head"][0], together[row], atol=1e-6)


def test_the_contract_says_what_it_is(report: ExportReport, session: ModelSession) -> None:
    contract = session.contract
    assert contract.name == contract.task == MODEL_NAME
    assert contract.frame_rate_hz == MODEL_FRAME_RATE_HZ and contract.skeleton is None
    assert contract.sha256 == hashlib.sha256(report.path.read_bytes()).hexdigest()
    assert dict(contract.input("features").layout) == INPUT_LAYOUT.as_contract()
    assert dict(contract.output("eye_head").layout) == OUTPUT_LAYOUT.as_contract()
    assert contract.metrics == {"mae_deg": 0.5}
    assert contract.training.command == "train for a test"
    assert {source.licence for source in contract.data} >= {"MIT"}


@pytest.mark.parametrize(
    ("measures", "heads"),
    [
        ({}, "formula"),
        ({"mae_deg": 0.19, "mae_published_deg": 0.2}, "network"),
        ({"mae_deg": 0.191, "mae_published_deg": 0.2}, "formula"),
        ({"mae_deg": 0.1, "mae_published_deg": None}, "formula"),
    ],
)
def test_the_network_moves_heads_only_where_it_beats_the_formula(
    measures: dict[str, Any], heads: str
) -> None:
    assert choose_heads(measures) == heads


def test_exported_again_it_is_the_same_file(
    run: Path, report: ExportReport, tmp_path: Path
) -> None:
    again = export_eye_head(run, tmp_path, run / "measures.json", "train for a test")
    assert again.path.read_bytes() == report.path.read_bytes()


def follow_step(yaw_deg: float, head_share: float = 1.0) -> tuple[Floats, Floats]:
    """Eye and head of the shipped model over 3 s, degrees of yaw, for a shift after one second."""
    session = ModelSession(SHIPPED, ["CPUExecutionProvider"], threads=1)
    angles = np.zeros((180, 2))
    angles[60:, 0] = np.deg2rad(yaw_deg)
    desired, onset = angles_to_directions(angles), np.array([60.0])
    layers, _, size = session.contract.input("state").shape
    outputs = session.run(
        {
            "features": build_features(desired, STILL, onset)[None],
            "state": np.zeros((layers, 1, size), np.float32),
        }
    )["eye_head"][0]
    motion = decode_eye_head(outputs, desired, STILL, onset, head_share=head_share)
    return np.rad2deg(motion.eye_rad[:, 0]), np.rad2deg(motion.head_offset_rad[:, 0])


@pytest.mark.parametrize("size", [5.0, 15.0, 30.0, 50.0, -50.0])
def test_the_shipped_model_shifts_gaze_as_people_do(size: float) -> None:
    eye, head = follow_step(size)
    gaze, toward = (eye + head) / size, head / size
    assert np.abs(gaze[:58]).max() < 0.1 and np.abs(gaze[85:] - 1.0).max() < 0.02
    assert gaze.max() < 1.05
    if abs(head[-1]) > 1.0:  # else there is nothing to follow with
        half = [int(np.argmax(trajectory >= 0.5 * trajectory[-1])) for trajectory in (gaze, toward)]
        assert half[0] < half[1], "the eye leads, the head follows"
    assert toward.min() > -0.05 and toward.max() < 1.05
    assert np.abs(np.diff(head, n=2)).max() < 1.5  # no jerk in the head


def test_the_shipped_models_head_takes_more_of_larger_shifts() -> None:
    parts = [follow_step(size)[1][-1] for size in (10.0, 30.0, 50.0)]
    assert parts[0] < parts[1] < parts[2]
    assert parts[2] - parts[1] > parts[0]
    assert not follow_step(30.0, head_share=0.0)[1].any()
