"""The eye–head network in the form that is exported.

torch's exporter walks through a recurrent layer frame by frame and fixes their number. Here the
layer is written down as ONNX's own GRU or LSTM, which takes any number; that torch itself cannot
run. What it computes is proved against the network by the export.
"""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn

from .eye_head_network import EyeHeadNetwork

# Rows of the weights come in blocks of one gate each, and ONNX has the gates in another order:
# torch's reset, update, new; torch's input, forget, cell, output.
_GATES = {"gru": (1, 0, 2), "lstm": (0, 3, 1, 2)}


class EyeHeadGraph(nn.Module):
    """The same weights, the recurrent layers as ONNX operators; cannot be called in torch."""

    def __init__(self, network: EyeHeadNetwork) -> None:
        super().__init__()
        self.network = network
        for layer in range(network.layers):
            for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
                values = getattr(network.recurrent, f"{kind}_l{layer}").detach()
                blocks = values.chunk(len(_GATES[network.cell]))
                ordered = torch.cat([blocks[gate] for gate in _GATES[network.cell]])
                self.register_buffer(f"{kind}_{layer}", ordered[None])

    def forward(self, features: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """As EyeHeadNetwork.forward."""
        values = (features * self.network.input_scale).transpose(0, 1)  # T, B, F
        states = []
        for layer in range(self.network.layers):
            values, last = self._layer(layer, values, state[layer : layer + 1])
            states.append(last)
        return self.network.read_out(features, values.transpose(0, 1)), torch.cat(states)

    def _layer(self, layer: int, values: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """(T, B, ·) and (1, B, S) through one recurrent layer."""
        hidden, (frames, batch) = self.network.hidden, values.shape[:2]
        is_lstm = self.network.cell == "lstm"
        biases = torch.cat((self._part("bias_ih", layer), self._part("bias_hh", layer)), -1)
        inputs = [values, self._part("weight_ih", layer), self._part("weight_hh", layer), biases]
        begin = state.split(hidden, dim=-1)
        found = torch.onnx.ops.symbolic_multi_out(
            "LSTM" if is_lstm else "GRU",
            [*inputs, None, *begin],
            {"hidden_size": hidden}
            if is_lstm
            else {"hidden_size": hidden, "linear_before_reset": 1},
            dtypes=[torch.float32] * (1 + len(begin)),
            shapes=[(frames, 1, batch, hidden), *[(1, batch, hidden)] * len(begin)],
            version=14,
        )
        return found[0].squeeze(1), torch.cat(tuple(found[1:]), -1)

    def _part(self, kind: str, layer: int) -> Tensor:
        return cast(Tensor, getattr(self, f"{kind}_{layer}"))
