"""Look round: neck and head turn to one side and to the other, hold there, and come back.

A network that has seen as many looks to the left as to the right says the middle of both.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ...conventions import MODEL_FRAME_RATE_HZ, UP, Floats
from ...feet.contacts import spans
from ...maths.rotations import axis_angle_to_quaternion, quaternion_multiply
from ...maths.segments import Segments
from ...maths.smoothing import gaussian_smooth
from ..recording import Pose
from ..skeleton import NECK

_LOOKS: Final = 0.05
"""Share of looking round in a plan from which on it begins."""
_SHARES: Final = (0.35, 0.7, 1.0, 1.0)
"""Of the turn, by neck, neck_1, head and nose."""
_FURTHEST_RAD: Final = (0.6, 1.05)
_HOLD_S: Final = (0.7, 1.4)
_EASE_S: Final = 0.12
_ENDS_S: Final = 0.5
_SETTLES_S: Final = 0.15
_STAYS_S: Final = (0.6, 2.0)
_ABOUT_RAD: Final = (0.22, 0.09)
"""By how much a standing animal's head wanders to the sides, and up and down."""


def look_round(pose: Pose, looking: Floats, motions: Segments) -> None:
    """Turn the heads of animals that look round, in place.

    Args:
        pose: N frames of animals end to end.
        looking: (N,) how much of an action that is.
        motions: which frames are whose.
    """
    trunk = pose.trunk
    for part in motions.slices():
        for start, end in spans(looking[part] > _LOOKS):
            time = slice(part.start + start, part.start + end)
            aside = _glances(end - start, np.random.default_rng((start, end)))
            trunk = trunk.copy()
            for joint, share in zip(NECK, _SHARES, strict=True):
                turn = axis_angle_to_quaternion(UP, share * aside)
                trunk[time, joint] = quaternion_multiply(turn, trunk[time, joint])
    pose.trunk = trunk


def _glances(count: int, rng: np.random.Generator) -> Floats:
    """(T,) radians to the left by which the head is turned."""
    aside = np.zeros(count, np.float32)
    begin = int(_ENDS_S * MODEL_FRAME_RATE_HZ)
    side = float(rng.choice((-1.0, 1.0)))
    while begin < count - int(_ENDS_S * MODEL_FRAME_RATE_HZ):
        end = begin + int(rng.uniform(*_HOLD_S) * MODEL_FRAME_RATE_HZ)
        aside[begin:end] = side * rng.uniform(*_FURTHEST_RAD)
        begin, side = end, -side
    aside[-int(_ENDS_S * MODEL_FRAME_RATE_HZ) :] = 0.0
    smooth = gaussian_smooth(aside, _EASE_S * MODEL_FRAME_RATE_HZ)
    frames = np.arange(count)
    ends = np.minimum(frames, count - 1 - frames) / (_ENDS_S * MODEL_FRAME_RATE_HZ)
    return np.asarray(smooth * np.clip(ends, 0.0, 1.0), np.float32)


def look_about(pose: Pose, standing: Floats, motions: Segments) -> None:
    """Let the heads of animals that only stand drift about a little, in place.

    Args:
        pose: N frames of animals end to end.
        standing: (N,) how much of what they do is to stand.
        motions: which frames are whose.
    """
    share = motions.smooth(standing.astype(np.float32), _SETTLES_S * MODEL_FRAME_RATE_HZ)
    if share.max() < _LOOKS:
        return
    line = slice(NECK[0], NECK[-1] + 1)
    trunk = pose.trunk.copy()
    for part in motions.slices():
        count = part.stop - part.start
        rng = np.random.default_rng(count)
        aside, nod = (_drift(count, rng) * much * share[part] for much in _ABOUT_RAD)
        for axis, angle in ((UP, aside), (_across(pose.headings[part]), nod)):
            turns = axis_angle_to_quaternion(
                np.broadcast_to(axis, (count, 3))[:, None], np.outer(angle, _SHARES)
            )
            trunk[part, line] = quaternion_multiply(turns.astype(np.float32), trunk[part, line])
    pose.trunk = trunk


def _across(headings: Floats) -> Floats:
    """(T, 3) to the left."""
    return np.stack((np.cos(headings), np.zeros_like(headings), -np.sin(headings)), axis=-1)


def _drift(count: int, rng: np.random.Generator) -> Floats:
    """(T,) wandering about 0, mostly within ±1: it stays for a while, then goes elsewhere."""
    places, at = np.zeros(count, np.float32), 0
    while at < count:
        end = at + int(rng.uniform(*_STAYS_S) * MODEL_FRAME_RATE_HZ)
        places[at:end] = rng.uniform(-1.0, 1.0)
        at = end
    return gaussian_smooth(places, _EASE_S * 2.5 * MODEL_FRAME_RATE_HZ)
