"""Strokes in recorded motion: when a hand comes to its apex, which hand, and how far it went."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from backend.gesture.measures.poses import Reals, seen_positions
from blender_addon.core.maths.smoothing import gaussian_smooth
from blender_addon.core.motion.clip import MotionClip

HANDS: Final = ("LeftHand", "RightHand")
LEFT, RIGHT, BOTH = "LEFT", "RIGHT", "BOTH"
_MOVES_M_S: Final = 0.5
_APEX_S: Final = 0.4
_APART_S: Final = 0.3
_TOGETHER_S: Final = 0.12
_SMOOTH_S: Final = 0.05


@dataclass(frozen=True)
class RecordedStroke:
    """One stroke.

    Args:
        time_s: of the apex.
        hand: LEFT, RIGHT or BOTH.
        reach_m: how far the hand went to it.
    """

    time_s: float
    hand: str
    reach_m: float


def find_strokes(clip: MotionClip) -> list[RecordedStroke]:
    """Strokes of both hands, in order of time; those of both within 0.12 s are one.

    A hand strokes when it gets faster than 0.5 m/s, seen from the chest; the apex is where it is
    slowest within the next 0.4 s.
    """
    joints = seen_positions(clip)
    chest = joints[:, clip.skeleton.index("Spine2")]
    found = []
    for joint, side in zip(clip.skeleton.indices(HANDS), (LEFT, RIGHT), strict=True):
        found += _of_hand(joints[:, joint] - chest, clip.frame_rate_hz, side)
    return _joined(sorted(found, key=lambda stroke: stroke.time_s))


def _of_hand(places: Reals, rate_hz: float, side: str) -> list[RecordedStroke]:
    smooth = gaussian_smooth(places, _SMOOTH_S * rate_hz).astype(np.float64)
    speeds = np.linalg.norm(np.gradient(smooth, axis=0), axis=-1) * rate_hz
    inner = speeds[1:-1]
    peaks = 1 + np.flatnonzero((inner > _MOVES_M_S) & (inner >= speeds[:-2]) & (inner > speeds[2:]))
    reach = round(_APEX_S * rate_hz)
    found: list[RecordedStroke] = []
    for peak in peaks:
        apex = int(peak) + int(np.argmin(speeds[peak : peak + reach + 1]))
        begin = max(int(peak) - reach, 0)
        rest = begin + int(np.argmin(speeds[begin : peak + 1]))
        time = apex / rate_hz
        if not found or time - found[-1].time_s >= _APART_S:
            length = float(np.linalg.norm(smooth[apex] - smooth[rest]))
            found.append(RecordedStroke(time, side, length))
    return found


def _joined(strokes: list[RecordedStroke]) -> list[RecordedStroke]:
    joined: list[RecordedStroke] = []
    for stroke in strokes:
        last = joined[-1] if joined else None
        near = last is not None and stroke.time_s - last.time_s <= _TOGETHER_S
        if last is not None and near and last.hand not in (stroke.hand, BOTH):
            time, reach = 0.5 * (last.time_s + stroke.time_s), max(last.reach_m, stroke.reach_m)
            joined[-1] = RecordedStroke(time, BOTH, reach)
        else:
            joined.append(stroke)
    return joined
