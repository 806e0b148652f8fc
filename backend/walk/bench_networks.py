"""The exported network's weights in other forms, to time the same sums done differently."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper
from torch import Tensor, nn

from backend.bench.setting import CPU
from backend.export.onnx_export import complete_contract, write_graph
from backend.export.parity import draw_normal, prove_parity
from blender_addon.core.errors import ModelError
from blender_addon.core.inference.contract import ModelContract, save_contract
from blender_addon.core.inference.session import ModelSession

from .network import CONTROL_POINTS, PhaseFunctionedNetwork, spline_coefficients
from .wide_product import control_points

LAYERS = ("first", "second", "third")


class EinsumNetwork(nn.Module):
    """The network as the paper's equation is written down: blend the weights, then multiply.

    Args:
        network: whose weights to use; its normalisation is left out.
    """

    def __init__(self, network: PhaseFunctionedNetwork) -> None:
        super().__init__()
        layers = [control_points(layer) for layer in network.layers]
        self.weights = nn.ParameterList([weights for weights, _ in layers])
        self.biases = nn.ParameterList([biases for _, biases in layers])

    def forward(self, features: Tensor, phase: Tensor) -> Tensor:
        """(B, F) and (B,) to (B, O)."""
        coefficients = spline_coefficients(phase)
        h = features
        for number in range(len(LAYERS)):
            weights = torch.einsum("bk,koi->boi", coefficients, self.weights[number])
            biases = torch.einsum("bk,ko->bo", coefficients, self.biases[number])
            h = torch.einsum("boi,bi->bo", weights, h) + biases
            h = nn.functional.elu(h) if number < len(LAYERS) - 1 else h
        return h


def read_network(onnx_path: str | os.PathLike[str], contract: ModelContract) -> nn.Module:
    """The torch network with the weights of an exported one (normalisation folded in).

    Args:
        onnx_path: written by ``export locomotion``.
        contract: its contract.

    Returns:
        A PhaseFunctionedNetwork that gives the same results.

    Raises:
        ModelError: the file does not hold the three wide layers.
    """
    stored = {item.name: item for item in onnx.load(os.fspath(onnx_path)).graph.initializer}
    missing = [f"{layer}.weights" for layer in LAYERS if f"{layer}.weights" not in stored]
    if missing:
        raise ModelError(
            f"{onnx_path} lacks {', '.join(missing)}, so the same weights cannot be timed in "
            "torch; bench a model written by 'export locomotion'"
        )
    weights = [numpy_helper.to_array(stored[f"{layer}.weights"]).T for layer in LAYERS]
    # The exporter drops biases that are all zero.
    biases = [
        numpy_helper.to_array(stored[f"{layer}.biases"])
        if f"{layer}.biases" in stored
        else np.zeros(len(wide), np.float32)
        for layer, wide in zip(LAYERS, weights, strict=True)
    ]
    return _fill(weights, biases, contract)


def _fill(
    weights: list[NDArray[np.float32]], biases: list[NDArray[np.float32]], contract: ModelContract
) -> nn.Module:
    outputs = len(weights[2]) // CONTROL_POINTS
    network = PhaseFunctionedNetwork(
        weights[0].shape[1], outputs, hidden=len(weights[0]) // CONTROL_POINTS
    ).eval()
    with torch.no_grad():
        for layer, wide, bias in zip(network.layers, weights, biases, strict=True):
            layer.control_weights.copy_(torch.from_numpy(wide.copy()))
            layer.control_biases.copy_(torch.from_numpy(bias.copy()))
    if tuple(spec.name for spec in contract.inputs) != ("features", "phase"):
        raise ModelError(f"model '{contract.name}' has other inputs than features and phase")
    return network


def open_einsum_session(
    network: nn.Module, contract: ModelContract, folder: Path, threads: int | None
) -> ModelSession:
    """Export the einsum form and open it on the CPU.

    Args:
        network: from ``read_network``.
        contract: of the model in the fast form.
        folder: where to put the files; they are needed while the session opens.
        threads: as for ModelSession.

    Returns:
        A session that takes and gives the same arrays.
    """
    einsum = EinsumNetwork(network)  # type: ignore[arg-type]
    contract = replace(contract, name="einsum")
    path = folder / "einsum.onnx"
    features = contract.input("features").shape[1]
    example = {"features": torch.zeros(2, int(features)), "phase": torch.zeros(2)}
    write_graph(einsum, example, contract, path, contract.opset)
    save_contract(path.with_suffix(".json"), complete_contract(contract, path, contract.opset))
    return ModelSession(path, [CPU], threads)


def check_same(network: nn.Module, session: ModelSession) -> float:
    """Largest difference between a network and a session; ModelError where it is not rounding."""
    draw = draw_normal(session.contract)
    return prove_parity(network, session, draw, tolerance=1e-3, batches=(1, 8)).largest
