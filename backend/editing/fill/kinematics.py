"""The common skeleton's kinematics in torch, as the losses need them."""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor

from blender_addon.core.motion.common_skeleton import COMMON_SKELETON

_OFFSETS: Final = torch.from_numpy(COMMON_SKELETON.offsets)
_LEVELS: Final = [torch.from_numpy(level) for level in COMMON_SKELETON.levels]
_PARENTS: Final = torch.from_numpy(COMMON_SKELETON.parents)


def multiply(a: Tensor, b: Tensor) -> Tensor:
    """Quaternions (..., 4): the turn by b first, then by a."""
    aw, ax, ay, az = a.unbind(-1)
    bw, bx, by, bz = b.unbind(-1)
    return torch.stack(
        (
            aw * bw - ax * bx - ay * by - az * bz,
            aw * bx + ax * bw + ay * bz - az * by,
            aw * by - ax * bz + ay * bw + az * bx,
            aw * bz + ax * by - ay * bx + az * bw,
        ),
        dim=-1,
    )


def rotate(q: Tensor, vectors: Tensor) -> Tensor:
    """Vectors (..., 3) turned by unit quaternions (..., 4)."""
    xyz = q[..., 1:]
    twice = 2.0 * torch.linalg.cross(xyz, vectors.expand_as(xyz))
    return vectors + q[..., :1] * twice + torch.linalg.cross(xyz, twice)


def from_vector(vectors: Tensor) -> Tensor:
    """Rotation vectors (..., 3) to quaternions (..., 4)."""
    half = 0.5 * torch.sqrt(vectors.square().sum(-1, keepdim=True) + 1e-12)
    return torch.cat((torch.cos(half), 0.5 * torch.sin(half) / half * vectors), dim=-1)


def to_matrix(q: Tensor) -> Tensor:
    """Quaternions (..., 4) to their first two columns, (..., 6)."""
    w, x, y, z = q.unbind(-1)
    first = (1 - 2 * (y * y + z * z), 2 * (x * y + w * z), 2 * (x * z - w * y))
    second = (2 * (x * y - w * z), 1 - 2 * (x * x + z * z), 2 * (y * z + w * x))
    return torch.stack((*first, *second), dim=-1)


def forward(root: Tensor, rotations: Tensor) -> tuple[Tensor, Tensor]:
    """World positions (..., J, 3) and rotations (..., J, 4) of root positions and local turns."""
    count = len(_PARENTS)
    positions: list[Tensor] = [root] * count
    turns: list[Tensor] = [rotations[..., 0, :]] * count
    for level in _LEVELS:
        parents = [int(_PARENTS[joint]) for joint in level]
        parent_turns = torch.stack([turns[p] for p in parents], dim=-2)
        parent_places = torch.stack([positions[p] for p in parents], dim=-2)
        places = parent_places + rotate(parent_turns, _OFFSETS[level])
        own = multiply(parent_turns, rotations[..., level, :])
        for n, joint in enumerate(level.tolist()):
            positions[joint], turns[joint] = places[..., n, :], own[..., n, :]
    return torch.stack(positions, dim=-2), torch.stack(turns, dim=-2)
