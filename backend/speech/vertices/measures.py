"""Errors of a speaking mesh as the papers measure them.

LVE, lip vertex error: in each frame the largest squared distance of a lip vertex from where it
should be, its mean over all frames; in the square of the mesh's unit. FDD, upper-face dynamics
deviation: how much the squared motion of each upper vertex varies in a clip (standard deviation),
the mean over the vertices, known minus predicted, its mean over the clips; its size alone besides.
MVE is the mean distance of all vertices. On weights (T, C) LVE is the mean length of the error over
the mouth's weights, and FDD takes the sum of squares of the upper face's.

Source: ``compute_objective_metrics`` and ``compute_objective_metrics_blendshape`` of Stan, Haque,
Yumak 2023, *FaceDiffuser*.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from blender_addon.core.conventions import Floats, Ints

from .pca import Regions


class Errors:
    """Gathers the errors of clips; none of them is kept.

    Args:
        regions: lips and upper face.
    """

    def __init__(self, regions: Regions) -> None:
        self._regions = regions
        self._lips: list[Floats] = []
        self._all: list[Floats] = []
        self._dynamics: list[float] = []

    def add(self, predicted: Floats, known: Floats) -> None:
        """One clip: motions (T, V, 3) away from rest, or weights (T, C)."""
        lips, upper = self._regions.lips, self._regions.upper
        self._lips.append(lip_errors(predicted, known, lips))
        apart = np.linalg.norm(predicted - known, axis=-1)
        self._all.append(apart.mean(-1) if apart.ndim == 2 else apart)
        self._dynamics.append(dynamics(known, upper) - dynamics(predicted, upper))

    def figures(self) -> dict[str, float]:
        """``lve``, ``fdd``, ``fdd_abs``, ``mve`` and how many clips and frames they are of."""
        lips = np.concatenate(self._lips)
        return {
            "lve": float(lips.mean()),
            "fdd": float(np.mean(self._dynamics)),
            "fdd_abs": float(np.mean(np.abs(self._dynamics))),
            "mve": float(np.concatenate(self._all).mean()),
            "clips": len(self._dynamics),
            "frames": len(lips),
        }


def lip_errors(predicted: Floats, known: Floats, lips: Ints) -> Floats:
    """(T,) the error of the lips in each frame."""
    apart = (predicted[:, lips] - known[:, lips]).astype(np.float64)
    if apart.ndim == 2:
        return np.asarray(np.linalg.norm(apart, axis=1))
    return np.asarray(np.square(apart).sum(-1).max(-1))


def dynamics(motion: Floats, upper: Ints) -> float:
    """How much the upper face's squared motion varies in time."""
    squares = np.square(motion[:, upper].astype(np.float64))
    if squares.ndim == 2:
        return float(squares.sum(1).std())
    return float(squares.sum(-1).std(0).mean())


def table(rows: Iterable[tuple[str, dict[str, float]]], unit: str) -> str:
    """Figures of several systems beneath each other, as text."""
    lines = [f"{'':24}{'LVE':>12}{'FDD':>12}{'|FDD|':>12}{'MVE':>12}   ({unit})"]
    for name, each in rows:
        numbers = (each[key] for key in ("lve", "fdd", "fdd_abs", "mve"))
        lines.append(f"{name:24}" + "".join(f"{number:12.4e}" for number in numbers))
    return "\n".join(lines)
