"""Compare a graph's tensors, and the arrays fed to it, with the contract."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ContractError
from .contract_types import ModelContract, TensorSpec

# onnxruntime's names of element types, by NumPy's.
_GRAPH_TYPES = {
    "float32": "tensor(float)",
    "float16": "tensor(float16)",
    "float64": "tensor(double)",
    **{name: f"tensor({name})" for name in ("int64", "int32", "uint8", "int8", "bool")},
}


@dataclass(frozen=True)
class TensorInfo:
    """A tensor as the graph declares it: sizes that are not numbers are free."""

    name: str
    type: str
    shape: tuple[int | str | None, ...]


def check_tensors(
    what: str, found: Sequence[TensorInfo], specs: Sequence[TensorSpec], model: str
) -> None:
    """Check that a graph declares the tensors its contract promises.

    Args:
        what: "input" or "output", for messages.
        found: what the graph declares.
        specs: what the contract promises; it may fix a size the graph leaves free.
        model: name, for messages.

    Raises:
        ContractError: a tensor is missing, too many, or of another dtype or shape.
    """
    infos = {info.name: info for info in found}
    if set(infos) != {spec.name for spec in specs}:
        raise ContractError(
            f"model '{model}' has the {what}s {sorted(infos)}, its contract says "
            f"{sorted(spec.name for spec in specs)}; correct the contract"
        )
    for spec in specs:
        info = infos[spec.name]
        if info.type != _GRAPH_TYPES[spec.dtype] or not _shapes_agree(info.shape, spec.shape):
            raise ContractError(
                f"model '{model}' has {what} '{spec.name}' {info.type} {list(info.shape)}, its "
                f"contract says {spec.dtype} {list(spec.shape)}; correct the contract"
            )


def _shapes_agree(found: tuple[int | str | None, ...], promised: tuple[int | str, ...]) -> bool:
    return len(found) == len(promised) and all(
        not isinstance(size, int) or size == desired
        for size, desired in zip(found, promised, strict=True)
    )


def bind_shapes(contract: ModelContract, feeds: Mapping[str, NDArray[Any]]) -> dict[str, int]:
    """Check arrays against the contract's inputs.

    Args:
        contract: whose inputs.
        feeds: array per input name.

    Returns:
        The size each symbolic name stands for.

    Raises:
        ContractError: a name, dtype or shape is wrong.
    """
    sizes: dict[str, int] = {}
    if set(feeds) != {spec.name for spec in contract.inputs}:
        raise explain_feeds(contract, feeds)
    for spec in contract.inputs:
        feed = feeds[spec.name]
        if feed.dtype != np.dtype(spec.dtype) or feed.ndim != len(spec.shape):
            raise explain_feeds(contract, feeds)
        for size, desired in zip(feed.shape, spec.shape, strict=True):
            expected = sizes.setdefault(desired, size) if isinstance(desired, str) else desired
            if size != expected or size == 0:
                raise explain_feeds(contract, feeds)
    return sizes


def explain_feeds(contract: ModelContract, feeds: Mapping[str, Any]) -> ContractError:
    """The error for arrays that do not fit: all that was given beside all that is expected."""
    given = [
        f"{name}: {feed.dtype} {list(feed.shape)}"
        if isinstance(feed, np.ndarray)
        else f"{name}: {type(feed).__name__}, not an array"
        for name, feed in feeds.items()
    ]
    desired = [f"{spec.name}: {spec.dtype} {list(spec.shape)}" for spec in contract.inputs]
    return ContractError(
        f"model '{contract.name}' was fed {'; '.join(given) or 'nothing'}; expected "
        f"{'; '.join(desired)}, no size 0 and the same size for the same name; fix the caller"
    )
