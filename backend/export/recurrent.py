"""Recurrent layers as ONNX's own operator: the exporter would unroll them step by step.

Source: ONNX operator GRU, with ``linear_before_reset`` as torch has it; its gates are in the order
update, reset, new, torch's in the order reset, update, new.
"""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn


class ExportedGRU(nn.Module):
    """Layers of a torch GRU, batch first, without a state given.

    Args:
        gru: trained; its weights are copied.
    """

    def __init__(self, gru: nn.GRU) -> None:
        super().__init__()
        self.gru = gru
        self.hidden, self.ways = gru.hidden_size, 2 if gru.bidirectional else 1
        for layer in range(gru.num_layers):
            for kind in ("W", "R", "B"):
                self.register_buffer(f"{kind}{layer}", self._gathered(kind, layer))

    def forward(self, x: Tensor) -> tuple[Tensor, None]:
        """(B, T, D) to (B, T, ways · hidden)."""
        if not torch.compiler.is_exporting():
            return self.gru(x)[0], None
        x = x.transpose(0, 1)
        for layer in range(self.gru.num_layers):
            x = self._layer(x, layer)
        return x.transpose(0, 1), None

    def _layer(self, x: Tensor, layer: int) -> Tensor:
        weights = [getattr(self, f"{kind}{layer}") for kind in ("W", "R", "B")]
        made = torch.onnx.ops.symbolic(
            "GRU",
            (x, *weights),
            {
                "hidden_size": self.hidden,
                "linear_before_reset": 1,
                "direction": "bidirectional" if self.ways == 2 else "forward",
            },
            dtype=x.dtype,
            shape=(x.shape[0], self.ways, x.shape[1], self.hidden),
        )
        return made.transpose(1, 2).flatten(2)

    def _gathered(self, kind: str, layer: int) -> Tensor:
        """(ways, 3 · hidden, …) in ONNX's order of gates."""
        names = {"W": ("weight_ih",), "R": ("weight_hh",), "B": ("bias_ih", "bias_hh")}[kind]
        ways = []
        for suffix in ("", "_reverse")[: self.ways]:
            parts = [getattr(self.gru, f"{name}_l{layer}{suffix}").detach() for name in names]
            ways.append(torch.cat([_reordered(part) for part in parts]))
        return torch.stack(ways)


def _reordered(weights: Tensor) -> Tensor:
    reset, update, new = weights.chunk(3)
    return torch.cat((update, reset, new))


class ExportedLSTM(nn.Module):
    """Layers of a torch LSTM, one way, batch first, beginning with a state of zeros.

    ONNX has its gates in the order input, output, forget, cell; torch input, forget, cell, output.

    Args:
        lstm: trained; its weights are copied.
    """

    def __init__(self, lstm: nn.LSTM) -> None:
        super().__init__()
        self.lstm, self.hidden = lstm, lstm.hidden_size
        for layer in range(lstm.num_layers):
            for kind in ("W", "R", "B"):
                self.register_buffer(f"{kind}{layer}", self._gathered(kind, layer))

    def forward(self, x: Tensor) -> tuple[Tensor, None]:
        """(B, T, D) to (B, T, hidden)."""
        if not torch.compiler.is_exporting():
            return self.lstm(x)[0], None
        x = x.transpose(0, 1)
        for layer in range(self.lstm.num_layers):
            made = torch.onnx.ops.symbolic(
                "LSTM",
                (x, *(getattr(self, f"{kind}{layer}") for kind in ("W", "R", "B"))),
                {"hidden_size": self.hidden},
                dtype=x.dtype,
                shape=(x.shape[0], 1, x.shape[1], self.hidden),
            )
            x = made.squeeze(1)
        return x.transpose(0, 1), None

    def _gathered(self, kind: str, layer: int) -> Tensor:
        """(1, 4 · hidden, …) in ONNX's order of gates."""
        names = {"W": ("weight_ih",), "R": ("weight_hh",), "B": ("bias_ih", "bias_hh")}[kind]
        parts = []
        for name in names:
            entry, forget, cell, out = getattr(self.lstm, f"{name}_l{layer}").detach().chunk(4)
            parts += [entry, out, forget, cell]
        return torch.cat(parts)[None]


def with_exported_gru(module: nn.Module) -> nn.Module:
    """A copy in which every GRU is one that exports as a single operator."""
    module = copy.deepcopy(module)
    for parent in list(module.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, nn.GRU):
                setattr(parent, name, ExportedGRU(child))
    return module


def with_exported_lstm(module: nn.Module) -> nn.Module:
    """The same for every LSTM."""
    module = copy.deepcopy(module)
    for parent in list(module.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, nn.LSTM):
                setattr(parent, name, ExportedLSTM(child))
    return module
