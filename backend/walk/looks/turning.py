"""Sharp turns: how far the trunk banks, and by how much the head is ahead of the body."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from backend.motion_quality.frechet import Reals
from blender_addon.core.conventions import FORWARD
from blender_addon.core.feet.contacts import spans
from blender_addon.core.feet.measures import SMOOTHING_S, moving_average
from blender_addon.core.maths.rotations import quaternion_rotate

from .motion import Motion
from .pooling import Number, largest, middle

TURNS_DEG_S = 20.0
SHARP_DEG_S = 60.0
ANGLES_DEG = (50.0, 220.0)
_MOVES_M_S = 0.3
_AROUND_S = 0.75
_MOST_LEAD_S = 0.75


@dataclass(frozen=True)
class Turn:
    """A sharp turn of the way: a corner or a U-turn, not a circle.

    Args:
        start, stop: frames, half open.
        sense: 1 to the left, −1 to the right.
    """

    start: int
    stop: int
    sense: int


def find_turns(motion: Motion) -> list[Turn]:
    """Where the way turns by 50 to 220° and, somewhere, by more than 60° a second."""
    if motion.frame_count < 3:
        return []
    way = _way_headings(motion)
    rates = np.gradient(way) * motion.rate_hz
    turns = []
    for sense in (1, -1):
        for start, stop in spans((sense * rates > TURNS_DEG_S) & (motion.speeds > _MOVES_M_S)):
            angle = abs(way[stop - 1] - way[start])
            sharp = np.abs(rates[start:stop]).max() > SHARP_DEG_S
            if ANGLES_DEG[0] <= angle <= ANGLES_DEG[1] and sharp:
                turns.append(Turn(start, stop, sense))
    return turns


def _way_headings(motion: Motion) -> Reals:
    """(T,) degrees; where the hips, averaged over 0.5 s, are going."""
    smooth = moving_average(motion.performance.root_xz, round(SMOOTHING_S * motion.rate_hz))
    steps = np.gradient(smooth, axis=0)
    return np.asarray(np.degrees(np.unwrap(np.arctan2(steps[:, 0], steps[:, 1]))))


def measure_turning(motions: Sequence[Motion]) -> dict[str, Number]:
    """Largest roll of the trunk in sharp turns, and the median lead of the head."""
    found = [(m, turn) for m in motions if m.is_level for turn in find_turns(m)]
    return {
        "corner_roll_deg": largest(turn_roll(m, t) for m, t in found),
        "head_lead_s": middle(head_lead(m, t) for m, t in found),
    }


def turn_roll(motion: Motion, turn: Turn) -> float:
    """Most degrees that the neck is beside the hips, either way, across the heading, in a turn."""
    heading = np.radians(motion.headings)
    x, up, z = (motion.joint("Neck") - motion.joint("Hips")).T
    aside = x * np.cos(heading) - z * np.sin(heading)
    roll = np.abs(np.degrees(np.arctan2(aside, up)))
    return float(roll[turn.start : turn.stop].max())


def head_lead(motion: Motion, turn: Turn) -> float:
    """Seconds by which the head's yaw is ahead of that of hips and shoulders in a turn.

    The shift at which the two curves, from 0.75 s before the turn to as long after it, lie closest
    (least variance of their difference); NaN where there is none within 0.75 s.
    """
    around = round(_AROUND_S * motion.rate_hz)
    part = slice(max(turn.start - around, 0), turn.stop + around)
    forward = quaternion_rotate(motion.turns("Head")[part], FORWARD)
    head = np.degrees(np.unwrap(np.arctan2(forward[:, 0], forward[:, 2])))
    body = motion.headings[part]
    most = min(round(_MOST_LEAD_S * motion.rate_hz), len(head) // 2)
    shifts = np.arange(-most, most + 1)
    gaps = [_difference(head, body, int(shift)) for shift in shifts]
    best = int(np.argmin(gaps))
    if best in (0, len(shifts) - 1):
        return float("nan")
    return float(shifts[best] / motion.rate_hz)


def _difference(head: Reals, body: Reals, shift: int) -> float:
    """Variance of the difference of ``body`` to ``head`` as it was ``shift`` frames before."""
    if shift >= 0:
        return float(np.var(head[: len(head) - shift] - body[shift:]))
    return float(np.var(head[-shift:] - body[:shift]))
