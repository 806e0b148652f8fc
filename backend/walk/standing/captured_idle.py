"""Captured standing that never ends: spans of recordings, played to and fro, faded into others.

Recordings that stand calmly last two to eight seconds. Played forward and backward in turn one of
them goes on without a seam; every few seconds another one takes over. Feet stay where the first
one has them. On top come what such short spans lack: the weight goes from one leg to the other
and the head looks round, as often and as far as people's do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from blender_addon.core.conventions import MODEL_FRAME_RATE_HZ, Floats
from blender_addon.core.maths.rotations import (
    axis_angle_to_quaternion,
    heading_to_quaternion,
    make_continuous,
    normalise,
    quaternion_conjugate,
    quaternion_multiply,
)
from blender_addon.core.maths.smoothing import gaussian_smooth
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON, PLANTED_HEIGHTS_M
from blender_addon.core.motion.kinematics import forward_kinematics

from ..footsteps.legs import ankles_and_feet, reach_feet
from ..loops import Body, blend_bodies
from ..takes import Take

_NOISE_FRAMES = 2.5
_FADE_S = 1.8
_HOLD_S = (2.5, 6.0)
_SHIFT_M = (0.01, 0.024)
_SHIFT_EVERY_S = (1.6, 4.5)
_SHIFT_SMOOTHING_S = 0.45
_GLANCE_RAD = np.radians(4.5)
_NOD_RAD = np.radians(1.5)
_GLANCE_EVERY_S = (1.6, 4.0)
_GLANCE_SMOOTHING_S = 0.35
_HALF_WIDTH_M = (0.075, 0.13)
_STAGGERED_M = 0.06
_ANKLES_M = -0.06
"""Ankles are behind the hips, the middle of the feet is under them."""
_LEG_M = 0.82 * 0.999
"""A knee bent by 5 degrees: nobody stands with locked knees for long."""
_THIGHS = COMMON_SKELETON.indices(("LeftUpLeg", "RightUpLeg"))
_LEFTWARD, _FORWARD = np.eye(3, dtype=np.float32)[[0, 2]]


def stand_on_the_spot(take: Take) -> Body:
    """A take of standing over one root that rests, feet on the ground."""
    heading = float(np.mean(take.heading_rad))
    hips, rotations = take.assemble()
    middle = hips[:, [0, 2]].mean(axis=0)
    hips = hips - np.array([middle[0], 0.0, middle[1]], np.float32)
    away = quaternion_conjugate(heading_to_quaternion(np.full(len(hips), heading)))
    sine, cosine = np.sin(heading), np.cos(heading)
    over = hips.copy()
    over[:, 0] = cosine * hips[:, 0] - sine * hips[:, 2]
    over[:, 2] = sine * hips[:, 0] + cosine * hips[:, 2]
    rotations[:, 0] = quaternion_multiply(away, rotations[:, 0])
    calm = normalise(gaussian_smooth(make_continuous(rotations), _NOISE_FRAMES))
    return Body(
        gaussian_smooth(over, _NOISE_FRAMES).astype(np.float32),
        calm.astype(np.float32),
        np.ones((len(hips), 4), bool),
    )


@dataclass(frozen=True, eq=False)
class CapturedIdle:
    """Standing as a function of time.

    Args:
        spans: captured standing; the feet of the first one are those of all.
        seed: which span follows which, weight shifts and glances.
    """

    spans: Sequence[Body]
    seed: int

    def body(self, times_s: Floats) -> Body:
        """See Standing."""
        rng = np.random.default_rng([self.seed, 7])
        ankles, feet = _resting_feet(self.spans[0])
        body = self._played(rng, times_s, ankles)
        body = _shift_weight(rng, body, times_s)
        body = _look_round(rng, body, times_s)
        count = len(times_s)
        rotations = reach_feet(
            body.hips,
            body.rotations_wxyz,
            np.repeat(ankles[None], count, axis=0),
            np.repeat(feet[None], count, axis=0),
        )
        return Body(body.hips, rotations, np.ones((count, 4), bool))

    def _played(self, rng: np.random.Generator, times_s: Floats, ankles: Floats) -> Body:
        """One span after the other over the same feet, each faded into the next."""
        spans = [_stand_up(span, ankles) for span in self.spans]
        body = _to_and_fro(spans[0], times_s, rng.uniform(0, 10))
        at = rng.uniform(*_HOLD_S)
        while at < times_s[-1]:
            span = spans[rng.integers(len(spans))]
            u = np.clip((times_s - at) / _FADE_S, 0.0, 1.0)
            weight = (u * u * (3 - 2 * u)).astype(np.float32)
            body = blend_bodies(body, _to_and_fro(span, times_s, rng.uniform(0, 10)), weight)
            at += _FADE_S + rng.uniform(*_HOLD_S)
        return body


def _to_and_fro(span: Body, times_s: Floats, begin_s: float) -> Body:
    """A span forward and backward in turn, without a jerk where it turns."""
    last = len(span.hips) - 1
    swing = (times_s + begin_s) * MODEL_FRAME_RATE_HZ / last
    # Toward its ends time slows down, so that nothing turns back at full speed.
    frame = last * (0.5 - 0.5 * np.cos(np.pi * swing))
    low = np.minimum(frame.astype(np.int64), last - 1)
    part = (frame - low).astype(np.float32)
    first, second = (
        Body(span.hips[at], span.rotations_wxyz[at], span.contacts[at]) for at in (low, low + 1)
    )
    return blend_bodies(first, second, part)


def _resting_feet(span: Body) -> tuple[Floats, Floats]:
    """Ankles (2, 3) and feet (2, 4) of a span, side by side and under the hips."""
    ankles, feet = ankles_and_feet(span.hips, span.rotations_wxyz)
    place = ankles.mean(axis=0)
    half = np.clip(np.abs(place[0, 0] - place[1, 0]) / 2, *_HALF_WIDTH_M)
    place[:, 0] = (half, -half)
    staggered = float(np.clip(place[0, 2] - place[1, 2], -_STAGGERED_M, _STAGGERED_M))
    place[:, 1] = PLANTED_HEIGHTS_M[0]
    place[:, 2] = _ANKLES_M + np.array([staggered, -staggered]) / 2
    return place.astype(np.float32), feet[len(feet) // 2]


def _stand_up(span: Body, ankles: Floats) -> Body:
    """The span over other ankles (2, 3), as high as nearly straight legs carry it."""
    own, _ = ankles_and_feet(span.hips, span.rotations_wxyz)
    hips = span.hips.copy()
    hips[:, [0, 2]] += (ankles - own.mean(axis=0))[:, [0, 2]].mean(axis=0)
    thighs = forward_kinematics(COMMON_SKELETON, hips, span.rotations_wxyz)[0][:, _THIGHS]
    away = np.linalg.norm((thighs - ankles)[..., [0, 2]], axis=-1)
    reach = np.sqrt(np.maximum(_LEG_M**2 - away**2, 0.0)) + ankles[:, 1] - thighs[..., 1]
    hips[:, 1] += float(np.percentile(reach.min(axis=1), 35))
    return replace(span, hips=hips)


def _shift_weight(rng: np.random.Generator, body: Body, times_s: Floats) -> Body:
    """Hips go over one leg, then over the other; the chest stays nearly upright."""
    sign = float(rng.choice([-1, 1]))
    knots, values = [0.0], [sign * rng.uniform(*_SHIFT_M)]
    while knots[-1] < times_s[-1]:
        knots.append(knots[-1] + rng.uniform(*_SHIFT_EVERY_S))
        sign = -sign if rng.random() < 0.7 else sign
        values.append(sign * rng.uniform(*_SHIFT_M))
    beside = _steps(times_s, knots, values, _SHIFT_SMOOTHING_S)
    hips = body.hips.copy()
    hips[:, 0] += beside
    hips[:, 1] -= 0.1 * np.abs(beside)
    roll = axis_angle_to_quaternion(_FORWARD, np.asarray(1.2 * beside, np.float32))
    rotations = body.rotations_wxyz.copy()
    rotations[:, 0] = quaternion_multiply(roll, rotations[:, 0])
    return replace(body, hips=hips.astype(np.float32), rotations_wxyz=rotations)


def _look_round(rng: np.random.Generator, body: Body, times_s: Floats) -> Body:
    """The head turns to one thing, then to another, and the chest follows a little."""
    knots, yaws, nods = [0.0], [rng.normal(0, _GLANCE_RAD)], [rng.normal(0, _NOD_RAD)]
    while knots[-1] < times_s[-1]:
        knots.append(knots[-1] + rng.uniform(*_GLANCE_EVERY_S))
        yaws.append(float(np.clip(rng.normal(0, _GLANCE_RAD), -0.5, 0.5)))
        nods.append(rng.normal(0, _NOD_RAD))
    yaw = _steps(times_s, knots, yaws, _GLANCE_SMOOTHING_S)
    nod = _steps(times_s, knots, nods, _GLANCE_SMOOTHING_S)
    rotations = body.rotations_wxyz.copy()
    for joint, share in (("Spine2", 0.15), ("Neck", 0.35), ("Head", 0.5)):
        index = COMMON_SKELETON.index(joint)
        turn = quaternion_multiply(
            heading_to_quaternion(share * yaw),
            axis_angle_to_quaternion(_LEFTWARD, np.asarray(share * nod, np.float32)),
        )
        rotations[:, index] = quaternion_multiply(turn, rotations[:, index])
    return replace(body, rotations_wxyz=rotations.astype(np.float32))


def _steps(times_s: Floats, knots: list[float], values: list[float], smoothing_s: float) -> Floats:
    """Values (T,) that rest from one knot to the next, going over smoothly."""
    index = np.clip(np.searchsorted(knots, times_s, side="right") - 1, 0, len(values) - 1)
    return gaussian_smooth(np.asarray(values)[index], smoothing_s * MODEL_FRAME_RATE_HZ)
