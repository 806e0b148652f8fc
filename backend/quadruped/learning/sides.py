"""Which side a start, or a look round, is seen from.

Nothing in a square stand says which foot will step first, and a network that has seen both at
random steps with neither: it says the mean, and slides off. So starts are all learned from the side
on which the left hind foot begins, and half of them are seen in the mirror. Likewise all look first
to their left.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from blender_addon.core.conventions import Bools, Floats, Ints
from blender_addon.core.quadruped.gaits import ACTIONS, Action

_REST_FRAMES: Final = 10
"""So long all feet must stand before what follows is a start."""
_BEFORE_FRAMES: Final = 70
_WITHIN_FRAMES: Final = 45
"""After the first foot, in which a hind foot has to follow."""
_HIND: Final = (0, 2)
_LOOK: Final = ACTIONS.index(Action.LOOK.value)
_BEGUN: Final = 0.05
_SEEN_FRAMES: Final = (25, 50)
"""After the beginning of a look, in which the head has turned."""


def sides_of(contacts: Bools, actions: Floats, nose_x_m: Floats) -> Ints:
    """(T,) 1 for frames never to be seen in a mirror, −1 for those only to be, 0 for either.

    Args:
        contacts: (T, 4) whether each foot stands.
        actions: (T, 13) weights.
        nose_x_m: (T,) how far the nose is to the left, as the root sees it.
    """
    starts = start_sides(contacts)
    return np.where(starts == 0, look_sides(actions[:, _LOOK], nose_x_m), starts)


def look_sides(weights: Floats, nose_x_m: Floats) -> Ints:
    """(T,) 1 where a look round is near that goes to the left first, −1 to the right; else 0.

    Args:
        weights: (T,) of the action.
        nose_x_m: (T,) how far the nose is to the left, as the root sees it.
    """
    sides = np.zeros(len(weights), np.int64)
    for begin in np.flatnonzero((weights[1:] > _BEGUN) & (weights[:-1] <= _BEGUN)).tolist():
        first, last = (begin + frames for frames in _SEEN_FRAMES)
        if last <= len(weights):
            turned = nose_x_m[first:last].mean() - nose_x_m[begin]
            sides[max(begin - _BEFORE_FRAMES, 0) : begin + 4] = 1 if turned >= 0 else -1
    return sides


def start_sides(contacts: Bools) -> Ints:
    """(T,) 1 where a start from a stand is near that the left hind foot begins, −1 where it is the
    right one; 0 elsewhere.

    Args:
        contacts: (T, 4) whether each foot stands.
    """
    sides = np.zeros(len(contacts), np.int64)
    rests = contacts.all(axis=1)
    edges = np.flatnonzero(np.diff(np.concatenate(([False], rests, [False])).astype(np.int8)))
    for begin, end in edges.reshape(-1, 2):
        if end - begin < _REST_FRAMES or end == len(contacts):
            continue
        lifted = [np.flatnonzero(~contacts[end : end + _WITHIN_FRAMES, foot]) for foot in _HIND]
        left, right = (each[0] if len(each) else _WITHIN_FRAMES for each in lifted)
        if left != right:
            sides[max(begin, end - _BEFORE_FRAMES) : end + 1] = 1 if left < right else -1
    return sides
