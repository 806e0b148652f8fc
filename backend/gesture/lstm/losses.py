"""What the network is trained by: poses, places of joints, and how lively these are."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from blender_addon.core.motion.common_skeleton import COMMON_SKELETON

from .feature_sets import RATE_HZ
from .state import JOINTS, LAYOUT

_LEVELS = [(torch.tensor(joints), torch.tensor(COMMON_SKELETON.parents[joints]))
           for joints in COMMON_SKELETON.levels]  # fmt: skip
_OFFSETS = torch.tensor(COMMON_SKELETON.offsets)
_TINY = 1e-6
_ORDERS = (0.2, 0.35, 0.45)
"""Shares of speed, acceleration and jerk: the last two are what the comparison is about."""


def six_to_matrices(six: Tensor) -> Tensor:
    """(..., 6) to rotation matrices (..., 3, 3), columns by Gram–Schmidt (Zhou et al. 2019)."""
    first = torch.nn.functional.normalize(six[..., :3], dim=-1)
    along = (first * six[..., 3:]).sum(-1, keepdim=True)
    second = torch.nn.functional.normalize(six[..., 3:] - along * first, dim=-1)
    return torch.stack((first, second, torch.linalg.cross(first, second)), dim=-1)


def joint_positions(states: Tensor) -> Tensor:
    """(..., S) states to joint positions (..., J, 3) in metres, seen from the character."""
    parts = LAYOUT.slices
    local = six_to_matrices(states[..., parts["rotations"]].unflatten(-1, (JOINTS, 6)))
    places = torch.zeros(*states.shape[:-1], JOINTS, 3)
    turns = torch.zeros_like(local)
    places[..., 0, 1] = states[..., parts["height_m"].start]
    turns[..., 0, :, :] = local[..., 0, :, :]
    for joints, parents in _LEVELS:
        above = turns[..., parents, :, :]
        step = (above @ _OFFSETS[joints][..., None])[..., 0]
        places = places.index_copy(-2, joints, places[..., parents, :] + step)
        turns = turns.index_copy(-3, joints, above @ local[..., joints, :, :])
    return places


def sizes(places: Tensor) -> list[Tensor]:
    """(..., J) lengths of velocity, acceleration and jerk of places (..., T, J, 3)."""
    found, change = [], places
    for _ in range(3):
        change = torch.diff(change, dim=-3) * RATE_HZ
        found.append(change.square().sum(-1).add(_TINY).sqrt())
    return found


def liveliness_loss(generated: Tensor, recorded: Tensor) -> Tensor:
    """How far speeds, accelerations and jerks are from the recorded ones, joint by joint.

    Of the logarithms of their means over the batch: motion that is too still and motion that is
    too brisk by one factor are alike, and *when* a joint is brisk is left to the other losses.

    Args:
        generated, recorded: places (B, T, J, 3).
    """
    return compare_sizes(*(pooled_sizes(list(part)) for part in (generated, recorded)))


def pooled_sizes(places: Sequence[Tensor]) -> list[Tensor]:
    """(J,) mean lengths of velocity, acceleration and jerk over several motions (T, J, 3)."""
    each = [sizes(part) for part in places]
    return [torch.cat([found[order] for found in each]).mean(0) for order in range(3)]


def compare_sizes(generated: Sequence[Tensor], recorded: Sequence[Tensor]) -> Tensor:
    """Mean squared difference of the logarithms of three sizes (J,), weighted by order."""
    pairs = zip(generated, recorded, strict=True)
    apart = torch.stack([(a.log() - b.log()).square().mean() for a, b in pairs])
    return (apart * apart.new_tensor(_ORDERS)).sum()
