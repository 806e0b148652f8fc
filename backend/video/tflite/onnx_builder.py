"""Collects the nodes and weights of an ONNX graph, and leaves out what no output needs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

OPSET: Final = 18
_IR_VERSION: Final = 8
"""The oldest that opset 18 goes with: any onnxruntime since 1.14 loads it."""


class OnnxBuilder:
    """A graph in the making; tensors are known by their names."""

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._weights: list[onnx.TensorProto] = []

    def add(self, kind: str, inputs: Sequence[str], output: str, **attributes: Any) -> str:
        """Add a node with one output, and return that."""
        self._nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def constant(self, name: str, value: NDArray) -> str:
        """Add a constant and return its name.

        Args:
            name: not used before.
            value: float16 is stored as such, with a Cast to float32 behind it: half the size, and
                the graph computes in float32 all the same.
        """
        value = np.ascontiguousarray(value)
        if value.dtype != np.float16:
            self._weights.append(numpy_helper.from_array(value, name))
            return name
        self._weights.append(numpy_helper.from_array(value, f"{name}_half"))
        return self.add("Cast", [f"{name}_half"], name, to=TensorProto.FLOAT)

    def finish(
        self,
        name: str,
        inputs: Sequence[onnx.ValueInfoProto],
        outputs: Sequence[onnx.ValueInfoProto],
    ) -> onnx.ModelProto:
        """The checked model, with shapes.

        Args:
            name: of the graph.
            inputs, outputs: with their shapes; what leads to no output is left out.
        """
        needed = {each.name for each in outputs}
        nodes: list[onnx.NodeProto] = []
        for node in reversed(self._nodes):
            if needed.intersection(node.output):
                nodes.append(node)
                needed.update(node.input)
        weights = [each for each in self._weights if each.name in needed]
        graph = helper.make_graph(nodes[::-1], name, inputs, outputs, weights)
        opset = [helper.make_opsetid("", OPSET)]
        model = helper.make_model(graph, opset_imports=opset, ir_version=_IR_VERSION)
        onnx.checker.check_model(model, full_check=True)
        return model
