"""Models changed by their structure: what comes out is a whole protobuf, but perhaps no network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import onnx
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from onnx import TensorProto, helper, numpy_helper

Rng = np.random.Generator

NUMBERS = (
    -(2**63), -(2**31), -1000, -2, -1, 0, 1, 2, 3, 4, 6, 7, 8, 9, 11, 16, 100, 1000, 10**6,
    2**31 - 1, 2**31, 10**11, 2**62, 2**63 - 1,
)  # fmt: skip
TEXTS = (
    b"", b"x", b"gain", b"w", b"y", b"\0", b"..", b"/etc/passwd", b"batch", b"x" * 300, b"\xff",
    b"Loop", b"If", b"Add", b"Cast", b"Reshape", b"Concat", b"ConstantOfShape", b"Identity",
    b"Expand", b"Gather", b"Slice", b"Conv", b"LSTM", b"Einsum", b"TopK", b"StringConcat",
    "𝔘".encode(), b"axis", b"to", b"shape", b"value", b"keepdims", b"epsilon", b"hidden_size",
)  # fmt: skip
FLOATS = (0.0, -0.0, 1.0, -1.0, 1e38, -1e38, 1e-45, float("nan"), float("inf"))


def mutate_message(rng: Rng, message: Message) -> None:
    """Change one or two fields, anywhere below."""
    for _ in range(int(rng.integers(1, 3))):
        places = list(_places(message))
        below, field = places[int(rng.integers(len(places)))]
        _change(rng, below, field)


def _places(message: Message) -> Iterator[tuple[Message, FieldDescriptor]]:
    """Every field that is set, and one more of each message that is not."""
    waiting = [message]
    while waiting:
        each = waiting.pop()
        for field, value in each.ListFields():
            yield each, field
            if field.message_type is not None:
                waiting.extend(value if _is_list(field) else [value])
        unset = [field for field in each.DESCRIPTOR.fields if _is_empty(each, field)]
        if unset:
            yield each, unset[len(unset) // 2]


def _is_list(field: FieldDescriptor) -> bool:
    return bool(field.is_repeated)


def _is_empty(message: Message, field: FieldDescriptor) -> bool:
    return not len(getattr(message, field.name)) if _is_list(field) else False


def _change(rng: Rng, message: Message, field: FieldDescriptor) -> None:
    value, way = getattr(message, field.name), rng.random()
    if way < 0.1:
        message.ClearField(field.name)
    elif _is_list(field):
        _change_list(rng, value, field)
    elif field.message_type is not None:
        value.CopyFrom(type(value)()) if way < 0.2 else mutate_message(rng, value)
    else:
        _set(message, field, _other(rng, field, value))


def _change_list(rng: Rng, values: Any, field: FieldDescriptor) -> None:
    way, count = int(rng.integers(4)), len(values)
    at = int(rng.integers(count)) if count else 0
    if way == 0 and count:
        del values[at]
    elif field.message_type is not None:
        made = values.add()
        if count and way < 3:
            made.CopyFrom(values[int(rng.integers(count))])
    elif way == 1 or not count:
        values.append(_other(rng, field, None))
    else:
        values[at] = _other(rng, field, values[at])


def _set(message: Message, field: FieldDescriptor, value: Any) -> None:
    try:
        setattr(message, field.name, value)
    except (ValueError, TypeError):  # out of the field's range
        message.ClearField(field.name)


def _other(rng: Rng, field: FieldDescriptor, value: Any) -> Any:
    kind = field.cpp_type
    if kind == FieldDescriptor.CPPTYPE_STRING:
        text = TEXTS[int(rng.integers(len(TEXTS)))]
        if field.type == FieldDescriptor.TYPE_BYTES:
            return _cut(rng, value or b"") if rng.random() < 0.4 else text
        return text.decode("utf-8", "replace")
    if kind == FieldDescriptor.CPPTYPE_BOOL:
        return bool(rng.integers(2))
    if kind in (FieldDescriptor.CPPTYPE_FLOAT, FieldDescriptor.CPPTYPE_DOUBLE):
        return FLOATS[int(rng.integers(len(FLOATS)))]
    number = NUMBERS[int(rng.integers(len(NUMBERS)))]
    return number if kind == FieldDescriptor.CPPTYPE_INT64 else int(np.int32(number % 2**31))


def _cut(rng: Rng, data: bytes) -> bytes:
    at = int(rng.integers(len(data) + 1))
    return data[:at] if rng.random() < 0.5 else data[:at] + rng.bytes(8) + data[at + 8 :]


# Models to begin from: small ones that use what large ones do ------------------------------------

_node, _value = helper.make_node, helper.make_tensor_value_info
_FLOAT = TensorProto.FLOAT


def _model(nodes: list[onnx.NodeProto], **stored: Any) -> onnx.ModelProto:
    """Of the toy's inputs and output: the nodes make ``sum`` (batch, 2)."""
    inputs = [_value("x", _FLOAT, ["batch", 3]), _value("gain", _FLOAT, ["batch", 2])]
    kept = [numpy_helper.from_array(np.array(each), name) for name, each in stored.items()]
    last = _node("Add", ["sum", "gain"], ["y"])
    output = _value("y", _FLOAT, ["batch", 2])
    graph = helper.make_graph([*nodes, last], "small", inputs, [output], kept)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


def _dense() -> onnx.ModelProto:
    nodes = [
        _node("Gemm", ["x", "w", "b"], ["wide"], alpha=0.5),
        _node("Elu", ["wide"], ["bent"]),
        _node("LayerNormalization", ["bent", "scale", "b"], ["even"], axis=-1),
        _node("Softmax", ["even"], ["soft"], axis=1),
        _node("Slice", ["soft", "from", "to", "axes"], ["sum"]),
    ]
    wide = np.ones((3, 4), np.float32), np.zeros(4, np.float32), np.ones(4, np.float32)
    ends = {"from": [0], "to": [2], "axes": [1]}
    return _model(nodes, w=wide[0], b=wide[1], scale=wide[2], **ends)


def _shaped() -> onnx.ModelProto:
    nodes = [
        _node("Shape", ["x"], ["shape"]),
        _node("Gather", ["shape", "first"], ["count"], axis=0),
        _node("Concat", ["count", "two"], ["size"], axis=0),
        _node("ConstantOfShape", ["size"], ["zeros"]),
        _node("Cast", ["size"], ["sizes"], to=_FLOAT),
        _node("ReduceSum", ["sizes"], ["all"], keepdims=0),
        _node("Expand", ["all", "size"], ["filled"]),
        _node("Add", ["zeros", "filled"], ["sum"]),
    ]
    return _model(nodes, first=[0], two=[2])


def _looped() -> onnx.ModelProto:
    body = helper.make_graph(
        [_node("Identity", ["go"], ["goes"]), _node("Add", ["part", "gain"], ["more"])],
        "body",
        [
            _value("n", TensorProto.INT64, []), _value("go", TensorProto.BOOL, []),
            _value("part", _FLOAT, ["batch", 2]),
        ],
        [_value("goes", TensorProto.BOOL, []), _value("more", _FLOAT, ["batch", 2])],
    )  # fmt: skip
    return _model([_node("Loop", ["times", "yes", "gain"], ["sum"], body=body)], times=3, yes=True)


def _recurrent() -> onnx.ModelProto:
    nodes = [
        _node("Unsqueeze", ["x", "nought"], ["steps"]),
        _node("LSTM", ["steps", "w", "r"], ["all", "last"], hidden_size=2),
        _node("Squeeze", ["last", "nought"], ["sum"]),
    ]
    weights = np.full((1, 8, 3), 0.1, np.float32), np.full((1, 8, 2), 0.1, np.float32)
    return _model(nodes, nought=[0], w=weights[0], r=weights[1])


def _convolved() -> onnx.ModelProto:
    nodes = [
        _node("Unsqueeze", ["x", "one"], ["rows"]),
        _node("Conv", ["rows", "w"], ["conv"], kernel_shape=[2], strides=[1], pads=[0, 0]),
        _node("Transpose", ["conv"], ["turned"], perm=[0, 2, 1]),
        _node("Reshape", ["turned", "flat"], ["sum"]),
    ]
    return _model(nodes, one=[1], w=np.ones((1, 1, 2), np.float32), flat=[-1, 2])


SMALL: tuple[Callable[[], onnx.ModelProto], ...] = (
    _dense, _shaped, _looped, _recurrent, _convolved,
)  # fmt: skip
