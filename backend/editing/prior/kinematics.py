"""Where joints come to be, from features and with gradients."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from blender_addon.core.editing.prior_features import JOINTS, LAYOUT, RATE_HZ
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON

_PARTS = LAYOUT.slices
_OFFSETS = torch.from_numpy(COMMON_SKELETON.offsets)
_LEVELS = [
    (torch.as_tensor(level), torch.as_tensor(COMMON_SKELETON.parents[level]))
    for level in COMMON_SKELETON.levels
]


def six_to_matrix(six: Tensor) -> Tensor:
    """Two columns (..., 6) to rotation matrices (..., 3, 3)."""
    first = nn.functional.normalize(six[..., :3], dim=-1)
    second = six[..., 3:] - (first * six[..., 3:]).sum(-1, keepdim=True) * first
    second = nn.functional.normalize(second, dim=-1)
    return torch.stack((first, second, torch.linalg.cross(first, second)), dim=-1)


def joint_places(features: Tensor) -> Tensor:
    """Features (B, T, F) to joints (B, T, J, 3) seen from the heading, over the root, metres."""
    six = features[..., _PARTS["joint_rotations_six"]].unflatten(-1, (JOINTS, 6))
    local = six_to_matrix(six)
    turned: list[Tensor] = [local[..., 0, :, :]] * JOINTS
    placed = [torch.zeros_like(features[..., :3])] * JOINTS
    placed[0] = nn.functional.pad(features[..., _PARTS["root_height_m"]], (1, 1))
    for level, parents in _LEVELS:
        up = torch.stack([turned[p] for p in parents.tolist()], dim=-3)
        at = torch.stack([placed[p] for p in parents.tolist()], dim=-2)
        rotations = up @ local[..., level, :, :]
        places = at + (up @ _OFFSETS[level][..., None])[..., 0]
        for n, joint in enumerate(level.tolist()):
            turned[joint], placed[joint] = rotations[..., n, :, :], places[..., n, :]
    return torch.stack(placed, dim=-2)


def walked(features: Tensor, places: Tensor) -> Tensor:
    """Joints (B, T, J, 3) seen from the heading to the window's own ground, from its first frame.

    Args:
        features: (B, T, F).
        places: (B, T, J, 3) of ``joint_places``.
    """
    turn = features[..., _PARTS["turn_rate_rad_s"]][..., 0] / RATE_HZ
    heading = _before(turn)
    sine, cosine = heading.sin(), heading.cos()
    x, z = (features[..., _PARTS["root_velocity_m_s"]] / RATE_HZ).unbind(-1)
    root_x, root_z = _before(cosine * x + sine * z), _before(cosine * z - sine * x)
    s, c = sine[..., None], cosine[..., None]
    across = c * places[..., 0] + s * places[..., 2] + root_x[..., None]
    along = c * places[..., 2] - s * places[..., 0] + root_z[..., None]
    return torch.stack((across, places[..., 1], along), dim=-1)


def _before(steps: Tensor) -> Tensor:
    """What steps (B, T) have come to before each frame."""
    return torch.cumsum(steps, dim=-1) - steps
