"""A path over the ground: where to go, how fast, and where to wait."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..conventions import Floats
from ..errors import PathError

MIN_LENGTH_M = 0.05
"""A path that a person walks is no shorter."""


@dataclass(frozen=True)
class Stop:
    """A pause on the way.

    Args:
        at_m: arc length at which to stand still.
        seconds: for how long, measured at zero speed.
    """

    at_m: float
    seconds: float


@dataclass(frozen=True, eq=False)
class Path:
    """A polyline with a desired speed at each point.

    Args:
        points: (N, 3) metres; their height is ignored, the terrain gives it.
        speeds_m_s: (N,) desired speed at each point.
        stops: pauses, in any order.
        closed: the last point is joined to the first (walked around once).

    Raises:
        PathError: fewer than two distinct points, a number that is not finite, a speed that is
            not positive, or a stop outside the path.
    """

    points: Floats
    speeds_m_s: Floats
    stops: tuple[Stop, ...] = ()
    closed: bool = False

    def __post_init__(self) -> None:
        points = np.asarray(self.points, np.float64)
        speeds = np.asarray(self.speeds_m_s, np.float64)
        _check_arrays(points, speeds)
        if self.closed and np.any(points[0] != points[-1]):
            points, speeds = np.vstack((points, points[:1])), np.append(speeds, speeds[0])
        moves = np.linalg.norm(np.diff(points[:, [0, 2]], axis=0), axis=1) > 1e-6
        keep = np.concatenate(([True], moves))
        object.__setattr__(self, "points", points[keep])
        object.__setattr__(self, "speeds_m_s", speeds[keep])
        object.__setattr__(self, "stops", tuple(sorted(self.stops, key=lambda stop: stop.at_m)))
        _check_walkable(self)

    @classmethod
    def from_points(
        cls,
        points: Floats | Sequence[Sequence[float]],
        speed_m_s: float = 1.3,
        *,
        closed: bool = False,
        stops: Sequence[Stop] = (),
    ) -> Path:
        """A path walked at one speed."""
        points = np.asarray(points, np.float64)
        return cls(points, np.full(len(points), speed_m_s), tuple(stops), closed)

    @cached_property
    def arc_lengths_m(self) -> Floats:
        """(N,) distance along the ground from the first point."""
        steps = np.linalg.norm(np.diff(self.points[:, [0, 2]], axis=0), axis=1)
        return np.concatenate(([0.0], np.cumsum(steps)))

    @property
    def length_m(self) -> float:
        """Length along the ground."""
        return float(self.arc_lengths_m[-1])

    def positions(self, distances_m: Floats) -> Floats:
        """(…,) arc lengths to ground positions (…, 2) as x, z; clamped to the ends."""
        arcs = self.arc_lengths_m
        return np.stack([np.interp(distances_m, arcs, self.points[:, n]) for n in (0, 2)], axis=-1)

    def speeds(self, distances_m: Floats) -> Floats:
        """(…,) arc lengths to desired speeds (…,)."""
        return np.asarray(np.interp(distances_m, self.arc_lengths_m, self.speeds_m_s))

    def scaled(self, factor: float) -> Path:
        """The same path for a character ``factor`` times as large; times stay, lengths scale."""
        stops = tuple(Stop(stop.at_m * factor, stop.seconds) for stop in self.stops)
        return Path(self.points * factor, self.speeds_m_s * factor, stops, self.closed)


def _check_arrays(points: Floats, speeds: Floats) -> None:
    if points.ndim != 2 or points.shape[1] != 3 or len(points) < 2:
        raise PathError(f"a path needs at least two points (N, 3); found shape {points.shape}")
    if speeds.shape != (len(points),):
        raise PathError(
            f"expected one speed for each of {len(points)} points; found {speeds.shape}"
        )
    if not (np.isfinite(points).all() and np.isfinite(speeds).all()):
        raise PathError("a point or speed of the path is not a finite number")
    if speeds.min() <= 0:
        raise PathError(f"speed must be above 0 m/s; found {speeds.min():g}. Use a stop to wait")


def _check_walkable(path: Path) -> None:
    if len(path.points) < 2:
        raise PathError("the path has no length on the ground. Draw a longer curve")
    for stop in path.stops:
        if not (0 <= stop.at_m <= path.length_m and 0 <= stop.seconds < 3600):
            raise PathError(
                f"a stop of {stop.seconds:g} s at {stop.at_m:g} m does not lie on the path, "
                f"which is {path.length_m:.2f} m long"
            )
