"""What a window that came back is judged by."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from blender_addon.core.editing.prior_features import RATE_HZ
from blender_addon.core.motion.common_skeleton import (
    COMMON_SKELETON,
    FOOT_JOINTS,
    PLANTED_HEIGHTS_M,
)

from .kinematics import joint_places, walked
from .network import Normalised

_FEET = COMMON_SKELETON.indices(FOOT_JOINTS)
_PLANTED = torch.from_numpy(PLANTED_HEIGHTS_M)
_NEAR_M, _SLOW_M_S = 0.045, 0.3
_PLACE_SCALE = 10.0
"""Decimetres: as large as the standardised features."""


@dataclass(frozen=True)
class Reconstruction:
    """Mean absolute errors of a batch.

    Args:
        features: by how much each matters.
        places: of joints on the window's own ground, decimetres.
        motion: of joints' velocities, m/s.
        sliding: speed of feet that stood, m/s.
        joint_cm: mean distance of joints, centimetres.
    """

    features: Tensor
    places: Tensor
    motion: Tensor
    sliding: Tensor
    joint_cm: Tensor

    def total(self, places: float, motion: float, sliding: float) -> Tensor:
        """The sum that is trained on."""
        error = self.features + places * self.places + motion * self.motion
        return error + sliding * self.sliding


def compare(norm: Normalised, made: Tensor, true: Tensor) -> Reconstruction:
    """Errors of windows (B, 60, F) that were made against the true ones."""
    found, desired = (walked(each, joint_places(each)) for each in (made, true))
    off = found - desired
    speeds, true_speeds = (RATE_HZ * (each[:, 1:] - each[:, :-1]) for each in (found, desired))
    feet, true_feet = speeds[:, :, _FEET], true_speeds[:, :, _FEET]
    low = desired[:, 1:, _FEET, 1] < _PLANTED + _NEAR_M
    stood = (low & (true_feet.norm(dim=-1) < _SLOW_M_S)).float()
    sliding = (stood * (feet - true_feet).abs().sum(-1)).sum() / stood.sum().clamp_min(1)
    return Reconstruction(
        ((made - true) * norm.importance).abs().mean() / (norm.scale * norm.importance).mean(),
        _PLACE_SCALE * off.abs().mean(),
        (speeds - true_speeds).abs().mean(),
        sliding,
        100.0 * off.norm(dim=-1).mean(),
    )


def surprise(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Divergence of a normal distribution (B, D) from the standard one, (B,) nats."""
    return 0.5 * (mean.square() + log_variance.exp() - 1.0 - log_variance).sum(-1)
