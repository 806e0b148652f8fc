"""Lower a head to the ground to eat, for any length of neck.

A network learns from some bodies how far a neck turns down; one that stands otherwise at rest would
fold under the chest. How far it has to turn follows from how long it is and how high it begins.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from ...conventions import LEFTWARD, MODEL_FRAME_RATE_HZ, Floats
from ...feet.contacts import spans
from ...ground.terrain import Terrain
from ...maths.headings import headings_to_directions
from ...maths.rotations import (
    axis_angle_to_quaternion,
    heading_to_quaternion,
    quaternion_multiply,
    quaternion_nlerp,
    quaternion_rotate,
)
from ...maths.segments import Segments
from ...maths.smoothing import smoothstep
from ..body import MODEL_HIP_HEIGHT_M, Family, QuadrupedBody
from ..recording import Pose
from ..skeleton import CHEST, NECK

_EATS: Final = 0.05
"""Share of eating in a plan from which on a head goes down."""
_GO_S: Final = 0.9
_FACE_RAD: Final = (1.1, 1.25)
"""How steeply the face of an eating animal points down, and where its neck is too short."""
_STEEPEST_RAD: Final = 1.22
"""How steeply a neck points down at most."""
_CLEAR_M: Final = 0.05 * MODEL_HIP_HEIGHT_M
_DEEPEST_M: Final = {
    Family.HOOFED: 0.10 * MODEL_HIP_HEIGHT_M,
    Family.CANINE: 0.22 * MODEL_HIP_HEIGHT_M,
}
"""By how much the chest comes down at most where a neck is too short."""
_BEND_RAD: Final = 0.06
"""A neck is that much steeper at its base, and less at the head."""
_NIBBLES_HZ: Final = 1.1
_NIBBLE_RAD: Final = 0.05
_LOOK_AROUND_RAD: Final = 0.12


def graze(
    pose: Pose,
    eating: Floats,
    bodies: Sequence[QuadrupedBody],
    motions: Segments,
    terrain: Terrain,
) -> None:
    """Bring the heads of animals that eat to the ground, in place.

    Args:
        pose: N frames of animals end to end.
        eating: (N,) how much of an action that is.
        bodies: of each, at the model's size.
        motions: which frames are whose.
        terrain: the ground in the model's world.
    """
    for body, part in zip(bodies, motions.slices(), strict=True):
        for start, end in spans(eating[part] > _EATS):
            _graze_once(pose, body, slice(part.start + start, part.start + end), part, terrain)


def _graze_once(
    pose: Pose, body: QuadrupedBody, time: slice, part: slice, terrain: Terrain
) -> None:
    """One time of eating, with the head going down and up in it."""
    count = time.stop - time.start
    frames = np.arange(count)
    go = max(min(_GO_S * MODEL_FRAME_RATE_HZ, 0.45 * count), 1.0)
    share = smoothstep(np.clip(np.minimum(frames, count - 1 - frames) / go, 0.0, 1.0))
    _raise_chest(pose, time, max(time.start - 1, part.start))
    neck, head, nose = (float(np.linalg.norm(body.skeleton.offsets[n])) for n in NECK[1:])
    need = _base(pose, body, time)[:, 1] - _ground(pose, body, time, terrain)
    longest = (neck + head) * np.sin(_STEEPEST_RAD)
    lacks = float(need.max() - _CLEAR_M - nose * np.sin(_FACE_RAD[0])) - longest
    face = _FACE_RAD[int(lacks > 0.0)]
    need = need - _CLEAR_M - nose * np.sin(face)
    short = float(np.clip(need.max() - longest, 0.0, _DEEPEST_M[body.family]))
    drop = np.zeros(len(pose.headings), np.float32)
    drop[time] = -short * share
    if short > 0.0:
        pose.raise_ends(np.zeros_like(drop), drop)
    sine = np.clip((need - short * share) / (neck + head), -1.0, np.sin(_STEEPEST_RAD))
    down = np.arcsin(sine)
    before = max(time.start - 1, part.start)
    after = min(time.stop, part.stop - 1)
    line = list(NECK)
    straight = quaternion_nlerp(
        pose.trunk[before, line][None], pose.trunk[after, line][None], (frames / count)[:, None]
    )
    eats = _turned_down(body, pose.headings[time], down, face, frames / MODEL_FRAME_RATE_HZ)
    trunk = pose.trunk.copy()
    trunk[time, line[0] : line[-1] + 1] = quaternion_nlerp(straight, eats, share[:, None])
    pose.trunk = trunk


def _raise_chest(pose: Pose, time: slice, before: int) -> None:
    """Take back by how much a network lowers a chest: the neck says how much is needed."""
    lift = np.zeros(len(pose.headings), np.float32)
    lift[time] = np.maximum(pose.chest[before, 1] - pose.chest[time, 1], 0.0)
    pose.raise_ends(np.zeros_like(lift), lift)


def _base(pose: Pose, body: QuadrupedBody, time: slice) -> Floats:
    """(T, 3) where the neck begins."""
    off = body.skeleton.offsets[NECK[0]]
    turns = pose.trunk[time, CHEST]
    off = quaternion_rotate(turns, np.broadcast_to(off, (len(turns), 3)))
    return np.asarray(pose.chest[time] + off)


def _ground(pose: Pose, body: QuadrupedBody, time: slice, terrain: Terrain) -> Floats:
    """(T,) height of the ground about where the mouth will be."""
    ahead = 0.6 * float(np.linalg.norm(body.skeleton.offsets[list(NECK[1:])], axis=1).sum())
    heading = pose.headings[time]
    forward = headings_to_directions(heading)
    return terrain.heights(
        (_base(pose, body, time)[:, [0, 2]] + ahead * forward).astype(np.float32)
    )


def _turned_down(
    body: QuadrupedBody, heading: Floats, down: Floats, face: float, seconds: Floats
) -> Floats:
    """(T, 4, 4) turns of neck, head and nose of an animal that eats."""
    nibble = _NIBBLE_RAD * np.sin(2 * np.pi * _NIBBLES_HZ * seconds)
    aside = _LOOK_AROUND_RAD * np.sin(0.9 * seconds)
    slopes = (down + _BEND_RAD, down - _BEND_RAD, face + nibble, face + nibble)
    rests = [body.skeleton.offsets[n] for n in (*NECK[1:], NECK[-1])]
    turns = []
    for slope, rest in zip(slopes, rests, strict=True):
        pitch = np.arctan2(rest[1], rest[2]) + slope
        level = heading_to_quaternion((heading + aside).astype(np.float32))
        turns.append(quaternion_multiply(level, axis_angle_to_quaternion(LEFTWARD, pitch)))
    return np.stack(turns, axis=1).astype(np.float32)
