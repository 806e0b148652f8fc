"""The angles by which a clinician would describe a pose, and mean strides made of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from backend.motion_quality.frechet import Reals

from .motion import SIDES, Motion
from .steps import Stride

PHASES = 32


def pose_angles(motion: Motion) -> Reals:
    """(T, 18) degrees, seen along the heading.

    Of each side: thigh and upper arm forward and aside, knee, ankle, elbow; then trunk (spine to
    neck) and head (neck to head) forward and aside.
    """
    columns = []
    for side in SIDES:
        columns += [
            *_hangs(motion, side + "UpLeg", side + "Leg"),
            *_hangs(motion, side + "Arm", side + "ForeArm"),
            motion.bend(side, ("Arm", "ForeArm"), ("ForeArm", "Hand")),
        ]
    columns += [*motion.knees.T, *motion.ankles.T]
    columns += [*leans(motion, "Spine", "Neck"), *leans(motion, "Neck", "Head")]
    return np.stack(columns, axis=-1)


def leans(motion: Motion, low: str, high: str) -> tuple[Reals, Reals]:
    """(T,) twice: how far a joint is over another forward and to the left, degrees from upright."""
    ahead, left, up = _seen(motion, motion.joint(high) - motion.joint(low))
    return np.degrees(np.arctan2(ahead, up)), np.degrees(np.arctan2(left, up))


def arm_angle(motion: Motion, side: str) -> Reals:
    """(T,) the upper arm forward, degrees from hanging."""
    return _hangs(motion, side + "Arm", side + "ForeArm")[0]


def _hangs(motion: Motion, high: str, low: str) -> tuple[Reals, Reals]:
    ahead, left, up = _seen(motion, motion.joint(low) - motion.joint(high))
    forward = np.degrees(np.arctan2(ahead, -up))
    return forward, np.degrees(np.arctan2(left, np.hypot(ahead, up)))


def _seen(motion: Motion, ways: Reals) -> tuple[Reals, Reals, Reals]:
    """(T, 3) vectors as forward, left and up."""
    sine, cosine = motion.ahead.T
    x, y, z = ways.T
    return x * sine + z * cosine, x * cosine - z * sine, y


def cut_stride(values: Reals, stride: Stride) -> Reals:
    """(T, C) to (32, C) over one stride."""
    at = np.linspace(stride.start, stride.stop, PHASES, endpoint=False)
    frames = np.arange(len(values))
    return np.stack([np.interp(at, frames, column) for column in values.T], axis=-1)


def mean_stride(values: Reals, strides: Sequence[Stride]) -> Reals:
    """(32, C) mean over at least one stride."""
    return np.asarray(np.mean([cut_stride(values, stride) for stride in strides], axis=0))
