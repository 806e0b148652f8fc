"""Where everybody of a crowd is to be over time, and how a way may give way to others."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np

from ...conventions import MODEL_FRAME_RATE_HZ, Floats
from ...ground.path import Path
from ...ground.standing import MAX_STAND_S
from ...maths.smoothing import gaussian_smooth, smoothstep
from ..plan import plan_request
from ..request import WalkRequest

RATE_HZ: Final = 10.0
"""At which distances are looked at: two joggers who meet come 0.5 m nearer in between."""
_POINT_M: Final = 0.1
_MOST_POINTS: Final = 4000
_SIDE_SIGMA_M: Final = 0.5
_CLEAR_M: Final = 1.2
"""All the way aside so far before and after the places where two would meet."""
_EASE_M: Final = 2.5
"""And on the way there so far before."""


@dataclass(frozen=True, eq=False)
class CrowdWalk:
    """One of several walks.

    Args:
        request: at the model's size.
        scale: size of the character against the model.
        start_s: when its first frame is, on everybody's clock.
        space: only those in the same space meet.
    """

    request: WalkRequest
    scale: float = 1.0
    start_s: float = 0.0
    space: Hashable = None


@dataclass(frozen=True)
class GivingWay:
    """How one way is changed, in its own model's metres.

    Args:
        later_s: begins so much later.
        slower: factor on the speed up to ``until_m``.
        until_m: along the path.
        behind_m: begins and ends so far before the path's beginning and end.
        aside_m: goes so far to the left, or with a minus to the right.
        zone_m: between these places along the path it is all the way aside.
    """

    later_s: float = 0.0
    slower: float = 1.0
    until_m: float = 0.0
    behind_m: float = 0.0
    aside_m: float = 0.0
    zone_m: tuple[float, float] = (0.0, 0.0)

    @property
    def changes_way(self) -> bool:
        """Whether other ground is walked on."""
        return bool(self.behind_m or self.aside_m)


@dataclass(frozen=True, eq=False)
class Track:
    """A desired way over time, at ``RATE_HZ``, from a walk's first frame to its last.

    Args:
        xz_m: (T, 2) in the model's size.
        distances_m: (T,) along the path.
        walk: whose it is.
    """

    xz_m: Floats
    distances_m: Floats
    walk: CrowdWalk

    @classmethod
    def of(cls, walk: CrowdWalk) -> Track:
        """Plan a walk.

        Raises:
            PathError: it cannot be walked.
        """
        plan = plan_request(walk.request)
        step = MODEL_FRAME_RATE_HZ / RATE_HZ
        rows = np.append(np.arange(0, plan.frame_count, step), plan.frame_count - 1).astype(int)
        return cls(plan.positions_xz[rows], plan.distances_m[rows], walk)

    @cached_property
    def _left(self) -> Floats:
        """(T, 2) to the left of the path where each place is."""
        path = self.walk.request.path
        return np.zeros_like(self.xz_m) if path is None else _sides(path, self.distances_m)

    def changed(self, way: GivingWay) -> Track:
        """About the same way with a change, without planning anew."""
        path = self.walk.request.path
        xz, along = self.xz_m, self.distances_m
        if path is not None and way.behind_m:
            xz = xz + _extended(path, along - way.behind_m) - path.positions(along)
        if path is not None and way.aside_m:
            left = _sides(path, along - way.behind_m) if way.behind_m else self._left
            xz = xz + (way.aside_m * _aside_share(along, way.zone_m))[:, None] * left
        if way.slower < 1.0:
            rows = _slowed(along, way)
            xz, along = _between(xz, rows), np.interp(rows, np.arange(len(along)), along)
        start = self.walk.start_s + way.later_s
        return Track(xz, along, replace(self.walk, start_s=start))

    def in_world(self, rows: Floats) -> Floats:
        """(N, 2) at rows of everybody's clock; before and after, where it begins and ends."""
        own = np.asarray(rows, np.float64) - self.walk.start_s * RATE_HZ
        return np.asarray(self.walk.scale * _between(self.xz_m, own), np.float32)

    @property
    def end_s(self) -> float:
        """On everybody's clock."""
        return self.walk.start_s + len(self.xz_m) / RATE_HZ


def changed_request(request: WalkRequest, way: GivingWay) -> WalkRequest:
    """What to ask for instead.

    Args:
        request: with a path.
        way: how it gives way.
    """
    begin = min(request.stand_before_s + way.later_s, MAX_STAND_S)
    later = replace(request, stand_before_s=begin)
    if request.path is None or not (way.changes_way or way.slower < 1.0):
        return later
    path, along = request.path, _along(request.path)
    points = np.insert(_places(path, along, way), 1, _heights(path, along - way.behind_m), axis=1)
    slower = np.where(along < way.until_m, way.slower, 1.0)
    bent = Path(points, path.speeds(along - way.behind_m) * slower)

    def moved(at_m: float) -> float:
        """A place along the path, where it is along the changed one."""
        arcs = bent.arc_lengths_m
        own = along if len(along) == len(arcs) else np.linspace(0.0, path.length_m, len(arcs))
        return min(float(np.interp(at_m, own, arcs)), bent.length_m)

    stops = tuple(replace(stop, at_m=moved(stop.at_m)) for stop in path.stops)
    said = request.directions
    directions = replace(
        said,
        changes=tuple(replace(each, at_m=moved(each.at_m)) for each in said.changes),
        style_changes=tuple(replace(each, at_m=moved(each.at_m)) for each in said.style_changes),
    )
    return replace(later, path=replace(bent, stops=stops), directions=directions)


def _along(path: Path) -> Floats:
    """(N,) places along a path, close enough together to bend it; its corners are among them."""
    count = min(int(path.length_m / _POINT_M) + 2, _MOST_POINTS)
    return np.asarray(
        np.unique(np.concatenate((np.linspace(0.0, path.length_m, count), path.arc_lengths_m)))
    )


def _places(path: Path, along: Floats, way: GivingWay) -> Floats:
    """(N, 2) x, z at places of the changed path."""
    before = along - way.behind_m
    share = _aside_share(along, way.zone_m)
    return np.asarray(
        _extended(path, before) + (way.aside_m * share)[:, None] * _sides(path, before)
    )


def _sides(path: Path, along: Floats) -> Floats:
    """(N, 2) to the left of a path, smooth over its corners."""
    grid = np.linspace(0.0, path.length_m, max(int(path.length_m / _POINT_M) + 2, 8))
    ahead = np.gradient(path.positions(grid), axis=0)
    sigma = _SIDE_SIGMA_M / max(grid[1] - grid[0], 1e-9)
    ahead = gaussian_smooth(ahead, min(sigma, len(grid) / 6.0), keep_ends=True)
    ahead = ahead / np.maximum(np.linalg.norm(ahead, axis=1, keepdims=True), 1e-9)
    return np.stack(
        (np.interp(along, grid, ahead[:, 1]), -np.interp(along, grid, ahead[:, 0])), axis=-1
    )


def _extended(path: Path, along: Floats) -> Floats:
    """(N, 2) x, z along a path, straight on before its beginning."""
    places = path.positions(along)
    start = path.positions(np.array([0.0, min(0.3, path.length_m)]))
    back = (start[1] - start[0]) / max(float(np.linalg.norm(start[1] - start[0])), 1e-9)
    return np.asarray(places + np.minimum(along, 0.0)[:, None] * back)


def _heights(path: Path, along: Floats) -> Floats:
    return np.asarray(np.interp(along, path.arc_lengths_m, path.points[:, 1]))


def _aside_share(along: Floats, zone: tuple[float, float]) -> Floats:
    """(N,) 1 where all the way aside, 0 far before and after, smooth between."""
    off = np.maximum(zone[0] - _CLEAR_M - along, along - zone[1] - _CLEAR_M)
    return smoothstep(1.0 - off / _EASE_M)


def _slowed(distances: Floats, way: GivingWay) -> Floats:
    """Rows of the way as planned at which somebody is who walks slower at first."""
    walking = np.gradient(distances) > 1e-4
    slow = walking & (distances < way.until_m)
    taken = np.concatenate(([0.0], np.cumsum(np.where(slow, 1.0 / way.slower, 1.0))))[:-1]
    new = np.arange(int(np.ceil(taken[-1])) + 1)
    return np.asarray(np.interp(new, taken, np.arange(len(distances))))


def _between(values: Floats, rows: Floats) -> Floats:
    """Values (T, 2) at rows (N,) that need not be whole; the ends hold."""
    known = np.arange(len(values))
    return np.stack([np.interp(rows, known, column) for column in values.T], axis=-1)


def nearest(places: Floats, others: Floats) -> Floats:
    """Smallest distance over time between places (…, T, 2) and others (N, T, 2): (…, N)."""
    off = places[..., None, :, :] - others
    return np.asarray(np.sqrt((off * off).sum(axis=-1).min(axis=-1)))


def smallest_distances(walks: Sequence[CrowdWalk]) -> Floats:
    """(B, B) smallest distance over time between the desired ways of any two, metres.

    Infinite on the diagonal and between those that are not in the same space.
    """
    tracks = [Track.of(walk) for walk in walks]
    first = min(walk.start_s for walk in walks)
    rows = np.arange(first * RATE_HZ, max(track.end_s for track in tracks) * RATE_HZ + 1)
    places = np.stack([track.in_world(rows) for track in tracks])
    found = np.stack([nearest(row, places) for row in places])
    spaces = [walk.space for walk in walks]
    apart = np.array([[a is not b and a != b for b in spaces] for a in spaces])
    found[apart | np.eye(len(walks), dtype=bool)] = np.inf
    return found
