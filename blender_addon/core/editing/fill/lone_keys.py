"""Poses keyed alone: what is filled before one goes on after it without a kink.

Each gap is filled for itself, so that the velocity a key is reached with need not be the one it is
left with. Both are brought to their mean, by a shift that is zero at the key, has the slope that is
missing there, and is gone with its slope at the next key, or sooner.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from ...conventions import Bools, Floats, Ints
from ...maths.rotation_vectors import quaternion_to_vector, vector_to_quaternion
from ...maths.rotations import normalise, quaternion_conjugate, quaternion_multiply
from ...motion.clip import MotionClip
from .neighbours import find_neighbours

_REACH_S: Final = 0.3
"""How far from a key the motion is shifted at most."""
_LEAST_FRAMES: Final = 3


def smooth_lone_keys(clip: MotionClip, known: Bools) -> MotionClip:
    """A filled clip that goes through poses keyed alone with one velocity; keys stay to the bit.

    Args:
        clip: T frames, filled.
        known: (T, 1 + J) what was given: the hips' position, then the joints' rotations.
    """
    lone = np.zeros_like(known)
    lone[1:-1] = known[1:-1] & ~known[:-2] & ~known[2:]
    if not lone.any():
        return clip
    near = find_neighbours(known[None])
    reach = max(round(_REACH_S * clip.frame_rate_hz), _LEAST_FRAMES)
    root, rotations = clip.root_positions.copy(), clip.rotations_wxyz.copy()
    for key in np.flatnonzero(lone.any(axis=1)):
        chosen = np.flatnonzero(lone[key])
        # Ends of the gaps on both sides; a side that is open to the clip's end has none.
        sides = (near.before[0, key - 1, chosen], near.after[0, key + 1, chosen])
        lengths = tuple(np.where(end < 0, 0, np.minimum(np.abs(end - key), reach)) for end in sides)
        _meet(root, rotations, int(key), chosen, lengths)
    return replace(clip, root_positions=root, rotations_wxyz=rotations)


def _meet(
    root: Floats, rotations: Floats, key: int, chosen: Ints, lengths: tuple[Ints, ...]
) -> None:
    """Bring the velocities on both sides of a key to their mean, in place."""
    usable = (lengths[0] >= _LEAST_FRAMES) & (lengths[1] >= _LEAST_FRAMES)
    chosen, lengths = chosen[usable], tuple(each[usable] for each in lengths)
    joints = chosen[chosen > 0] - 1
    turned = chosen > 0
    reached = _turn(rotations[key - 1, joints], rotations[key, joints])
    left = _turn(rotations[key, joints], rotations[key + 1, joints])
    slope = 0.5 * (left - reached)
    for side, length in zip((-1, 1), lengths, strict=True):
        _shift_turns(rotations, key, side, joints, -slope, length[turned])
        if not turned.all():
            bend = 0.5 * (root[key + 1] - 2.0 * root[key] + root[key - 1])
            span = int(length[~turned][0])
            at = np.arange(1, span)
            root[key + side * at] -= _share(at, span)[:, None] * bend


def _shift_turns(
    rotations: Floats, key: int, side: int, joints: Ints, slope: Floats, lengths: Ints
) -> None:
    """Turn joints beside a key by a slope (N, 3), each as far as its own length (N,)."""
    for step in range(1, int(lengths.max(initial=0))):
        frame, moves = key + side * step, lengths > step
        share = _share(step, lengths[moves])[:, None]
        by = vector_to_quaternion((share * slope[moves]).astype(np.float32))
        turned = quaternion_multiply(rotations[frame, joints[moves]], by)
        rotations[frame, joints[moves]] = normalise(turned)


def _share(step: Ints | int, length: Ints | int) -> Floats:
    """Of the slope: 1 beside the key, 0 with its own slope at the end."""
    rest = (1.0 - step / np.asarray(length)) / (1.0 - 1.0 / np.asarray(length))
    return np.asarray(step * rest**2)


def _turn(start: Floats, end: Floats) -> Floats:
    return quaternion_to_vector(quaternion_multiply(quaternion_conjugate(start), end))
