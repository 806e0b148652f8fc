"""A number that may change over time: one value, or one for each frame."""

from __future__ import annotations

import numpy as np

from ..conventions import Floats
from ..errors import SettingsError

Curve = float | Floats


def as_curve(value: Curve, frame_count: int, what: str) -> Floats:
    """A number or a curve as (T,) float32; SettingsError if it is neither."""
    curve = np.asarray(value, np.float32)
    if curve.shape not in ((), (frame_count,)) or not np.isfinite(curve).all():
        raise SettingsError(
            f"{what} must be one number or one for each of the {frame_count} frames, all finite; "
            f"found an array of shape {curve.shape}"
        )
    return np.broadcast_to(curve, (frame_count,))
