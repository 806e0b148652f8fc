"""Weights of blendshapes between 0 and 1 that come nearest to a motion, frame by frame.

Each frame is a least-squares problem with bounds on its normal equations: minimise
½ xᵀ A x − bᵀ x for 0 ≤ x ≤ 1, where A holds the shapes' products and what is added against large,
many and unequal weights, and b the motion's products with the shapes and a pull towards the frame
before. As A is positive definite, there is one answer. All frames of a part are solved at once by
alternating directions: a step without bounds, whose matrix is inverted once, and a clip.

Of two shapes that cancel each other the lesser is set to 0, and all are solved once more.

Source: Boyd, Parikh, Chu, Peleato, Eckstein 2011, Foundations and Trends in Machine Learning 3(1),
section 5.2 (quadratic programs), with over-relaxation (3.4.3); the terms are those of the public
solver of NVIDIA's Audio2Face-3D SDK (MIT), which goes from frame to frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...conventions import Floats

_ROUNDS: Final = 2000
_CHECKED: Final = 10
"""Rounds between two looks at how far it is."""
_CLOSE: Final = 2e-6
_RELAXED: Final = 1.7

_Doubles = NDArray[np.float64]


class BoundedSolver:
    """Solves the frames of a motion in order, part by part.

    Args:
        matrix: (n, n) A, symmetric and positive definite.
        pull: how strongly a frame is drawn to the one before, in the units of A and less than
            what is on its diagonal for it.
        cancelling: pairs of shapes of which only one may be above 0.
    """

    def __init__(
        self, matrix: Floats, pull: float = 0.0, cancelling: Sequence[tuple[int, int]] = ()
    ) -> None:
        whole = np.asarray(matrix, np.float64)
        self._scale = 1.0 / np.sqrt(np.diag(whole))  # shapes of any size alike
        scaled = whole * self._scale * self._scale[:, None]
        least, most = np.linalg.eigvalsh(scaled)[[0, -1]]
        self._step = float(np.sqrt(max(least, 1e-9) * most))
        self._inverse = np.linalg.inv(scaled + self._step * np.eye(len(whole)))
        self._pull, self._cancelling = pull, tuple(cancelling)
        self._before = np.zeros(len(whole))

    def solve(self, aims: Floats) -> Floats:
        """Weights of further frames.

        Args:
            aims: (T, n) the motion's products with the shapes.

        Returns:
            (T, n) 0 … 1, float32.
        """
        most = np.ones(aims.shape)
        weights = self._bounded(np.asarray(aims, np.float64), most, np.zeros(aims.shape))
        for first, second in self._cancelling:
            second_is_less = weights[:, first] >= weights[:, second]
            most[second_is_less, second] = most[~second_is_less, first] = 0.0
        if np.any(weights > most):
            weights = self._bounded(np.asarray(aims, np.float64), most, weights)
        if len(weights):
            self._before = weights[-1]
        return weights.astype(np.float32)

    def _bounded(self, aims: _Doubles, most: _Doubles, guess: _Doubles) -> _Doubles:
        """(T, n) the answer for 0 ≤ x ≤ most."""
        pull = self._pull * self._scale * self._scale
        highest, aim = most / self._scale, aims * self._scale
        at = np.minimum(guess / self._scale, highest)
        error = np.zeros_like(at)
        before = np.empty_like(at)
        for count in range(1, _ROUNDS + 1):
            before[:1] = self._before / self._scale
            before[1:] = at[:-1]
            free = (aim + pull * before + self._step * (at - error)) @ self._inverse
            relaxed = _RELAXED * free + (1.0 - _RELAXED) * at
            last, at = at, np.clip(relaxed + error, 0.0, highest)
            error += relaxed - at
            if count % _CHECKED == 0 and self._is_close(free - at, at - last):
                break
        return np.asarray(at * self._scale)

    def _is_close(self, *steps: _Doubles) -> bool:
        return all(bool(np.all(np.abs(step * self._scale) < _CLOSE)) for step in steps)
