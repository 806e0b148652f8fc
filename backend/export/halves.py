"""Weights stored as float16 in a graph that computes in float32: half the size, any provider.

A Cast turns each back into float32; onnxruntime does that once, when it loads the model.
"""

from __future__ import annotations

from copy import deepcopy

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

_LEAST_NUMBERS = 1024


def rounded(module: nn.Module) -> nn.Module:
    """A copy whose large weights are what float16 holds: what the packed graph computes with."""
    copy = deepcopy(module)
    with torch.no_grad():
        for tensor in (*copy.parameters(), *copy.buffers()):
            if tensor.is_floating_point() and tensor.numel() >= _LEAST_NUMBERS:
                tensor.copy_(tensor.half().float())
    return copy


def store_halves(model: onnx.ModelProto) -> None:
    """Turn the large float32 initialisers of a graph into float16 with a Cast behind each."""
    graph, casts = model.graph, []
    for initializer in graph.initializer:
        array = numpy_helper.to_array(initializer)
        if array.dtype != np.float32 or array.size < _LEAST_NUMBERS:
            continue
        name = initializer.name
        initializer.CopyFrom(numpy_helper.from_array(array.astype(np.float16), f"{name}_half"))
        casts.append(helper.make_node("Cast", [f"{name}_half"], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
