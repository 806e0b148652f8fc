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


def feature_masks(base: Floats) -> Floats:
    """(R, N) how much each point of the base mesh (N, 3) belongs to each region, 0 to 1."""
    masks = []
    for (x, y, z), radii in _REGIONS.values():
        beside = np.stack((np.abs(base[:, 0]) - x, base[:, 1] - y, base[:, 2] - z), axis=-1)
        far = np.sum((beside / np.array(radii)) ** 2, axis=-1)
        masks.append(np.exp(-0.5 * far))
    return np.array(masks, np.float32)
