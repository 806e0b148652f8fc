"""Flights of stairs along a way, found in the heights of its ground."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ..conventions import Floats, Ints

SPACING_M: Final = 0.02
"""Between the heights in which flights are looked for."""

_REACH: Final = 5
"""Samples within which an edge rises: a riser seen from above is an edge, or a steep cell."""
_EDGE_M: Final = 0.06
_RISE_M: Final = (0.08, 0.33)
_WIDEST_EDGE: Final = _REACH + 7
_DEPTH_M: Final = (0.18, 0.75)
_LEVEL_SHARE: Final = 0.3
"""Of a riser, by which its tread may be off level."""
_ALIKE: Final = 0.35
_ALIKE_DEPTH: Final = 0.45
_SHOULDER_M: Final = 0.3
"""Level ground before and behind two steps alone, that tells them from rough ground."""


@dataclass(frozen=True, eq=False)
class Flight:
    """Steps that follow each other, all up or all down.

    Args:
        edges_m: (K,) where the ground steps, by distance along the way.
        rise_m: of a step on average; negative downward.
    """

    edges_m: Floats
    rise_m: float

    @property
    def depth_m(self) -> float:
        """Of a tread along the way, on average."""
        return float(np.diff(self.edges_m).mean())

    @property
    def middles_m(self) -> Floats:
        """(K + 1,) where one foot after the other stands: before the first edge, on each tread."""
        half = 0.5 * self.depth_m
        between = 0.5 * (self.edges_m[1:] + self.edges_m[:-1])
        return np.concatenate(([self.edges_m[0] - half], between, [self.edges_m[-1] + half]))


def find_flights(distances_m: Floats, heights_m: Floats) -> tuple[Flight, ...]:
    """Flights along a way.

    An edge alone is a kerb; slopes, bumps and rough ground have no level treads of like height.

    Args:
        distances_m: (N,) even steps of about ``SPACING_M``.
        heights_m: (N,) of the ground there.
    """
    if len(heights_m) <= _REACH:
        return ()
    heights = np.asarray(heights_m, np.float64)
    first, last = _steep_places(heights)
    rises = heights[last] - heights[first]
    size = np.abs(rises)
    fit = (size >= _RISE_M[0]) & (size <= _RISE_M[1]) & (last - first <= _WIDEST_EDGE)
    chains: list[list[int]] = []
    for n in np.flatnonzero(fit).tolist():
        if chains and chains[-1][-1] == n - 1 and _is_tread(n - 1, n, first, last, heights, rises):
            chains[-1].append(n)
        else:
            chains.append([n])
    edges = distances_m[0] + np.array(
        [_edge(heights, a, b) for a, b in zip(first, last, strict=True)]
    ) * (distances_m[1] - distances_m[0])
    return tuple(
        Flight(part, float(rises[chain].mean()))
        for chain in chains
        for part in _even(edges[chain])
        if len(part) > 2 or (len(part) == 2 and _stands_alone(heights, first, last, chain, rises))
    )


def _steep_places(heights: Floats) -> tuple[Ints, Ints]:
    """First and last samples (E,) of the level ground around each place that is steep enough."""
    change = heights[_REACH:] - heights[:-_REACH]
    signs = np.where(np.abs(change) >= _EDGE_M, np.sign(change), 0.0)
    turns = np.flatnonzero(np.diff(np.concatenate(([0.0], signs, [0.0]))))
    starts = turns[:-1][signs[np.minimum(turns[:-1], len(signs) - 1)] != 0] if len(turns) else turns
    stops = np.array([turns[np.searchsorted(turns, s, "right")] for s in starts], np.int64)
    return starts, stops - 1 + _REACH


def _edge(heights: Floats, first: int, last: int) -> float:
    """Where within its steep place the ground steps, in samples."""
    steps = np.abs(np.diff(heights[first : last + 1]))
    return float(first + 0.5 + np.average(np.arange(len(steps)), weights=steps))


def _is_tread(a: int, b: int, first: Ints, last: Ints, heights: Floats, rises: Floats) -> bool:
    """Whether between two edges lies a level tread, and both rise alike."""
    larger = max(abs(rises[a]), abs(rises[b]))
    if rises[a] * rises[b] <= 0 or abs(rises[a] - rises[b]) > _ALIKE * larger:
        return False
    depth = 0.5 * (first[b] + last[b] - first[a] - last[a]) * SPACING_M
    begin = min(last[a], first[b])
    tread = heights[begin : max(last[a], first[b]) + 1]
    level = float(np.ptp(tread)) <= _LEVEL_SHARE * larger
    return bool(level and _DEPTH_M[0] <= depth <= _DEPTH_M[1])


def _even(edges: Floats) -> list[Floats]:
    """Edges (K,) cut where the depth of their treads changes."""
    if len(edges) < 3:
        return [edges]
    depths = np.diff(edges)
    unlike = np.abs(np.diff(depths)) > _ALIKE_DEPTH * np.maximum(depths[1:], depths[:-1])
    return np.split(edges, np.flatnonzero(unlike) + 2)


def _stands_alone(
    heights: Floats, first: Ints, last: Ints, chain: list[int], rises: Floats
) -> bool:
    """Whether two steps have level ground before and behind."""
    reach = round(_SHOULDER_M / SPACING_M)
    begin, end = int(first[chain[0]]), int(last[chain[-1]])
    before, behind = heights[max(begin - reach, 0) : begin + 1], heights[end : end + reach + 1]
    level = _LEVEL_SHARE * float(np.abs(rises[chain]).min())
    return bool(np.ptp(before) <= level and np.ptp(behind) <= level)
