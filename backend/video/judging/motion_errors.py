"""What single poses do not show: trembling, pops, lateness, and bones that change their length."""

from __future__ import annotations

from typing import Final

import numpy as np

from backend.motion_quality.windows import joint_jerk
from blender_addon.core.maths.segments import Segments
from blender_addon.core.video.points import BONES, JOINTS

from .truth import Reals, about_hips

_LIMBS: Final = [(JOINTS.index(a), JOINTS.index(b)) for a, b in BONES]
_LAGS: Final = 6
"""Frames by which a motion may be early or late and still be found so."""
_SHORTEST: Final = 9
"""Frames of a stretch below which nothing can be said of its jerk."""


def stretches(found_m: Reals) -> list[slice]:
    """Runs of frames, nine or more each, of which a system says something."""
    spans = Segments.of(len(found_m)).spans(np.isfinite(found_m).all(axis=(1, 2)))
    spans = spans[spans.lengths >= _SHORTEST]
    return [slice(*pair) for pair in zip(spans.starts, spans.stops, strict=True)]


def jerk_ratio(found_m: Reals, true_m: Reals, rate_hz: float) -> float | None:
    """Mean jerk of the joints over the true motion's; 1 is as calm as the person was.

    Args:
        found_m, true_m: (T, J, 3) in the same axes; rate_hz their frames a second.

    Returns:
        None where no stretch is long enough.
    """
    parts = stretches(found_m)
    if not parts:
        return None
    ours = np.concatenate([joint_jerk(found_m[part], rate_hz) for part in parts])
    true = np.concatenate([joint_jerk(true_m[part], rate_hz) for part in parts])
    return float(ours.mean() / max(true.mean(), 1e-9))


def pop_ratio(found_m: Reals, true_m: Reals, rate_hz: float) -> float | None:
    """Largest acceleration of any joint over the true motion's largest: a pop is far above 1."""
    parts = stretches(found_m)
    if not parts:
        return None
    ours, true = (
        max(float(_accelerations(each[part], rate_hz).max()) for part in parts)
        for each in (found_m, true_m)
    )
    return ours / max(true, 1e-9)


def _accelerations(joints_m: Reals, rate_hz: float) -> Reals:
    second = np.diff(joints_m, 2, axis=0) * rate_hz**2
    return np.asarray(np.linalg.norm(second, axis=-1))


def lag_frames(found_m: Reals, true_m: Reals) -> float | None:
    """Frames by which the found motion comes after the true one; negative where it is ahead.

    The shift, to a fraction of a frame, at which the speeds of all joints about the hips correlate
    best.
    """
    parts = [part for part in stretches(found_m) if part.stop - part.start > 4 * _LAGS]
    if not parts:
        return None
    part = max(parts, key=lambda each: each.stop - each.start)
    ours, true = (np.diff(about_hips(each[part]), axis=0) for each in (found_m, true_m))
    shifts = np.arange(-_LAGS, _LAGS + 1)
    likeness = np.array([_likeness(ours, true, int(shift)) for shift in shifts])
    best = int(np.clip(likeness.argmax(), 1, len(shifts) - 2))
    before, here, after = likeness[best - 1 : best + 2]
    bend = before - 2.0 * here + after
    return float(shifts[best] + (0.5 * (before - after) / bend if bend < 0.0 else 0.0))


def _likeness(ours: Reals, true: Reals, shift: int) -> float:
    """Correlation of ours with the truth of ``shift`` frames earlier, over the same middle."""
    ours = ours[_LAGS : len(ours) - _LAGS]
    true = true[_LAGS - shift : len(true) - _LAGS - shift]
    size = np.sqrt((ours**2).sum() * (true**2).sum())
    return float((ours * true).sum() / max(size, 1e-12))


def bone_drift(joints_m: Reals) -> float | None:
    """How much bones change their length in a shot: (p95 − p5) / median, mean over the bones."""
    known = joints_m[np.isfinite(joints_m).all(axis=(1, 2))]
    if not len(known):
        return None
    lengths = np.stack([np.linalg.norm(known[:, a] - known[:, b], axis=-1) for a, b in _LIMBS])
    low, middle, high = np.percentile(lengths, (5, 50, 95), axis=1)
    return float(((high - low) / np.maximum(middle, 1e-9)).mean())
