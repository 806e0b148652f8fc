"""How far limbs as seen are from the source's pose."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .seen import SeenWalk

Array = NDArray[np.float64]

_LIMBS: Final = (
    ("Hips", "Head"),
    *(
        tuple(side + part for part in limb)
        for limb in (("UpLeg", "Leg", "Foot"), ("Arm", "ForeArm", "Hand"))
        for side in ("Left", "Right")
    ),
)


def limb_errors(seen: SeenWalk) -> Array:
    """(K, N, 3) between the ends of bones as seen and as their directions in the source put them.

    Lengths do not count, and neither do the places of hips, collars and ribs: characters differ
    there.
    """
    errors = []
    for limb in _LIMBS:
        chain = [joint for joint in limb if joint in seen.joints]
        off = np.zeros((len(seen.seen), 3))
        for upper, lower in pairwise(chain):
            bone = seen.place(lower) - seen.place(upper)
            meant = seen.meant(lower) - seen.meant(upper)
            length = np.linalg.norm(bone, axis=1, keepdims=True)
            off = off + bone - length * meant / np.linalg.norm(meant, axis=1, keepdims=True)
            errors.append(off)
    return np.stack(errors, axis=1)
