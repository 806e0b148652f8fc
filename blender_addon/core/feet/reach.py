"""How far a leg is stretched: legs that may be straight, and knees that do not snap there.

Near full stretch the last half percent of a leg's length turns the knee by ten degrees. A leg is
therefore stretched as far as the animation stretches it, or to a comfortable bend where that is
less; what is asked beyond is only approached. The hips follow feet that are held higher or lower
than animated, and sink where a held foot would still be out of reach.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ..conventions import Bools, Floats, Ints
from ..maths.rotations import dot, length, normalise
from ..maths.segments import Segments, Spans, turns
from ..maths.smoothing import smoothstep

DEEPEST_M: Final = 0.06
"""The hips never sink further; a foot that is then out of reach comes along."""
_STRAIGHTEST: Final = 0.9996
"""Of the leg's length: 3 degrees of bend, where a knee counts as straight."""
_COMFORTABLE: Final = 0.99
"""Of the leg's length: a bend of 16 degrees, to which any leg may be stretched."""
_UPRIGHT: Final = 0.9994
"""Of the leg's length: 4 degrees of bend."""
_MEANT: Final = (0.968, 0.982)
"""Of the leg's length: bends of 29 and 22 degrees, between which a stance is bent on purpose."""
_FOLLOW_FRAMES: Final = (6.0, 12.0)
"""How smoothly on level and on uneven ground."""
_SHIFT_FRAMES: Final = 10.0
_FURTHEST_M: Final = 0.12
_STANDING_M_S: Final = 0.25
_MOST_TILT_RAD: Final = 0.06
_RISE_FRAMES: Final = 8
_SINK_FRAMES: Final = (6, 4.0)
_LEVEL: Final = np.array([1.0, 0.0, 1.0], np.float32)
_XZ: Final = [0, 2]


def asked_stretch(thigh: Floats, heel: Floats, leg_m: float, stands: Floats) -> Floats:
    """How far (T,) the animation stretches a leg; who stands on both feet stands upright.

    A knee that is nearly straight tells a millimetre of the leg by eight degrees, which no network
    is exact to: there, and only there, it is straightened. A bend that is meant stays.

    Args:
        thigh, heel: (T, 3) of the animation, metres.
        leg_m: thigh's and shin's length together.
        stands: (T,) 0 … 1, how much it is a stance on both feet.
    """
    asked = length(heel - thigh)
    bent, upright = _MEANT
    share = stands * smoothstep(np.clip((asked / leg_m - bent) / (upright - bent), 0.0, 1.0))
    return np.asarray(asked + share * np.maximum(_UPRIGHT * leg_m - asked, 0.0))


def comfortable_reach(asked: Floats, leg_m: float) -> Floats:
    """How far (T,) a leg is stretched without need: as far as it is asked (T,) to be, metres."""
    return np.asarray(np.clip(asked, _COMFORTABLE * leg_m, _STRAIGHTEST * leg_m), np.float32)


def stances_of(contacts: Bools, speeds_m_s: Floats, motions: Segments) -> Floats:
    """(N,) 0 … 1, how much somebody stands on both feet.

    Args:
        contacts: (N, 4) left heel, left toe, right heel, right toe.
        speeds_m_s: (N,) of the body.
        motions: which frames belong together.
    """
    slow = 1.0 - smoothstep(np.minimum(speeds_m_s / _STANDING_M_S, 1.0))
    return motions.smooth(contacts[:, [0, 2]].all(axis=1) * slow, _FOLLOW_FRAMES[0])


def missing_reach(thigh: Floats, heel: Floats, reach: Floats) -> Floats:
    """How far the hips must sink (T,) for legs of that reach (T,)."""
    across = length((heel - thigh)[:, [0, 2]])
    down = np.sqrt(np.maximum(reach**2 - across**2, 0.0))
    return np.asarray(np.maximum(thigh[:, 1] - heel[:, 1] - down, 0.0))


@dataclass(frozen=True, eq=False)
class Stance:
    """One leg and where its foot is to stand.

    Args:
        thigh, ankle: (N, 3) as animated, metres.
        offset: (N, 3) from where a carrying foot is animated to where it is held.
        held: (N,) whether it carries.
        heel_held: (N,) whether its heel does.
        reach: (N,) ``comfortable_reach`` of the leg.
        asked: (N,) its ``asked_stretch``.
    """

    thigh: Floats
    ankle: Floats
    offset: Floats
    held: Bools
    heel_held: Bools
    reach: Floats
    asked: Floats

    def room(self, shift: Floats, reach: Floats) -> Floats:
        """(N,) how far hips shifted by (N, 3) may rise until the leg is as long as reach (N,)."""
        arm = self.ankle + self.offset - self.thigh - shift
        across = length(arm[:, _XZ])
        return np.asarray(arm[:, 1] + np.sqrt(np.maximum(reach**2 - across**2, 0.0)))


def follow_feet(
    stances: Sequence[Stance], speeds_m_s: Floats, is_level: bool, motions: Segments
) -> Floats:
    """Where the hips (N, 3) go with feet that are held elsewhere than animated.

    They rise and sink with them, so that knees keep their bend: a centimetre under a straight leg
    bends it by twenty degrees. Over feet that both stand still they also shift, to be as much in
    the middle as animated, and at a height where both legs together are as straight.

    Args:
        stances: of both legs.
        speeds_m_s: (N,) of the body.
        is_level: whether the ground is.
        motions: which frames belong together.
    """
    frames = _FOLLOW_FRAMES[0 if is_level else 1]
    held = np.stack([stance.held for stance in stances], axis=1).astype(np.float32)
    offsets = np.stack([stance.offset for stance in stances], axis=1)
    offsets = np.clip(offsets, -_FURTHEST_M, _FURTHEST_M) * held[..., None]
    stands = np.minimum.reduce([stance.heel_held for stance in stances])
    stands = stands * (1.0 - smoothstep(np.minimum(speeds_m_s / _STANDING_M_S, 1.0)))
    stands = motions.smooth(stands, frames)
    shift = np.zeros((len(held), 3), np.float32)
    if stands.any():
        for column in _XZ:
            middle = offsets[..., column].mean(axis=1)
            shift[:, column] = motions.smooth(stands * middle, _SHIFT_FRAMES)
    total = motions.smooth(offsets[..., 1].sum(axis=1), frames)
    weight = motions.smooth(held.sum(axis=1), frames)
    shift[:, 1] = total / np.maximum(weight, 0.2)
    if stands.any():
        level = shift * _LEVEL
        as_bent = np.mean([stance.room(level, stance.asked) for stance in stances], axis=0)
        most = np.minimum.reduce([stance.room(level, stance.reach) for stance in stances])
        room = np.clip(np.minimum(as_bent, most), -_FURTHEST_M, _FURTHEST_M)
        shift[:, 1] += stands * (motions.smooth(room, frames) - shift[:, 1])
    return shift


def tilt_to_stand(stances: Sequence[Stance], stands: Floats, motions: Segments) -> Floats:
    """How far (N,) the pelvis tilts up on the left so that both legs can be as straight, radians.

    Who stands with half a centimetre between the hips has one knee bent by thirteen degrees.

    Args:
        stances: of the left and the right leg.
        stands: (N,) from ``stances_of``.
        motions: which frames belong together.
    """
    if not stands.any():
        return np.zeros(len(stands), np.float32)
    still = np.zeros((len(stands), 3), np.float32)
    left, right = (stance.room(still, stance.asked) for stance in stances)
    width = length(stances[0].thigh - stances[1].thigh)
    tilt = np.clip((left - right) / np.maximum(width, 1e-3), -_MOST_TILT_RAD, _MOST_TILT_RAD)
    return motions.smooth(stands * tilt, _FOLLOW_FRAMES[0])


def sink(missing: Floats, motions: Segments) -> Floats:
    """How far (N,) the hips sink, smoothly, for what is missing (N,) frame by frame."""
    if not missing.any():
        return missing
    radius, sigma = _SINK_FRAMES
    needed = np.minimum(motions.running_maximum(missing, radius), DEEPEST_M)
    return motions.smooth(needed, sigma)


def soften_reach(thigh: Floats, ankle: Floats, reach: Floats, leg_m: float) -> Floats:
    """Ankles (N, 3) no further than a leg reaches, approaching full stretch ever more slowly.

    Beyond ``reach`` (N,) a distance d becomes reach + room·(1 − exp(−(d − reach)/room)), with the
    room that is left to the whole leg: no kink, and never a straight line that snaps.
    """
    arm = ankle - thigh
    distance = length(arm)
    at = np.flatnonzero(distance > reach)
    room = leg_m - reach[at]
    soft = reach[at] - room * np.expm1((reach[at] - distance[at]) / room)
    softened = ankle.copy()
    softened[at] = thigh[at] + arm[at] * (soft / distance[at])[:, None]
    return softened


def rise_on_toe(
    thigh: Floats, heel: Floats, toe: Floats, reach: Floats, on_toe: Bools, motions: Segments
) -> Floats:
    """Heels (N, 3): where only the toe holds and the leg is too short, the foot tips over the toe.

    The heel moves on the circle around the toe to where the leg just reaches it.
    """
    too_far = on_toe & (length(heel - thigh) > reach)
    at = np.flatnonzero(too_far)
    rise = np.zeros_like(heel)
    rise[at] = _tip(thigh[at], heel[at], toe[at], reach[at]) - heel[at]
    _soften_rise(rise, motions.spans(on_toe), motions)
    return np.asarray(heel + rise, np.float32)


def _tip(thigh: Floats, heel: Floats, toe: Floats, reach: Floats) -> Floats:
    """Heels (K, 3) on the circle around the toe, where the leg just reaches them."""
    foot_m, distance = length(heel - toe), length(thigh - toe)
    upward = normalise(thigh - toe)
    behind = heel - toe
    behind = normalise(behind - dot(behind, upward)[:, None] * upward)
    cosine = (foot_m**2 + distance**2 - reach**2) / np.maximum(2 * foot_m * distance, 1e-9)
    cosine = np.clip(cosine, -1.0, 1.0)[:, None]
    return np.asarray(toe + foot_m[:, None] * (cosine * upward + np.sqrt(1 - cosine**2) * behind))


def _soften_rise(rise: Floats, spans: Spans, motions: Segments) -> None:
    """Let the heel go up and, let go in the middle of it, come down over a moment, not at once."""
    near = spans.starts[1:] < spans.stops[:-1] + _RISE_FRAMES
    for group in turns(np.concatenate(([False], near))[: len(spans)]):
        starts, stops = spans.starts[group], spans.stops[group]
        up = Spans(starts, np.minimum(starts + _RISE_FRAMES, stops))
        share = (up.frames - starts[up.owner] + 1) / (_RISE_FRAMES + 1)
        rise[up.frames] *= smoothstep(share)[:, None]
        ends = np.minimum(stops + _RISE_FRAMES, motions.last[starts] + 1)
        down = Spans(stops, ends)
        left = 1 - (down.frames - stops[down.owner] + 1) / (_RISE_FRAMES + 1)
        rise[down.frames] += smoothstep(left)[:, None] * rise[stops - 1][down.owner]


def late_half(flags: Bools, push_off_frames: Ints | int, motions: Segments) -> Bools:
    """The end of every run of true values: its second half, or of a long one the last moment.

    A run that lasts to the end of the motion has no such end.
    """
    runs = motions.spans(flags)
    late = np.maximum((runs.starts + runs.stops) // 2, runs.stops - push_off_frames)
    ends = runs.stops <= motions.last[runs.starts]
    return Spans(late, runs.stops)[ends].mask(len(flags))
