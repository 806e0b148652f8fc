"""How feet hold the ground: slip, skate, glide, floating and sinking, in the model's world."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

from blender_addon.core.conventions import Bools
from blender_addon.core.feet.contacts import spans
from blender_addon.core.quadruped.body import MODEL_HIP_HEIGHT_M
from blender_addon.core.quadruped.gaits import speed_of

from .animal import AnimalMotion, Reals
from .strides import NEAR_GROUND_M, STANDS_BELOW, detect_contacts, foot_speeds

STANDING_M_S: Final = 0.25
WALKS_BELOW_M_S: Final = float(speed_of(0.5))
GALLOPS_FROM_M_S: Final = float(speed_of(2.5))
ZHANG_M: Final = 0.025
GLIDE_HEIGHT_M: Final = 0.008
"""As low as a person's heel and toe were asked to be: a foot that has not left the ground."""
GLIDE_M: Final = 0.08 * MODEL_HIP_HEIGHT_M
_PERCENTILE: Final = 95
_HUMP_M: Final = 0.015 * MODEL_HIP_HEIGHT_M


def frame_speeds(motion: AnimalMotion) -> Reals:
    """(T − 1, 4) horizontal speed of each foot from a frame to the next."""
    steps = np.diff(motion.feet_m[..., [0, 2]], axis=0)
    return np.asarray(np.linalg.norm(steps, axis=-1) * motion.rate_hz)


def slip(motion: AnimalMotion) -> Reals:
    """(T − 1,) speed of the slowest foot near the ground, the one that carries; NaN in the air."""
    low = motion.heights_m[:-1] < NEAR_GROUND_M
    slowest = np.min(np.where(low, frame_speeds(motion), np.inf), axis=1)
    return np.where(low.any(axis=1), slowest, np.nan)


def zhang_skate(motion: AnimalMotion) -> Reals:
    """(T − 1, 4) v (2 − 2^(H / 2.5 cm)), H held within 0 and 2.5 cm.

    Source: Zhang et al. 2018, section 8.
    """
    share = np.clip(motion.heights_m[:-1] / ZHANG_M, 0.0, 1.0)
    return np.asarray(frame_speeds(motion) * (2.0 - 2.0**share))


def flat_glides(motion: AnimalMotion) -> Reals:
    """(N,) way of each foot over the ground while it is not lifted, one for each time it is down.

    Each foot on its own: one that slides while another carries is what the slip does not see.
    """
    low = motion.heights_m < GLIDE_HEIGHT_M
    ways = frame_speeds(motion) / motion.rate_hz
    found = [
        ways[start : stop - 1, foot].sum()
        for foot in range(4)
        for start, stop in spans(low[:, foot])
    ]
    return np.array(found, np.float64)


def label_drifts(motion: AnimalMotion) -> Reals:
    """(N,) how far a foot moves in a stance, by the motion's own account."""
    labels = motion.labels
    if labels is None:
        return np.zeros(0)
    flat = motion.feet_m[..., [0, 2]]
    found = [
        np.linalg.norm(flat[start:stop, foot] - flat[start, foot], axis=-1).max()
        for foot in range(4)
        for start, stop in spans(labels[:, foot])
    ]
    return np.array(found, np.float64)


def label_heights(motion: AnimalMotion) -> Reals:
    """(N,) height over the ground (below: negative) of feet that carry by the motion's account."""
    if motion.labels is None:
        return np.zeros(0)
    return motion.heights_m[motion.labels.astype(bool)]


def clearances(motion: AnimalMotion) -> Reals:
    """(N,) greatest height of each foot in each swing, while the animal moves."""
    air, moving = ~detect_contacts(motion), motion.speeds_m_s > STANDING_M_S
    found = [
        motion.heights_m[start:stop, foot].max()
        for foot in range(4)
        for start, stop in spans(air[:, foot] & moving)
        if stop - start > 2
    ]
    return np.array(found, np.float64)


def hovering(motion: AnimalMotion) -> Reals:
    """(4,) part of the moving frames in which each foot is as slow as one that stands, but up.

    What a foot does that is held off the ground to look lifted: it stands in the air.
    """
    moving = motion.speeds_m_s > STANDING_M_S
    slow = foot_speeds(motion) < STANDS_BELOW * motion.speeds_m_s[:, None]
    up = motion.heights_m > NEAR_GROUND_M
    if not moving.any():
        return np.zeros(4)
    return np.asarray((slow & up)[moving].mean(axis=0))


def humps(motion: AnimalMotion) -> Bools:
    """(N,) whether a foot, in a swing while the animal moves, comes down twice."""
    air, moving = ~detect_contacts(motion), motion.speeds_m_s > STANDING_M_S
    found = []
    for foot in range(4):
        for start, stop in spans(air[:, foot] & moving):
            height = motion.heights_m[start:stop, foot]
            fallen = np.maximum.accumulate(height) - height
            risen = height - np.minimum.accumulate(height)
            deepest = int(np.argmax(np.minimum(fallen, _rise_after(height))))
            both = min(fallen[deepest], _rise_after(height)[deepest])
            if stop - start > 4 and risen.max() > _HUMP_M:
                found.append(bool(both > _HUMP_M))
    return np.array(found, bool)


def _rise_after(height: Reals) -> Reals:
    """(T,) how much higher than now a foot still comes."""
    return np.asarray(np.maximum.accumulate(height[::-1])[::-1] - height)


def measure_feet(motions: Sequence[AnimalMotion]) -> dict[str, Any]:
    """The feet of a row: mean slips, skate, share of walks that glide, floating, sinking."""
    speeds = _join([m.speeds_m_s[:-1] for m in motions])
    slips = _join([slip(m) for m in motions])
    skate = np.concatenate([zhang_skate(m) for m in motions]) if motions else np.zeros((0, 4))
    walking = (speeds >= STANDING_M_S) & (speeds < WALKS_BELOW_M_S)
    galloping = speeds >= GALLOPS_FROM_M_S
    between = (speeds >= WALKS_BELOW_M_S) & ~galloping
    depth = _join([np.maximum(-m.heights_m, 0.0).ravel() for m in motions])
    return {
        "slip_walk_cm_s": _cm(slips[walking]),
        "slip_trot_cm_s": _cm(slips[between]),
        "slip_gallop_cm_s": _cm(slips[galloping]),
        "slip_stand_cm_s": _cm(slips[speeds < STANDING_M_S]),
        "slip_walk_median_cm_s": _cm(slips[walking], np.median),
        "slip_gallop_median_cm_s": _cm(slips[galloping], np.median),
        "zhang_skate_cm_s": _cm(skate[speeds >= STANDING_M_S].ravel()),
        **_glides(motions),
        **_hovers(motions),
        "clearance_h": _median([clearances(m) for m in motions]),
        "swing_humps_share": _part([humps(m) for m in motions if m.level]),
        "label_drift_p95_h": _share(_join([label_drifts(m) for m in motions])),
        "label_height_p95_h": _share(np.abs(_join([label_heights(m) for m in motions]))),
        "penetration_mean_cm": _cm(depth),
        "penetration_max_cm": _cm(depth, np.max),
    }


def _glides(motions: Sequence[AnimalMotion]) -> dict[str, float | None]:
    """Of motions that never go faster than a walk."""
    walks = [m for m in motions if _only_walks(m)]
    largest = [glides.max() for m in walks if len(glides := flat_glides(m))]
    return {
        "flat_glide_share": float(np.mean(np.array(largest) > GLIDE_M)) if largest else None,
        "flat_glide_max_h": max(largest) / MODEL_HIP_HEIGHT_M if largest else None,
    }


def _only_walks(motion: AnimalMotion) -> bool:
    speeds = motion.speeds_m_s
    return bool(speeds.max() < WALKS_BELOW_M_S and np.percentile(speeds, 75) > STANDING_M_S)


def _hovers(motions: Sequence[AnimalMotion]) -> dict[str, float | None]:
    """Of the motions that walk, and of those that gallop, at their fastest."""
    fastest = [float(np.percentile(m.speeds_m_s, 75)) for m in motions]
    walks = [
        hovering(m).mean() for m, v in zip(motions, fastest, strict=True) if v < WALKS_BELOW_M_S
    ]
    gallops = [
        hovering(m).mean() for m, v in zip(motions, fastest, strict=True) if v >= GALLOPS_FROM_M_S
    ]
    return {
        "hover_walk_share": float(np.mean(walks)) if walks else None,
        "hover_gallop_share": float(np.mean(gallops)) if gallops else None,
    }


def _median(parts: list[Reals]) -> float | None:
    values = _join(parts)
    return float(np.median(values) / MODEL_HIP_HEIGHT_M) if len(values) else None


def _part(parts: list[Bools]) -> float | None:
    values = np.concatenate(parts) if parts else np.zeros(0, bool)
    return float(values.mean()) if len(values) else None


def _join(parts: list[Reals]) -> Reals:
    return np.concatenate(parts) if parts else np.zeros(0)


def _cm(values_m: Reals, pool: Callable[[Reals], np.floating[Any]] = np.mean) -> float | None:
    counted = values_m[np.isfinite(values_m)]
    return float(100.0 * pool(counted)) if counted.size else None


def _share(values_m: Reals) -> float | None:
    if not len(values_m):
        return None
    return float(np.percentile(values_m, _PERCENTILE) / MODEL_HIP_HEIGHT_M)
