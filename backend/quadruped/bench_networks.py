"""The exported network's weights in other forms, to time the same sums done differently."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Final, cast

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

from .learning.network import CONTACTS

LAYERS: Final = ("first", "second", "third")
GATE: Final = ("gate.0", "gate.2", "gate.4")
FORMS: Final = ("einsum", "blended", "torch")
"""``einsum``: equation 1 of the paper as one sum over experts and inputs; ``blended``: the weights
of each row are blended first, as the paper's own code does; ``torch``: our form, not exported."""


class OtherForm(nn.Module):
    """The same network with its experts blended otherwise.

    Args:
        stored: arrays of the exported file, by name.
        form: of ``FORMS``.
    """

    def __init__(self, stored: dict[str, NDArray[np.float32]], form: str) -> None:
        super().__init__()
        self.form = form
        self.gate = nn.ModuleList(_linear(stored, name) for name in GATE)
        self.experts = self.gate[-1].out_features
        self.weights, self.biases = nn.ParameterList(), nn.ParameterList()
        for name in LAYERS:
            wide = torch.from_numpy(stored[f"{name}.weights"].copy()).T  # K · outputs, inputs
            weights = wide.unflatten(0, (self.experts, -1)).contiguous()
            self.weights.append(nn.Parameter(weights))
            biases = torch.from_numpy(stored[f"{name}.biases"].copy())
            self.biases.append(nn.Parameter(biases.unflatten(0, (self.experts, -1))))
        self.eval()

    def forward(self, features: Tensor) -> Tensor:
        """(B, F) to (B, O)."""
        first, second, third = self.gate
        blend = nn.functional.elu(second(nn.functional.elu(first(features))))
        blend = third(blend).softmax(dim=-1)
        h = features
        for number in range(len(LAYERS)):
            h = self._layer(number, h, blend)
            h = nn.functional.elu(h) if number < len(LAYERS) - 1 else h
        return torch.cat((h[:, : CONTACTS.start], h[:, CONTACTS].sigmoid()), dim=-1)

    def _layer(self, number: int, h: Tensor, blend: Tensor) -> Tensor:
        weights, biases = self.weights[number], self.biases[number]
        if self.form == "einsum":
            return torch.einsum("bk,koi,bi->bo", blend, weights, h) + blend @ biases
        if self.form == "blended":
            own = torch.matmul(blend, weights.flatten(1)).unflatten(1, weights.shape[1:])
            return torch.matmul(own, h.unsqueeze(-1)).squeeze(-1) + blend @ biases
        rows = nn.functional.linear(h, weights.flatten(0, 1), biases.flatten())
        rows = rows.unflatten(1, (self.experts, -1))
        return torch.matmul(blend.unsqueeze(1), rows).squeeze(1)


def read_stored(onnx_path: str | os.PathLike[str]) -> dict[str, NDArray[np.float32]]:
    """Arrays of an exported network, by name.

    Raises:
        ModelError: the file does not hold the three wide layers and the gate.
    """
    graph = onnx.load(os.fspath(onnx_path)).graph
    stored = {item.name: numpy_helper.to_array(item) for item in graph.initializer}
    needed = [f"{name}.weights" for name in LAYERS] + [f"{name}.weight" for name in GATE]
    if missing := [name for name in needed if name not in stored]:
        raise ModelError(
            f"{onnx_path} lacks {', '.join(missing)}, so the same weights cannot be timed in "
            "other forms; bench a model written by 'export quadruped'"
        )
    # The exporter drops biases that are all zero.
    for name in LAYERS:
        width = stored[f"{name}.weights"].shape[1]
        stored.setdefault(f"{name}.biases", np.zeros(width, np.float32))
    return stored


def _linear(stored: dict[str, NDArray[np.float32]], name: str) -> nn.Linear:
    weight = torch.from_numpy(stored[f"{name}.weight"].copy())
    layer = nn.Linear(weight.shape[1], weight.shape[0])
    bias = stored.get(f"{name}.bias", np.zeros(len(weight), np.float32))
    with torch.no_grad():
        layer.weight.copy_(weight)
        layer.bias.copy_(torch.from_numpy(bias.copy()))
    return layer


def open_form(
    form: OtherForm, contract: ModelContract, folder: Path, threads: int | None
) -> ModelSession:
    """Export another form and open it on the CPU.

    Args:
        form: the network.
        contract: of the model in the fast form.
        folder: where to put the files; they are needed while the session opens.
        threads: as for ModelSession.
    """
    contract = replace(contract, name=form.form)
    path = folder / f"{form.form}.onnx"
    width = cast(int, contract.input("features").shape[1])
    write_graph(form, {"features": torch.zeros(2, width)}, contract, path, contract.opset)
    save_contract(path.with_suffix(".json"), complete_contract(contract, path, contract.opset))
    return ModelSession(path, [CPU], threads)


def check_same(form: OtherForm, session: ModelSession) -> float:
    """Largest difference between a form and a session; ModelError where it is not rounding."""
    draw = draw_normal(session.contract)
    return prove_parity(form, session, draw, tolerance=1e-3, batches=(1, 8)).largest
