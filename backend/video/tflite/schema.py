"""Reads a TensorFlow Lite model: its tensors, the constants among them, and its operators.

Source: tensorflow/lite/schema/schema.fbs, version 3; the slots below are its fields in order.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from blender_addon.core.errors import InputError

from .flatbuffer import FlatBufferError, Table, root_table
from .sparse import Level, Sparsity, densify

_IDENTIFIER: Final = b"TFL3"
_MOST_BYTES: Final = 512 << 20
_TYPES: Final[Mapping[int, type[np.generic]]] = {
    0: np.float32, 1: np.float16, 2: np.int32, 3: np.uint8, 4: np.int64,
}  # fmt: skip
OPERATORS: Final[Mapping[int, str]] = {
    0: "ADD", 2: "CONCATENATION", 3: "CONV_2D", 4: "DEPTHWISE_CONV_2D", 5: "DEPTH_TO_SPACE",
    6: "DEQUANTIZE", 14: "LOGISTIC", 17: "MAX_POOL_2D", 22: "RESHAPE", 23: "RESIZE_BILINEAR",
    34: "PAD", 124: "DENSIFY",
}  # fmt: skip
_MORE_OPERATORS: Final = 127
"""Stored as the old number where only the new field can hold the true one."""
_INDEX_TYPES: Final[Mapping[int, type[np.generic]]] = {1: np.int32, 2: np.uint16, 3: np.uint8}


@dataclass(frozen=True, eq=False)
class Tensor:
    """A tensor of a model.

    Args:
        name: as in the file.
        shape: sizes, (batch, height, width, channels) of a picture.
        constant: its value, where the file holds one.
    """

    name: str
    shape: tuple[int, ...]
    constant: NDArray | None


@dataclass(frozen=True)
class Operator:
    """One step of a model.

    Args:
        name: such as CONV_2D.
        inputs, outputs: numbers of tensors; -1 is an input that is left out.
        options: the table of its settings; None where it has none.
    """

    name: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: Table | None

    def option(self, slot: int, layout: str, default: int = 0) -> int:
        """A setting by its slot."""
        return self.options.number(slot, layout, default) if self.options else default


@dataclass(frozen=True, eq=False)
class TfliteGraph:
    """A model.

    Args:
        tensors: all of them.
        operators: in the order of work.
        inputs, outputs: numbers of tensors.
    """

    tensors: tuple[Tensor, ...]
    operators: tuple[Operator, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


def read_tflite(path: Path) -> TfliteGraph:
    """Read a model.

    Args:
        path: a .tflite file of 32 or 16 bit floating-point weights, dense or sparse.

    Raises:
        InputError: it is missing, no such model, cut short, or has an operator or a type of
            numbers that is not known here.
    """
    with whole_file(path):
        size = path.stat().st_size
        if size > _MOST_BYTES:
            raise InputError(f"{path} has {size} bytes; expected at most {_MOST_BYTES}")
        return parse_tflite(path.read_bytes())


@contextmanager
def whole_file(path: Path) -> Iterator[None]:
    """Say of which file it is that cannot be read; settings of operators are read last.

    Raises:
        InputError: in place of what was raised inside.
    """
    try:
        yield
    except OSError as error:
        raise InputError(
            f"{path} cannot be read ({error.strerror}). Give a .tflite file of BlazePose"
        ) from error
    except FlatBufferError as error:
        raise InputError(
            f"{path} is no whole TensorFlow Lite model: {error}. Fetch it again"
        ) from error


def parse_tflite(data: bytes) -> TfliteGraph:
    """As read_tflite, of the file's content.

    Raises:
        FlatBufferError: it is none, or not whole.
        InputError: it has an operator or a type of numbers that is not known here.
    """
    model = root_table(data, _IDENTIFIER)
    graphs = model.tables(2)
    if len(graphs) != 1:
        raise FlatBufferError(f"expected one graph; found {len(graphs)}")
    buffers = model.tables(4)
    names = [_operator_name(code) for code in model.tables(1)]
    graph = graphs[0]
    tensors = tuple(_read_tensor(each, buffers) for each in graph.tables(0))
    operators = tuple(_read_operator(each, names, len(tensors)) for each in graph.tables(3))
    inputs, outputs = _numbers(graph, 1), _numbers(graph, 2)
    _check_numbers((*inputs, *outputs), len(tensors), 0)
    return TfliteGraph(tensors, operators, inputs, outputs)


def _operator_name(code: Table) -> str:
    old, new = code.number(0, "b"), code.number(3, "i")
    number = new if old in (0, _MORE_OPERATORS) else old
    return OPERATORS.get(number, f"number {number}")


def _read_operator(table: Table, names: list[str], tensors: int) -> Operator:
    code = table.number(0, "I")
    if code >= len(names):
        raise FlatBufferError(f"an operator has code {code}; there are {len(names)}")
    inputs, outputs = _numbers(table, 1), _numbers(table, 2)
    _check_numbers(inputs, tensors, -1)
    _check_numbers(outputs, tensors, 0)
    return Operator(names[code], inputs, outputs, table.table(4))


def _read_tensor(table: Table, buffers: list[Table]) -> Tensor:
    name, shape = table.text(3), _numbers(table, 0)
    kind, buffer = table.number(1, "b"), table.number(2, "I")
    if buffer >= len(buffers):
        raise FlatBufferError(f"tensor '{name}' has buffer {buffer}; there are {len(buffers)}")
    if kind not in _TYPES:
        raise InputError(
            f"tensor '{name}' has numbers of type {kind}; expected floating point or whole ones. "
            "A quantised model cannot be converted; take the one with float weights"
        )
    stored = buffers[buffer].numbers(0, np.uint8)
    constant = _constant(table, name, shape, stored, _TYPES[kind]) if stored.size else None
    return Tensor(name, shape, constant)


def _constant(
    table: Table, name: str, shape: tuple[int, ...], stored: NDArray, dtype: type[np.generic]
) -> NDArray:
    sparsity = table.table(6)
    if stored.size % np.dtype(dtype).itemsize:
        raise FlatBufferError(f"tensor '{name}' has {stored.size} bytes, half a number among them")
    values = np.frombuffer(stored.tobytes(), np.dtype(dtype).newbyteorder("<"))
    if sparsity is not None:
        return densify(values, shape, _read_sparsity(sparsity, len(shape)))
    if values.size != math.prod(shape):
        raise FlatBufferError(f"tensor '{name}' has {values.size} numbers for {list(shape)}")
    return values.reshape(shape)


def _read_sparsity(table: Table, axes: int) -> Sparsity:
    levels = [_read_level(each) for each in table.tables(2)]
    order, block_map = _numbers(table, 0), _numbers(table, 1)
    whole = sorted(order) == list(range(len(levels))) and len(order) == axes + len(block_map)
    if not whole or any(not 0 <= axis < axes for axis in block_map):
        raise FlatBufferError(
            f"a sparse tensor of {axes} axes with blocks along {block_map} has {len(levels)} of "
            f"them in the order {order}"
        )
    return Sparsity(order, block_map, levels)


def _read_level(table: Table) -> Level:
    compressed = table.number(0, "b") == 1
    size = 0 if compressed else table.number(1, "i")
    return Level(size, _read_indices(table, 2), _read_indices(table, 4))


def _read_indices(table: Table, slot: int) -> NDArray[np.int64]:
    """A union: what kind of list, then the table that holds it."""
    kind, held = table.number(slot, "B"), table.table(slot + 1)
    if held is None or kind not in _INDEX_TYPES:
        return np.zeros(0, np.int64)
    return held.numbers(0, _INDEX_TYPES[kind]).astype(np.int64)


def _numbers(table: Table, slot: int) -> tuple[int, ...]:
    return tuple(int(number) for number in table.numbers(slot, np.int32))


def _check_numbers(numbers: tuple[int, ...], count: int, least: int) -> None:
    wrong = [number for number in numbers if not least <= number < count]
    if wrong:
        raise FlatBufferError(f"tensor {wrong[0]} is named; there are {count}")
