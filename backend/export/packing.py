"""Weights in eight bits: a quarter of the size, whole numbers and a scale for each output.

In the graph they are cast and scaled back before use, by standard operators on constants alone:
onnxruntime does so once, when a model is loaded, and runs in float32 on any execution provider.
Source: Jacob et al. 2018, *Quantization and training of neural networks for efficient
integer-arithmetic-only inference*, symmetric, of weights only and per output channel.
"""

from __future__ import annotations

import copy
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn.functional import conv1d, linear

_LARGEST: Final = 127.0


class PackedWeight(nn.Module):
    """A weight as whole numbers and scales.

    Args:
        weight: (outputs, …).
    """

    numbers: Tensor
    scale: Tensor

    def __init__(self, weight: Tensor) -> None:
        super().__init__()
        flat = weight.detach().float().flatten(1)
        scale = (flat.abs().amax(1) / _LARGEST).clamp(min=torch.finfo(torch.float32).tiny)
        scale = scale.view(-1, *[1] * (weight.ndim - 1))
        self.register_buffer("numbers", (weight.detach() / scale).round().to(torch.int8))
        self.register_buffer("scale", scale)

    def forward(self) -> Tensor:
        """The weight, to within half a step of its scale."""
        return self.numbers.float() * self.scale


class PackedLinear(nn.Module):
    """A linear layer with a packed weight."""

    def __init__(self, layer: nn.Linear) -> None:
        super().__init__()
        self.weight, self.bias = PackedWeight(layer.weight), layer.bias

    def forward(self, x: Tensor) -> Tensor:
        """As the layer."""
        return linear(x, self.weight(), self.bias)


class PackedConv1d(nn.Module):
    """A convolution over time with a packed weight."""

    def __init__(self, layer: nn.Conv1d) -> None:
        super().__init__()
        self.weight, self.bias = PackedWeight(layer.weight), layer.bias
        self.stride, self.padding = layer.stride[0], int(layer.padding[0])
        self.groups = layer.groups

    def forward(self, x: Tensor) -> Tensor:
        """As the layer."""
        return conv1d(x, self.weight(), self.bias, self.stride, self.padding, groups=self.groups)


def packed(module: nn.Module) -> nn.Module:
    """A copy whose linear and convolutional layers keep their weights in eight bits."""
    module = copy.deepcopy(module)
    for parent in list(module.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, nn.Linear):
                setattr(parent, name, PackedLinear(child))
            elif isinstance(child, nn.Conv1d):
                setattr(parent, name, PackedConv1d(child))
    return module
