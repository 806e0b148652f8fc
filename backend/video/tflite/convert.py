"""Turns a TensorFlow Lite graph into ONNX.

Pictures lie in memory as (batch, height, width, channels) outside, as (batch, channels, height,
width) inside: tensors of four axes are held in that order, all others as the file has them. The
size of a batch is free. Only operators that BlazePose has are known; any other is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper

from blender_addon.core.errors import MALFORMED, InputError

from .onnx_builder import OnnxBuilder
from .schema import Operator, TfliteGraph

_INSIDE: Final = (0, 3, 1, 2)
_OUTSIDE: Final = (0, 2, 3, 1)
_PICTURE_AXES: Final = 4
_SAME: Final = 0
"""Padding so that the output has the input's size, divided by the stride and rounded up."""
_ACTIVATIONS: Final[Mapping[int, str]] = {0: "", 1: "Relu", 3: "Clip"}
_RELU6_MOST: Final = 6.0


def to_onnx(
    graph: TfliteGraph, name: str, input_name: str, output_names: Sequence[str | None]
) -> onnx.ModelProto:
    """Convert a graph with one input.

    Args:
        graph: as read.
        name: of the model.
        input_name: of its picture.
        output_names: for each of its outputs a name, or None to leave it out, and all that only
            leads to it.

    Raises:
        InputError: an operator is unknown or used in a way that is not, or the graph has another
            number of inputs or outputs.
    """
    if len(graph.inputs) != 1 or len(graph.outputs) != len(output_names):
        raise InputError(
            f"{name}: expected 1 input and {len(output_names)} outputs; found {len(graph.inputs)} "
            f"and {len(graph.outputs)}. This is another network; check --model and --tflite"
        )
    conversion = _Conversion(graph)
    conversion.begin(graph.inputs[0], input_name)
    for operator in graph.operators:
        conversion.convert(operator)
    named = zip(graph.outputs, output_names, strict=True)
    outputs = [conversion.end(number, label) for number, label in named if label is not None]
    picture = _value_info(input_name, graph.tensors[graph.inputs[0]].shape)
    try:
        return conversion.builder.finish(name, [picture], outputs)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        raise InputError(
            f"{name}: the steps of the file do not fit each other ({error}); fetch it again"
        ) from error


class _Conversion:
    """One graph's way to ONNX."""

    def __init__(self, graph: TfliteGraph) -> None:
        self.builder = OnnxBuilder()
        self._tensors = graph.tensors
        self._constants = {
            number: each.constant
            for number, each in enumerate(graph.tensors)
            if each.constant is not None
        }
        self._pads: dict[int, tuple[int, NDArray]] = {}
        self._known: Mapping[str, Callable[[Operator], None]] = {
            "ADD": self._add,
            "CONCATENATION": self._concatenate,
            "CONV_2D": self._convolve,
            "DENSIFY": self._keep_constant,
            "DEPTHWISE_CONV_2D": self._convolve_each,
            "DEPTH_TO_SPACE": self._to_space,
            "DEQUANTIZE": self._keep_constant,
            "LOGISTIC": self._sigmoid,
            "MAX_POOL_2D": self._pool,
            "PAD": self._pad,
            "RESHAPE": self._reshape,
            "RESIZE_BILINEAR": self._resize,
        }

    def begin(self, number: int, name: str) -> None:
        """The input, turned to the order inside."""
        shape = self._shape(number)
        if len(shape) != _PICTURE_AXES or shape[0] != 1:
            raise InputError(f"expected one picture (1, height, width, 3) as input; found {shape}")
        self.builder.add("Transpose", [name], _name(number), perm=_INSIDE)

    def end(self, number: int, label: str) -> onnx.ValueInfoProto:
        """An output, turned to the order outside."""
        shape = self._shape(number)
        if len(shape) == _PICTURE_AXES:
            self.builder.add("Transpose", [_name(number)], label, perm=_OUTSIDE)
        else:
            self.builder.add("Identity", [_name(number)], label)
        return _value_info(label, shape)

    def convert(self, operator: Operator) -> None:
        """Add the nodes of one operator."""
        step = self._known.get(operator.name)
        if step is None:
            raise InputError(
                f"the operator {operator.name} is unknown here; expected one of "
                f"{', '.join(self._known)}. Only BlazePose's networks can be converted"
            )
        try:
            step(operator)
        except (*MALFORMED, ZeroDivisionError) as error:
            raise InputError(
                f"a step {operator.name} contradicts itself ({error}); the file is broken, fetch "
                "it again"
            ) from error

    def _shape(self, number: int) -> tuple[int, ...]:
        return self._tensors[number].shape

    def _constant(self, number: int, what: str) -> NDArray:
        if number not in self._constants:
            raise InputError(f"{what} of a step are computed; expected them in the file")
        return self._constants[number]

    def _activate(self, kind: int, source: str, target: str) -> str:
        """Add the function that an operator ends with.

        Args:
            kind: of the function.
            source: what the operator itself makes.
            target: what the operator makes in the end.
        """
        if _ACTIVATIONS[kind] == "Relu":
            return self.builder.add("Relu", [source], target)
        least = self.builder.constant(f"{target}_least", np.array(0.0, np.float32))
        most = self.builder.constant(f"{target}_most", np.array(_RELU6_MOST, np.float32))
        return self.builder.add("Clip", [source, least, most], target)

    def _end_with(self, kind: int, target: str, add: Callable[[str], str]) -> None:
        """Add an operator's own node, and its last function where it has one."""
        if kind not in _ACTIVATIONS:
            raise InputError(f"the activation {kind} is unknown; expected one of 0, 1 and 3")
        if _ACTIVATIONS[kind]:
            self._activate(kind, add(f"{target}_linear"), target)
        else:
            add(target)

    # --- operators --------------------------------------------------------------------------

    def _keep_constant(self, operator: Operator) -> None:
        """DENSIFY was done in reading; DEQUANTIZE is the Cast behind each weight of 16 bits."""
        weights = self._constant(operator.inputs[0], f"the weights of {operator.name}")
        self._constants[operator.outputs[0]] = weights

    def _convolve(self, operator: Operator) -> None:
        weight = self._constant(operator.inputs[1], "weights").transpose(0, 3, 1, 2)
        self._convolution(operator, weight, operator.option(3, "b"), 4)

    def _convolve_each(self, operator: Operator) -> None:
        weight = self._constant(operator.inputs[1], "weights")[0].transpose(2, 0, 1)[:, None]
        self._convolution(operator, weight, operator.option(4, "b"), 5)

    def _convolution(
        self, operator: Operator, weight: NDArray, activation: int, dilation_slot: int
    ) -> None:
        """CONV_2D and DEPTHWISE_CONV_2D, whose settings differ by a slot."""
        source, target = operator.inputs[0], operator.outputs[0]
        strides = (operator.option(2, "i"), operator.option(1, "i"))
        dilations = tuple(operator.option(dilation_slot + n, "i", 1) for n in (1, 0))
        reach = [(size - 1) * d + 1 for size, d in zip(weight.shape[2:], dilations, strict=True)]
        if operator.option(0, "b") == _SAME:
            pads = self._same_pads(source, target, reach, strides)
        else:
            source, pads = self._padded_before(source)
        name = _name(target)
        bias = self._constant(operator.inputs[2], "biases")
        inputs = [
            _name(source),
            self.builder.constant(f"{name}_weight", weight),
            self.builder.constant(f"{name}_bias", bias),
        ]
        group = self._shape(source)[3] // weight.shape[1]
        self._end_with(
            activation,
            name,
            lambda output: self.builder.add(
                "Conv", inputs, output, strides=strides, dilations=dilations, pads=pads, group=group
            ),
        )

    def _pool(self, operator: Operator) -> None:
        source, target = operator.inputs[0], operator.outputs[0]
        strides = (operator.option(2, "i"), operator.option(1, "i"))
        kernel = (operator.option(4, "i"), operator.option(3, "i"))
        pads = [0] * 4
        if operator.option(0, "b") == _SAME:
            pads = self._same_pads(source, target, kernel, strides)
        self._end_with(
            operator.option(5, "b"),
            _name(target),
            lambda output: self.builder.add(
                "MaxPool", [_name(source)], output, kernel_shape=kernel, strides=strides, pads=pads
            ),
        )

    def _same_pads(
        self, source: int, target: int, reach: Sequence[int], strides: Sequence[int]
    ) -> list[int]:
        """Top, left, bottom, right; where their sum is odd, more below and to the right."""
        before, after = self._shape(source)[1:3], self._shape(target)[1:3]
        total = [
            max((after[axis] - 1) * strides[axis] + reach[axis] - before[axis], 0)
            for axis in range(2)
        ]
        return [total[0] // 2, total[1] // 2, *(each - each // 2 for each in total)]

    def _padded_before(self, source: int) -> tuple[int, list[int]]:
        """What a PAD in front of a convolution pads, which the convolution then does itself."""
        origin, pads = self._pads.get(source, (source, np.zeros((4, 2), np.int64)))
        if pads[[0, 3]].any():
            return source, [0] * 4
        return origin, [int(number) for number in (*pads[1:3, 0], *pads[1:3, 1])]

    def _pad(self, operator: Operator) -> None:
        source, target = operator.inputs[0], operator.outputs[0]
        pads = self._constant(operator.inputs[1], "sizes of PAD").astype(np.int64)
        self._pads[target] = source, pads
        inside = pads[list(_INSIDE)].T.reshape(-1)
        sizes = self.builder.constant(f"{_name(target)}_pads", inside)
        self.builder.add("Pad", [_name(source), sizes], _name(target))

    def _add(self, operator: Operator) -> None:
        target = operator.outputs[0]
        axes = len(self._shape(target))
        inputs = [self._summand(number, target, axes) for number in operator.inputs]
        self._end_with(
            operator.option(0, "b"),
            _name(target),
            lambda output: self.builder.add("Add", inputs, output),
        )

    def _summand(self, number: int, target: int, axes: int) -> str:
        if number not in self._constants:
            return _name(number)
        value = self._constants[number]
        value = value.reshape((1,) * (axes - value.ndim) + value.shape)
        if axes == _PICTURE_AXES:
            value = value.transpose(_INSIDE)
        return self.builder.constant(f"{_name(target)}_plus_{number}", value)

    def _resize(self, operator: Operator) -> None:
        source, target = operator.inputs[0], operator.outputs[0]
        before, after = np.array(self._shape(source)), np.array(self._shape(target))
        scales = (after / before).astype(np.float32)[list(_INSIDE)]
        mode = "half_pixel" if operator.option(3, "b") else "asymmetric"
        mode = "align_corners" if operator.option(2, "b") else mode
        factors = self.builder.constant(f"{_name(target)}_scales", scales)
        self.builder.add(
            "Resize", [_name(source), "", factors], _name(target),
            mode="linear", coordinate_transformation_mode=mode,
        )  # fmt: skip

    def _to_space(self, operator: Operator) -> None:
        source, target = _name(operator.inputs[0]), _name(operator.outputs[0])
        size = operator.option(0, "i")
        self.builder.add("DepthToSpace", [source], target, blocksize=size, mode="DCR")

    def _sigmoid(self, operator: Operator) -> None:
        self.builder.add("Sigmoid", [_name(operator.inputs[0])], _name(operator.outputs[0]))

    def _reshape(self, operator: Operator) -> None:
        source, target = operator.inputs[0], operator.outputs[0]
        name, before, after = _name(target), self._shape(source), self._shape(target)
        if len(after) == _PICTURE_AXES or after[0] != 1:
            raise InputError(f"RESHAPE to {after} is unknown; expected (1, …) of other than 4 axes")
        flat = _name(source)
        if len(before) == _PICTURE_AXES:
            flat = self.builder.add("Transpose", [flat], f"{name}_outside", perm=_OUTSIDE)
        sizes = self.builder.constant(f"{name}_sizes", np.array([-1, *after[1:]], np.int64))
        self.builder.add("Reshape", [flat, sizes], name)

    def _concatenate(self, operator: Operator) -> None:
        target = operator.outputs[0]
        axes = len(self._shape(target))
        axis = operator.option(0, "i") % axes
        axis = _INSIDE.index(axis) if axes == _PICTURE_AXES else axis
        inputs = [_name(number) for number in operator.inputs]
        self._end_with(
            operator.option(1, "b"),
            _name(target),
            lambda output: self.builder.add("Concat", inputs, output, axis=axis),
        )


def _name(number: int) -> str:
    return f"t{number}"


def _value_info(name: str, shape: Sequence[int]) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", *shape[1:]])
