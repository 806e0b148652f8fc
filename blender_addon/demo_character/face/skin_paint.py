"""Which of the body's faces are not plain skin: lips, mouth, rims of lids, nails: pure NumPy."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final

import numpy as np

from ...core.conventions import Ints
from ..human import Human
from .loops import LID_FOLD, LID_RIM, LIP_BACK, LIP_BORDER, lid_loops, lip_loops

# Quads of the left hand's nails: six of the thumb; ten of the index finger, and how much higher
# those of the next fingers are numbered.
_THUMB: Final = tuple(range(9034, 9040))
_FINGER: Final = (8360, 8361, 8362, 8363, 8364, 8365)
_FINGER_STEP: Final = 186
_FINGER_TIP: Final = (9084, 9085, 9236, 9237)
_TIP_STEP: Final = 38


@cache
def skin_paint(human: Human) -> Mapping[str, Ints]:
    """Numbers of the body's quads by material: "Lips", "Mouth", "LidRim", "Nails"."""
    quads = human.quads["body"]
    lips, lids = lip_loops(human), lid_loops(human)
    left = [*_THUMB]
    for finger in range(4):
        left += [number + _FINGER_STEP * finger for number in _FINGER]
        left += [number + _TIP_STEP * finger for number in _FINGER_TIP]
    inside = _enclosed(quads, lips[LIP_BACK])
    rims = np.isin(quads, lids[:, LID_FOLD : LID_RIM + 1]).all(axis=1)
    return {
        "Lips": np.flatnonzero(np.isin(quads, lips[LIP_BORDER : LIP_BACK + 1]).all(axis=1)),
        "Mouth": inside,
        "LidRim": np.flatnonzero(rims),
        "Nails": np.concatenate((left, _mirrored(human, np.array(left)))),
    }


def _enclosed(quads: Ints, loop: Ints) -> Ints:
    """Numbers of the quads behind a closed loop of edges, on its smaller side."""
    reached = np.zeros(quads.max() + 1, np.bool_)
    reached[loop] = True
    seeds = np.flatnonzero(np.isin(quads, loop).sum(axis=1) == 2)
    sides = [np.zeros(len(quads), np.bool_)]
    for seed in (seeds[0], *seeds[1:]):
        if not any(side[seed] for side in sides):
            sides.append(_flood(quads, int(seed), reached))
    return np.flatnonzero(min(sides[1:], key=lambda side: int(side.sum())))


def _flood(quads: Ints, seed: int, walls: np.ndarray) -> np.ndarray:
    """(M,) quads that touch the seed's, or one that does, at a vertex that is no wall."""
    taken = np.zeros(len(quads), np.bool_)
    wet = np.zeros(len(walls), np.bool_)
    taken[seed] = True
    while True:
        wet[quads[taken]] = True
        wet[walls] = False
        more = wet[quads].any(axis=1)
        if (more <= taken).all():
            return taken
        taken |= more


def _mirrored(human: Human, numbers: Ints) -> Ints:
    """Numbers of the quads on the other side."""
    quads = human.quads["body"]
    desired = np.sort(human.mirror[quads[numbers]], axis=1)
    near = np.flatnonzero(np.isin(quads, desired).all(axis=1))
    known = {tuple(sorted(quads[number].tolist())): number for number in near.tolist()}
    return np.array([known[tuple(row)] for row in desired.tolist()])
