"""Numbers that say how well a walk was made: is it on its path, and do its feet hold.

All take joint positions, so any motion can be measured, ours or another's. The four foot joints
come in the order of contacts: left heel, left toe, right heel, right toe (heel = ankle joint).
Each function returns values per frame too, so that a caller can pool walking and running apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import ClipError, PathError

NEAR_GROUND_M: Final = 0.025
SMOOTHING_S: Final = 0.5
SETTLING_S: Final = 1.0
_SEARCH_M: Final = 0.5
_PATH_SPACING_M: Final = 0.02

Doubles = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PathDeviation:
    """How far a root strayed from its path.

    Args:
        distances_m: (T,) horizontal distance of the smoothed root to the path; the first second is
            NaN, because a character may start beside its path.
        progress_m: (T,) distance along the path reached so far, never decreasing.
        length_m: length of the path.
    """

    distances_m: Doubles
    progress_m: Doubles
    length_m: float

    @property
    def mean_m(self) -> float:
        """Mean over the frames that count."""
        return float(np.nanmean(self.distances_m))

    @property
    def p95_m(self) -> float:
        """95th percentile over the frames that count."""
        return float(np.nanpercentile(self.distances_m, 95))

    def completed(self, within_m: float = 0.3) -> bool:
        """Whether the root came within ``within_m`` of the path's end, along the path."""
        return bool(self.progress_m[-1] >= self.length_m - within_m)


def path_deviation(
    root_positions_xz: ArrayLike, path_points_xz: ArrayLike, frame_rate_hz: float
) -> PathDeviation:
    """Horizontal distance of the root, smoothed over 0.5 s, to the path.

    Only the half metre of path before and after the progress made so far is looked at, so a path
    that crosses itself or comes back is no help to a character that took a short cut.

    Args:
        root_positions_xz: (T, 2) metres.
        path_points_xz: (N, 2) polyline, metres; a closed path repeats its first point at the end.
        frame_rate_hz: frames per second.

    Returns:
        Distances and progress per frame, with mean and percentile.

    Raises:
        ClipError: not longer than the first second, which does not count.
        PathError: the path has no length.
    """
    root = np.asarray(root_positions_xz, np.float64)
    settling = round(SETTLING_S * frame_rate_hz)
    if len(root) <= settling:
        raise ClipError(
            f"path deviation counts from {SETTLING_S} s on; the motion has {len(root)} frames at "
            f"{frame_rate_hz} Hz; give a longer one"
        )
    path, along = _resample_path(np.asarray(path_points_xz, np.float64))
    smooth = moving_average(root, round(SMOOTHING_S * frame_rate_hz))
    distances, progress = _follow(smooth, path, along)
    distances[:settling] = np.nan
    return PathDeviation(distances, progress, float(along[-1]))


def moving_average(values: Doubles, width_frames: int) -> Doubles:
    """Mean over a centred window along time (T, C); near the ends the window shrinks evenly."""
    half = max(width_frames // 2, 0)
    frames = np.arange(len(values))
    reach = np.minimum(half, np.minimum(frames, frames[::-1]))
    sums = np.concatenate((np.zeros((1, values.shape[1])), np.cumsum(values, axis=0)))
    means: Doubles = (sums[frames + reach + 1] - sums[frames - reach]) / (2 * reach + 1)[:, None]
    return means


def _resample_path(points: Doubles) -> tuple[Doubles, Doubles]:
    lengths = np.linalg.norm(np.diff(points, axis=0), axis=-1)
    along = np.concatenate(([0.0], np.cumsum(lengths)))
    if not (np.isfinite(along[-1]) and along[-1] > 0):
        raise PathError(f"a path needs a positive, finite length; found {along[-1]} m")
    count = max(int(np.ceil(along[-1] / _PATH_SPACING_M)), 1) + 1
    even = np.linspace(0.0, along[-1], count)
    return np.stack([np.interp(even, along, points[:, c]) for c in (0, 1)], axis=-1), even


def _follow(root: Doubles, path: Doubles, along: Doubles) -> tuple[Doubles, Doubles]:
    """Distance to the path near the progress, and that progress, for every frame."""
    step = along[1]
    reach = int(np.ceil(_SEARCH_M / step))
    distances, progress = np.empty(len(root)), np.empty(len(root))
    reached = 0.0
    for frame, place in enumerate(root):
        here = int(reached / step)
        low, high = max(here - reach, 0), min(here + reach, len(path) - 1)
        start, span = path[low:high], np.diff(path[low : high + 1], axis=0)
        # Foot of the perpendicular on each little segment, held inside it.
        share = np.sum((place - start) * span, axis=-1) / (step * step)
        share = np.clip(share, 0.0, 1.0)
        gaps = np.linalg.norm(place - start - share[:, None] * span, axis=-1)
        best = int(np.argmin(gaps))
        distances[frame] = gaps[best]
        reached = max(reached, along[low + best] + share[best] * step)
        progress[frame] = reached
    return distances, progress


@dataclass(frozen=True, eq=False)
class PerFrame:
    """A measure over the frames of a motion; NaN where it says nothing.

    Args:
        values: one value per frame (or per frame and joint), SI units.
    """

    values: Doubles

    @property
    def mean(self) -> float:
        """Mean over the frames that count; 0 if none does."""
        counted = self.values[np.isfinite(self.values)]
        return float(counted.mean()) if counted.size else 0.0

    @property
    def largest(self) -> float:
        """Largest over the frames that count; 0 if none does."""
        counted = self.values[np.isfinite(self.values)]
        return float(counted.max()) if counted.size else 0.0


def heights_over_ground(
    foot_positions: ArrayLike, ground_heights: ArrayLike, planted_heights: ArrayLike
) -> Doubles:
    """How far heels and toes are above where they stand when planted.

    Args:
        foot_positions: (T, 4, 3) metres, Y up.
        ground_heights: (T, 4) height of the terrain under each joint, metres.
        planted_heights: (4,) height of each joint over the ground when it is planted, metres.

    Returns:
        (T, 4) metres, negative below the ground.
    """
    feet = np.asarray(foot_positions, np.float64)
    ground = np.asarray(ground_heights, np.float64)
    heights: Doubles = feet[..., 1] - ground - np.asarray(planted_heights, np.float64)
    return heights


def slip_speed(foot_positions: ArrayLike, heights_m: ArrayLike, frame_rate_hz: float) -> PerFrame:
    """Horizontal speed of the slowest heel or toe near the ground: the joint that carries.

    Args:
        foot_positions: (T, 4, 3) metres, Y up.
        heights_m: (T, 4) from ``heights_over_ground``.
        frame_rate_hz: frames per second.

    Returns:
        (T − 1,) metres per second from each frame to the next; NaN while every joint is more
        than 2.5 cm up.
    """
    speeds = _horizontal_speeds(foot_positions, frame_rate_hz)
    low = np.asarray(heights_m)[:-1] < NEAR_GROUND_M
    slowest = np.min(np.where(low, speeds, np.inf), axis=-1)
    return PerFrame(np.where(low.any(axis=-1), slowest, np.nan))


def skate_speed(foot_positions: ArrayLike, heights_m: ArrayLike, frame_rate_hz: float) -> PerFrame:
    """Horizontal speed of every heel and toe near the ground, (T − 1, 4) metres per second.

    Takes what ``slip_speed`` takes. Counts a swinging foot's low pass as skating, so real walking
    is far from zero.
    """
    speeds = _horizontal_speeds(foot_positions, frame_rate_hz)
    return PerFrame(np.where(np.asarray(heights_m)[:-1] < NEAR_GROUND_M, speeds, np.nan))


def weighted_skate_speed(
    foot_positions: ArrayLike, heights_m: ArrayLike, frame_rate_hz: float
) -> PerFrame:
    """Skating weighted by nearness to the ground, v·(2 − 2^(h / 2.5 cm)), (T − 1, 4).

    Takes what ``slip_speed`` takes; h is held within 0 … 2.5 cm, so a high joint counts as zero.

    Source: Zhang et al. 2018, Mode-Adaptive Neural Networks for Quadruped Motion Control, §8.
    """
    speeds = _horizontal_speeds(foot_positions, frame_rate_hz)
    share = np.clip(np.asarray(heights_m, np.float64)[:-1] / NEAR_GROUND_M, 0.0, 1.0)
    return PerFrame(speeds * (2.0 - 2.0**share))


def penetration(heights_m: ArrayLike) -> PerFrame:
    """Depth (T, 4) in metres of heels and toes below the ground; 0 above it.

    Args:
        heights_m: (T, 4) from ``heights_over_ground``.
    """
    return PerFrame(np.maximum(-np.asarray(heights_m, np.float64), 0.0))


def estimate_planted_heights(
    foot_positions: ArrayLike, ground_heights: ArrayLike, frame_rate_hz: float
) -> Doubles:
    """Height of each heel and toe over the ground when it is planted, seen from the motion itself.

    For motion whose skeleton's soles are not known, as from a foreign BVH file.

    Args:
        foot_positions: (T, 4, 3) metres, Y up.
        ground_heights: (T, 4) metres.
        frame_rate_hz: frames per second.

    Returns:
        (4,) metres: median height among the slowest fifth of the frames.
    """
    feet = np.asarray(foot_positions, np.float64)
    heights = (feet[..., 1] - np.asarray(ground_heights, np.float64))[:-1]
    speeds = np.linalg.norm(np.diff(feet, axis=0), axis=-1) * frame_rate_hz
    slow = speeds <= np.quantile(speeds, 0.2, axis=0)
    return np.array([np.median(heights[slow[:, j], j]) for j in range(feet.shape[1])])


def _horizontal_speeds(positions: ArrayLike, frame_rate_hz: float) -> Doubles:
    steps = np.diff(np.asarray(positions, np.float64)[..., [0, 2]], axis=0)
    speeds: Doubles = np.linalg.norm(steps, axis=-1) * frame_rate_hz
    return speeds
