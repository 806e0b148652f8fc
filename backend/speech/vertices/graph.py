"""The network in the form that is exported: its recurrent layers as ONNX's own GRU.

torch's exporter walks through a recurrent layer frame by frame and fixes their number; ONNX's own
takes any. torch itself cannot run it; the export proves it against the network.
"""

from __future__ import annotations

from typing import Final, cast

import torch
from torch import Tensor, nn

from .network import MeshNetwork

_ORDER: Final = (1, 0, 2)
"""ONNX has the gates as update, reset, new; torch as reset, update, new."""


class MeshGraph(nn.Module):
    """The same weights; cannot be called in torch."""

    def __init__(self, network: MeshNetwork) -> None:
        super().__init__()
        self.network = network
        for layer in range(network.recurrent.num_layers):
            for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
                blocks = getattr(network.recurrent, f"{kind}_l{layer}").detach().chunk(3)
                ordered = torch.cat([blocks[gate] for gate in _ORDER])
                self.register_buffer(f"{kind}_{layer}", ordered[None])

    def forward(self, features: Tensor, style: Tensor) -> tuple[Tensor, Tensor]:
        """As MeshNetwork.forward."""
        x = self.network.before(features).transpose(0, 1)  # T, B, F
        for layer in range(self.network.recurrent.num_layers):
            x = self._layer(layer, x)
        return self.network.after(x.transpose(0, 1), features, style)

    def _layer(self, layer: int, x: Tensor) -> Tensor:
        hidden, (frames, batch) = self.network.recurrent.hidden_size, x.shape[:2]
        biases = torch.cat((self._part("bias_ih", layer), self._part("bias_hh", layer)), -1)
        found = torch.onnx.ops.symbolic_multi_out(
            "GRU",
            [x, self._part("weight_ih", layer), self._part("weight_hh", layer), biases],
            {"hidden_size": hidden, "linear_before_reset": 1},
            dtypes=[torch.float32] * 2,
            shapes=[(frames, 1, batch, hidden), (1, batch, hidden)],
            version=14,
        )
        return found[0].squeeze(1)

    def _part(self, kind: str, layer: int) -> Tensor:
        return cast(Tensor, getattr(self, f"{kind}_{layer}"))
