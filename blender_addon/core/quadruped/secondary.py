"""What follows an animal's body by rules, after the network: tail and ears, breath, neck.

Tail and ears are chains of bones, each drawn back into its animated direction by a damped spring
and held up against its own weight. Between two samples of the animation, of which there are always
240 a second whatever the scene's frame rate, the spring's motion is known exactly; so the result
does not depend on the frame rate, and the same input gives the same output.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from ..conventions import GRAVITY_M_S2, Floats
from ..maths.rotation_vectors import vector_to_quaternion
from ..maths.rotations import (
    length,
    make_continuous,
    normalise,
    quaternion_multiply,
    quaternion_rotate,
    rotation_between,
)
from ..maths.smoothing import gaussian_smooth, smoothstep
from ..motion.clip import MotionClip
from ..motion.kinematics import forward_kinematics, global_to_local
from .body import QuadrupedBody
from .legs import clip_of_pose, solve_legs, styles_of
from .manner.tail_carriage import above_ground, carried_tail
from .recording import TRUNK
from .settings import SecondarySettings
from .skeleton import CHEST, HEAD, NECK, PAWS, SPINE, TAIL
from .true_time import TrueTime

_STEPS_HZ: Final = 240.0
_TAIL_STIFFNESS: Final = 2.2
_EAR_STIFFNESS: Final = 4.0
"""Times the frequency at which the chain would hang and swing as a pendulum of its length."""
_DAMPING: Final = 0.35
"""Share of the critical one."""
_TIP_SLOWER: Final = 0.45
"""By how much slower the last bone is than the first, so that they swing one after another."""
_FURTHEST_RAD: Final = 1.2
_DOWN: Final = np.array([0.0, -1.0, 0.0])

_BREATHS_HZ: Final = (0.28, 1.6)
"""Standing and galloping, of an animal with hips half a metre high."""
_TIRED_S: Final = 6.0
_BREATH_RAD: Final = 0.008

_AIM_S: Final = 0.12
_AIM_SHARES: Final = (0.3, 0.65, 1.0, 1.0)
"""Of a turn towards a target, by neck, neck_1, head and nose."""
_BEHIND_RAD: Final = (2.2, 2.8)
"""Angles between which a target comes to be behind, where it is not looked at."""


@dataclass(frozen=True)
class Swing:
    """How a chain swings.

    Args:
        stiffness: times that of a pendulum of the chain's length, in frequency.
        damping: share of the critical one.
        gravity: times the true one.
    """

    stiffness: float = _TAIL_STIFFNESS
    damping: float = _DAMPING
    gravity: float = 1.0

    @classmethod
    def of_tail(cls, settings: SecondarySettings) -> Swing:
        """A tail's."""
        stiffness = _TAIL_STIFFNESS * settings.tail_stiffness**0.5
        return cls(stiffness, _DAMPING * settings.damping, settings.gravity)

    @classmethod
    def of_ear(cls, settings: SecondarySettings) -> Swing:
        """An ear's."""
        stiffness = _EAR_STIFFNESS * settings.ear_stiffness**0.5
        return cls(stiffness, _DAMPING * settings.damping, settings.gravity)


def swing_chain(
    rest_offsets_m: Floats,
    anchor_positions_m: Floats,
    anchor_rotations_wxyz: Floats,
    frame_rate_hz: float,
    swing: Swing,
    animated_wxyz: Floats | None = None,
) -> Floats:
    """Swing chains of bones that hang on something that moves.

    Args:
        rest_offsets_m: (…, K, 3) each bone from its joint to the next, or to the tip, as the rig
            stands at rest, in the world's axes. Chains of one length are one call.
        anchor_positions_m: (T, …, 3) of each chain's first joint in the world.
        anchor_rotations_wxyz: (T, …, 4) by which what it hangs on is turned from rest.
        frame_rate_hz: of the T frames, may be fractional.
        swing: how.
        animated_wxyz: (T, …, K, 4) the bones' own turns from rest in the world, if they are
            animated themselves; None where they go with the anchor.

    Returns:
        (T, …, K, 4) turns from rest of every bone, in the world.
    """
    offsets = np.asarray(rest_offsets_m, np.float64)
    anchor = np.asarray(anchor_rotations_wxyz, np.float64)[..., None, :]
    shape = (len(anchor), *offsets.shape[:-1])
    turned = anchor if animated_wxyz is None else np.asarray(animated_wxyz, np.float64)
    turned = np.broadcast_to(turned, (*shape, 4))
    bones = quaternion_rotate(turned, np.broadcast_to(offsets, (*shape, 3)))
    rates = _rates(offsets, swing)
    tilt = _DOWN - quaternion_rotate(anchor, np.broadcast_to(_DOWN, (*anchor.shape[:-1], 3)))
    hang = swing.gravity * GRAVITY_M_S2 * tilt / rates[..., None] ** 2
    base = np.asarray(anchor_positions_m, np.float64)[..., None, :]
    drawn = base + bones + hang
    lag = _lag(drawn, rates, swing.damping, frame_rate_hz)
    return _turned_to(bones, bones + hang + lag, turned)


def _rates(offsets: Floats, swing: Swing) -> Floats:
    """(…, K) rad/s with which each bone swings."""
    long = np.maximum(length(offsets).sum(axis=-1, keepdims=True), 1e-3)
    count = offsets.shape[-2]
    slower = 1.0 - _TIP_SLOWER * np.arange(count) / max(count - 1, 1)
    return np.asarray(swing.stiffness * np.sqrt(GRAVITY_M_S2 / long) * slower)


def _lag(drawn: Floats, rates: Floats, damping: float, frame_rate_hz: float) -> Floats:
    """(T, …, K, 3) how far ends are off the places (T, …, K, 3) that they are drawn to.

    Where a place moves evenly, e″ = −2 ζ ω e′ − ω² e; where its speed jumps, e′ jumps back by it.
    """
    count = len(drawn)
    lag = np.zeros_like(drawn)
    if count < 2:
        return lag
    per_frame = _STEPS_HZ / frame_rate_hz
    steps = int(np.ceil((count - 1) * per_frame)) + 1
    places = TrueTime.at(np.arange(steps) / per_frame, count).smooth(drawn)
    speeds = np.diff(places, axis=0) * _STEPS_HZ
    jumps = np.diff(speeds, axis=0, prepend=speeds[:1])
    (aa, ab), (ba, bb) = _transition(rates[..., None], damping, 1.0 / _STEPS_HZ)
    off, rate = np.zeros_like(drawn[0]), np.zeros_like(drawn[0])
    course = np.zeros_like(places)
    for step in range(steps - 1):
        rate = rate - jumps[step]
        off, rate = aa * off + ab * rate, ba * off + bb * rate
        course[step + 1] = off
    at = np.minimum(np.arange(count) * per_frame, steps - 1)
    before = np.minimum(at.astype(np.int64), steps - 2)
    part = (at - before).reshape(-1, *[1] * (drawn.ndim - 1))
    return np.asarray(course[before] + part * (course[before + 1] - course[before]))


def _transition(
    rates: Floats, damping: float, seconds: float
) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats]]:
    """What becomes of (e, e′) of a damped spring in a moment: a matrix of (…)."""
    share = min(damping, 0.99)  # beyond, it only creeps
    ringing = rates * np.sqrt(1.0 - share**2)
    fades, slow = np.exp(-share * rates * seconds), share * rates
    sine, cosine = np.sin(ringing * seconds), np.cos(ringing * seconds)
    return (
        (fades * (cosine + slow / ringing * sine), fades * sine / ringing),
        (-fades * rates**2 / ringing * sine, fades * (cosine - slow / ringing * sine)),
    )


def _turned_to(bones: Floats, ends: Floats, turned: Floats) -> Floats:
    """Turns (…, 4) with which bones (…, 3) point to their ends, within limits."""
    axis = rotation_between(bones, ends)
    angle = 2.0 * np.arccos(np.clip(axis[..., 0], -1.0, 1.0))
    softer = _FURTHEST_RAD * np.tanh(angle / _FURTHEST_RAD)
    sine = np.sin(softer / 2)[..., None] * normalise(axis[..., 1:])
    swung = np.concatenate((np.cos(softer / 2)[..., None], sine), axis=-1)
    return quaternion_multiply(swung, turned).astype(np.float32)


def with_secondary(
    clip: MotionClip,
    body: QuadrupedBody,
    settings: SecondarySettings,
    *,
    seed: int = 0,
    target_m: Floats | None = None,
) -> MotionClip:
    """A clip of the common skeleton with tail, breath and neck by rules; paws stay in place.

    Args:
        clip: of the body, at its own size, at any frame rate.
        body: the animal's.
        settings: what follows, and how. Ears are the rig's own bones: see ``swing_chain``.
        seed: when it breathes in first.
        target_m: (3,) or (T, 3) what it looks at, in the world; None for nothing.
    """
    if settings.breathing and settings.breath_depth > 0.0:
        clip = breathe(clip, body, settings.breath_depth, seed)
    if target_m is not None:
        clip = aim_neck(clip, target_m, settings.neck_limit_deg)
    if settings.tail:
        clip = swing_tail(clip, Swing.of_tail(settings), body)
    return clip


def swing_tail(clip: MotionClip, swing: Swing, body: QuadrupedBody | None = None) -> MotionClip:
    """A clip whose tail swings after the body.

    Args:
        clip: of the common skeleton.
        swing: how.
        body: the animal's, by which the tail is carried and kept off the ground; None keeps it as
            the motion has it.
    """
    positions, rotations = _world(clip)
    tail = list(TAIL)
    bones = clip.skeleton.offsets[tail[1:]]
    offsets = np.concatenate((bones, bones[-1:]))
    hips = clip.skeleton.parents[tail[0]]
    carried = rotations[:, tail]
    if body is not None:
        carried = carried_tail(clip, body, rotations, min(swing.gravity, 1.0))
    swung = swing_chain(
        offsets, positions[:, tail[0]], rotations[:, hips], clip.frame_rate_hz, swing, carried
    )
    if body is not None:
        swung = above_ground(positions, body, swung)
    rotations = rotations.copy()
    rotations[:, tail] = swung
    return _with_rotations(clip, rotations)


def breath(clip: MotionClip, body: QuadrupedBody, seed: int = 0) -> Floats:
    """(T,) from −1, breathed out, to 1: the smaller and the faster an animal, the faster it is.

    Args:
        clip: its motion.
        body: its body.
        seed: where in a breath it begins.
    """
    speeds = length(np.gradient(clip.root_positions[:, [0, 2]], axis=0)) * clip.frame_rate_hz
    froude = (speeds**2) / (GRAVITY_M_S2 * body.hip_height_m)
    sigma = _TIRED_S * clip.frame_rate_hz / 3.0
    tired = gaussian_smooth(np.minimum(froude / 2.5, 1.0), sigma) if clip.frame_count > 1 else 0.0
    resting, running = _BREATHS_HZ
    rate = (resting + (running - resting) * tired) * body.time_factor**0.5
    phase = np.cumsum(np.broadcast_to(rate, clip.frame_count)) / clip.frame_rate_hz
    begin = float(np.random.default_rng(seed).uniform())
    return np.asarray(np.sin(2 * np.pi * (phase + begin)))


def breathe(clip: MotionClip, body: QuadrupedBody, depth: float = 1.0, seed: int = 0) -> MotionClip:
    """A clip whose chest rises and falls with the breath while its paws stay where they are.

    Args:
        clip: of the body.
        body: the animal's.
        depth: 1 is usual.
        seed: where in a breath it begins.
    """
    positions, rotations = _world(clip)
    pitch = -_BREATH_RAD * depth * breath(clip, body, seed)
    half, zero = np.asarray(pitch / 2, np.float32), np.zeros(len(pitch), np.float32)
    arch = np.stack((np.cos(half), np.sin(half), zero, zero), axis=-1)
    trunk = rotations[:, :TRUNK].copy()
    for joint in SPINE[1:3]:
        trunk[:, joint] = quaternion_multiply(trunk[:, joint], arch)
    carried = quaternion_rotate(trunk[:, SPINE[:3]], clip.skeleton.offsets[list(SPINE[1:])])
    ends = np.stack((positions[:, 0], positions[:, 0] + carried.sum(axis=1)), axis=1)
    styles = styles_of(body, positions, rotations[:, [0, CHEST]])
    paws = list(PAWS)
    legs = solve_legs(
        body, ends, trunk[:, [0, CHEST]], positions[:, paws], styles, rotations[:, paws]
    )
    done = clip_of_pose(body, clip.root_positions, trunk, legs, clip.frame_rate_hz, clip.contacts)
    return replace(done, rotations_wxyz=make_continuous(done.rotations_wxyz))


def aim_neck(
    clip: MotionClip,
    target_m: Floats,
    limit_deg: float = 60.0,
    weights: Floats | float = 1.0,
) -> MotionClip:
    """A clip whose neck and head turn towards a target, as far as they go, and not behind.

    Args:
        clip: of the common skeleton.
        target_m: (3,) or (T, 3) in the world.
        limit_deg: furthest turn of the head away from its pose.
        weights: (T,) or one, 0 … 1.
    """
    positions, rotations = _world(clip)
    nose = NECK[-1]
    pointing = positions[:, nose] - positions[:, HEAD]
    toward = np.asarray(target_m, np.float32) - positions[:, HEAD]
    turn = rotation_between(pointing, toward)
    angle = 2.0 * np.arccos(np.clip(turn[:, 0], -1.0, 1.0))
    seen = 1.0 - smoothstep((angle - _BEHIND_RAD[0]) / (_BEHIND_RAD[1] - _BEHIND_RAD[0]))
    limit = max(np.radians(limit_deg), 1e-3)
    size = limit * np.tanh(angle / limit) * seen * weights
    vectors = normalise(turn[:, 1:]) * size[:, None]
    if clip.frame_count > 1:
        vectors = gaussian_smooth(vectors, _AIM_S * clip.frame_rate_hz)
    rotations = rotations.copy()
    for joint, share in zip(NECK, _AIM_SHARES, strict=True):
        by = vector_to_quaternion(share * vectors)
        rotations[:, joint] = quaternion_multiply(by, rotations[:, joint])
    return _with_rotations(clip, rotations)


def _world(clip: MotionClip) -> tuple[Floats, Floats]:
    return forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)


def _with_rotations(clip: MotionClip, rotations: Floats) -> MotionClip:
    local = normalise(global_to_local(clip.skeleton, rotations).astype(np.float32))
    return replace(clip, rotations_wxyz=make_continuous(local))
