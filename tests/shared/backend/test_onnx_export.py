"""An exported model equals torch, or is not written at all."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import onnx
import pytest

from blender_addon.core.errors import ContractError, ModelError
from blender_addon.core.inference.contract import ModelContract, TensorSpec, TrainingRecord
from blender_addon.core.inference.session import ModelSession

torch = pytest.importorskip("torch")
if TYPE_CHECKING:
    import torch

from backend.export.onnx_export import export_module  # noqa: E402 - needs torch
from backend.export.parity import Arrays, draw_normal, prove_parity  # noqa: E402
from backend.walk.network import PhaseFunctionedNetwork, spline_coefficients  # noqa: E402
from backend.walk.wide_product import WideProductNetwork  # noqa: E402

pytestmark = pytest.mark.torch

FEATURES, OUTPUTS = 23, 17
DRAFT = ModelContract(
    name="walker",
    task="locomotion",
    inputs=(TensorSpec("features", ("batch", FEATURES)), TensorSpec("phase", ("batch",))),
    outputs=(TensorSpec("prediction", ("batch", OUTPUTS)),),
    skeleton=None,
    frame_rate_hz=60.0,
    training=TrainingRecord("0123abc", "test"),
    data=(),
    weights_licence="CC0-1.0",
)


def make_network(seed: int = 0, *, phase_functioned: bool = True) -> PhaseFunctionedNetwork:
    """An untrained network whose normalisation is far from nothing."""
    torch.manual_seed(seed)
    network = PhaseFunctionedNetwork(
        FEATURES, OUTPUTS, hidden=32, phase_functioned=phase_functioned
    )
    network.input_mean.normal_(0.0, 2.0)
    network.input_scale.uniform_(0.2, 4.0)
    network.output_mean.normal_(0.0, 2.0)
    network.output_scale.uniform_(0.05, 2.0)
    for layer in network.layers:
        torch.nn.init.normal_(layer.control_biases, 0.0, 0.2)
    return network.eval()


def draw(batch: int, generator: np.random.Generator) -> Arrays:
    return {
        "features": generator.standard_normal((batch, FEATURES)).astype(np.float32),
        "phase": generator.uniform(-10.0, 10.0, batch).astype(np.float32),
    }


def example() -> dict[str, torch.Tensor]:
    return {"features": torch.randn(4, FEATURES), "phase": torch.rand(4)}


def export(module: torch.nn.Module, folder: Path, **options: object):
    options.setdefault("draw", draw)
    return export_module(
        module, example(), ["prediction"], DRAFT, folder / "walker.onnx", **options
    )


def test_kernel_is_the_spline_of_the_network() -> None:
    kernel = WideProductNetwork(make_network()).kernel
    phase = torch.linspace(-20.0, 20.0, 4001)
    assert torch.allclose(kernel(phase), spline_coefficients(phase), atol=2e-6)


def test_spline_passes_through_its_control_points() -> None:
    kernel = WideProductNetwork(make_network()).kernel
    at_points = kernel(torch.arange(4) * (math.pi / 2.0))
    assert torch.allclose(at_points, torch.eye(4), atol=1e-6)
    anywhere = kernel(torch.linspace(-9.0, 9.0, 101))
    assert torch.allclose(anywhere.sum(dim=1), torch.ones(101), atol=1e-5)


@pytest.mark.parametrize("phase_functioned", [True, False])
def test_wide_product_equals_the_network(phase_functioned: bool) -> None:
    network = make_network(phase_functioned=phase_functioned)
    wide = WideProductNetwork(network)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    inputs = torch.randn(50, FEATURES) * 3.0, torch.rand(50) * 7.0
    with torch.no_grad():
        assert torch.allclose(wide(*inputs), network(*inputs), atol=2e-5)
        wide.first.weights.zero_()  # the original stays what it was
    assert all(torch.equal(before[name], value) for name, value in network.state_dict().items())


def test_export_round_trip(tmp_path: Path) -> None:
    network = make_network().train()  # as training left it: dropout must not get in
    report = export(WideProductNetwork(network), tmp_path, reference=network)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["walker.json", "walker.onnx"]
    assert 0.0 < report.parity.largest <= 1e-4
    assert report.bytes == (tmp_path / "walker.onnx").stat().st_size
    session = ModelSession(report.path, ["CPUExecutionProvider"])
    assert session.contract.opset == 18
    fed = draw(7, np.random.default_rng(1))
    with torch.no_grad():
        expected = network(torch.from_numpy(fed["features"]), torch.from_numpy(fed["phase"]))
    assert np.allclose(session.run(fed)["prediction"], expected.numpy(), atol=1e-4)


def test_the_file_holds_no_trace_of_the_machine_and_is_the_same_every_time(
    tmp_path: Path,
) -> None:
    network = make_network()
    first = export(WideProductNetwork(network), tmp_path / "a")
    second = export(WideProductNetwork(network), tmp_path / "b")
    assert first.contract.sha256 == second.contract.sha256
    data = first.path.read_bytes()
    assert str(Path(__file__).parents[2]).encode() not in data
    assert b"site-packages" not in data
    assert b"wide_product" not in data
    model = onnx.load_from_string(data)
    onnx.checker.check_model(model, full_check=True)
    assert len(model.graph.node) < 50  # the spline stays a handful of operations


def test_failing_parity_leaves_what_was_there(tmp_path: Path) -> None:
    for name in ("walker.onnx", "walker.json"):
        (tmp_path / name).write_text("an earlier model")
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    with pytest.raises(ModelError, match=r"differs from torch by .* nothing was written"):
        export(WideProductNetwork(make_network(1)), tmp_path, reference=make_network(2))
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before
    with pytest.raises(ModelError, match="differs from torch"):
        export(WideProductNetwork(make_network(1)), tmp_path / "new", reference=make_network(2))
    assert not list((tmp_path / "new").iterdir())


def test_a_network_that_gives_nan_is_not_written(tmp_path: Path) -> None:
    network = make_network()
    network.output_mean[0] = math.nan
    with pytest.raises(ModelError, match="NaN"):
        export(WideProductNetwork(network), tmp_path)
    assert not list(tmp_path.iterdir())


def test_reference_in_another_state_is_found_at_one_batch_alone(tmp_path: Path) -> None:
    """A network right for one character and wrong for several is no match."""

    class FirstOnly(torch.nn.Module):
        def forward(self, features: torch.Tensor, phase: torch.Tensor) -> torch.Tensor:
            return features[:, :OUTPUTS] * torch.cos(phase[0])

    class Each(torch.nn.Module):
        def forward(self, features: torch.Tensor, phase: torch.Tensor) -> torch.Tensor:
            return features[:, :OUTPUTS] * torch.cos(phase).unsqueeze(1)

    export(Each(), tmp_path)
    session = ModelSession(tmp_path / "walker.onnx", ["CPUExecutionProvider"])
    assert prove_parity(FirstOnly(), session, draw, batches=(1,)).largest <= 1e-4
    with pytest.raises(ModelError, match="at batch 2"):
        prove_parity(FirstOnly(), session, draw)


def test_inputs_can_be_drawn_like_the_training_data() -> None:
    mean = np.linspace(-5.0, 5.0, FEATURES)
    deviation = np.linspace(0.1, 2.0, FEATURES)
    drawn = draw_normal(DRAFT, {"features": (mean, deviation)})(4000, np.random.default_rng(0))
    assert np.allclose(drawn["features"].mean(axis=0), mean, atol=0.2)
    assert np.allclose(drawn["features"].std(axis=0), deviation, rtol=0.1)
    assert drawn["phase"].shape == (4000,) and abs(drawn["phase"].std() - 1.0) < 0.1


def test_names_and_files_must_agree(tmp_path: Path) -> None:
    module = make_network()
    path = tmp_path / "walker.onnx"
    for inputs, outputs, target in (
        (example(), ["other"], path),
        (dict(reversed(example().items())), ["prediction"], path),
        (example(), ["prediction"], tmp_path / "runner.onnx"),
    ):
        with pytest.raises(ContractError, match=r"give both the same name"):
            export_module(module, inputs, outputs, DRAFT, target)
    wrong_size = replace(DRAFT, outputs=(TensorSpec("prediction", ("batch", 99)),))
    with pytest.raises(ContractError, match="contract says"):
        export_module(module, example(), ["prediction"], wrong_size, path)
    assert not list(tmp_path.iterdir())


def test_several_free_sizes_stay_free(tmp_path: Path) -> None:
    """As a model of speech needs them: a batch and a length."""

    class Smooth(torch.nn.Module):
        def forward(self, sound: torch.Tensor, gain: torch.Tensor) -> torch.Tensor:
            return torch.cumsum(sound, dim=1) * gain.unsqueeze(1)

    draft = replace(
        DRAFT,
        inputs=(TensorSpec("sound", ("batch", "samples", 2)), TensorSpec("gain", ("batch", 2))),
        outputs=(TensorSpec("smooth", ("batch", "samples", 2)),),
    )
    inputs = {"sound": torch.randn(2, 9, 2), "gain": torch.randn(2, 2)}
    report = export_module(Smooth(), inputs, ["smooth"], draft, tmp_path / "walker.onnx")
    session = ModelSession(report.path, ["CPUExecutionProvider"])
    fed = {"sound": np.ones((3, 31, 2), np.float32), "gain": np.ones((3, 2), np.float32)}
    assert session.run(fed)["smooth"].shape == (3, 31, 2)
    with pytest.raises(ContractError, match="same size for the same name"):
        session.run(fed | {"gain": np.ones((2, 2), np.float32)})
