"""Which side a start is seen from.

Nothing in a square stand says which foot will step first, and a network that has seen both at
random steps with neither: it says the mean, and slides off. So starts are all learned from the side
on which the left hind foot begins, and half of them are seen in the mirror.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from blender_addon.core.conventions import Bools, Ints

_REST_FRAMES: Final = 10
"""So long all feet must stand before what follows is a start."""
_BEFORE_FRAMES: Final = 70
_WITHIN_FRAMES: Final = 45
"""After the first foot, in which a hind foot has to follow."""
_HIND: Final = (0, 2)


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
