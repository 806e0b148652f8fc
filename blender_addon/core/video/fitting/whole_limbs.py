"""Limbs that were lifted far too short: their direction in space was in doubt."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import numpy as np

from ...maths.rotations import length, normalise
from ...maths.smoothing import gaussian_smooth, smoothstep
from ..points import JOINTS
from .body import Doubles

_SHORTEST: Final = 0.75
"""Of its length, which a bone is drawn out to."""
_DOUBTED: Final = (0.2, 0.7)
"""Of its length: a bone as short as the first says nothing of its direction, as the second all."""
_STEADY_S: Final = 0.12
_CHAINS: Final = tuple(
    tuple(JOINTS.index(f"{side}{part}") for part in parts)
    for side in ("Left", "Right")
    for parts in (("Arm", "ForeArm", "Hand"), ("UpLeg", "Leg", "Foot"))
)


def whole_limbs(shape: Doubles, rest: Doubles, rate_hz: float) -> Doubles:
    """Joints whose arms and legs are about as long as they are.

    Where it is not seen whether a hand points to the camera or away, what is lifted is the mean of
    both: a forearm of a few centimetres, whose direction turns round within a frame when the one
    becomes more likely than the other. Such a bone follows its neighbouring frames instead.

    Args:
        shape: (T, 14, 3) metres.
        rest: (14, 3) of the person's proportions.
        rate_hz: frames a second.
    """
    whole = shape.copy()
    for chain in _CHAINS:
        for number, (start, end) in enumerate(pairwise(chain)):
            bone = shape[:, end] - shape[:, start]
            true = float(np.linalg.norm(rest[end] - rest[start]))
            share = length(bone)[:, None] / max(true, 1e-6)
            low, high = _DOUBTED
            clear = smoothstep(np.clip((share - low) / (high - low), 0.0, 1.0))
            steady = gaussian_smooth(bone, _STEADY_S * rate_hz)
            direction = normalise(clear * bone + (1.0 - clear) * steady)
            drawn = direction * np.maximum(share, _SHORTEST) * true
            moved = np.where(share < _SHORTEST, drawn - bone, 0.0)
            whole[:, list(chain[number + 1 :])] += moved[:, None]
    return whole
