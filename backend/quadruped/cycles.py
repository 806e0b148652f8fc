"""Where in its own stride each foot is, frame by frame."""

from __future__ import annotations

from typing import Final

import numpy as np

from blender_addon.core.conventions import Floats, Ints

from .prints import Stances
from .rhythm import Rhythm

_WHOLE: Final = (0.05, 0.95)
"""A foot that stands for another part of its stride has not made its next step at once."""
_LATEST: Final = 1.0 - 1e-6


def foot_cycles(rhythm: Rhythm, stances: Stances, foot: int) -> tuple[Floats, Floats]:
    """Phases and duties of one foot.

    In a stride both are those of the rhythm, so they tell when the other feet land. Before the
    first step of a spell a foot is from the middle of its stance on, after the last one up to
    there; between spells it is 0.

    Args:
        rhythm: of the animal.
        stances: of the foot.
        foot: its number.

    Returns:
        (T,) 0 ≤ p < 1, below the duty while it stands, above it in the air; and (T,) duties, one
        for each stance and the step after it.
    """
    count = len(rhythm.strides)
    phases, duties = np.zeros(count), rhythm.duties[:, foot].copy()
    ends = np.append(np.ceil(stances.lands[1:]), count).astype(np.int64)
    begins = np.append(0, ends[:-1])
    for number, (begin, end) in enumerate(zip(begins.tolist(), ends.tolist(), strict=True)):
        frames = np.arange(begin, end)
        land, lift = float(stances.lands[number]), float(stances.lifts[number])
        if not len(frames):
            continue
        whole = _true_cycle(rhythm, foot, land, lift)
        if whole is not None and number + 1 < len(begins):
            first, duties[frames] = whole
            phases[frames] = np.clip(rhythm.phases[frames, foot] - first, 0.0, _LATEST)
            continue
        duties[frames] = rhythm.duties[min(int(lift), count - 1), foot]
        phases[frames] = _partly(rhythm, frames, (land, lift), float(duties[begin]))
        air = frames >= lift
        step = np.clip((frames - lift) / max(ends[number] - lift, 1e-6), 0.0, _LATEST)
        phases[frames] = np.where(air, duties[begin] + (1.0 - duties[begin]) * step, phases[frames])
    return _in_order(phases, duties, stances)


def _true_cycle(rhythm: Rhythm, foot: int, land: float, lift: float) -> tuple[float, float] | None:
    """The whole phase at a landing and the duty, if both are of one spell and one stride."""
    for begin, end in rhythm.spells:
        if begin <= land and lift < end:
            known = np.arange(begin, end, dtype=np.float64)
            at = np.interp((land, lift), known, rhythm.phases[begin:end, foot])
            first = float(np.round(at[0]))
            duty = float(at[1]) - first
            return (first, duty) if _WHOLE[0] < duty < _WHOLE[1] else None
    return None


def _partly(rhythm: Rhythm, frames: Ints, stance: tuple[float, float], duty: float) -> Floats:
    """(N,) parts of a stride that have passed of a stance in which the animal stood."""
    land, lift = stance
    passed = np.zeros(len(frames))
    known = np.arange(len(rhythm.strides), dtype=np.float64)
    for begin, end in rhythm.spells:
        inside = (frames >= begin) & (frames < end)
        here = frames[inside]
        if begin <= lift < end:
            since = max(begin, land)
            share = (here - since) / max(lift - since, 1e-6)
            passed[inside] = duty * (0.5 + 0.5 * np.clip(share, 0.0, 1.0))
        elif begin <= land < end:
            landed = rhythm.strides[here] - np.interp(land, known, rhythm.strides)
            passed[inside] = np.clip(landed, 0.0, 0.5 * duty)
    return passed


def _in_order(phases: Floats, duties: Floats, stances: Stances) -> tuple[Floats, Floats]:
    """Rounded so that a foot that stands is never past its duty, nor one in the air before it."""
    frames = np.arange(len(phases), dtype=np.float64)
    number = np.searchsorted(stances.lands, frames, side="right") - 1
    stands = frames < stances.lifts[number]
    kept = np.where(stands, np.minimum(phases, duties), np.maximum(phases, duties))
    return kept, duties
