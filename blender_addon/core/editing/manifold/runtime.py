"""The 2016 manifold's networks in use: to hidden units, back, and the way a loss pulls them.

Windows may be of any length, and longer ones are worked through block by block. Beyond the ends of
a motion its first and last frame are held: the networks know nothing of where a motion stops.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from ...conventions import Floats
from ...inference.contract import ModelContract
from ...jobs import Runner
from ...motion.common_skeleton import COMMON_SKELETON
from .control import CONTROL_LAYOUT
from .features import LAYOUT, POOL, RATE_HZ, even

ENCODER: Final = "manifold_2016"
DECODER: Final = "manifold_2016_decoder"
GRADIENT: Final = "manifold_2016_gradient"
CONTROL: Final = "manifold_2016_control"
TASKS: Final = (ENCODER, DECODER, GRADIENT, CONTROL)
_HELD: Final = 24
"""Frames held before and after a motion; even, and no less than a network looks to a side."""
_BLOCK: Final = 4096
_CONTEXT: Final = 64


class Manifold:
    """Motions as hidden units of the 2016 autoencoder.

    Args:
        encoder, decoder, gradient: sessions of its models; the gradient gives the decoder's
            vector–Jacobian product.
        control: leads from a trajectory to hidden units; None where it is not needed.

    Raises:
        ContractError: a model is made for something else.
    """

    def __init__(
        self, encoder: Runner, decoder: Runner, gradient: Runner, control: Runner | None = None
    ) -> None:
        for session, task in zip((encoder, decoder, gradient, control), TASKS, strict=True):
            if session is not None:
                _check(session.contract, task)
        self._encoder, self._decoder = encoder, decoder
        self._gradient, self._control = gradient, control

    def encode(self, features: Floats) -> Floats:
        """Features (T, 73) to hidden units (T / 2 + 24, 256)."""
        return _blockwise(self._encoder, "motion", "hidden", _held(features), 1, POOL)

    def decode(self, hidden: Floats, count: int) -> Floats:
        """Hidden units to the features (count, 73) that they stand for."""
        made = _blockwise(self._decoder, "hidden", "motion", hidden, POOL, 1)
        return made[_HELD : _HELD + count]

    def pull(self, by_features: Floats) -> Floats:
        """A loss's gradient by features (T, 73) to that by the hidden units they came from."""
        odd = len(by_features) % POOL
        spread = np.pad(by_features, ((_HELD, _HELD + odd), (0, 0))).astype(np.float32)
        return _blockwise(self._gradient, "cotangent", "gradient", spread, 1, POOL)

    def project(self, features: Floats) -> Floats:
        """The motion of the manifold that is nearest to features (T, 73): corrupted ones mended."""
        return self.decode(self.encode(features), len(features))

    def lead(self, control: Floats) -> Floats:
        """Hidden units (T / 2 + 24, 256) of a control (T, 7)."""
        session = self._control
        if session is None:
            raise TypeError("this manifold was opened without its control")
        return _blockwise(session, "control", "hidden", _held(control), 1, POOL)


def _check(contract: ModelContract, task: str) -> None:
    contract.require_task(task)
    contract.require_frame_rate(RATE_HZ)
    contract.require_skeleton(COMMON_SKELETON)
    if task == ENCODER:
        contract.require_layout(contract.input("motion"), LAYOUT)
    elif task == DECODER:
        contract.require_layout(contract.output("motion"), LAYOUT)
    elif task == CONTROL:
        contract.require_layout(contract.input("control"), CONTROL_LAYOUT)


def _held(values: Floats) -> Floats:
    values = even(values)
    return np.pad(values, ((_HELD, _HELD), (0, 0)), mode="edge").astype(np.float32)


def _blockwise(
    session: Runner, given: str, made: str, values: Floats, grows: int, shrinks: int
) -> Floats:
    """Run a network over rows (N, C), so many at once that memory does not matter.

    Args:
        session: whose input ``given`` and output ``made`` are (1, N, C).
        grows, shrinks: how many rows come of how many.
    """

    def run(rows: Floats) -> Floats:
        feeds = {given: np.ascontiguousarray(rows[None], np.float32)}
        return np.asarray(session.run(feeds)[made][0])

    if len(values) <= _BLOCK + 2 * _CONTEXT:
        return run(values)
    return np.concatenate(list(_blocks(run, values, lambda rows: rows * grows // shrinks)))


def _blocks(
    run: Callable[[Floats], Floats], values: Floats, rows_made: Callable[[int], int]
) -> list[Floats]:
    parts = []
    for start in range(0, len(values), _BLOCK):
        stop = min(start + _BLOCK, len(values))
        before = min(start, _CONTEXT)
        rows = run(values[start - before : stop + _CONTEXT])
        parts.append(rows[rows_made(before) :][: rows_made(stop - start)])
    return parts
