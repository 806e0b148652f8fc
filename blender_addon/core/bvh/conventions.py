"""What a BVH file leaves unsaid: how long its unit is, and which axis is up."""

from __future__ import annotations

from typing import Final

import numpy as np

from ..conventions import Floats
from ..motion.clip import MotionClip
from ..motion.skeleton import Skeleton

_UNITS_M: Final = (1.0, 0.01, 0.0254, 0.001)
"""Metres, centimetres, inches, millimetres, the likelier first."""
_LEAST_M: Final = 1.0
_MOST_M: Final = 2.4
"""Between the lowest and the highest joint of a person."""
_USUAL_M: Final = 1.65
_CLEARLY: Final = 1.3


def guess_metres_per_unit(skeleton: Skeleton) -> float:
    """How long the unit of a skeleton's lengths is, from how tall a person is.

    Args:
        skeleton: as in the file, Y up.

    Returns:
        Metres in one unit: of a usual unit if the person has a likely height then, else as long as
        makes it a person of usual height.
    """
    height = _extents(skeleton)[1]
    if height <= 0.0:
        return 1.0
    likely = (each for each in _UNITS_M if _LEAST_M <= each * height <= _MOST_M)
    return next(likely, _USUAL_M / height)


def with_y_up(clip: MotionClip) -> MotionClip:
    """A clip whose skeleton at rest clearly stands along Z laid so that Y is up; else the same."""
    _, y, z = _extents(clip.skeleton)
    if z <= _CLEARLY * y:
        return clip
    skeleton = clip.skeleton
    ends = {name: (end[0], end[2], -end[1]) for name, end in skeleton.ends.items()}
    turns = clip.rotations_wxyz
    return MotionClip(
        Skeleton(skeleton.names, skeleton.parents, _laid(skeleton.offsets), ends),
        clip.frame_rate_hz,
        _laid(clip.root_positions),
        np.concatenate((turns[..., :1], _laid(turns[..., 1:])), axis=-1),
    )


def scaled_clip(clip: MotionClip, factor: float) -> MotionClip:
    """The same motion of a skeleton so many times as large."""
    return MotionClip(
        clip.skeleton.scaled(factor),
        clip.frame_rate_hz,
        clip.root_positions * np.float32(factor),
        clip.rotations_wxyz,
    )


def _laid(vectors: Floats) -> Floats:
    """Vectors (..., 3) from Z up to Y up."""
    return np.stack((vectors[..., 0], vectors[..., 2], -vectors[..., 1]), axis=-1)


def _extents(skeleton: Skeleton) -> list[float]:
    rest = skeleton.rest_positions()
    tips = [rest[skeleton.index(name)] + np.array(end) for name, end in skeleton.ends.items()]
    points = np.concatenate((rest, np.array(tips, np.float32).reshape(-1, 3)))
    return [float(each) for each in np.ptp(points, axis=0)]
