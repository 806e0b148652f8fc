"""Brings hands and feet of a skeleton to where they are seen, whatever lies between.

Limbs of control rigs may stretch and be squashed by their solver. Their bones' turns on lengths at
rest then lead elsewhere than to the hand or foot that is seen, by centimetres.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from ..conventions import Floats
from ..maths.rotations import normalise, quaternion_multiply
from ..motion.clip import MotionClip
from ..motion.kinematics import forward_kinematics, global_to_local, solve_two_bone

_CHAINS: Final = tuple(
    tuple(side + part for part in parts)
    for side in ("Left", "Right")
    for parts in (("UpLeg", "Leg", "Foot"), ("Arm", "ForeArm", "Hand"))
)
_THERE_M: Final = 5e-4
"""So near to where it is seen a hand or foot is left as it is."""


def with_ends(
    clip: MotionClip, joint_map: Mapping[str, str], ends: Mapping[str, Floats]
) -> MotionClip:
    """A motion whose hands and feet are where they are seen.

    Args:
        clip: T frames.
        joint_map: common joint name by joint name.
        ends: (T, 3) in the world, metres, by joint name.
    """
    skeleton = clip.skeleton
    joints = {common: skeleton.index(name) for name, common in joint_map.items()}
    for chain in _CHAINS:
        if any(common not in joints for common in chain):
            continue
        upper, middle, end = (joints[common] for common in chain)
        desired = ends.get(skeleton.names[end])
        if desired is not None:
            clip = _with_end(clip, upper, middle, end, desired)
    return clip


def _with_end(clip: MotionClip, upper: int, middle: int, end: int, desired: Floats) -> MotionClip:
    turns = clip.rotations_wxyz.astype(np.float64)
    places, turned = forward_kinematics(clip.skeleton, clip.root_positions, turns)
    first, second, last = (places[:, n].astype(np.float64) for n in (upper, middle, end))
    off = np.linalg.norm(desired - last, axis=1) > _THERE_M
    if not off.any():
        return clip
    out = turned.copy()
    solved = solve_two_bone(first, second, last, desired, second - 0.5 * (first + last))
    for joint, turn in zip((upper, middle), solved, strict=True):
        new = normalise(quaternion_multiply(turn, turned[:, joint]))
        out[:, joint] = np.where(off[:, None], new, turned[:, joint])
    local = global_to_local(clip.skeleton, out)
    return MotionClip(clip.skeleton, clip.frame_rate_hz, clip.root_positions, local)
