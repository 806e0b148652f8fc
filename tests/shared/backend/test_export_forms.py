"""Forms that make exports small and fast: halves with a cast, recurrent layers as one operator."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
onnx = pytest.importorskip("onnx")

from backend.export.halves import rounded, store_halves  # noqa: E402
from backend.export.recurrent import ExportedGRU, with_exported_gru  # noqa: E402

pytestmark = pytest.mark.torch


def _run(module: torch.nn.Module, x: torch.Tensor, path: Path, halves: bool) -> np.ndarray:
    import onnxruntime

    program = torch.onnx.export(module.eval(), (x,), dynamo=True, verbose=False)
    model = program.model_proto
    if halves:
        store_halves(model)
    path.write_bytes(model.SerializeToString())
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: x.numpy()})[0]


@pytest.mark.parametrize("both_ways", [False, True])
def test_a_gru_is_one_operator_a_layer_and_computes_the_same(
    both_ways: bool, tmp_path: Path
) -> None:
    torch.manual_seed(0)
    gru = torch.nn.GRU(5, 7, 2, batch_first=True, bidirectional=both_ways)
    x = torch.randn(3, 11, 5)

    class Only(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.recurrent = ExportedGRU(gru)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.recurrent(x)[0]

    found = _run(Only(), x, tmp_path / "gru.onnx", halves=False)
    np.testing.assert_allclose(found, gru(x)[0].detach().numpy(), atol=1e-5)
    nodes = [node.op_type for node in onnx.load(tmp_path / "gru.onnx").graph.node]
    assert nodes.count("GRU") == 2


def test_every_gru_of_a_module_is_replaced_in_a_copy() -> None:
    module = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.GRU(2, 2))
    copied = with_exported_gru(module)
    assert isinstance(copied[1], ExportedGRU)
    assert isinstance(module[1], torch.nn.GRU)


def test_halves_take_half_the_room_and_compute_what_torch_does(tmp_path: Path) -> None:
    torch.manual_seed(0)
    layer = torch.nn.Linear(100, 200)
    x = torch.randn(4, 100)
    whole = _run(layer, x, tmp_path / "whole.onnx", halves=False)
    halved = _run(rounded(layer), x, tmp_path / "half.onnx", halves=True)
    sizes = [(tmp_path / name).stat().st_size for name in ("half.onnx", "whole.onnx")]
    assert sizes[0] < 0.6 * sizes[1]
    np.testing.assert_allclose(halved, rounded(layer)(x).detach().numpy(), atol=1e-6)
    assert 0 < np.abs(whole - halved).max() < 0.01
