"""Steps into every direction, made of one captured walk.

A walk played backward in time is good backward walking: joint angles and muscle patterns of both
are nearly each other's mirror in time. At equal phase the two blend by how much of the way is
ahead: half of each lifts the feet, shifts the weight and swings neither arms nor pelvis, which is
what a side step needs. The feet themselves are then set where the way needs them: a foot that
carries stays behind as the root moves and turns away over it, by the captured timing.

Source: Thorstensson 1986, How is the normal locomotor program modified to produce backward
walking?; Winter, Pluck, Yang 1989, Backward walking: a simple reversal of forward walking?
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from blender_addon.core.conventions import MODEL_FRAME_RATE_HZ, Bools, Floats
from blender_addon.core.feet.contacts import contacts_to_phase, median_filter
from blender_addon.core.maths.rotations import heading_to_quaternion, quaternion_multiply
from blender_addon.core.maths.smoothing import gaussian_smooth
from blender_addon.core.motion.common_skeleton import PLANTED_HEIGHTS_M
from blender_addon.core.motion.gait import effective_speed

from ..loops import Body, Loop, blend_bodies
from ..standing.idle import Standing
from ..synthesis import STANDING_RATE_RAD_S, look_ahead, turn_in_world
from ..takes import Take
from .legs import ankles_and_feet, lower_to_reach, reach_feet
from .profiles import FacingProfile

_STILL_M_S = 0.08
_SIDE_STRIDE_M, _SIDE_STRIDE_S = 0.2, 0.5
"""A side step with its closing step is so long at rest, and grows so with speed."""
_TURN_STRIDE_RAD, _TURN_STRIDE_S = np.radians(45.0), 0.45
_SLOWEST_SHARE, _FASTEST_SHARE = 0.5, 1.25
_FEET_APART_M = 0.15
"""Between the ankles, when they come nearest: feet that close up touch no further."""
_PELVIS_SHARE, _PELVIS_MOST_RAD = 0.4, np.radians(20.0)
_LIFTED_M_S = 0.25
"""From this speed on a foot is lifted nearly as high as in the walk, however short the step is."""
_SHORT_LIFT, _SIDE_LIFT = 0.65, 0.55
"""Shares of the walk's lift in the shortest of such steps, and in a step to the side."""


@dataclass(frozen=True, eq=False)
class Directions:
    """One walk, forward and backward in time.

    Args:
        ahead: its cycles.
        back: the cycles of the same recording from its end to its beginning.
    """

    ahead: Loop
    back: Loop

    @classmethod
    def from_take(cls, take: Take) -> Directions | None:
        """None if the take has no whole cycle."""
        ahead, back = Loop.from_take(take), Loop.from_take(play_backward(take))
        return None if ahead is None or back is None else cls(ahead, back)


def play_backward(take: Take) -> Take:
    """The take from its end to its beginning: it walks backward, and its phase goes ahead."""
    names = ("root_xz", "heading_rad", "hips", "rotations_wxyz", "contacts")
    turned = replace(take, **{name: getattr(take, name)[::-1].copy() for name in names})
    phase = contacts_to_phase(turned.contacts, MODEL_FRAME_RATE_HZ)
    return replace(turned, phase_rad=phase, captured=False)


def step_along(
    profile: FacingProfile,
    walk: Directions,
    idle: Standing,
    start_phase_rad: float,
    name: str,
    rate_rad_s: Floats | None = None,
) -> Take:
    """Follow a profile of velocity and facing with a walk; lock the feet afterwards.

    Args:
        profile: T frames.
        walk: whose steps are set anew.
        idle: what the body does while it stands.
        start_phase_rad: at the first frame.
        name: of the new take.
        rate_rad_s: (T,) of the phase, where steps are to have lengths of their own.
    """
    velocities, turns = profile.velocities_m_s, profile.turns_rad_s
    goes = effective_speed(np.linalg.norm(velocities, axis=-1), turns)
    rate = step_rates_rad_s(profile, walk.ahead) if rate_rad_s is None else rate_rad_s
    phase = start_phase_rad + np.cumsum(rate) / MODEL_FRAME_RATE_HZ
    moving, share = _blend_directions(walk, phase, velocities, turns)
    stride = np.sqrt(np.minimum(goes / walk.ahead.speed_m_s, 1.0))
    standing = (1 - gaussian_smooth(stride, 5.0)).astype(np.float32)
    times = np.arange(len(goes)) / MODEL_FRAME_RATE_HZ
    body = blend_bodies(moving, idle.body(times), standing)
    body = replace(body, contacts=moving.contacts | (goes < _STILL_M_S)[:, None])
    body = _turn_pelvis(body, velocities)
    cycles = _excursions(walk, phase, share)
    seconds = 2 * np.pi / rate
    body = _set_feet(
        body, moving, goes, walk.ahead.speed_m_s, (velocities, turns), cycles * seconds[:, None]
    )
    take = Take(
        name=name,
        label="synthetic",
        style=walk.ahead.take.style,
        root_xz=profile.root_xz(),
        heading_rad=profile.heading_rad(),
        hips=body.hips.astype(np.float32),
        rotations_wxyz=body.rotations_wxyz.astype(np.float32),
        contacts=body.contacts,
        phase_rad=phase,
        captured=False,
    )
    return look_ahead(take, turns)


def step_rates_rad_s(profile: FacingProfile, ahead: Loop) -> Floats:
    """Phase rates (T,): as the walk at that speed, and short enough to the side and in turns."""
    velocities, turns = profile.velocities_m_s, profile.turns_rad_s
    along = np.sqrt(np.abs(velocities[:, 1]) / ahead.speed_m_s)
    own = ahead.phase_rate_rad_s * np.clip(along, 0.0, _FASTEST_SHARE)
    side, turn = np.abs(velocities[:, 0]), np.abs(turns)
    beside = 2 * np.pi * side / (_SIDE_STRIDE_M + _SIDE_STRIDE_S * side)
    around = 2 * np.pi * turn / (_TURN_STRIDE_RAD + _TURN_STRIDE_S * turn)
    # Two reasons to step share their steps: the stronger one decides.
    needed = np.cbrt(own**3 + beside**3 + around**3)
    least = _SLOWEST_SHARE * ahead.phase_rate_rad_s
    goes = np.clip(effective_speed(np.linalg.norm(velocities, axis=-1), turns) / 0.2, 0.0, 1.0)
    needed = np.maximum(needed, least * goes)
    return np.maximum(gaussian_smooth(needed, 6.0), STANDING_RATE_RAD_S)


def _blend_directions(
    walk: Directions, phase: Floats, velocities: Floats, turns: Floats
) -> tuple[Body, Floats]:
    """The walk by its share (T,) of going back; between both, feet are flat."""
    speed = effective_speed(np.linalg.norm(velocities, axis=-1), turns)
    ahead = velocities[:, 1] / np.maximum(speed, 0.05)
    share = gaussian_smooth(np.clip(0.5 - 0.5 * ahead, 0.0, 1.0), 6.0).astype(np.float32)
    # Nearly ahead is ahead: a walk of ten degrees askew keeps its arms' swing.
    share = share * share * (3 - 2 * share)
    forth, back = walk.ahead.body(phase), walk.back.body(phase)
    body = blend_bodies(forth, back, share)
    between = ((share > 0.25) & (share < 0.75))[:, None]
    contacts = np.where(between, _common_feet(forth.contacts, back.contacts), body.contacts)
    return replace(body, contacts=contacts), share


def _common_feet(forth: Bools, back: Bools) -> Bools:
    """(T, 4) feet that carry in both walks; where none does, those that carry in either."""
    one, other = _whole_feet(forth), _whole_feet(back)
    both = one & other
    return median_filter(np.where(both.any(axis=1, keepdims=True), both, one | other))


def _whole_feet(contacts: Bools) -> Bools:
    """(T, 4) a foot carries with heel and toe where it carries with either."""
    feet = contacts.reshape(len(contacts), 2, 2).any(axis=-1)
    return np.repeat(feet, 2, axis=1)


def _turn_pelvis(body: Body, velocities: Floats) -> Body:
    """Hips turn a part of the way toward where a body goes askew; chest and head do not."""
    speed = np.linalg.norm(velocities, axis=-1)
    angle = np.arctan2(velocities[:, 0], velocities[:, 1])
    off = np.arctan(np.tan(angle + 1e-6)) * np.abs(np.cos(angle))  # fades out toward the side
    off = np.clip(off, -_PELVIS_MOST_RAD / _PELVIS_SHARE, _PELVIS_MOST_RAD / _PELVIS_SHARE)
    yaw = gaussian_smooth(_PELVIS_SHARE * off * np.minimum(speed / 0.3, 1.0), 10.0)
    rotations = body.rotations_wxyz.copy()
    rotations[:, 0] = quaternion_multiply(heading_to_quaternion(yaw), rotations[:, 0])
    turn_in_world(rotations, "Spine1", -yaw, 0.0 * yaw)
    return replace(body, rotations_wxyz=rotations)


def _excursions(walk: Directions, phase: Floats, share: Floats) -> Floats:
    """(T, 2) where each foot is of its way, in strides: from 0.3 ahead to 0.3 behind, and back."""
    tracks = []
    for loop, sense in ((walk.ahead, 1.0), (walk.back, -1.0)):
        own = loop.body(phase)
        ankles, _ = ankles_and_feet(own.hips, own.rotations_wxyz)
        stride = loop.speed_m_s * 2 * np.pi / loop.phase_rate_rad_s
        middle = np.mean(_range_middle(loop))
        tracks.append(sense * (ankles[..., 2] - middle) / stride)
    weight = share[:, None]
    return np.asarray((1 - weight) * tracks[0] + weight * tracks[1])


def _range_middle(loop: Loop) -> Floats:
    """(2,) middle of the way of each ankle, forward in the root's frame, metres."""
    ankles, _ = ankles_and_feet(loop.take.hips, loop.take.rotations_wxyz)
    return np.asarray((ankles[..., 2].min(axis=0) + ankles[..., 2].max(axis=0)) / 2)


def _set_feet(
    body: Body,
    moving: Body,
    goes_m_s: Floats,
    walk_m_s: float,
    way: tuple[Floats, Floats],
    seconds: Floats,
) -> Body:
    """Feet where the root's way of the last and next moments leaves them.

    Args:
        body: T frames.
        moving: the same without standing: how high its feet are lifted.
        goes_m_s: (T,) how fast the feet go.
        walk_m_s: the walk's own speed.
        way: (T, 2) velocities and (T,) rates of turning.
        seconds: (T, 2) of that way between the root and each foot.
    """
    velocities, turns = way
    ankles, feet = ankles_and_feet(body.hips, body.rotations_wxyz)
    lifted, _ = ankles_and_feet(moving.hips, moving.rotations_wxyz)
    rest = gaussian_smooth(ankles, 40.0)
    rest[..., 0] += _widening(rest, velocities[:, :1] * seconds)
    angle = turns[:, None] * seconds
    sine, cosine = np.sin(angle), np.cos(angle)
    target = ankles.copy()
    target[..., 0] = cosine * rest[..., 0] + sine * rest[..., 2] + velocities[:, :1] * seconds
    target[..., 2] = cosine * rest[..., 2] - sine * rest[..., 0] + velocities[:, 1:] * seconds
    high = _lift_share(goes_m_s, velocities, walk_m_s)[:, None]
    ground = np.minimum(lifted[..., 1], PLANTED_HEIGHTS_M[0])
    target[..., 1] = ground + high * (lifted[..., 1] - ground)
    turned = np.stack(
        [
            quaternion_multiply(heading_to_quaternion(angle[:, side]), feet[:, side])
            for side in range(2)
        ],
        axis=1,
    ).astype(np.float32)
    lowered = lower_to_reach(body.hips, body.rotations_wxyz, target)
    steps = np.minimum(gaussian_smooth(goes_m_s, 10.0) / _LIFTED_M_S, 1.0)[:, None]
    hips = body.hips + steps.astype(np.float32) * (lowered - body.hips)
    rotations = reach_feet(hips, body.rotations_wxyz, target, turned)
    return replace(body, hips=hips, rotations_wxyz=rotations)


def _lift_share(goes_m_s: Floats, velocities: Floats, walk_m_s: float) -> Floats:
    """How much (T,) of the walk's lift feet have."""
    short = _SHORT_LIFT + (1 - _SHORT_LIFT) * np.minimum(goes_m_s / walk_m_s, 1.0)
    along = np.abs(velocities[:, 1]) / np.maximum(goes_m_s, 0.05)
    side = _SIDE_LIFT + (1 - _SIDE_LIFT) * np.minimum(along, 1.0)
    return gaussian_smooth(np.minimum(goes_m_s / _LIFTED_M_S, 1.0) * short * side, 4.0)


def _widening(rest: Floats, beside: Floats) -> Floats:
    """(T, 2) by which feet go apart so that a closing foot stays on its own side."""
    nearest = gaussian_smooth(np.abs(beside[:, 0] - beside[:, 1]), 15.0) * (np.pi / 2)
    between = rest[:, 0, 0] - rest[:, 1, 0]
    missing = np.maximum(_FEET_APART_M + nearest - between, 0.0)
    missing = gaussian_smooth(missing, 15.0)
    return np.stack((missing / 2, -missing / 2), axis=-1)
