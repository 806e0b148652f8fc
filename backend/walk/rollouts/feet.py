"""Where the predicted rotations put heels and toes.

The keys of a character come from rotations, and a foot is the end of a chain of them: errors that
are small for each joint add up to a foot that scuffs. So heels and toes are compared themselves.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from blender_addon.core.motion.common_skeleton import COMMON_SKELETON
from blender_addon.core.walk.features import OUTPUT_LAYOUT

_CHAINS = tuple(
    tuple(COMMON_SKELETON.index(side + part) for part in ("UpLeg", "Leg", "Foot", "Toe"))
    for side in ("Left", "Right")
)
_SIX = OUTPUT_LAYOUT.slices["joint_rotations_six"].start
_HIPS = OUTPUT_LAYOUT.slices["joint_positions_m"].start


def feet_positions(outputs: Tensor) -> Tensor:
    """Outputs in physical units (B, O) to heels and toes (B, 12) in the root's frame, metres."""
    places = []
    for chain in _CHAINS:
        at = outputs[:, _HIPS : _HIPS + 3]
        for parent, joint in zip((0, *chain[:-1]), chain, strict=True):
            at = at + _turned(outputs, parent, joint)
            if joint in chain[2:]:
                places.append(at)
    return torch.cat(places, dim=-1)


def _turned(outputs: Tensor, parent: int, joint: int) -> Tensor:
    """The joint's rest offset turned by its parent (B, 3)."""
    six = outputs[:, _SIX + 6 * parent : _SIX + 6 * parent + 6]
    first = nn.functional.normalize(six[:, :3], dim=-1)
    second = six[:, 3:] - (first * six[:, 3:]).sum(-1, keepdim=True) * first
    second = nn.functional.normalize(second, dim=-1)
    x, y, z = map(float, COMMON_SKELETON.offsets[joint])
    return x * first + y * second + z * torch.cross(first, second, dim=-1)
