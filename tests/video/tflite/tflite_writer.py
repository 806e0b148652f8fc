"""Writes small TensorFlow Lite files, by code that shares nothing with the reader under test."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Any

import numpy as np

CODES = {
    "ADD": 0, "AVERAGE_POOL_2D": 1, "CONCATENATION": 2, "CONV_2D": 3, "DEPTHWISE_CONV_2D": 4,
    "DEPTH_TO_SPACE": 5, "DEQUANTIZE": 6, "LOGISTIC": 14, "MAX_POOL_2D": 17, "RESHAPE": 22,
    "RESIZE_BILINEAR": 23, "PAD": 34, "DENSIFY": 124,
}  # fmt: skip
OPTION_TYPES = {
    "CONV_2D": 1, "DEPTHWISE_CONV_2D": 2, "MAX_POOL_2D": 5, "ADD": 11, "CONCATENATION": 10,
    "RESIZE_BILINEAR": 15, "RESHAPE": 17, "PAD": 22, "DEPTH_TO_SPACE": 94, "DEQUANTIZE": 38,
    "DENSIFY": 124,
}  # fmt: skip
TYPES = {"float32": 0, "float16": 1, "int32": 2, "uint8": 3, "int64": 4, "int8": 9}


@dataclass
class Table:
    """A table to be: by slot a (layout, number), an array, a text, a table or a list of tables."""

    fields: dict[int, Any] = field(default_factory=dict)


def flatbuffer(root: Table, identifier: bytes) -> bytes:
    """A whole buffer; what is referred to lies behind what refers to it."""
    out = bytearray(struct.pack("<I", 0) + identifier)
    pending: list[tuple[int, Any]] = [(0, root)]
    while pending:
        place, value = pending.pop(0)
        start = _align(out, 16)
        if isinstance(value, Table):
            start = _write_table(out, value, pending)
        elif isinstance(value, list):
            out += struct.pack("<I", len(value))
            pending += [(start + 4 + 4 * n, each) for n, each in enumerate(value)]
            out += bytes(4 * len(value))
        else:
            data = value.encode() if isinstance(value, str) else np.asarray(value).tobytes()
            count = len(data) if isinstance(value, str) else np.asarray(value).size
            out += bytes(12)  # so that the items, not their number, lie on a multiple of 16
            start = len(out)
            out += struct.pack("<I", count) + data
            out += b"\0" if isinstance(value, str) else b""
        struct.pack_into("<I", out, place, start - place)
    return bytes(out)


def _align(out: bytearray, step: int) -> int:
    out += bytes(-len(out) % step)
    return len(out)


def _write_table(out: bytearray, table: Table, pending: list[tuple[int, Any]]) -> int:
    slots = 1 + max(table.fields, default=-1)
    vtable = len(out)
    out += bytes(4 + 2 * slots)
    start = _align(out, 4)
    out += struct.pack("<i", start - vtable)
    for slot, value in sorted(table.fields.items()):
        layout, number = value if isinstance(value, tuple) else ("I", 0)
        _align(out, struct.calcsize(layout))
        if not isinstance(value, tuple):
            pending.append((len(out), value))
        struct.pack_into("<H", out, vtable + 4 + 2 * slot, len(out) - start)
        out += struct.pack(f"<{layout}", number)
    struct.pack_into("<HH", out, vtable, 4 + 2 * slots, len(out) - start)
    return start


@dataclass
class Model:
    """A graph to be written; tensors are numbered as they are added."""

    tensors: list[Table] = field(default_factory=list)
    buffers: list[Table] = field(default_factory=lambda: [Table()])
    operators: list[Table] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)

    def tensor(self, shape: tuple[int, ...], dtype: str = "float32", buffer: int = 0) -> int:
        """One that is computed, or an input."""
        self.tensors.append(
            Table({
                0: np.array(shape, np.int32), 1: ("b", TYPES[dtype]), 2: ("I", buffer),
                3: f"tensor{len(self.tensors)}",
            })
        )  # fmt: skip
        return len(self.tensors) - 1

    def constant(self, value: np.ndarray) -> int:
        """One whose value is in the file."""
        self.buffers.append(Table({0: np.frombuffer(value.tobytes(), np.uint8)}))
        return self.tensor(value.shape, str(value.dtype), len(self.buffers) - 1)

    def sparse(self, stored: np.ndarray, shape: tuple[int, ...], description: Table) -> int:
        """One whose value is in the file without its zeros."""
        number = self.constant(stored)
        self.tensors[number].fields[0] = np.array(shape, np.int32)
        self.tensors[number].fields[6] = description
        return number

    def step(
        self, name: str, inputs: list[int], output: int, options: dict[int, Any] | None = None
    ) -> int:
        """An operator; returns its output."""
        if name not in self.codes:
            self.codes.append(name)
        self.operators.append(
            Table({
                0: ("I", self.codes.index(name)), 1: np.array(inputs, np.int32),
                2: np.array([output], np.int32), 3: ("B", OPTION_TYPES.get(name, 0)),
                4: Table(options or {}),
            })
        )  # fmt: skip
        return output

    def data(self, inputs: list[int], outputs: list[int]) -> bytes:
        """The file."""
        codes = [Table({0: ("b", CODES[n]), 2: ("i", 1), 3: ("i", CODES[n])}) for n in self.codes]
        graph = Table({
            0: self.tensors, 1: np.array(inputs, np.int32), 2: np.array(outputs, np.int32),
            3: self.operators, 4: "main",
        })  # fmt: skip
        return flatbuffer(
            Table({0: ("I", 3), 1: codes, 2: [graph], 3: "small", 4: self.buffers}), b"TFL3"
        )
