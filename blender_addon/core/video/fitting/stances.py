"""Feet that carry brought to rest, before they are held for good.

A foot lock believes what it is given: a foot that is seen to glide while it must carry, it lets go.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from ...conventions import Bools
from ...maths.rotations import make_continuous, quaternion_multiply
from ...maths.segments import Segments, Spans
from ...maths.smoothing import smoothstep
from ...motion.clip import MotionClip
from ...motion.kinematics import forward_kinematics, global_to_local, solve_two_bone
from .body import SIDES, Doubles

_EASE_S: Final = 0.15
_SWING_S: Final = 0.4
"""Between two stances so far apart a foot goes straight from the one to the other."""
_SLOW_M_S: Final = 0.4
_SHORTEST: Final = 2
_MOST_M: Final = 0.9
"""A foot that glides further does not carry, or the body goes with it."""


def bring_to_rest(clip: MotionClip, contacts: Bools) -> MotionClip:
    """A clip whose feet stay at one place, on the level, while they carry.

    Args:
        clip: of a skeleton with feet.
        contacts: (T, 4) left heel, left toe, right heel, right toe.
    """
    skeleton, rate = clip.skeleton, clip.frame_rate_hz
    places, turns = forward_kinematics(skeleton, clip.root_positions, clip.rotations_wxyz)
    places, turns = places.astype(np.float64), turns.astype(np.float64)
    for number, side in enumerate(SIDES):
        spans = Segments.of(len(places)).spans(contacts[:, 2 * number : 2 * number + 2].any(axis=1))
        spans = spans[spans.lengths >= _SHORTEST]
        if not len(spans):
            continue
        thigh, shin, foot = skeleton.indices([side + part for part in ("UpLeg", "Leg", "Foot")])
        ankle = places[:, foot]
        target = ankle + _offsets(ankle, spans, rate)
        pole = places[:, shin] - 0.5 * (places[:, thigh] + ankle)
        upper, lower = solve_two_bone(places[:, thigh], places[:, shin], ankle, target, pole)
        turns[:, thigh] = quaternion_multiply(upper, turns[:, thigh])
        turns[:, shin] = quaternion_multiply(lower, turns[:, shin])
    local = make_continuous(global_to_local(skeleton, turns))
    return replace(clip, rotations_wxyz=local.astype(np.float32))


def _offsets(ankle: Doubles, spans: Spans, rate_hz: float) -> Doubles:
    """(T, 3) by which an ankle (T, 3) is to move; eased where it does not carry."""
    count = len(ankle)
    speed = np.linalg.norm(np.gradient(ankle[:, [0, 2]], axis=0), axis=-1) * rate_hz
    calm = 1.0 / (1.0 + (speed / _SLOW_M_S) ** 4)
    weighted = np.concatenate((ankle, np.ones((count, 1))), axis=1) * calm[:, None]
    means = spans.means(weighted)
    moved = np.zeros((count, 3))
    moved[spans.frames] = (means[:, :3] / means[:, 3:])[spans.owner] - ankle[spans.frames]
    moved[:, 1] = 0.0
    too_far = spans.maxima(np.linalg.norm(moved, axis=-1)) > _MOST_M
    moved[spans[too_far].frames] = 0.0
    # 1. Towards the film's ends and in long gaps the foot goes back to where it was seen.
    frames = np.arange(count)
    ease = max(_EASE_S * rate_hz, 1.0)
    after = np.clip(np.searchsorted(spans.starts, frames, side="right") - 1, -1, len(spans) - 1)
    first = np.maximum(after, 0)
    following = np.minimum(after + 1, len(spans) - 1)
    since = np.where(after >= 0, frames - spans.stops[first] + 1, count)
    until = np.where(after + 1 < len(spans), spans.starts[following] - frames, count)
    swing = since + until
    left, right = moved[spans.stops[first] - 1], moved[spans.starts[following]]
    # 2. In short ones from the one offset to the other.
    share = smoothstep(np.clip(since / np.maximum(swing, 1), 0.0, 1.0))
    is_short = swing <= _SWING_S * rate_hz
    falls = np.where(is_short, 1.0 - share, 1.0 - smoothstep(np.clip(since / ease, 0.0, 1.0)))
    rises = np.where(is_short, share, 1.0 - smoothstep(np.clip(until / ease, 0.0, 1.0)))
    between = falls[:, None] * left + rises[:, None] * right
    is_free = ~spans.mask(count)
    moved[is_free] = between[is_free]
    return moved


__all__ = ["bring_to_rest"]
