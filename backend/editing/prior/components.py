"""What every network begins as: main components of windows.

The components are those of poses first, 40 of 136 numbers, then of the 15 slowest waves of each in
a window. They are weighted by how far a number moves the joints, so that the back counts for more
than a hand; without that weight as many components miss the joints by four times as much.

Source: Tipping & Bishop 1999, Probabilistic principal component analysis: how certain each number
of a latent is.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from blender_addon.core.editing.prior_features import JOINTS, LAYOUT
from blender_addon.core.motion.common_skeleton import COMMON_SKELETON
from blender_addon.core.motion.kinematics import forward_kinematics

from .network import POSE_COMPONENTS, Autoencoder, Decoder, Encoder, Linear, Normalised

_LEAST_OWN_SPREAD = 0.3
_LEAST_LEVERAGE_M = 0.03
_ROOT_IMPORTANCE = {"root_height_m": 1.0, "root_velocity_m_s": 0.5, "turn_rate_rad_s": 0.5}
_NOISE = 0.5
"""Of the least component's variance: how much of each is taken for noise."""


@lru_cache(maxsize=1)
def leverage_m() -> NDArray[np.float32]:
    """(J,) how far all joints together are from each one that turns them, as a mean."""
    still = np.zeros((1, JOINTS, 4), np.float32)
    still[..., 0] = 1.0
    places = forward_kinematics(COMMON_SKELETON, np.zeros((1, 3), np.float32), still)[0][0]
    total = np.zeros(JOINTS, np.float32)
    for joint in range(JOINTS):
        above = joint
        while above >= 0:
            total[above] += np.linalg.norm(places[joint] - places[above])
            above = int(COMMON_SKELETON.parents[above])
    return np.asarray(total / JOINTS)


def importance() -> Tensor:
    """(F,) how far each number moves the joints, metres."""
    weights = torch.empty(LAYOUT.size)
    for name, where in LAYOUT.slices.items():
        if name in _ROOT_IMPORTANCE:
            weights[where] = _ROOT_IMPORTANCE[name]
        else:
            by_joint = np.maximum(leverage_m(), _LEAST_LEVERAGE_M)
            weights[where] = torch.from_numpy(np.repeat(by_joint, 6))
    return weights


def fit_normalisation(frames: NDArray[np.float32], modules: Iterable[Normalised]) -> None:
    """Measure mean and scale of frames (N, F): between each one's spread and its part's."""
    values = torch.from_numpy(frames)
    mean, scale = values.mean(dim=0), values.std(dim=0)
    for where in LAYOUT.slices.values():
        usual = scale[where].mean().clamp_min(1e-4)
        scale[where] = (usual * torch.maximum(scale[where], _LEAST_OWN_SPREAD * usual)).sqrt()
    for module in modules:
        module.mean.copy_(mean)
        module.scale.copy_(scale)
        module.importance.copy_(importance())


@torch.no_grad()
def fit_components(network: Autoencoder, windows: Tensor) -> None:
    """Let an encoder and a decoder begin as the main components of windows (N, 60, F).

    Latents have variance 1, and each number is as uncertain as its component says.
    """
    encoder, decoder = network.encoder, network.decoder
    seen = ((windows - encoder.mean) * encoder.importance).flatten(0, 1)
    poses = _main(seen, POSE_COMPONENTS)[0]
    slow = (encoder.linear.waves @ (seen @ poses).unflatten(0, windows.shape[:2])).flatten(1)
    axes, variances = _main(slow, network.latent)
    deviations = variances.sqrt()
    _set(encoder.linear, poses, axes / deviations)
    _set(decoder.linear, poses, axes * deviations)
    share = _NOISE * variances[-1] / (variances + _NOISE * variances[-1])
    if encoder.to_log_variance.bias is not None:
        encoder.to_log_variance.bias.copy_(share.log())


def normalised_parts(network: Autoencoder) -> list[Encoder | Decoder | Linear]:
    """Every part of a network that knows the features' scale."""
    parts = (network.encoder, network.decoder)
    return [*parts, *(part.linear for part in parts)]


def _set(linear: Linear, poses: Tensor, windows: Tensor) -> None:
    linear.poses.copy_(poses)
    linear.windows.copy_(windows)


def _main(samples: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """The ``count`` directions (F, count) in which samples (N, F) vary most, and how much."""
    # In double precision: components that hardly vary leave single precision no way to converge.
    exact = samples.double()
    values, vectors = torch.linalg.eigh(exact.T @ exact / len(exact))
    variances = values.flip(0)[:count].clamp_min(1e-9)
    return vectors.flip(1)[:, :count].float(), variances.float()
