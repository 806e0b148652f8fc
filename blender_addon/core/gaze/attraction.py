"""Where the network's density and the targets of the scene are brought together.

The network's density N(x) over directions x from the partner's face becomes, up to its scale,

    N(x) · (1 + Σⱼ oⱼ g(x, dⱼ)),   g(x, d) = G exp(−|x − d|² / 2σ²)

with oⱼ the weight of target j relative to the partner's and dⱼ its direction from the partner's
face. The first term is the network alone: with nothing but a partner, nothing is changed. Of each
other term the eyes land on the target itself, so that only its mass counts, a product of two normal
densities that has a closed form. Only the side on which a target lies is compared, not how far it
is: people look away by 10° or 20°, and a cup on the table at 40° is on the way.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from ..conventions import Bools, Floats
from .events import Mixture

FACE_RAD: Final = float(np.deg2rad(5.0))
"""Nearer to the partner's centre than this is a look at the partner's face."""

_WIDTH_RAD: Final = float(np.deg2rad(12.0))  # σ
_STRENGTH: Final = 0.65  # G: an object as heavy as the partner is looked at about as long
_GLANCE_STRENGTH: Final = 0.8
_COMPARED_RAD: Final = float(np.deg2rad(14.0))
_HIDE: Final = -30.0


def pull_in(offsets_rad: Floats) -> Floats:
    """Directions (..., 2) no farther from the partner than the network is used to."""
    size = np.linalg.norm(offsets_rad, axis=-1, keepdims=True)
    return np.asarray(offsets_rad * np.minimum(1.0, _COMPARED_RAD / np.maximum(size, 1e-9)))


def attraction_terms(
    mixture: Mixture, offsets_rad: Floats, attractions: Floats, brief: Bools
) -> Floats:
    """Mass that every component gives to every target.

    Args:
        mixture: of B characters with C components.
        offsets_rad: (B, N, 2) directions of the targets from the partner's face.
        attractions: (B, N) weights relative to the partner's.
        brief: (B, N) only glanced at.

    Returns:
        (B, C, N), beside components whose own mass is their weight.
    """
    strength = np.where(brief, _GLANCE_STRENGTH, _STRENGTH) * attractions
    away = mixture.direction_means[:, :, None] - pull_in(offsets_rad)[:, None]
    spread = _WIDTH_RAD**2 + 0.5 * _squared(mixture.direction_scales)[..., None]
    overlap = np.exp(-0.5 * _squared(away) / spread) * (_WIDTH_RAD**2 / spread)
    return np.asarray(np.exp(mixture.log_weights)[..., None] * overlap * strength[:, None])


def share_on_face(mixture: Mixture) -> Floats:
    """(B, C) near 1 for components that lie on the partner's face, near 0 for looks away."""
    far = _squared(mixture.direction_means) / FACE_RAD**2
    return np.asarray(np.exp(-0.5 * far**2))


def _squared(vectors: Floats) -> Floats:
    """(...) squared lengths of (..., 2); much faster than a sum along so short an axis."""
    return np.asarray(vectors[..., 0] ** 2 + vectors[..., 1] ** 2)


def keep_on_face(mixture: Mixture, which: Bools) -> Mixture:
    """The mixture, with looks away hidden for those characters (B,)."""
    if not which.any():
        return mixture
    hidden = np.maximum(np.log(share_on_face(mixture) + 1e-12), _HIDE)
    weights = mixture.log_weights + np.where(which[:, None], hidden, 0.0)
    return replace(mixture, log_weights=weights)
