"""What makes windows lie near each other on a map: what is done in them, not where in the step.

Latents tell windows apart by their phase too. So the map looks at amplitude spectra of joints'
places, which do not, at speeds, and at the latents; a projection, learned from labels, keeps what
tells kinds of motion apart. It is a linear one, fitted in a moment, so that it can be fitted anew
without the clips that it is judged by.

Source: Fisher 1936, Rao 1948 (discriminant analysis); Bar-Hillel et al. 2003 (relevant components:
what varies within a kind is shrunk, and nothing is thrown away).
"""

from __future__ import annotations

from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from blender_addon.core.editing.prior_features import JOINTS, LAYOUT, WINDOW_FRAMES

from .kinematics import joint_places
from .spread import LEAST_CM, MOST_CM

Reals = NDArray[np.float64]

WAVES: Final = 12
"""Whole waves in a window: up to 5.5 Hz; the first is the mean pose."""
_FLOOR_M: Final = 0.005
_ROOT: Final = slice(0, LAYOUT.slices["joint_rotations_six"].start)
COMPONENTS: Final = 120
SIZE: Final = 48
_SHRINKAGE: Final = 0.1


class MapFeatures(nn.Module):
    """What of a window the map is made of."""

    def __init__(self) -> None:
        super().__init__()
        time = torch.arange(WINDOW_FRAMES) / WINDOW_FRAMES
        angles = 2.0 * torch.pi * torch.arange(WAVES)[:, None] * time
        self.register_buffer("cosines", torch.cos(angles) / WINDOW_FRAMES)
        self.register_buffer("sines", torch.sin(angles) / WINDOW_FRAMES)

    def forward(self, windows: Tensor, latents: Tensor) -> Tensor:
        """Windows (B, 60, F) and their latents (B, D) to features (B, R)."""
        places = joint_places(windows).flatten(2)
        squares = (self.cosines @ places).square() + (self.sines @ places).square()
        spectrum = (squares + 1e-12).sqrt().flatten(1)
        root = windows[..., _ROOT]
        mean = root.mean(dim=1)
        spread = ((root - mean[:, None]).square().mean(dim=1) + 1e-12).sqrt()
        logarithms = (spectrum + _FLOOR_M).log()
        return torch.cat((spectrum, logarithms, mean, spread, root.abs().mean(1), latents), dim=1)


def group_sizes(latent: int) -> tuple[int, int, int, int]:
    """How many features there are of each kind: spectrum, logarithms, root, latent."""
    spectrum = WAVES * 3 * JOINTS
    return spectrum, spectrum, 3 * _ROOT.stop, latent


_SHARES: Final = (1.0, 0.5, 0.5, 0.3)
"""How much each kind of feature counts, as the length of a window's features of that kind."""


class MapHead(nn.Module):
    """Windows and their latents to where they lie for a map.

    Args:
        latent: numbers of a latent.
    """

    def __init__(self, latent: int) -> None:
        super().__init__()
        self.features = MapFeatures()
        size = sum(group_sizes(latent))
        self.register_buffer("centre", torch.zeros(size))
        self.register_buffer("projection", torch.zeros(size, SIZE))
        self.register_buffer("spread_weights", torch.zeros(SIZE))
        self.register_buffer("spread_offset", torch.zeros(()))

    def forward(self, windows: Tensor, latents: Tensor) -> Tensor:
        """Windows (B, 60, F) and latents (B, D) to (B, 48)."""
        return (self.features(windows, latents) - self.centre) @ self.projection

    def spread_cm(self, places: Tensor) -> Tensor:
        """How far the nearest of other takes may be, (B,), by places on the map (B, 48)."""
        logarithm = (places * self.spread_weights).sum(dim=1) + self.spread_offset
        return logarithm.exp().clamp(LEAST_CM, MOST_CM)


def fit_map(features: Reals, labels: NDArray[np.int64], latent: int) -> tuple[Reals, Reals]:
    """Centre (R,) and projection (R, 48) of features (N, R) by their labels (N,).

    What is left are the directions that tell labels apart, in units of how much windows of one
    label differ in them, and the main components of everything, each half of the distance.
    """
    centre, scale = features.mean(axis=0), group_scale(features, latent)
    seen = (features - centre) * scale
    basis = _components(seen, COMPONENTS)
    reduced = seen @ basis
    telling = discriminants(reduced, labels)
    chosen = np.eye(basis.shape[1])[:, : SIZE - telling.shape[1]]
    parts = [each / _size(reduced @ each) for each in (telling, chosen)]
    return centre, (scale[:, None] * basis) @ np.concatenate(parts, axis=1)


def fit_unlearned(features: Reals, latent: int) -> tuple[Reals, Reals]:
    """The same without labels: main components alone."""
    centre, scale = features.mean(axis=0), group_scale(features, latent)
    return centre, scale[:, None] * _components((features - centre) * scale, SIZE)


def group_scale(features: Reals, latent: int) -> Reals:
    """(R,) what each feature is multiplied by; those of the root by their own spread first."""
    scales, start = [], 0
    for number, (size, share) in enumerate(zip(group_sizes(latent), _SHARES, strict=True)):
        part = features[:, start : start + size]
        spread = part.std(axis=0)
        own = np.maximum(spread, 1e-6) if number == 2 else np.ones(size)
        scales.append(share / (own * np.sqrt(np.square(spread / own).sum())))
        start += size
    return np.concatenate(scales)


def discriminants(samples: Reals, labels: NDArray[np.int64]) -> Reals:
    """Directions (R, L − 1) that tell L labels apart; every label counts by its root."""
    names, owner = np.unique(labels, return_inverse=True)
    counts = np.bincount(owner)
    means = np.stack([samples[owner == n].mean(axis=0) for n in range(len(names))])
    share = np.sqrt(counts) / np.sqrt(counts).sum()
    within = samples - means[owner]
    spread = (within * (share / counts)[owner][:, None]).T @ within
    usual = np.trace(spread) / len(spread)
    spread = (1.0 - _SHRINKAGE) * spread + _SHRINKAGE * usual * np.eye(len(spread))
    values, vectors = np.linalg.eigh(spread)
    whiten = (vectors / np.sqrt(values)) @ vectors.T
    between = ((means - share @ means) @ whiten) * np.sqrt(share)[:, None]
    axes = np.linalg.svd(between, full_matrices=False)[2][: len(names) - 1]
    return np.asarray(whiten @ axes.T)


def _components(samples: Reals, count: int) -> Reals:
    """(R, count) main directions of samples (N, R), by the smaller of their two products."""
    if len(samples) >= samples.shape[1]:
        return np.asarray(np.linalg.eigh(samples.T @ samples)[1][:, ::-1][:, :count])
    values, vectors = np.linalg.eigh(samples @ samples.T)
    count = min(count, len(samples))
    lengths = np.sqrt(np.maximum(values[::-1][:count], 1e-12))
    return np.asarray(samples.T @ vectors[:, ::-1][:, :count] / lengths)


def _size(samples: Reals) -> float:
    return float(np.sqrt(np.square(samples - samples.mean(axis=0)).sum(axis=1).mean()))
