"""Look into an ONNX file without the onnx package, before onnxruntime sees it.

An .onnx file is one protobuf ``ModelProto``. Only what decides whether the file may be loaded is
read: where tensors keep their data, which operators are used, which opset is meant.

Source: onnx.proto (ONNX 1.x, field numbers are frozen) and the protobuf wire format.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..errors import ContractError

MAX_MODEL_BYTES: Final = 512 * 1024 * 1024
STANDARD_DOMAINS: Final = frozenset({"", "ai.onnx"})

# Which field of a message holds which message, for every way from a model to a tensor or a node.
MESSAGES: Final[dict[str, dict[int, str]]] = {
    "ModelProto": {
        7: "GraphProto",
        8: "OperatorSetIdProto",
        20: "TrainingInfoProto",
        25: "FunctionProto",
    },
    "TrainingInfoProto": {1: "GraphProto", 2: "GraphProto"},
    "FunctionProto": {7: "NodeProto", 11: "AttributeProto"},
    "GraphProto": {1: "NodeProto", 5: "TensorProto", 15: "SparseTensorProto"},
    "NodeProto": {5: "AttributeProto"},
    "AttributeProto": {
        5: "TensorProto",
        6: "GraphProto",
        10: "TensorProto",
        11: "GraphProto",
        22: "SparseTensorProto",
        23: "SparseTensorProto",
    },
    "SparseTensorProto": {1: "TensorProto", 2: "TensorProto"},
    "OperatorSetIdProto": {},
    "TensorProto": {},
}
MODEL_IR_VERSION: Final = 1
OPSET_DOMAIN, OPSET_VERSION = 1, 2
NODE_OP_TYPE, NODE_DOMAIN = 4, 7
FUNCTION_NAME, FUNCTION_DOMAIN = 1, 10
TENSOR_DATA_TYPE, TENSOR_NAME, TENSOR_EXTERNAL_DATA, TENSOR_DATA_LOCATION = 2, 8, 13, 14
ATTRIBUTE_NAME, ATTRIBUTE_INTEGER = 1, 3
TEXT_TYPE: Final = 8
TEXT_OPERATORS: Final = frozenset(
    {"RegexFullMatch", "StringConcat", "StringNormalizer", "StringSplit", "TfIdfVectorizer"}
)
TEXT_ATTRIBUTES: Final = frozenset({"value_string", "value_strings"})

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


@dataclass(frozen=True)
class ModelFacts:
    """What a model file says about itself.

    Args:
        opset: version of the standard operators it is written for.
        operators: names of the operators used, subgraphs included.
        node_count: number of nodes, subgraphs included.
    """

    opset: int
    operators: frozenset[str]
    node_count: int


def read_bytes(path: Path, limit: int = MAX_MODEL_BYTES) -> bytes:
    """Read a file that must not be larger than ``limit`` bytes.

    Args:
        path: the file.
        limit: largest size accepted, bytes.

    Returns:
        Its content.

    Raises:
        ContractError: it is missing, unreadable or too large.
    """
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except FileNotFoundError:
        raise ContractError(
            f"{path} does not exist; a model needs its .onnx and, beside it, a .json of the same "
            "name; restore the missing file"
        ) from None
    except OSError as error:
        raise ContractError(f"{path} cannot be read ({error.strerror}); check the file") from error
    if len(data) > limit:
        raise ContractError(
            f"{path.name} is larger than {limit / 2**20:.0f} MiB, which no model of this kind is; "
            "check that this is the right file"
        )
    return data


def check_sha256(data: bytes, expected: str, name: str) -> None:
    """Refuse a file whose SHA-256 differs from the one its contract gives.

    Raises:
        ContractError: the hashes differ.
    """
    found = hashlib.sha256(data).hexdigest()
    if found != expected:
        raise ContractError(
            f"{name} has SHA-256 {found}, its contract expects {expected}: the file is damaged or "
            "belongs to another contract; fetch both files again"
        )


def inspect_model(data: bytes, name: str) -> ModelFacts:
    """Read what an ONNX file uses, and refuse what this project never loads.

    Args:
        data: the whole file.
        name: file name, for messages.

    Returns:
        Its opset, operators and node count.

    Raises:
        ContractError: not a whole ONNX model; a tensor with external data; an operator or a
            function outside the standard ONNX domain; texts or sparse tensors, whose memory
            nothing bounds.
    """
    if data.startswith(b"version https://git-lfs"):
        raise ContractError(f"{name} is a Git LFS pointer, not a model; run 'git lfs pull'")
    opset, nodes, operators, seen = 0, 0, set[str](), set[str]()
    for kind, fields in _walk(data, name):
        seen.add(kind)
        if kind == "TensorProto":
            _check_tensor(fields, name)
        elif kind == "AttributeProto":
            _check_attribute(fields, name)
        elif kind == "FunctionProto":
            _check_domain("function", fields, FUNCTION_NAME, FUNCTION_DOMAIN, name)
        elif kind == "NodeProto":
            operators.add(_check_domain("operator", fields, NODE_OP_TYPE, NODE_DOMAIN, name))
            nodes += 1
        elif kind == "OperatorSetIdProto":
            opset = max(opset, _standard_opset(fields, name))
        elif kind == "ModelProto" and not _numbers(fields, MODEL_IR_VERSION):
            raise _foreign(name, "it states no ONNX version")
    if "SparseTensorProto" in seen:
        raise _unbounded(name, "a sparse tensor")
    if used := operators & TEXT_OPERATORS:
        raise _unbounded(name, f"texts ({', '.join(sorted(used))})")
    if "GraphProto" not in seen or not opset:
        raise _foreign(name, "it holds no graph" if opset else "it states no standard opset")
    return ModelFacts(opset, frozenset(operators), nodes)


# A field's value: a number, or the bytes of a text or of a nested message.
_Fields = list[tuple[int, int | memoryview]]


def _walk(data: bytes, name: str) -> Iterator[tuple[str, _Fields]]:
    """Every message worth looking at, without recursion: a file may nest as deep as it likes."""
    waiting: list[tuple[str, memoryview]] = [("ModelProto", memoryview(data))]
    while waiting:
        kind, span = waiting.pop()
        try:
            fields = list(_read_fields(span))
        except (IndexError, ValueError) as error:
            raise _foreign(name, f"it breaks off or is garbled inside a {kind}") from error
        children = MESSAGES[kind]
        for number, value in fields:
            if number in children and isinstance(value, memoryview):
                waiting.append((children[number], value))
        yield kind, fields


def _read_fields(span: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Split one message; IndexError or ValueError where it is no protobuf."""
    at, end = 0, len(span)
    while at < end:
        key, at = _read_varint(span, at)
        number, wire_type = key >> 3, key & 7
        if wire_type == _VARINT:
            value, at = _read_varint(span, at)
            yield number, value
            continue
        if wire_type == _BYTES:
            size, at = _read_varint(span, at)
        elif wire_type in (_FIXED32, _FIXED64):
            size = 4 if wire_type == _FIXED32 else 8
        else:
            raise ValueError(f"wire type {wire_type}")
        if number == 0 or at + size > end:
            raise ValueError("field number 0 or a length beyond the end")
        if wire_type == _BYTES:
            yield number, span[at : at + size]
        at += size


def _read_varint(span: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = span[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
        if shift > 63:
            raise ValueError("a number longer than 64 bits")


def _numbers(fields: _Fields, desired: int) -> list[int]:
    return [value for number, value in fields if number == desired and isinstance(value, int)]


def _texts(fields: _Fields, desired: int) -> list[str]:
    return [
        bytes(value).decode("utf-8", "backslashreplace")
        for number, value in fields
        if number == desired and isinstance(value, memoryview)
    ]


def _check_tensor(fields: _Fields, name: str) -> None:
    outside = any(number == TENSOR_EXTERNAL_DATA for number, _ in fields)
    if outside or any(_numbers(fields, TENSOR_DATA_LOCATION)):
        tensor = "".join(_texts(fields, TENSOR_NAME)) or "(unnamed)"
        raise ContractError(
            f"{name} keeps the tensor '{tensor}' in another file, which is not allowed because a "
            "model could then read any file; export it again with its data inside"
        )
    if TEXT_TYPE in _numbers(fields, TENSOR_DATA_TYPE):
        raise _unbounded(name, "texts")


def _check_attribute(fields: _Fields, name: str) -> None:
    title = "".join(_texts(fields, ATTRIBUTE_NAME))
    is_cast = title == "to" and TEXT_TYPE in _numbers(fields, ATTRIBUTE_INTEGER)
    if is_cast or title in TEXT_ATTRIBUTES:
        raise _unbounded(name, "texts")


def _check_domain(what: str, fields: _Fields, title: int, domain: int, name: str) -> str:
    label = "".join(_texts(fields, title))
    for found in _texts(fields, domain):
        if found not in STANDARD_DOMAINS:
            raise ContractError(
                f"{name} uses the {what} '{label}' of domain '{found}'; only standard ONNX "
                "operators are allowed; export it again without custom operators"
            )
    return label


def _standard_opset(fields: _Fields, name: str) -> int:
    domain = (_texts(fields, OPSET_DOMAIN) or [""])[-1]
    if domain not in STANDARD_DOMAINS:
        return 0
    return max(_numbers(fields, OPSET_VERSION), default=0)


def _unbounded(name: str, what: str) -> ContractError:
    return ContractError(
        f"{name} holds {what}, which no network of motion needs and which may take any amount of "
        "memory; export it again with plain numbers alone"
    )


def _foreign(name: str, reason: str) -> ContractError:
    return ContractError(
        f"{name} is not a whole ONNX model: {reason}; check that this is the right file and fetch "
        "it again"
    )
