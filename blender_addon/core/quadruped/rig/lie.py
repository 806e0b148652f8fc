"""How the ground lies under an animal, as its prints show."""

from __future__ import annotations

from typing import Final

import numpy as np

from ...conventions import Bools, Floats
from ...maths.rotations import normalise
from ..root import root_of
from ..skeleton import LEGS, PAWS
from .feet import held_while

_STEEPEST: Final = 0.6
_STEEPEST_ACROSS: Final = 0.35
"""What prints beside each other tell of a slope is rough, so less of it is believed."""

_UP: Final = np.array([0.0, 1.0, 0.0])


def normals_of_prints(positions: Floats, contacts: Bools, standing_m: Floats) -> Floats:
    """(T, 4, 3) normals of the ground below the paws: of the plane through their prints.

    Args:
        positions: (T, 27, 3) joints in the world.
        contacts: (T, 4) whether each paw stands.
        standing_m: (4,) height of each paw over level ground.
    """
    paws = positions[:, list(PAWS)] - standing_m[:, None] * _UP
    prints = np.stack(
        [
            np.stack([held_while(contacts[:, n], paws[:, n, axis]) for axis in range(3)], axis=-1)
            for n in range(contacts.shape[1])
        ],
        axis=1,
    )
    heading, zero = root_of(positions)[:, 2], np.zeros(len(positions))
    ahead = np.stack((np.sin(heading), zero, np.cos(heading)), axis=-1)
    left = np.stack((np.cos(heading), zero, -np.sin(heading)), axis=-1)
    along = _slope(prints, np.array([leg.fore for leg in LEGS]), ahead)
    across = _slope(prints, np.array([leg.left for leg in LEGS]), left)
    along = np.clip(along, -_STEEPEST, _STEEPEST)
    across = np.clip(across, -_STEEPEST_ACROSS, _STEEPEST_ACROSS)
    up = _UP - along[:, None] * ahead - across[:, None] * left
    return np.repeat(normalise(up)[:, None], 4, axis=1)


def _slope(prints: Floats, first: Bools, way: Floats) -> Floats:
    """(T,) rise from the other two prints to these two along a way (T, 3)."""
    off = prints[:, first].mean(axis=1) - prints[:, ~first].mean(axis=1)
    far = np.sum(off * way, axis=-1)
    usual = float(np.median(np.abs(far)))
    return np.asarray(off[:, 1] / np.maximum(far, max(0.5 * usual, 1e-6)))
