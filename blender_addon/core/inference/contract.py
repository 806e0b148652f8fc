"""Read and write what a model promises.

Every model is ``<name>.onnx`` with ``<name>.json`` (its contract) beside it. Anyone can drop in a
model of their own by writing a contract; it is verified when the model is loaded (session.py).
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np

from ..errors import ContractError, SkeletonError
from ..motion.skeleton import Skeleton
from .contract_fields import JsonObject
from .contract_types import IN_GRAPH, DataSource, ModelContract, TensorSpec, TrainingRecord
from .model_file import read_bytes

__all__ = [
    "IN_GRAPH",
    "DataSource",
    "ModelContract",
    "TensorSpec",
    "TrainingRecord",
    "contract_from_json",
    "contract_to_json",
    "load_contract",
    "save_contract",
]

FORMAT_VERSION: Final = 1
MAX_CONTRACT_BYTES: Final = 8 * 1024 * 1024
_TOP_FIELDS: Final = (
    "format_version", "name", "task", "inputs", "outputs", "skeleton", "frame_rate_hz",
    "normalisation", "opset", "sha256", "training", "data", "weights_licence", "metrics",
    "settings",
)  # fmt: skip


def load_contract(path: str | os.PathLike[str]) -> ModelContract:
    """Read and check a contract.

    Args:
        path: the ``<name>.json`` file.

    Returns:
        The contract.

    Raises:
        ContractError: missing, unreadable, too large, not JSON, or a field is wrong.
    """
    path = Path(path)
    text = read_bytes(path, MAX_CONTRACT_BYTES)
    try:
        document = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise ContractError(
            f"{path.name} is not valid JSON ({error}); it may be cut off; fetch it again"
        ) from error
    contract = contract_from_json(document, path.name)
    if contract.name != path.stem:
        raise ContractError(
            f"{path.name}: the name inside is '{contract.name}', expected '{path.stem}'; "
            "a model's files are called after its name"
        )
    return contract


def save_contract(path: str | os.PathLike[str], contract: ModelContract) -> None:
    """Write a contract, whole or not at all.

    Args:
        path: the ``<name>.json`` to write.
        contract: complete, that is with opset and sha256.

    Raises:
        ContractError: the contract is a draft, or holds what JSON cannot.
    """
    path = Path(path)
    document = contract_to_json(contract)
    contract_from_json(document, path.name)
    try:
        text = json.dumps(document, indent=2, allow_nan=False, ensure_ascii=False)
    except (TypeError, ValueError) as error:
        raise ContractError(f"{path.name}: the contract cannot be JSON: {error}") from error
    partial = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        partial.write_text(text + "\n", encoding="utf-8")
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def contract_to_json(contract: ModelContract) -> dict[str, Any]:
    """The contract as what json.dumps takes, fields in the order a reader wants them."""
    return {
        "format_version": FORMAT_VERSION,
        "name": contract.name,
        "task": contract.task,
        "inputs": [_tensor_to_json(spec) for spec in contract.inputs],
        "outputs": [_tensor_to_json(spec) for spec in contract.outputs],
        "skeleton": _skeleton_to_json(contract.skeleton),
        "frame_rate_hz": contract.frame_rate_hz,
        "normalisation": contract.normalisation,
        "opset": contract.opset,
        "sha256": contract.sha256,
        "training": vars(contract.training).copy(),
        "data": [vars(source).copy() for source in contract.data],
        "weights_licence": contract.weights_licence,
        "metrics": dict(contract.metrics),
        "settings": dict(contract.settings),
    }


def contract_from_json(document: object, where: str) -> ModelContract:
    """Check a contract read from JSON.

    Args:
        document: what json.loads gave.
        where: what to call it in messages.

    Returns:
        The contract.

    Raises:
        ContractError: a field is missing, unknown or wrong.
    """
    version = document.get("format_version") if isinstance(document, dict) else None
    if version != FORMAT_VERSION:
        raise ContractError(
            f"{where}: expected a contract with format_version {FORMAT_VERSION}; found "
            f"{version!r}; fetch the model again, or update the extension if the model is newer"
        )
    top = JsonObject(document, where, _TOP_FIELDS)
    if top.integer("opset") < 1 or not top.text("sha256"):
        raise ContractError(f"{where}: opset and sha256 must be given; export the model again")
    return ModelContract(
        name=top.text("name"),
        task=top.text("task"),
        inputs=_read_tensors(top, "inputs"),
        outputs=_read_tensors(top, "outputs"),
        skeleton=_read_skeleton(top),
        frame_rate_hz=top.number("frame_rate_hz"),
        training=_read_training(top),
        data=_read_sources(top),
        weights_licence=top.text("weights_licence"),
        normalisation=_read_normalisation(top),
        opset=top.integer("opset"),
        sha256=top.text("sha256"),
        metrics=top.mapping("metrics"),
        settings=top.mapping("settings"),
    )


def _refuse_constant(text: str) -> float:
    raise ValueError(f"{text} is not a number JSON knows")


def _tensor_to_json(spec: TensorSpec) -> dict[str, Any]:
    layout = {part: list(bounds) for part, bounds in spec.layout.items()}
    return {
        "name": spec.name,
        "shape": list(spec.shape),
        "dtype": spec.dtype,
        "unit": spec.unit,
        "layout": layout,
    }


def _skeleton_to_json(skeleton: Skeleton | None) -> dict[str, Any] | None:
    if skeleton is None:
        return None
    # Through text: the shortest decimal that gives the same float32 back.
    offsets = [[float(str(number)) for number in offset] for offset in skeleton.offsets]
    return {
        "names": list(skeleton.names),
        "parents": [int(parent) for parent in skeleton.parents],
        "offsets": offsets,
        "ends": {name: [float(number) for number in end] for name, end in skeleton.ends.items()},
    }


def _read_tensors(top: JsonObject, key: str) -> tuple[TensorSpec, ...]:
    specs = []
    for index, item in enumerate(top.items(key)):
        fields = JsonObject(
            item, f"{top.where}: {key}[{index}]", ("name", "shape", "dtype", "unit", "layout")
        )
        shape = fields.items("shape")
        if not all(isinstance(n, int | str) and not isinstance(n, bool) for n in shape):
            raise fields.wrong("shape", "whole numbers and names", shape)
        specs.append(
            TensorSpec(
                fields.text("name"),
                tuple(shape),
                fields.text("dtype"),
                fields.text("unit"),
                _read_layout(fields),
            )
        )
    return tuple(specs)


def _read_layout(fields: JsonObject) -> dict[str, tuple[int, int]]:
    layout = {}
    for part, bounds in fields.mapping("layout").items():
        if not (isinstance(bounds, list) and [type(bound) for bound in bounds] == [int, int]):
            raise fields.wrong(f"layout.{part}", "[start, stop]", bounds)
        layout[part] = (bounds[0], bounds[1])
    return layout


def _read_skeleton(top: JsonObject) -> Skeleton | None:
    value = top.raw("skeleton")
    if value is None:
        return None
    where = f"{top.where}: skeleton"
    fields = JsonObject(value, where, ("names", "parents", "offsets", "ends"))
    offsets = [fields.point("offsets", offset) for offset in fields.items("offsets")]
    ends = {name: fields.point("ends", end) for name, end in fields.mapping("ends").items()}
    try:
        with np.errstate(over="ignore"):  # a number beyond float32 becomes inf, refused below
            offsets_m = np.array(offsets, np.float32).reshape(-1, 3)
        parents = np.array(fields.integers("parents"), np.int64)
        return Skeleton(fields.texts("names"), parents, offsets_m, ends)
    except (SkeletonError, OverflowError) as error:
        raise ContractError(f"{where}: {error}; correct the contract") from error


def _read_training(top: JsonObject) -> TrainingRecord:
    fields = JsonObject(top.raw("training"), f"{top.where}: training", ("commit", "command"))
    return TrainingRecord(fields.text("commit"), fields.text("command"))


def _read_sources(top: JsonObject) -> tuple[DataSource, ...]:
    sources = []
    for index, item in enumerate(top.items("data")):
        where = f"{top.where}: data[{index}]"
        fields = JsonObject(item, where, ("name", "licence", "attribution"))
        names = fields.text("name"), fields.text("licence"), fields.text("attribution")
        sources.append(DataSource(*names))
    return tuple(sources)


def _read_normalisation(top: JsonObject) -> Literal["in_graph"] | Mapping[str, Any]:
    if top.raw("normalisation") == IN_GRAPH:
        return IN_GRAPH
    if not isinstance(top.raw("normalisation"), dict):
        raise top.wrong("normalisation", f"'{IN_GRAPH}' or an object", top.raw("normalisation"))
    return top.mapping("normalisation")
