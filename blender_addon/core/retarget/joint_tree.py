"""A character at rest as a tree of joints, whatever its names, axes and unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..conventions import Floats


@dataclass(frozen=True, eq=False)
class JointTree:
    """Joints of any character at rest.

    Args:
        names: N names, each once; parents before children.
        parents: N indices, −1 for roots.
        heads, tails: (N, 3) where each bone begins and ends, in any axes and unit.
    """

    names: Sequence[str]
    parents: Sequence[int]
    heads: Floats
    tails: Floats

    @cached_property
    def children(self) -> list[list[int]]:
        """Indices of the joints below each."""
        below: list[list[int]] = [[] for _ in self.names]
        for joint, parent in enumerate(self.parents):
            if parent >= 0:
                below[parent].append(joint)
        return below

    @cached_property
    def reaches(self) -> Floats:
        """(N,) longest way along bones from each head to an end below it."""
        reach = np.linalg.norm(self.tails - self.heads, axis=1).astype(np.float64)
        for joint in range(len(self.names) - 1, -1, -1):
            for child in self.children[joint]:
                step = float(np.linalg.norm(self.heads[child] - self.heads[joint]))
                reach[joint] = max(reach[joint], step + reach[child])
        return np.asarray(reach)

    def chain(self, joint: int) -> list[int]:
        """The joint and those below it on the longest way to an end."""
        found = [joint]
        while self.children[found[-1]]:
            here = found[-1]
            found.append(max(self.children[here], key=lambda c: self._way(here, c)))
        return found

    def ancestors(self, joint: int) -> list[int]:
        """The joint itself, its parent, and so on up to the root."""
        path = []
        while joint >= 0:
            path.append(joint)
            joint = self.parents[joint]
        return path

    def common_ancestor(self, *joints: int) -> int:
        """The lowest joint above several, which may be one of them; −1 if there is none."""
        paths = [self.ancestors(joint) for joint in joints]
        return next((j for j in paths[0] if all(j in path for path in paths)), -1)

    def descends(self, joint: int, ancestor: int) -> bool:
        """Whether a joint lies below another."""
        while joint >= 0 and joint != ancestor:
            joint = self.parents[joint]
        return joint == ancestor

    def _way(self, parent: int, child: int) -> float:
        return float(np.linalg.norm(self.heads[child] - self.heads[parent]) + self.reaches[child])
