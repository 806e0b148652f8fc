"""A rig's rest made square and even."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ...conventions import Floats
from ..skeleton import MIRROR


def evened(places: Mapping[str, Floats], joints: Sequence[str]) -> Floats:
    """(27, 3) both sides alike, the trunk in the middle.

    Args:
        places: (3,) by common joint: left, up, forward.
        joints: their order.
    """
    rest = np.stack([places[name] for name in joints]).astype(np.float64)
    other = rest[MIRROR] * np.array([-1.0, 1.0, 1.0])
    return np.asarray((rest + other) / 2)
