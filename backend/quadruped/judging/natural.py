"""How near a motion of four feet is to a reference: to dogs, or to held-out synthesis.

As ``backend/motion_quality``: windows of half a second, 5 instants, positions and velocities,
seen along the heading, on the reference's principal components, re-weighted to the same speeds.
Here only feet, hip joints, base of the neck and head are seen, as recordings have no more, and a
length of 100 is a hip height.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from scipy.interpolate import CubicSpline

from backend.motion_quality.naturalness import ALL_COMPONENTS, NaturalnessReference
from backend.motion_quality.windows import (
    INSTANTS,
    WINDOW_S,
    Windows,
    join_windows,
    joint_jerk,
)
from blender_addon.core.quadruped.body import MODEL_HIP_HEIGHT_M

from .animal import AnimalMotion, Reals

STEP_S: Final = 0.1
BLOCK_S: Final = 5.0
RATE_HZ: Final = 60.0
_OTHER_SIDE: Final = (2, 3, 0, 1, 5, 4)
"""Of the seen points: each foot's and hip joint's partner."""
NATURAL_KEYS: Final = ("frechet", "frechet_mean", "frechet_spread", "frechet_full", "jerk_ratio")


def windows_of(motion: AnimalMotion, head: bool = True) -> Windows:
    """All half seconds of a motion, one every 0.1 s.

    Args:
        motion: of any rate.
        head: whether the head is seen; a reference without heads is judged by without them.
    """
    points = _seen(motion, head)
    poses = _features(points, motion)
    last = (motion.frame_count - 1) / motion.rate_hz
    starts = np.arange(0.0, max(last - WINDOW_S, 0.0), STEP_S)
    times = starts[:, None] + np.linspace(0.0, WINDOW_S, INSTANTS)
    frames = np.round(times * motion.rate_hz).astype(np.int64)
    frames = np.minimum(frames, motion.frame_count - 1)
    place = motion.root[:, :2] / MODEL_HIP_HEIGHT_M
    moved = np.linalg.norm(place[frames[:, -1]] - place[frames[:, 0]], axis=-1)
    middle = frames[:, INSTANTS // 2]
    return Windows(
        poses[frames].reshape(len(starts), INSTANTS * poses.shape[1]),
        np.asarray(moved / WINDOW_S),
        _jerk(points, motion.rate_hz)[middle],
    )


def both_sides(windows: Windows) -> Windows:
    """Windows and their mirror images: a gallop on the left lead is as natural as on the right."""
    shape = (len(windows.features), INSTANTS, 2, -1, 3)
    parts = windows.features.reshape(shape)
    order = [*_OTHER_SIDE, *range(len(_OTHER_SIDE), parts.shape[3])]
    mirrored = parts[:, :, :, order] * np.array([-1.0, 1.0, 1.0])
    other = Windows(mirrored.reshape(windows.features.shape), windows.speeds_m_s, windows.jerks)
    return join_windows([windows, other])


def _seen(motion: AnimalMotion, head: bool) -> Reals:
    """(T, 7 or 8, 3) in hip heights."""
    parts = [motion.feet_m, motion.hips_m, motion.neck_m[:, None]]
    if head:
        if motion.head_m is None:
            raise ValueError(f"{motion.name} has no head")
        parts.append(motion.head_m[:, None])
    return np.concatenate(parts, axis=1) / MODEL_HIP_HEIGHT_M


def _features(points: Reals, motion: AnimalMotion) -> Reals:
    """(T, 6 J) positions from the root's place on the ground, and velocities, along its heading."""
    root = motion.root
    origin = np.stack((root[:, 0], motion.under_m, root[:, 1]), axis=-1) / MODEL_HIP_HEIGHT_M
    sine, cosine = np.sin(root[:, 2])[:, None], np.cos(root[:, 2])[:, None]
    velocities = np.gradient(points, axis=0) * motion.rate_hz
    both = [_turned(each, sine, cosine) for each in (points - origin[:, None], velocities)]
    return np.concatenate(both, axis=1).reshape(len(points), -1)


def _turned(vectors: Reals, sine: Reals, cosine: Reals) -> Reals:
    x, y, z = np.moveaxis(vectors, -1, 0)
    return np.stack((cosine * x - sine * z, y, sine * x + cosine * z), axis=-1)


def _jerk(points: Reals, rate_hz: float) -> Reals:
    """(T,) mean jerk, told at 60 Hz whatever the rate, as it is fitted over 9 frames."""
    count = max(round((len(points) - 1) * RATE_HZ / rate_hz), 1) + 1
    frames = np.linspace(0, len(points) - 1, count)
    # Smooth between the frames: straight lines would have all their jerk in their corners.
    even = points if count == len(points) else CubicSpline(np.arange(len(points)), points)(frames)
    return np.interp(np.arange(len(points)), frames, joint_jerk(even, RATE_HZ))


def reference_of(motions: Sequence[AnimalMotion], head: bool = True) -> NaturalnessReference:
    """What is natural by some motions."""
    return NaturalnessReference.from_windows(all_windows(motions, head))


def measure_naturalness(
    windows: Windows, reference: NaturalnessReference
) -> dict[str, float | None]:
    """Fréchet distance with both terms, that on all components, and the jerk ratio."""
    components = min(ALL_COMPONENTS, reference.projected.shape[1])
    distance = reference.distance(windows)
    full = reference.distance(windows, components)
    return {
        "frechet": distance.total if distance else None,
        "frechet_mean": distance.mean_term if distance else None,
        "frechet_spread": distance.spread_term if distance else None,
        "frechet_full": full.total if full else None,
        "jerk_ratio": reference.jerk_ratio(windows),
    }


def halves(motions: Sequence[AnimalMotion], head: bool) -> tuple[Windows, Windows]:
    """Windows of every other five seconds of every motion, and of those in between."""
    first, second = [], []
    for motion in motions:
        windows = windows_of(motion, head)
        odd = (np.arange(len(windows.speeds_m_s)) * STEP_S // BLOCK_S) % 2 == 1
        first.append(windows.select(~odd))
        second.append(windows.select(odd))
    return both_sides(join_windows(first)), both_sides(join_windows(second))


def all_windows(motions: Sequence[AnimalMotion], head: bool) -> Windows:
    """Windows of several motions and of their mirror images in one heap."""
    return both_sides(join_windows([windows_of(motion, head) for motion in motions]))


def stability_ratio(
    motion: AnimalMotion, reference: NaturalnessReference, head: bool
) -> dict[str, Any]:
    """Naturalness of the last minute over that of the first, standing around them left out.

    Args:
        motion: whose last minute was asked to do the same as its first.
        reference: what is natural.
        head: whether the reference sees heads.

    Returns:
        stability_ratio: None under two minutes; stability_minutes, of the model's time.
    """
    windows = windows_of(motion, head)
    moving = np.flatnonzero(windows.speeds_m_s >= 0.5)
    minute = round(60.0 / STEP_S)
    minutes = motion.frame_count / motion.rate_hz / 60.0
    if len(moving) == 0 or moving[-1] - moving[0] < 1.8 * minute:
        return {"stability_ratio": None, "stability_minutes": minutes}
    place = np.arange(len(windows.speeds_m_s))
    first = windows.select((place >= moving[0]) & (place < moving[0] + minute))
    last = windows.select((place <= moving[-1]) & (place > moving[-1] - minute))
    before, after = (reference.distance(both_sides(part)) for part in (first, last))
    ratio = after.total / before.total if before and after else None
    return {"stability_ratio": ratio, "stability_minutes": minutes}
