"""Left and right that change places for a picture or a few, and back.

A network that sees somebody from the side or behind may take the left leg for the right one. Limbs
that jump onto each other's places and back within a few pictures did not move: they were swapped.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...conventions import Floats, Ints
from ..points import LANDMARKS, joints_of, torso_length
from ..tracked import Seen
from .landmarks import MIRRORED

LONGEST: Final = 4
"""Pictures in a row; who is swapped for longer may have turned."""
_LEAST_GAIN: Final = 0.12
"""Mean distance in torsos by which landmarks must lie better when swapped back."""
_LEAST_RATIO: Final = 0.5
"""Swapped back they must be at most so far off as they are now."""
_BODY: Final = tuple(range(33))
_ARMS: Final = tuple(
    index for index, name in enumerate(LANDMARKS)
    if name.split("_")[-1] in ("elbow", "wrist", "pinky", "index", "thumb") and "foot" not in name
)  # fmt: skip
_LEGS: Final = tuple(
    index for index, name in enumerate(LANDMARKS)
    if any(part in name for part in ("hip", "knee", "ankle", "heel", "foot"))
)  # fmt: skip
GROUPS: Final = (_BODY, _LEGS, _ARMS)


def undo_swaps(
    points_px: Floats, visibility: Floats, world_m: Floats, seen: NDArray[np.uint8]
) -> int:
    """Swap left and right back where they were swapped for a moment, in place.

    Args:
        points_px: (T, 33, 2).
        visibility: (T, 33).
        world_m: (T, 33, 3).
        seen: (T,) values of ``Seen``.

    Returns:
        Pictures in which something was swapped back.
    """
    changed = np.zeros(len(seen), bool)
    starts = _jumps(points_px)
    for length in range(1, LONGEST + 1):
        for start in starts[starts + length < len(seen)]:
            around = slice(start - 1, start + length + 1)
            if (seen[around] == Seen.EMPTY).any():
                continue
            for group in GROUPS:
                if _is_swapped(points_px[around], np.array(group)):
                    inside = np.arange(start, start + length)
                    for values in (points_px, visibility, world_m):
                        _swap(values, inside, np.array(group))
                    changed[inside] = True
                    break
    return int(changed.sum())


def _jumps(points_px: Floats) -> Ints:
    """Pictures in which arms, legs or all moved so far that they may be swapped."""
    moved = np.linalg.norm(np.diff(points_px, axis=0), axis=-1)
    farthest = np.max([moved[:, list(group)].mean(axis=1) for group in GROUPS], axis=0)
    least = 0.5 * _LEAST_GAIN * torso_length(joints_of(points_px[:-1]))
    return np.flatnonzero(farthest > least) + 1


def _is_swapped(points_px: Floats, group: Ints) -> bool:
    """Whether all but the first and the last picture fit between these only when swapped."""
    share = np.linspace(0.0, 1.0, len(points_px))[1:-1, None, None]
    first, last, inner = points_px[0], points_px[-1], points_px[1:-1]
    between = ((1.0 - share) * first + share * last)[:, group]
    now = np.linalg.norm(inner[:, group] - between, axis=-1).mean(axis=1)
    then = np.linalg.norm(inner[:, MIRRORED[group]] - between, axis=-1).mean(axis=1)
    torso = torso_length(joints_of(points_px[[0, -1]])).max()
    better = (now - then > _LEAST_GAIN * torso) & (then < _LEAST_RATIO * now)
    return bool(better.all())


def _swap(values: Floats, frames: Ints, group: Ints) -> None:
    values[np.ix_(frames, group)] = values[np.ix_(frames, MIRRORED[group])]
