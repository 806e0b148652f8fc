"""Proof that an exported model computes what torch computes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor, nn

from blender_addon.core.errors import ModelError
from blender_addon.core.inference.contract import ModelContract
from blender_addon.core.inference.session import ModelSession

Arrays = dict[str, NDArray[Any]]
Draw = Callable[[int, np.random.Generator], Mapping[str, NDArray[Any]]]

TOLERANCE = 1e-4
BATCHES = (1, 2, 3, 17, 64)


@dataclass(frozen=True)
class Parity:
    """How far the exported model is from torch.

    Args:
        largest: largest absolute difference found, in the outputs' units.
        batches: batch sizes compared.
        provider: execution provider that ran the exported model.
    """

    largest: float
    batches: tuple[int, ...]
    provider: str


def prove_parity(
    module: nn.Module,
    session: ModelSession,
    draw: Draw,
    *,
    tolerance: float = TOLERANCE,
    batches: Sequence[int] = BATCHES,
    rounds: int = 4,
    seed: int = 0,
) -> Parity:
    """Compare the exported model with torch over random batches.

    Args:
        module: what was exported, or the network it was derived from; called with the inputs in
            the contract's order, it gives the outputs in the contract's order. It is put into
            evaluation mode.
        session: the exported model.
        draw: makes the inputs of a batch, by name.
        tolerance: largest absolute difference allowed.
        batches: batch sizes, each compared ``rounds`` times.
        seed: of the random numbers.

    Returns:
        The largest difference.

    Raises:
        ModelError: a difference is above the tolerance, or a number is not finite.
    """
    module.eval()  # dropout would differ at every call
    generator = np.random.default_rng(seed)
    largest = 0.0
    for batch in [size for size in batches for _ in range(rounds)]:
        feeds = dict(draw(batch, generator))
        found = session.run(feeds)
        for name, expected in run_torch(module, session.contract, feeds).items():
            difference = np.abs(found[name].astype(np.float64) - expected).max(initial=0.0)
            if not difference <= tolerance:  # also true of NaN
                raise ModelError(
                    f"the exported model differs from torch by {difference:.2e} in '{name}' at "
                    f"batch {batch}; allowed is {tolerance:.0e}; nothing was written; look for "
                    "an operation that behaves differently, or numbers of very large magnitude"
                )
            largest = max(largest, float(difference))
    return Parity(largest, tuple(batches), session.provider)


def run_torch(module: nn.Module, contract: ModelContract, feeds: Mapping[str, Any]) -> Arrays:
    """Run a torch module on the arrays a session takes; the same names come back.

    Args:
        module: called with the inputs in the contract's order.
        contract: whose names.
        feeds: array per input name.

    Returns:
        Array per output name, float64 where the output is real.
    """
    inputs = [torch.from_numpy(np.ascontiguousarray(feeds[spec.name])) for spec in contract.inputs]
    with torch.inference_mode():
        result = module(*inputs)
    outputs = (result,) if isinstance(result, Tensor) else tuple(result)
    names = [spec.name for spec in contract.outputs]
    return {
        name: tensor.double().numpy() if tensor.is_floating_point() else tensor.numpy()
        for name, tensor in zip(names, outputs, strict=True)
    }


def draw_normal(
    contract: ModelContract,
    spread: Mapping[str, tuple[ArrayLike, ArrayLike]] | None = None,
    even: Collection[str] = (),
) -> Draw:
    """Inputs from the normal distribution.

    Args:
        contract: whose inputs; every symbolic size becomes the batch size.
        spread: mean and standard deviation by input name, so that inputs look like the training
            data; 0 and 1 where not given.
        even: symbolic sizes that are twice the batch size instead.

    Returns:
        A function of batch size and generator.
    """
    spread = spread or {}

    def draw(batch: int, generator: np.random.Generator) -> Arrays:
        feeds = {}
        for spec in contract.inputs:
            shape = [
                batch * (1 + (size in even)) if isinstance(size, str) else size
                for size in spec.shape
            ]
            mean, deviation = spread.get(spec.name, (0.0, 1.0))
            feeds[spec.name] = generator.normal(mean, deviation, shape).astype(spec.dtype)
        return feeds

    return draw
