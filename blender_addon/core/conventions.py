"""Axes, units and orders, stated once.

Space: Y up, right-handed, a character at rest looks along +Z with its left at +X.
Units: metres, seconds, radians, float32. A suffix says so where it could be doubted:
``_m _s _rad _deg _hz _frames _wxyz _local _global``.
Quaternions: real part first (wxyz), unit length, active rotation of column vectors.
Headings: angle about +Y from +Z toward +X, so ``direction = (sin, cos)`` in (x, z).
Arrays: time first, (T, J, 3); several characters first of all, (B, T, J, 3).
Rest frames: at rest every joint's axes are parallel to the world's.

Shape letters in comments: B batch, T frames, J joints, W trajectory samples,
F features, G gaits, S style dimensions.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]  # float32 as data; float64 where a long track adds up
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

MODEL_FRAME_RATE_HZ: Final = 60.0
GRAVITY_M_S2: Final = 9.81
UP: Final = np.array([0.0, 1.0, 0.0], np.float32)
FORWARD: Final = np.array([0.0, 0.0, 1.0], np.float32)
LEFTWARD: Final = np.array([1.0, 0.0, 0.0], np.float32)
