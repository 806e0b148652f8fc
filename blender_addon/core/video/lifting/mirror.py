"""A person as a mirror would show: left is right, in what the network reads and in what it writes.

The network is asked twice, of the person and of the mirror's, and the mean of both answers is
taken: neither side is then treated otherwise than the other, and errors of one kind cancel.

Source: Pavllo et al. 2019, 3D human pose estimation in video: flipped poses at test time.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from .features import INPUT_LAYOUT, JOINT_COUNT, POINTS

Numbers = NDArray[np.floating[Any]]


def _other_side(name: str) -> str:
    if name.startswith("Left"):
        return name.replace("Left", "Right", 1)
    return name.replace("Right", "Left", 1)


OTHER_SIDE: Final = np.array([POINTS.index(_other_side(name)) for name in POINTS])
"""(19,) for each point that of the other side; for those in the middle themselves."""


def _mirror_of_features() -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """(F,) from where each number comes, and its sign."""
    order, sign = np.arange(INPUT_LAYOUT.size), np.ones(INPUT_LAYOUT.size, np.float32)
    part = INPUT_LAYOUT.slices
    for name, width in (("points", 2), ("world", 3), ("confidence", 1)):
        places = order[part[name]].reshape(-1, width)
        order[part[name]] = places[OTHER_SIDE].ravel()
    for name, width in (("points", 2), ("world", 3), ("down", 3), ("hips", 2)):
        sign[part[name]][::width] = -1.0
    return order, sign


_ORDER, _SIGN = _mirror_of_features()


def mirrored_features(features: NDArray[np.float32]) -> NDArray[np.float32]:
    """(..., F) what the network would read of the mirror's person."""
    return np.asarray(features[..., _ORDER] * _SIGN, np.float32)


def mirrored_joints(joints: Numbers) -> Numbers:
    """(..., 42) what the network would write of the mirror's person."""
    places = joints.reshape(*joints.shape[:-1], JOINT_COUNT, 3)[..., OTHER_SIDE[:JOINT_COUNT], :]
    return np.asarray((places * np.array([-1.0, 1.0, 1.0], np.float32)).reshape(joints.shape))
