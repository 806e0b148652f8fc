"""What muscles must exert where a figure does just what its reference does.

Muscles alone are springs: they exert a torque only where a joint sags behind its target. The torque
that a motion needs is known beforehand from the masses of the body and where its feet stand; told
to the muscles as an offset of their targets, nothing sags and a foot pushes off as it should.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ..conventions import Floats
from ..maths.rotations import quaternion_rotate
from ..maths.smoothing import gaussian_smooth
from .clip_poses import FRAME_RATE_HZ, body_positions, body_rotations
from .engine import inverse_dynamics
from .figure import (
    BODY_NAMES,
    CONTROL_RATE_HZ,
    DAMPING_S,
    PARTS,
    RATE_SIZE,
    SOLE_CORNERS_M,
    figure_mjcf,
    without_side,
)
from .joints import blend_poses, joint_vectors
from .reference import FRAMES_A_STEP, Reference

STIFFNESS: Final[Floats] = np.concatenate(
    [np.full(part.degrees, float(part.stiffness)) for part in PARTS]
)
"""(30,) of the muscles, N m / rad."""

FEET: Final = tuple(n for n, name in enumerate(BODY_NAMES) if without_side(name) in SOLE_CORNERS_M)
"""Bodies with a sole: of each side the foot, then its toes."""

_EASE_STEPS: Final = 0.75
_NEAR_M, _SLOW_M_S = 0.015, 0.5  # to the ground, over it: what a sole that carries is
_FRICTION: Final = 0.7
_EDGES: Final[Floats] = np.array(
    [(_FRICTION, 1, 0), (-_FRICTION, 1, 0), (0, 1, _FRICTION), (0, 1, -_FRICTION)]
)  # of the cone in which the ground can push
_LEVERS: Final[Floats] = np.array([1, 1, 1, 4, 4, 4.0])  # a moment of 1 N m counts as 4 N
_SOFTNESS: Final = 0.5
_ROUNDS: Final = 8
_CHUNK: Final = 256


def feed_forward(reference: Reference) -> Floats:
    """(K, 30) radians to add to the muscles' targets at each control step of a reference.

    With these a figure that is where its reference is stays there as far as the ground can do it.
    """
    k = np.arange(reference.steps)
    after = reference.clamped(k + 1)
    poses = blend_poses(reference.poses, reference.poses[after], 0.5)
    smooth = gaussian_smooth(reference.rates, _EASE_STEPS, keep_ends=True)
    rates = 0.5 * (smooth + smooth[after])
    changes = (smooth[after] - smooth) * CONTROL_RATE_HZ
    shares = carrying_corners(reference).reshape(len(k), -1)
    torques = np.concatenate(
        [
            _torques(shares[part], poses[part], rates[part], changes[part])
            for part in np.array_split(k, -(-len(k) // _CHUNK))
        ]
    )
    lead = joint_vectors(poses) + DAMPING_S * rates[:, 6:]
    told = reference.joints[after] + DAMPING_S * reference.rates[after, 6:]
    return np.asarray(lead - told + torques / STIFFNESS)


def soles(poses: Floats) -> Floats:
    """World places (T, 4, 4, 3) of the corners of the bodies in ``FEET`` in poses (T, 45)."""
    rotations = body_rotations(poses)
    positions = body_positions(poses, rotations)
    corners = [SOLE_CORNERS_M[without_side(BODY_NAMES[n])] for n in FEET]
    return np.stack(
        [
            positions[:, n, None] + quaternion_rotate(rotations[:, n, None], corner)
            for n, corner in zip(FEET, corners, strict=True)
        ],
        axis=1,
    )


def carrying_corners(reference: Reference) -> Floats:
    """(K, 4, 4) from 0 to 1: how far each corner of the soles can carry half a step later.

    What is near the ground and slow in the motion before swinging feet were lifted. The ground is
    taken to be where the lowest corner of each foot was last.
    """
    corners = soles(reference.followed.poses)
    frames = len(corners)
    speed = np.linalg.norm(np.gradient(corners, 1.0 / FRAME_RATE_HZ, axis=0), axis=-1)
    height = np.maximum(corners[..., 1] - _ground(corners[..., 1], reference), 0.0)
    share = np.exp(-((height / _NEAR_M) ** 2) - (speed / _SLOW_M_S) ** 2)
    share = np.clip(gaussian_smooth(share, 1.0, keep_ends=True), 0.0, 1.0)
    chosen = FRAMES_A_STEP * np.arange(reference.steps) + FRAMES_A_STEP // 2
    return np.asarray(share[np.minimum(chosen, frames - 1)])


def _ground(heights: Floats, reference: Reference) -> Floats:
    """(T, 4, 1) under each sole: how low it is while its foot carries, and between these."""
    low = heights.min(axis=-1).reshape(len(heights), 2, 2).min(axis=-1)
    carries = np.repeat(reference.carries, FRAMES_A_STEP, axis=0)[: len(low)]
    frames = np.arange(len(low))
    out = np.empty_like(low)
    for side in range(2):
        held = np.flatnonzero(carries[:, side])
        out[:, side] = np.interp(frames, held, low[held, side]) if len(held) else low[:, side].min()
    return np.repeat(out, 2, axis=1)[..., None]


def _torques(shares: Floats, poses: Floats, rates: Floats, changes: Floats) -> Floats:
    """(T, 30) N m that these poses, rates and changes of rates need, the ground's part taken."""
    count = len(poses)
    points = soles(poses).reshape(count, -1, 3)
    bodies = np.repeat(np.array(FEET) + 1, 4)
    needed, reach = inverse_dynamics(figure_mjcf(), poses, rates, changes, points, bodies)
    pushes = (_EDGES @ reach * shares[..., None, None]).reshape(count, -1, RATE_SIZE)
    sizes = ground_pushes(pushes[..., :6] * _LEVERS, needed[:, :6] * _LEVERS)
    return np.asarray(needed[:, 6:] - (sizes[:, None] @ pushes[..., 6:])[:, 0])


def ground_pushes(pushes: Floats, needed: Floats) -> Floats:
    """(T, N) sizes ≥ 0 of N pushes that together come nearest to what the pelvis needs.

    Args:
        pushes: (T, N, 6) what a push of size one does at the pelvis.
        needed: (T, 6) there.
    """
    may = np.ones(pushes.shape[:2])
    sizes = may
    for _ in range(_ROUNDS):
        square = np.swapaxes(pushes * may[..., None], 1, 2) @ pushes + _SOFTNESS**2 * np.eye(6)
        sizes = may * (pushes @ np.linalg.solve(square, needed[..., None]))[..., 0]
        may = np.where(sizes > 0.0, may, 0.0)
    return np.asarray(np.maximum(sizes, 0.0))
