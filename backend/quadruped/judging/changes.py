"""What happens where an animal changes its gait, and how long its strides are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np

from backend.motion_quality.windows import joint_jerk
from blender_addon.core.conventions import Bools
from blender_addon.core.quadruped.body import MODEL_HIP_HEIGHT_M
from blender_addon.core.quadruped.gaits import ACTIONS, Gait, froude, stride_length_ratio

from .animal import AnimalMotion, Reals
from .strides import FootSteps, Strides, circular_gap

NEITHER: Final = 0.12
"""A foot that lands so far, in parts of a stride, from where both gaits have it is in neither."""
TINY: Final = 0.4
"""Of its neighbours' length."""
_PURE: Final = 0.98
_MOVING_M_S: Final = 0.35
_STRIDES_AROUND: Final = 2.0
_GAITS: Final = np.array([name in {gait.value for gait in Gait} for name in ACTIONS])


@dataclass(frozen=True)
class GaitChange:
    """Where the plan goes from one gait to another, maybe by way of others.

    Args:
        last: last frame of the first gait alone.
        first: first frame of the last gait alone.
        between: a frame of each gait in between that is kept for less than a stride or two.
    """

    last: int
    first: int
    between: tuple[int, ...] = ()


def planned_changes(actions: Reals, together_frames: float = 0.0) -> list[GaitChange]:
    """Changes between two gaits, standing left out.

    Args:
        actions: (T, 13) weights.
        together_frames: changes that follow each other sooner are one.
    """
    best = np.where(actions.max(axis=1) >= _PURE, actions.argmax(axis=1), -1)
    pure = np.flatnonzero(best >= 0)
    stand = ACTIONS.index(Gait.STAND.value)
    found: list[GaitChange] = []
    for before, after in pairwise(int(frame) for frame in pure):
        pair = best[[before, after]]
        if pair[0] == pair[1] or stand in pair or not _GAITS[pair].all():
            continue
        if found and before - found[-1].first < together_frames:
            former = found.pop()
            found.append(GaitChange(former.last, after, (*former.between, former.first)))
        else:
            found.append(GaitChange(before, after))
    return found


@dataclass(frozen=True)
class ChangeFigures:
    """One change: strides in neither gait, steps that are too short, jerk over jerk before."""

    strides_in_neither: float
    tiny_steps: int
    jerk_ratio: float
    jerk_ratio_to_both: float


def measure_changes(
    motion: AnimalMotion, steps: tuple[FootSteps, ...], strides: Strides
) -> list[ChangeFigures]:
    """Every change of gait that the plan of a motion has."""
    wanted = motion.wanted
    if wanted is None or not len(strides):
        return []
    jerk = _jerk(motion)
    found = []
    together = 2.0 * float(strides.seconds.mean()) * motion.rate_hz
    for change in planned_changes(wanted.plan.actions, together):
        stride = float(np.interp(change.last, strides.frames[:, 0], strides.seconds))
        around = round(_STRIDES_AROUND * stride * motion.rate_hz)
        low, high = max(change.last - around, 0), min(change.first + around, motion.frame_count)
        before = jerk[low : change.last + 1].mean()
        after = jerk[change.first : high].mean() if high > change.first else before
        # The mixture may be over in less than a stride: jerk is seen over one, at least.
        spare = max(round(stride * motion.rate_hz) - (change.first - change.last), 0) // 2
        amid = jerk[max(change.last - spare, 0) : change.first + spare + 1].mean()
        found.append(
            ChangeFigures(
                _strides_in_neither(motion, steps, change, (low, high)),
                len(tiny_steps(motion, steps, (low, high))),
                float(amid / before),
                float(amid / max(before, after)),
            )
        )
    return found


def _jerk(motion: AnimalMotion) -> Reals:
    """(T,) mean jerk of the joints, of feet, hips and neck where no more are known."""
    if motion.joints_m is not None:
        return joint_jerk(motion.joints_m, motion.rate_hz)
    known = np.concatenate((motion.feet_m, motion.hips_m, motion.neck_m[:, None]), axis=1)
    return joint_jerk(known, motion.rate_hz)


def _strides_in_neither(
    motion: AnimalMotion,
    steps: tuple[FootSteps, ...],
    change: GaitChange,
    span: tuple[int, int],
) -> float:
    """How many strides around a change the feet land as in neither of the two gaits."""
    wanted = motion.wanted
    if wanted is None or wanted.landings is None:
        return float("nan")
    phases = np.stack([foot.phases(motion.frame_count) for foot in steps], axis=-1)
    landings = (phases[:, :1] - phases) % 1.0
    known = np.isfinite(landings).all(axis=1)
    gaits = [wanted.landings[n] for n in (change.last, *change.between, change.first)]
    gaps = np.min([circular_gap(landings, gait).max(axis=1) for gait in gaits], axis=0)
    neither = known & (gaps > NEITHER)
    advance = np.diff(phases[:, 0], append=np.nan)
    low, high = span
    strides = np.nansum(advance[low:high][neither[low:high]])
    return float(strides / (1 + len(change.between)))


def tiny_steps(
    motion: AnimalMotion, steps: tuple[FootSteps, ...], span: tuple[int, int] | None = None
) -> list[tuple[int, int]]:
    """Steps shorter than 0.4 of the steps before and after, while the animal keeps moving.

    Args:
        motion: whose plan says where it is to keep moving; everywhere without one.
        steps: of its four feet.
        span: only steps that land in these frames.

    Returns:
        (foot, frame of landing) of each.
    """
    low, high = span if span is not None else (0, motion.frame_count)
    moving = _keeps_moving(motion)
    found = []
    for number, foot in enumerate(steps):
        lengths = np.linalg.norm(np.diff(foot.prints_m, axis=0), axis=-1)
        for n in range(1, len(lengths) - 1):
            landing = int(foot.landings[n + 1])
            around = slice(int(foot.landings[n - 1]), int(foot.landings[n + 2]) + 1)
            short = lengths[n] < TINY * (lengths[n - 1] + lengths[n + 1]) / 2
            if short and low <= landing < high and moving[around].all():
                found.append((number, landing))
    return found


def _keeps_moving(motion: AnimalMotion) -> Bools:
    if motion.wanted is None:
        return np.asarray(motion.speeds_m_s > _MOVING_M_S)
    return np.asarray(motion.wanted.plan.speeds_m_s > _MOVING_M_S)


def pool_changes(changes: Sequence[ChangeFigures]) -> dict[str, Any]:
    """The changes of a row; None where there was none."""
    neither = np.array([each.strides_in_neither for each in changes])
    neither = neither[np.isfinite(neither)]
    return {
        "gait_changes": len(changes),
        "gait_change_strides": float(neither.mean()) if len(neither) else None,
        "gait_change_strides_worst": float(neither.max()) if len(neither) else None,
        "gait_change_tiny_steps": sum(each.tiny_steps for each in changes) if changes else None,
        "change_jerk": float(np.mean([c.jerk_ratio for c in changes])) if changes else None,
        "change_jerk_worst": max((c.jerk_ratio for c in changes), default=None),
        "change_jerk_to_both": (
            float(np.mean([c.jerk_ratio_to_both for c in changes])) if changes else None
        ),
    }


def stride_law(strides: Strides) -> Reals:
    """(S,) length of each stride over what the law gives at its speed."""
    law = stride_length_ratio(froude(strides.speeds_m_s))
    return np.asarray(strides.lengths_m / MODEL_HIP_HEIGHT_M / law)


def measure_stride_law(strides: Strides) -> dict[str, float | None]:
    """How far strides are from the law.

    Args:
        strides: of the ramp, from the slowest walk to the gallop.

    Returns:
        stride_law_error: mean of the distance, as a part; stride_law_bias: of the signed one;
        stride_law_within: share of strides within 15 %.
    """
    moving = strides.select(strides.speeds_m_s > _MOVING_M_S)
    if not len(moving):
        return dict.fromkeys(("stride_law_error", "stride_law_bias", "stride_law_within"))
    off = stride_law(moving) - 1.0
    return {
        "stride_law_error": float(np.abs(off).mean()),
        "stride_law_bias": float(off.mean()),
        "stride_law_within": float((np.abs(off) <= 0.15).mean()),
    }
