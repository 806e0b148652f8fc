"""Named parts of a feature vector."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Layout:
    """Named slices of a feature vector.

    Args:
        sizes: length of each part, in order.
    """

    sizes: dict[str, int]

    @property
    def size(self) -> int:
        """Total length."""
        return sum(self.sizes.values())

    @property
    def slices(self) -> dict[str, slice]:
        """Where each part lies."""
        stops = np.cumsum(list(self.sizes.values())).tolist()
        starts = [0, *stops[:-1]]
        return {n: slice(a, b) for n, a, b in zip(self.sizes, starts, stops, strict=True)}

    def as_contract(self) -> dict[str, tuple[int, int]]:
        """Slices as [start, stop) pairs."""
        return {name: (part.start, part.stop) for name, part in self.slices.items()}
