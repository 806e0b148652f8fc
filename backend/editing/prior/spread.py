"""How much motions like a given one differ: a walk is walked alike, no jump is like another.

Each recorded window is compared with the one of another take under the same label that is most
like it. A linear model of where it lies on the map then tells the distance of any window.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from backend.mocap.recordings import Recording

from .kinematics import joint_places
from .takes import windows_of

_HOP, _FINE_HOP = 20, 3
_INSTANTS: Final = slice(2, None, 5)
_RIDGE: Final = 1e-2
_AT_ONCE: Final = 512
LEAST_CM, MOST_CM = 2.5, 16.0


def nearest_cm(
    recordings: Sequence[Recording],
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Windows (N, 60, F), and how far from each the nearest of another take is (N,), centimetres.

    Clips whose label only one take has are left out.
    """
    kept, distances = [], []
    for label in sorted({each.label for each in recordings}):
        group = [each for each in recordings if each.label == label]
        takes = np.array([min(r.name, r.same_take_as or r.name) for r in group])
        fine = [windows_of(each.clip, _FINE_HOP) for each in group]
        owners = np.repeat(takes, [len(part) for part in fine])
        there = _instants(np.concatenate(fine))
        for recording, take in zip(group, takes, strict=True):
            others = there[owners != take]
            if len(others):
                cut = windows_of(recording.clip, _HOP)
                kept.append(cut)
                distances.append(_nearest(_instants(cut), others))
    return np.concatenate(kept), np.concatenate(distances)


def _nearest(here: NDArray[np.float32], there: NDArray[np.float32]) -> NDArray[np.float64]:
    """Mean distance of the joints to the window with the least squares."""
    squares = np.square(there).sum(axis=1) - 2.0 * here @ there.T
    off = (here - there[squares.argmin(axis=1)]).reshape(len(here), -1, 3)
    return np.asarray(100.0 * np.linalg.norm(off, axis=-1).mean(axis=1), np.float64)


@torch.no_grad()
def _instants(windows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Joints at twelve moments of windows (N, 60, F): (N, 12·J·3), metres."""
    parts = torch.from_numpy(windows[:, _INSTANTS]).split(_AT_ONCE)
    return torch.cat([joint_places(part).flatten(1) for part in parts]).numpy()


def fit_spread(
    places: NDArray[np.float64], distances_cm: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float]:
    """Weights (48,) and offset of the logarithm of distances (N,) by places on the map (N, 48)."""
    logarithm = np.log(np.clip(distances_cm, LEAST_CM, MOST_CM))
    centre, offset = places.mean(axis=0), float(logarithm.mean())
    seen = places - centre
    square = seen.T @ seen / len(seen)
    ridge = _RIDGE * np.trace(square) / len(square) * np.eye(len(square))
    weights = np.linalg.solve(square + ridge, seen.T @ (logarithm - offset) / len(seen))
    return weights, offset - float(centre @ weights)
