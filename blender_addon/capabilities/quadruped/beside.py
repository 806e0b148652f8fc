"""A path beside another, for animals that go side by side."""

from __future__ import annotations

import numpy as np

from ...core.ground.path import Path, Stop


def path_beside(path: Path, aside_m: float) -> Path:
    """The same way so far to the side.

    Where it turns more tightly than that, the inner path takes the corner at once.

    Args:
        path: N points.
        aside_m: to the left where positive.
    """
    steps = np.diff(path.points[:, [0, 2]], axis=0)
    along = steps / np.linalg.norm(steps, axis=1, keepdims=True)
    tangents = np.concatenate((along[:1], along[:-1] + along[1:], along[-1:]))
    if path.closed:
        tangents[[0, -1]] = along[0] + along[-1]
    tangents /= np.maximum(np.linalg.norm(tangents, axis=1, keepdims=True), 1e-9)
    points = np.array(path.points, np.float64)
    points[:, 0] += aside_m * tangents[:, 1]
    points[:, 2] -= aside_m * tangents[:, 0]
    kept = _onward(points, along)
    beside = Path(points[kept], path.speeds_m_s[kept])
    factor = beside.length_m / path.length_m
    stops = tuple(Stop(stop.at_m * factor, stop.seconds) for stop in path.stops)
    return Path(beside.points, beside.speeds_m_s, stops)


def _onward(points: np.ndarray, along: np.ndarray) -> list[int]:
    """Numbers of the points that lead on, not back, as the path does there; at least its ends."""
    kept = [0]
    for number in range(1, len(points)):
        step = (points[number] - points[kept[-1]])[[0, 2]]
        if step @ along[number - 1] > 0:
            kept.append(number)
    if kept[-1] != len(points) - 1:
        kept = [*kept[:-1], len(points) - 1] if len(kept) > 1 else [0, len(points) - 1]
    return kept
