"""Regions of a face that differ from person to person: pure NumPy.

In each region the mixture of ancestries is another one; so two people of the same sex, age and
ancestry still have noses, jaws and brows of their own.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ..core.conventions import Floats

# Middle (x of the left one, y, z) and radii of each region in the base mesh, metres.
_REGIONS: Final = {
    "nose": ((0.0, 0.695, 0.165), (0.030, 0.040, 0.045)),
    "mouth": ((0.0, 0.645, 0.150), (0.040, 0.022, 0.040)),
    "jaw": ((0.0, 0.600, 0.100), (0.075, 0.045, 0.075)),
    "eyes": ((0.032, 0.728, 0.130), (0.032, 0.026, 0.040)),
    "cheeks": ((0.048, 0.690, 0.105), (0.032, 0.032, 0.040)),
    "skull": ((0.0, 0.800, 0.030), (0.110, 0.085, 0.120)),
    "ears": ((0.080, 0.715, 0.010), (0.028, 0.042, 0.040)),
}
REGIONS: Final = tuple(_REGIONS)


# Around the middle of an eye: what is nearer moves with it as one, what is farther is itself.
_EYE_NEAR_M: Final = 0.018
_EYE_FAR_M: Final = 0.045


def feature_masks(base: Floats, left_eye: Floats) -> Floats:
    """How much each point of the base mesh belongs to each region.

    Args:
        base: (N, 3) points.
        left_eye: (3,) middle of its ball; ball and lids have one share, so that they still fit.

    Returns:
        (R, N) shares, 0 to 1.
    """
    masks = []
    placed = np.column_stack((np.abs(base[:, 0]), base[:, 1:])) - left_eye
    away = np.linalg.norm(placed, axis=1, keepdims=True)
    ease = np.clip((away - _EYE_NEAR_M) / (_EYE_FAR_M - _EYE_NEAR_M), 0.0, 1.0)
    placed = left_eye + placed * ease * ease * (3.0 - 2.0 * ease)
    for middle, radii in _REGIONS.values():
        beside = placed - np.array(middle)
        far = np.sum((beside / np.array(radii)) ** 2, axis=-1)
        masks.append(np.exp(-0.5 * far))
    return np.array(masks, np.float32)
