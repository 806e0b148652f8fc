"""How an animal carries its tail: down at rest, higher the faster it goes, never in the ground.

Many rigs have it straight out behind in their rest pose, which is the modeller's, not the animal's.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ...conventions import FORWARD, GRAVITY_M_S2, LEFTWARD, Floats
from ...maths.rotations import (
    axis_angle_to_quaternion,
    length,
    quaternion_multiply,
    quaternion_rotate,
    rotation_between,
)
from ...maths.smoothing import gaussian_smooth
from ...motion.clip import MotionClip
from ..body import Family, QuadrupedBody
from ..skeleton import PAWS, TAIL

_FROUDES: Final = (0.1, 1.0, 3.5)
_CARRIED_DEG: Final = {Family.HOOFED: (-70.0, -52.0, -25.0), Family.CANINE: (-42.0, -25.0, -4.0)}
"""How steep a tail is while one walks, trots and gallops."""
_ERECT_DEG: Final = 35.0
"""A dog whose tail stands up that far at rest carries it so."""
_SHARES: Final = (0.6, 1.0, 1.15)
"""Of the turn downward, from the tail's base on: it hangs in a bow."""
_SWISH_RAD: Final = 0.5
_SWISH_S: Final = 0.3
_SWISHES_S: Final = (1.5, 5.0)
"""How far, how long and how often a tail is swished, of an animal with hips a metre high."""
_SWAY_HZ: Final = 0.25
_SMOOTH_S: Final = 0.5
_ABOVE: Final = 0.07
"""Of the hip height, which a tail is above the ground at least."""


def carried_tail(
    clip: MotionClip, body: QuadrupedBody, rotations: Floats, share: float = 1.0
) -> Floats:
    """Turns (T, 3, 4) of the tail's joints in the world, carried as the animal does.

    Args:
        clip: of the body.
        body: the animal's.
        rotations: (T, 27, 4) of the clip's joints in the world.
        share: of what it is turned down.
    """
    tail = list(TAIL)
    way = body.rest_m[tail[-1]] - body.rest_m[tail[0]]
    rest = float(np.degrees(np.arctan2(way[1], -way[2])))
    if body.family is Family.CANINE and rest > _ERECT_DEG:
        return np.asarray(rotations[:, tail])
    flat = clip.root_positions[:, [0, 2]]
    speeds = (
        length(np.gradient(flat, axis=0)) * clip.frame_rate_hz if len(flat) > 1 else np.zeros(1)
    )
    froude = speeds**2 / (GRAVITY_M_S2 * body.hip_height_m)
    down = np.interp(froude, _FROUDES, _CARRIED_DEG[body.family]) - rest
    down = np.minimum(down, 0.0)
    if len(flat) > 1:
        down = gaussian_smooth(down, _SMOOTH_S * clip.frame_rate_hz)
    angles = np.radians(share * down)
    turned = []
    aside = _swishes(clip, body, froude)
    for joint, part in zip(tail, _SHARES, strict=True):
        # About the body's own axes, before what the motion does with the tail.
        bent = axis_angle_to_quaternion(LEFTWARD, part * angles)
        swish = axis_angle_to_quaternion(FORWARD, part * aside)
        bent = quaternion_multiply(swish, bent)
        turned.append(quaternion_multiply(rotations[:, joint], bent))
    return np.stack(turned, axis=1).astype(np.float32)


def _swishes(clip: MotionClip, body: QuadrupedBody, froude: Floats) -> Floats:
    """(T,) radians by which a standing or walking animal swings its tail aside by itself."""
    seconds = np.arange(len(froude)) / clip.frame_rate_hz / np.sqrt(body.hip_height_m)
    rng = np.random.default_rng(len(froude))
    aside = 0.3 * _SWISH_RAD * np.sin(2 * np.pi * (_SWAY_HZ * seconds + rng.uniform()))
    at = rng.uniform(*_SWISHES_S)
    while at < seconds[-1]:
        off = (seconds - at) / _SWISH_S
        aside += rng.choice((-1.0, 1.0)) * _SWISH_RAD * np.sin(2 * off) * np.exp(-(off**2))
        at += rng.uniform(*_SWISHES_S)
    return np.asarray(aside * np.clip(1.0 - froude, 0.0, 1.0))


def above_ground(positions: Floats, body: QuadrupedBody, turns: Floats) -> Floats:
    """Turns (T, 3, 4) of a tail that lies on the ground where it would be in it.

    Args:
        positions: (T, 27, 3) of the joints in the world.
        body: the animal's.
        turns: (T, 3, 4) of the tail's joints in the world.
    """
    paws = positions[:, list(PAWS), 1] - body.paw_heights_m
    floor = np.minimum(paws[:, [0, 2]].min(axis=1), paws.min(axis=1) + 0.5 * body.hip_height_m)
    floor = floor + _ABOVE * body.hip_height_m
    tail = list(TAIL)
    offsets = body.rest_m[tail[1:]] - body.rest_m[tail[:-1]]
    offsets = np.concatenate((offsets, offsets[-1:]))
    place, lain = positions[:, tail[0]], []
    for number, offset in enumerate(offsets):
        way = quaternion_rotate(turns[:, number], np.broadcast_to(offset, place.shape))
        lifted = _lifted(way, np.maximum(floor - place[:, 1], -float(np.linalg.norm(offset))))
        lain.append(quaternion_multiply(rotation_between(way, lifted), turns[:, number]))
        place = place + lifted
    return np.stack(lain, axis=1).astype(np.float32)


def _lifted(way: Floats, lowest: Floats) -> Floats:
    """Bones (T, 3), as long as before, that come down no further than (T,)."""
    long = length(way)
    rise = np.clip(np.maximum(way[:, 1], lowest), -long, 0.98 * long)
    flat = way[:, [0, 2]]
    out = np.sqrt(np.maximum(long**2 - rise**2, 0.0)) / np.maximum(length(flat), 1e-9)
    return np.stack((flat[:, 0] * out, rise, flat[:, 1] * out), axis=-1)
