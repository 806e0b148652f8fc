"""Curves that the hips follow, in the space and size of the common skeleton."""

from __future__ import annotations

import bpy
import numpy as np
from numpy.typing import NDArray

from ...blender.ground.line import read_line
from ...blender.rig.take import Take
from ...core.conventions import Floats

Array = NDArray[np.float64]


def read_way(
    context: bpy.types.Context, curve: bpy.types.Object, take: Take
) -> tuple[Floats, tuple[str, ...]]:
    """(N, 3) points of a curve as the common skeleton would go along them, and what to tell.

    Raises:
        PathError: it is no curve, or has no length.
    """
    line = read_line(context, curve)
    points = np.asarray(line.points, np.float64)
    if line.closed and np.any(points[0] != points[-1]):
        points = np.vstack((points, points[:1]))
    return ((points - take.origin) / take.ratio).astype(np.float32), tuple(line.notes)


def way_through(take: Take, points: Floats, first: int, last: int) -> Floats:
    """(T, 3) where the hips go on every frame: along a curve between two, else as they did.

    The curve is gone along evenly, from the end that lies nearer to the first pose. Where it does
    not begin and end at the two poses it is moved and, more and more along it, moved further, so
    that it does.

    Args:
        take: with the frames around.
        points: (N, 3) of the curve.
        first, last: frames of the two poses.
    """
    hips = take.common.root_positions[:, :3].astype(np.float64)
    share = np.clip((take.frames - first) / (last - first), 0.0, 1.0)
    begin, end = (int(np.searchsorted(take.frames, frame)) for frame in (first, last))
    if _is_reversed(points, hips[begin], hips[end]):
        points = points[::-1]
    steps = np.linalg.norm(np.diff(points[:, [0, 2]], axis=0), axis=1)
    along = np.concatenate(([0.0], np.cumsum(steps)))
    at = share * along[-1]
    way = np.stack([np.interp(at, along, points[:, n]) for n in range(3)], axis=1)
    offsets = hips[begin] - way[begin], hips[end] - way[end]
    way += (1.0 - share)[:, None] * offsets[0] + share[:, None] * offsets[1]
    inside = (take.frames >= first) & (take.frames <= last)
    way[~inside] = hips[~inside]
    return np.asarray(way, np.float32)


def _is_reversed(points: Floats, begin: Array, end: Array) -> bool:
    """Whether a curve leads from the second pose to the first."""

    def far(one: Array, other: Array) -> float:
        return float(np.hypot(*(one - other)[[0, 2]]))

    as_drawn = far(points[0], begin) + far(points[-1], end)
    return far(points[-1], begin) + far(points[0], end) < as_drawn
