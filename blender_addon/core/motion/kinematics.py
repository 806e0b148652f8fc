"""Forward kinematics and analytic two-bone inverse kinematics."""

from __future__ import annotations

from typing import Final

import numpy as np

from ..conventions import Floats
from ..maths.rotations import (
    dot,
    length,
    normalise,
    quaternion_conjugate,
    quaternion_multiply,
    quaternion_rotate,
    rotation_between,
)
from .skeleton import Skeleton

_NOWHERE_M: Final = 1e-6
_ALONG: Final = 1e-4  # sine of the angle below which a direction counts as along the line
_SIDE: Final = np.array([0.0, 0.0, 1.0], np.float32)
_OTHER_SIDE: Final = np.array([1.0, 0.0, 0.0], np.float32)


def forward_kinematics(
    skeleton: Skeleton, root_positions: Floats, rotations_wxyz: Floats
) -> tuple[Floats, Floats]:
    """World positions and rotations of every joint.

    Args:
        skeleton: J joints.
        root_positions: (..., 3) of the first joint, metres.
        rotations_wxyz: (..., J, 4) relative to the parent.

    Returns:
        positions (..., J, 3) in metres, rotations (..., J, 4) in the world.
    """
    positions = np.empty((*rotations_wxyz.shape[:-1], 3), np.float32)
    rotations = np.empty_like(rotations_wxyz)
    positions[..., 0, :], rotations[..., 0, :] = root_positions, rotations_wxyz[..., 0, :]
    for joints in skeleton.levels:
        parents = skeleton.parents[joints]
        turn = rotations[..., parents, :]
        positions[..., joints, :] = positions[..., parents, :] + quaternion_rotate(
            turn, skeleton.offsets[joints]
        )
        rotations[..., joints, :] = quaternion_multiply(turn, rotations_wxyz[..., joints, :])
    return positions, rotations


def global_to_local(skeleton: Skeleton, rotations_global_wxyz: Floats) -> Floats:
    """World rotations (..., J, 4) to rotations relative to the parent (..., J, 4)."""
    local = rotations_global_wxyz.copy()
    parents = skeleton.parents[1:]
    local[..., 1:, :] = quaternion_multiply(
        quaternion_conjugate(rotations_global_wxyz[..., parents, :]),
        rotations_global_wxyz[..., 1:, :],
    )
    return local


def solve_two_bone(
    root: Floats, middle: Floats, end: Floats, target: Floats, pole: Floats
) -> tuple[Floats, Floats]:
    """Turn a two-bone chain so that its end reaches a target, bending toward the pole.

    Args:
        root, middle, end: (..., 3) present joint positions, metres.
        target: (..., 3) where the end should be; out of reach, the chain points at it straight.
        pole: (..., 3) direction in which the middle joint bends (used as given, need not be unit);
            along the line to the target it says nothing, and the present bend is kept.

    Returns:
        Two world rotations (..., 4): pre-multiply the first onto the root joint's world rotation
        and the second onto the middle joint's.
    """
    upper = length(middle - root)[..., None]
    lower = length(end - middle)[..., None]
    to_target = target - root
    reach = length(to_target)[..., None]
    # 1. Keep a hair of bend: a fully straight leg pops when it starts to bend.
    reach = np.clip(reach, np.abs(upper - lower) + 1e-4, (upper + lower) * 0.9999)
    along = normalise(np.where(reach > _NOWHERE_M, to_target, end - root))
    # 2. The middle joint lies on a circle around the line root–target; the pole picks its place.
    sideways = _first_sideways(along, (pole, middle - root, _SIDE, _OTHER_SIDE))
    ratio = (upper**2 + reach**2 - lower**2) / np.maximum(2 * upper * reach, _NOWHERE_M**2)
    cosine = np.clip(ratio, -1.0, 1.0)
    bent = root + upper * (cosine * along + np.sqrt(1 - cosine**2) * sideways)
    # 3. Swing each bone onto its new direction by the shortest turn.
    upper_turn = rotation_between(middle - root, bent - root)
    lower_now = quaternion_rotate(upper_turn, end - middle)
    lower_turn = rotation_between(lower_now, root + along * reach - bent)
    return upper_turn, quaternion_multiply(lower_turn, upper_turn)


def _first_sideways(along: Floats, candidates: tuple[Floats, ...]) -> Floats:
    """Unit vectors (..., 3) at right angles to ``along``: the first candidate that is not along."""
    chosen = np.zeros_like(along)
    for candidate in candidates:
        unset = ~np.any(chosen, axis=-1, keepdims=True)
        if not unset.any():
            break
        sideways = candidate - dot(candidate, along)[..., None] * along
        clear = dot(sideways, sideways) > _ALONG**2 * dot(candidate, candidate)
        chosen = np.where(unset & clear[..., None], normalise(sideways), chosen)
    return chosen
