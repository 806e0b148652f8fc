"""A recurrent network that is run step after step."""

from __future__ import annotations

from typing import Final

import numpy as np

from ..conventions import Bools, Floats
from ..jobs import Runner

_LEAST_BATCH: Final = 2
"""A product with one row may round differently than the same row among others."""


class RecurrentSteps:
    """Runs a recurrent network step after step or chunk after chunk, and keeps its state.

    Args:
        session: its contract names the states: every input but the features; the output that
            follows ``state`` is ``next_state``.
        count: B characters.
        output: which output to return.
    """

    def __init__(self, session: Runner, count: int, output: str = "mixture") -> None:
        self._session, self._output, self._count = session, output, count
        self._batch = max(count, _LEAST_BATCH)
        batch_name = session.contract.input("features").shape[0]
        states = [spec for spec in session.contract.inputs if spec.name != "features"]
        self._batch_axes = {spec.name: spec.shape.index(batch_name) for spec in states}
        self._state = {
            spec.name: np.zeros(
                [self._batch if size == batch_name else int(size) for size in spec.shape],
                np.float32,
            )
            for spec in states
        }
        self._before = self._state

    def __call__(self, features: Floats) -> Floats:
        """Features (B, …) to the desired output (B, …)."""
        extra = self._batch - self._count
        if extra:
            features = np.concatenate((features, np.repeat(features[:1], extra, axis=0)))
        outputs = self._session.run({"features": np.ascontiguousarray(features), **self._state})
        self._before = self._state
        self._state = {name: outputs[f"next_{name}"] for name in self._state}
        return np.asarray(outputs[self._output][: self._count])

    def take_back(self, which: Bools) -> None:
        """Undo the latest step of some characters (B,)."""
        if not which.any():
            return
        rows = np.flatnonzero(which)
        for name, axis in self._batch_axes.items():
            kept = np.moveaxis(np.array(self._state[name]), axis, 0)
            kept[rows] = np.moveaxis(self._before[name], axis, 0)[rows]
            self._state[name] = np.ascontiguousarray(np.moveaxis(kept, 0, axis))
