"""Position error, acceleration and jerk of gestures, as their literature measures them.

All three are of joint positions seen from the character (``poses.seen_positions``), in centimetres:
the mean over joints and frames of the length of the difference, of the second and of the third
finite difference times the frame rate squared and cubed. Means and standard deviations are over
sequences of equal length.

Source: Kucherenko et al. 2020, Moving Fast and Slow, §6.1, average position error, acceleration and
jerk; here for all joints of the body and not of the upper body alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from blender_addon.core.errors import ClipError

from .poses import Reals

CENTIMETRES: Final = 100.0
SEQUENCE_S: Final = 6.0


@dataclass(frozen=True)
class Spread:
    """Mean and standard deviation over sequences."""

    mean: float
    sd: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Of one value for each sequence; the deviation is that of these values themselves."""
        return cls(float(np.mean(values)), float(np.std(values)))


def position_error_cm(generated_m: Reals, recorded_m: Reals) -> float:
    """Mean distance of joints (T, J, 3) from where they were recorded, cm.

    Raises:
        ClipError: the two are not of one length or not of the same joints.
    """
    if generated_m.shape != recorded_m.shape:
        raise ClipError(
            f"expected positions of one shape; found {generated_m.shape} and {recorded_m.shape}. "
            "Cut both to the same frames"
        )
    return float(np.linalg.norm(generated_m - recorded_m, axis=-1).mean() * CENTIMETRES)


def acceleration_cm_s2(positions_m: Reals, frame_rate_hz: float) -> float:
    """Mean length of the joints' acceleration, cm/s²; positions (T, J, 3), T at least 3."""
    return _difference(positions_m, frame_rate_hz, 2)


def jerk_cm_s3(positions_m: Reals, frame_rate_hz: float) -> float:
    """Mean length of the joints' jerk, cm/s³; positions (T, J, 3), T at least 4."""
    return _difference(positions_m, frame_rate_hz, 3)


def _difference(positions_m: Reals, frame_rate_hz: float, order: int) -> float:
    if len(positions_m) <= order:
        raise ClipError(f"expected more than {order} frames; found {len(positions_m)}")
    changes = np.diff(positions_m, n=order, axis=0) * frame_rate_hz**order
    return float(np.linalg.norm(changes, axis=-1).mean() * CENTIMETRES)


def sequences(frames: int, frame_rate_hz: float, length_s: float = SEQUENCE_S) -> list[slice]:
    """Stretches of equal length, one after the other; a shorter rest at the end is left out.

    A motion shorter than one such stretch is one sequence.
    """
    width = round(length_s * frame_rate_hz)
    if frames < width:
        return [slice(0, frames)]
    return [slice(start, start + width) for start in range(0, frames - width + 1, width)]
